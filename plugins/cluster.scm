;;; cluster.scm: the target type `cluster', the head node of a Spark cluster.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; What runs there calls spark-submit: the rest of the cluster is Spark's to reach.

(define-module (azml plugins cluster)
  #:use-module (azml plugin))

(let ((remote (lookup-target-type 'remote)))
  (register-plugin!
   (plugin
    (name "cluster")
    (api 1)
    (target-types
     (list (target-type
            (name 'cluster)
            (description "the head node of a Spark cluster, by its SSH server")
            (fields (target-type-fields remote))
            (channel (target-type-channel remote))
            (layout (target-type-layout remote))
            (check (target-type-check remote))))))))
