;;; gpu-need.scm: the GPUs that a run asks for, whoever says so.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml gpu-need)
  #:use-module (azml core)
  #:use-module (azml environment)
  #:use-module (azml experiment)
  #:use-module (azml gpu)
  #:use-module (azml target)
  #:export (experiment-gpu-need experiment-gpu-warnings one-gpu-each))

(define (experiment-gpu-need experiment target)
  "Return the gpu-request of EXPERIMENT on the compute target TARGET: its own, else the target's
for each run; #f if neither says anything about GPUs."
  (or (experiment-gpus experiment) (compute-target-gpus-per-run target)))

(define (cpu-builds experiment)
  (let ((environment (experiment-environment experiment)))
    (if environment
        (vector->list
         (%gpu-cpu-builds (list->vector (append (environment-pip environment)
                                                (environment-conda environment)))))
        '())))

(define (experiment-gpu-warnings experiment target)
  "Return texts about packages of the environment of EXPERIMENT that cannot use the GPUs which
it asks for, or the compute target TARGET for it."
  (let ((request (experiment-gpu-need experiment target)))
    (if (and request (not (eqv? 0 (gpu-request-count request))))
        (cpu-builds experiment)
        '())))

(define (one-gpu-each experiment)
  "Return the gpu-request of EXPERIMENT when it says nothing and is one of several runs that go
on at a time: one GPU, of those that there are; #f if its packages cannot use one anyway."
  (and (null? (cpu-builds experiment))
       (gpu-request (count 1) (optional? #t))))
