;;; launch.scm: submissions become runs.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml launch)
  #:use-module (azml structure)
  #:use-module (azml core)
  #:use-module (azml follow)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml submission)
  #:export (snapshot-submissions!
            plan-snapshot
            launch!
            launched-id
            launched-run
            launched-directory
            launched-tracked
            launched-submission))

(define-structure <launched>
  (make-launched id submission run directory tracked)
  launched?
  (id launched-id)
  (submission launched-submission)
  (run launched-run)               ;run.json
  (directory launched-directory)
  (tracked launched-tracked))

(define (take source fields dry-run?)
  (%snapshot-take source (json-ref fields 'objects)
                  (string-append (json-ref fields 'folder) "/cache/snapshot")
                  dry-run?))

(define (plan-snapshot source fields)
  "Return the report on the folder SOURCE as a snapshot would see it, for the project with
FIELDS; store nothing."
  (take source fields #t))

(define* (snapshot-submissions! submissions fields #:key (check (lambda (source report) #t)))
  "Take the snapshots of SUBMISSIONS, one for each source folder, into the project with
FIELDS.  CHECK is called before with each source folder and what is in it."
  (let loop ((submissions submissions) (taken '()))
    (unless (null? submissions)
      (let* ((submission (car submissions))
             (source (submission-source submission))
             (known (assoc source taken))
             (report (if known
                         (cdr known)
                         (begin
                           (check source (lambda () (take source fields #t)))
                           (take source fields #f)))))
        (set-submission-snapshot! submission report)
        (loop (cdr submissions)
              (if known taken (acons source report taken)))))))

(define* (launch! submission project session
                  #:key on-log on-event on-prepare on-status on-accepted (follow? #t))
  "Submit SUBMISSION in PROJECT over SESSION without waiting, and return what was launched.
ON-LOG, ON-EVENT, ON-PREPARE and ON-STATUS are as for `track-run'; ON-ACCEPTED is called with what was
launched.  Without FOLLOW? only the acceptance is awaited."
  (let ((fields (%project-fields project)))
    (call-with-values (lambda () (submission-documents submission fields))
      (lambda (id run job)
        (let* ((tracked (track-run session id #:on-log on-log #:on-event on-event
                                   #:on-prepare on-prepare #:on-status on-status))
               (launched (make-launched id submission run
                                        (string-append (json-ref fields 'runs) "/" id)
                                        tracked)))
          (tracked-start! tracked run job
                          #:objects (json-ref fields 'objects)
                          #:follow? follow?
                          #:on-accepted (lambda ()
                                          (when on-accepted
                                            (on-accepted launched))))
          launched)))))
