;;; recipe.scm: four values, one after the other however many are started.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;;   AZML_PLUGIN_PATH=. azml-guile run -j4 recipe.scm

(use-modules (azml))

(define alone
  (compute-target (name "alone") (type 'exclusive)))

(map
 (lambda (lr)
   (experiment
    (name (string-append "lr-" (number->string lr)))
    (command `("sh" "-c" "sleep 0.2; echo rate $0" ,(number->string lr)))
    (target alone)))
 '(0.01 0.03 0.1 0.3))
