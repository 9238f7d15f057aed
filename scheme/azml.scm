;;; azml.scm: all that a recipe or a session needs.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml)
  #:use-module (azml environment)
  #:use-module (azml experiment)
  #:use-module (azml gpu)
  #:use-module (azml input)
  #:use-module (azml secret)
  #:use-module (azml target))

(define (re-export-all! name)
  "Make what the module NAME exports part of this module's interface."
  (module-re-export! (current-module)
                     (module-map (lambda (symbol variable) symbol)
                                 (resolve-interface name))))

(for-each re-export-all!
          '((azml environment) (azml experiment) (azml gpu) (azml input) (azml secret)
            (azml target)))

(define (offer! name bindings)
  "Make BINDINGS of the module NAME part of this module's interface; it is loaded when the
first of them is used."
  (let ((interface (module-public-interface (current-module))))
    (module-use! interface (make-autoload-interface interface name bindings))))

(offer! '(azml run)
        '(submit follow run attach wait cancel runs run-object? run-id run-directory
          run-record run-state run-status run-ended? run-log metrics metric-points
          outputs))
(offer! '(azml gpus) '(gpus))
(offer! '(azml recipe) '(load-recipe recipe-experiments recipe-targets find-experiment))
(offer! '(azml plugin)
        '(plugin target-type target-field register-plugin! registered-target-types
          load-all-plugins))
(offer! '(azml errors)
        '(azml-error? azml-error-code azml-error-message azml-error-hint))
