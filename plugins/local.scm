;;; local.scm: the target type `local', this machine.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml plugins local)
  #:use-module (azml core)
  #:use-module (azml plugin)
  #:use-module (azml paths)
  #:autoload (azml target) (compute-target-root))

(define (channel target)
  ;; A program here, and its three streams.
  (list (cons 'kind 'local)
        (cons 'argv (list (runner-file) "serve"))))

(define (layout target project)
  ;; Runs and objects are the project's own folders: one run directory, not a copy.
  (append (list (cons 'runs (assq-ref project 'runs))
                (cons 'objects (assq-ref project 'objects)))
          (let ((root (or (compute-target-root target) (root-without-home))))
            (if root
                (list (cons 'root root))
                '()))))

(define (root-without-home)
  ;; The runner finds its root by HOME or AZML_ROOT; where neither is set, what the
  ;; system says of the user's home stands in, as it does in a shell.
  (and (not (%getenv "HOME"))
       (not (%getenv "AZML_ROOT"))
       (string-append (passwd:dir (getpwuid (getuid))) "/.local/share/azml")))

(register-plugin!
 (plugin
  (name "local")
  (api 1)
  (target-types
   (list (target-type
          (name 'local)
          (description "this machine")
          (fields (list shared-directory-field spare-trees-field))
          (channel channel)
          (layout layout))))))
