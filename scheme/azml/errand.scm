;;; errand.scm: what a command line wants of one run beside its being run.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; The options --source, --output, --make-deps and --make of the command run.  What is
;;; written into the working folder is of a single run.
;;; Code:

(define-module (azml errand)
  #:use-module (azml core)
  #:use-module (azml delivery)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml make)
  #:autoload (azml mirror) (outputs-left outputs-unread)
  #:use-module (azml options)
  #:use-module (azml submission)
  #:use-module (azml target)
  #:export (prepare-errand!
            left-run
            errand-interrupt
            finish-errand!))

(define (rule options)
  (and=> (option-ref options 'make) parse-rule))

(define (only submissions options)
  ;; The single one of SUBMISSIONS; #f for several that want no files.
  (cond ((null? (cdr submissions)) (car submissions))
        ((or (option-ref options 'output) (option-ref options 'make-deps))
         (usage-error "--output and --make-deps are for one run, not for several"
                      "name one experiment"))
        (else #f)))

(define (dependency-target options)
  (let ((deliveries (parse-deliveries (option-refs options 'output))))
    (or (rule-target (rule options))
        (and (pair? deliveries) (cdar deliveries))
        (usage-error "--make-deps needs a target"
                     "--output names one: --output outputs/model.pkl=model.pkl"))))

(define (take-files! submission rule named)
  (set-submission-files! submission
                         (source-files (submission-source submission) rule named)))

(define (prepare-errand! submissions project options)
  "Have SUBMISSIONS to PROJECT take the files that OPTIONS say; check them."
  (let ((submission (only submissions options))
        (fields (%project-fields project)))
    (when (and (option-ref options 'detach)
               (or (option-ref options 'output) (option-ref options 'make-deps)))
      (usage-error "--detach does not go with --output or --make-deps"
                   "they wait for the end of the run"))
    (parse-deliveries (option-refs options 'output))
    (for-each (lambda (submission)
                (take-files! submission (rule options) (option-refs options 'source)))
              submissions)
    (when (option-ref options 'make-deps)
      (dependency-target options)
      (set-submission-reads! submission #t))
    (when (and submission (detach-under-make? (rule options)))
      (set-submission-noticed! submission
                               (lambda (run) (remember-run! fields run))))))

(define (wish submission)
  ;; What is known of run.json before it is made.
  `((snapshot . ,(submission-snapshot submission))
    (command . ,(list->vector (submission-command submission)))
    (target . ((name . ,(compute-target-name (submission-target submission)))))))

(define (left-run submissions project options)
  "Return the id of the run of PROJECT that an interrupted make with OPTIONS left and that does
what SUBMISSIONS, whose snapshots are taken, want, or #f."
  (and (null? (cdr submissions))
       (detach-under-make? (rule options))
       (remembered-run (%project-fields project) (wish (car submissions)))))

(define (errand-interrupt submissions options)
  "Return what a signal does to SUBMISSIONS of a command line with OPTIONS: stop or leave, as
`run-in-foreground' takes it; #f for what is usual."
  (cond ((and (null? (cdr submissions)) (detach-under-make? (rule options))) 'leave)
        ((rule options) 'stop)
        (else #f)))

(define (finish-errand! submissions project options id)
  "Do what OPTIONS want of the run ID of PROJECT, which has completed: the one of SUBMISSIONS."
  (let* ((submission (car submissions))
         (record (load-run project id))
         (directory (json-ref record 'directory)))
    (when (detach-under-make? (rule options))
      (forget-run! (%project-fields project) (wish submission)))
    (deliver! id directory (parse-deliveries (option-refs options 'output))
              (outputs-left record) (outputs-unread record))
    (when (option-ref options 'make-deps)
      (write-dependencies (option-ref options 'make-deps) (dependency-target options)
                          (submission-source submission) directory))))
