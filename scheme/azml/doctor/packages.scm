;;; packages.scm: packages that cannot use the GPUs which are asked for.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml doctor packages)
  #:use-module (azml doctor finding)
  #:use-module (azml experiment)
  #:use-module (azml gpu-need)
  #:use-module (azml text)
  #:export (package-findings))

(define (package-findings experiments target)
  "Return the findings about packages for the CPU in environments of EXPERIMENTS that ask for
GPUs, themselves or by the compute target TARGET where they name none."
  (define (findings-of experiment)
    (map (lambda (text)
           (finding 'project (string-append "packages of "
                                            (printable (experiment-name experiment)))
                    'problem (printable text)))
         (experiment-gpu-warnings experiment (or (experiment-target experiment) target))))
  (apply append (map findings-of experiments)))
