;;; gpu-need.scm: the GPUs that a run asks for, whoever says so.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml gpu-need)
  #:use-module (azml core)
  #:use-module (azml environment)
  #:use-module (azml experiment)
  #:use-module (azml gpu)
  #:autoload (azml image) (image-gpu-warnings)
  #:use-module (azml target)
  #:export (experiment-gpu-need experiment-gpu-warnings one-gpu-each))

(define (experiment-gpu-need experiment target)
  "Return the gpu-request of EXPERIMENT on the compute target TARGET: its own, else the target's
for each run; #f if neither says anything about GPUs."
  (or (experiment-gpus experiment) (compute-target-gpus-per-run target)))

(define (packages-of experiment)
  (let ((environment (experiment-environment experiment)))
    (if environment
        (append (environment-pip environment) (environment-conda environment))
        '())))

(define (conda-package text)
  ;; As one of conda, whose name does not tell what its build is for.
  (if (string-contains text "::") text (string-append "::" text)))

(define (installer-words environment)
  ;; What tells pip and uv where packages come from.
  (append (environment-pip-options environment)
          (map (lambda (pair) (string-append (car pair) "=" (cdr pair)))
               (filter (lambda (pair)
                         (or-map (lambda (prefix) (string-prefix? prefix (car pair)))
                                 '("PIP_" "UV_")))
                       (environment-variables environment)))))

(define (cpu-builds experiment)
  (let ((environment (experiment-environment experiment)))
    (if environment
        (vector->list
         (%gpu-cpu-builds
          (list->vector (append (environment-pip environment)
                                (map conda-package (environment-conda environment))
                                (installer-words environment)))))
        '())))

(define (experiment-gpu-warnings experiment target)
  "Return texts about what in the environment of EXPERIMENT, or in its image on the compute
target TARGET, does not go together with the GPUs that it asks for, or TARGET for it."
  (let* ((request (experiment-gpu-need experiment target))
         (wanted? (and request (not (eqv? 0 (gpu-request-count request))))))
    (append (if wanted? (cpu-builds experiment) '())
            (image-gpu-warnings (and target (compute-target-field target 'base-docker-image))
                                #:wanted? wanted? #:packages (packages-of experiment)))))

(define (one-gpu-each experiment)
  "Return the gpu-request of EXPERIMENT when it says nothing and is one of several runs that go
on at a time: one GPU, of those that there are; #f if its packages cannot use one anyway."
  (and (null? (cpu-builds experiment))
       (gpu-request (count 1) (optional? #t))))
