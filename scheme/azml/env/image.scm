;;; image.scm: images that are made before a run needs them.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; An image is made in a run: so it is where its target has its runs, whoever made it is in
;;; the history, and two that want the same one wait for one build.  What that run executes
;;; is of no matter.
;;; Code:

(define-module (azml env image)
  #:use-module (azml connect)
  #:use-module (azml core)
  #:use-module (azml experiment)
  #:use-module (azml foreground)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml launch)
  #:use-module (azml plugin)
  #:use-module (azml size)
  #:use-module (azml submission)
  #:use-module (azml target)
  #:export (in-container?
            preparation
            make-image))

(define (in-container? submission)
  "Return true if SUBMISSION is of a run in a container."
  (let* ((target (submission-target submission))
         (wrapper ((target-type-wrapper (compute-target-target-type target)) target '())))
    (and (json-ref (or wrapper '()) 'container) #t)))

(define (preparation e)
  "Return the experiment that needs the environment of the experiment E, and nothing else of
it."
  (experiment (inherit e) (name "prepare") (command '("true")) (script #f) (arguments '())
              (parameters '()) (inputs '()) (setup '()) (steps '()) (metric-patterns '())
              (working-directory #f) (time-limit #f)
              (gpus 0))) ;a target may have one for each run, which others have now

(define* (make-image submission #:key quiet? yes? on-prepare)
  "Run SUBMISSION, of a `preparation', to its end: its image is there then.  QUIET? and ON-PREPARE
are as for `run-in-foreground'; unless YES? holds, a large source folder is asked about.  Return
the exit code, and the status of the run, #f if it did not begin."
  (let* ((project (current-project #:create? #t))
         (fields (%project-fields project))
         (session (connect-to (submission-target submission) fields)))
    (snapshot-submissions! (list submission) fields session
                           #:check (size-check session yes?))
    (let* ((code (run-in-foreground (list submission) project
                                    #:quiet? quiet? #:on-prepare on-prepare))
           (id (submission-id submission)))
      (values code (and id (json-ref (load-run project id) 'status))))))
