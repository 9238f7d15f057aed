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
  #:autoload (azml target) (compute-target-name)
  #:autoload (azml mirror) (create-mirror mirror-contact! place-key)
  #:use-module (azml console)
  #:use-module (azml text)
  #:autoload (azml connect) (forget-session! place-shared? target-place)
  #:autoload (azml mend) (snapshot-taken!)
  #:autoload (azml session) (session-handle session-hello)
  #:autoload (azml transfer) (snapshot-begun!)
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

(define* (take source files fields dry-run? #:optional session)
  (%snapshot-take source (json-ref fields 'objects)
                  ;; What a list names is seldom asked for twice.
                  (and (not (pair? files))
                       (string-append (json-ref fields 'folder) "/cache/"
                                      (if files "tracked" "snapshot")))
                  dry-run? files (and session (session-handle session))))

(define* (plan-snapshot source fields #:optional files)
  "Return the report on the folder SOURCE, of which FILES count (see `submission-files'), as a
snapshot would see it, for the project with FIELDS; store nothing."
  (take source files fields #t))

(define (over-there submissions fields session)
  ;; SESSION, if it leads to another store than that of the project with FIELDS.
  (and (pair? submissions)
       (not (place-shared? (target-place (submission-target (car submissions)) fields)
                           fields))
       session))

(define (note-ahead! report session)
  ;; What was sent of the snapshot while it was taken; who needs a session makes a new one if
  ;; it was lost meanwhile.
  (when (json-ref report 'begun)
    (snapshot-begun! (json-ref report 'digest) (json-ref report 'begun)))
  (when (json-ref report 'lost)
    (say-warning (json-ref report 'lost) "connecting again")
    (forget-session! session)))

(define* (snapshot-submissions! submissions fields session
                                #:key (check (lambda (source report) #t)))
  "Take the snapshots of SUBMISSIONS, one for each source folder, into the project with
FIELDS.  CHECK is called before with each source folder and what is in it.  What the machine of
SESSION lacks of them goes there meanwhile; if that is lost, the next `connect-to' makes another."
  (let ((there (over-there submissions fields session)))
    (let loop ((submissions submissions) (taken '()) (session there))
      (unless (null? submissions)
        (let* ((submission (car submissions))
               (source (submission-source submission))
               (files (submission-files submission))
               (what (cons source files))
               (known (assoc what taken))
               (report (if known
                           (cdr known)
                           (begin
                             (check source (lambda () (take source files fields #t)))
                             (take source files fields #f session)))))
          (when (and there (not known))
            (snapshot-taken! (json-ref report 'digest) source))
          (when (and session (not known))
            (note-ahead! report session))
          (set-submission-snapshot! submission report)
          (loop (cdr submissions)
                (if known taken (acons what report taken))
                (and (not (json-ref report 'lost)) session)))))))

;; Which snapshot a place was sent last: then it is asked for nothing but the run.
(define (sent-file fields place)
  (string-append (json-ref fields 'folder) "/cache/sent-" (place-key place)))

(define (sent? fields place digest)
  (let ((file (sent-file fields place)))
    (and digest
         (%file-status file)
         (equal? digest (false-if-exception (%file-read file))))))

(define (note-sent! fields place digest)
  (unless (or (not digest) (sent? fields place digest))
    (false-if-exception
     (let ((file (sent-file fields place)))
       (%folder-make (dirname file))
       (call-with-output-file file
         (lambda (port) (display digest port)))))))

;; The sessions over which that was said; each is forgotten with its last run.
(define %warned (make-weak-key-hash-table))

(define (warn-of-logout! session submission)
  ;; Where a machine ends the runs of a user who is not logged in any more, whoever starts one
  ;; learns it, once.
  (when (and (equal? "ends" (json-ref (session-hello session) 'logout))
             (not (hashq-ref %warned session)))
    (hashq-set! %warned session #t)
    (console-clear-line!)
    (say-warning
     (string-append (printable (compute-target-name (submission-target submission)))
                    " ends all processes of a user who logs out: this run ends with the"
                    " last connection to it")
     "execute there, once: loginctl enable-linger")))

(define* (launch! submission project session
                  #:key place on-log on-event on-prepare on-status on-accepted (follow? #t)
                  tell-over? together? places (more (lambda () 0)))
  "Submit SUBMISSION in PROJECT over SESSION without waiting, and return what was launched.
MORE returns how many more will be.
PLACE is where it will be, if not in the project's own folder: then a copy is made here.
ON-LOG, ON-EVENT, ON-PREPARE and ON-STATUS are as for `track-run'; ON-ACCEPTED is called with what was
launched.  Without FOLLOW? only the acceptance is awaited.  TELL-OVER? is as for
`track-run', TOGETHER? and PLACES as for `tracked-start!'."
  (let ((fields (%project-fields project))
        (id (expected-id project #:more more)))
    (call-with-values (lambda () (submission-documents submission fields id))
      (lambda (run job)
        (let* ((mirror (and place (create-mirror (json-ref fields 'runs) id run place)))
               (digest (json-ref job 'snapshot))
               (tracked (track-run session id #:on-log on-log #:on-event on-event
                                   #:on-prepare on-prepare #:on-status on-status
                                   #:mirror mirror #:tell-over? tell-over?))
               (launched (make-launched id submission run
                                        (string-append (json-ref fields 'runs) "/" id)
                                        tracked)))
          (define (accepted)
            (when mirror
              (%mirror-flush mirror)
              (note-sent! fields place digest)
              (mirror-contact! mirror (session-hello (tracked-session tracked)))
              (warn-of-logout! (tracked-session tracked) submission))
            (when on-accepted
              (on-accepted launched)))
          (tracked-start! tracked run job
                          #:objects (json-ref fields 'objects)
                          #:follow? follow?
                          #:together? together?
                          #:places places
                          #:present? (or (not place) (sent? fields place digest))
                          #:on-accepted accepted)
          launched)))))
