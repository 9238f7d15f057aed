;;; follow.scm: starting runs over a session and following them to their end.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; A tracked run is what this process knows of a run while it talks to the runner about
;;; it.  `start` and `follow` are sent together, without waiting; a snapshot that the other
;;; side lacks is sent when it says so.  Many tracked runs share one session: whoever waits
;;; pumps the session, and messages find their run by the request they answer.
;;; Code:

(define-module (azml follow)
  #:use-module (azml structure)
  #:use-module (rnrs bytevectors)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml json)
  #:use-module (azml session)
  #:export (track-run
            tracked?
            tracked-id
            tracked-session
            tracked-status
            tracked-accepted?
            tracked-ended?
            tracked-failure
            tracked-start!
            tracked-follow!
            tracked-resume!
            tracked-stop!
            terminal-state?))

(define-structure <tracked>
  (make-tracked id session on-log on-event on-prepare on-status status accepted? ended?
                failure log-bytes sink partial)
  tracked?
  (id tracked-id)
  (session tracked-session set-tracked-session!)
  (on-log tracked-on-log)          ;what to do with bytes of the log, or #f
  (on-event tracked-on-event)      ;what to do with an event of the run, or #f
  (on-prepare tracked-on-prepare)  ;what to do with bytes of prepare.log, or #f
  (on-status tracked-on-status)    ;what to do when the status changed, or #f
  (status tracked-status set-tracked-status!)
  (accepted? tracked-accepted? set-tracked-accepted!)
  (ended? tracked-ended? set-tracked-ended!)
  (failure tracked-failure set-tracked-failure!) ;the fail of `start` or `follow`, or #f
  (log-bytes tracked-log-bytes set-tracked-log-bytes!) ;how much of the log came by on-log
  (sink tracked-sink set-tracked-sink!) ;(REQUEST . STREAM) of the log, once some of it came
  (partial tracked-partial set-tracked-partial!)) ;an event line that is not complete yet

(define* (track-run session id #:key on-log on-event on-prepare on-status status)
  "Return what is known of run ID on the other side of SESSION: for now STATUS, or
nothing.  ON-LOG gets the log: it is called with a bytevector and a procedure that sends all
that follows straight to the descriptor that it is given.
ON-EVENT each line of events.jsonl as JSON, ON-PREPARE the bytes of prepare.log, ON-STATUS
each new status.json."
  (make-tracked id session on-log on-event on-prepare on-status status #f #f #f 0 #f ""))

(define (terminal-state? state)
  "Return true if no run leaves STATE, the name of a state, any more."
  (and (member state '("completed" "failed" "canceled" "lost")) #t))

(define (update-status! tracked status)
  (when (pair? status)
    (set-tracked-status! tracked status)
    (when (tracked-on-status tracked)
      ((tracked-on-status tracked) status))))

(define (fail! tracked failure)
  (set-tracked-failure! tracked failure)
  (set-tracked-ended! tracked #t))

(define* (tracked-start! tracked run job #:key objects on-accepted (follow? #t))
  "Have the run TRACKED with the documents RUN (run.json) and JOB (job.json) accepted, and,
with FOLLOW?, follow it from there.  If its snapshot is not known yet, send it from the
folder OBJECTS.  Call ON-ACCEPTED, if given, once the run is on disk."
  (let ((session (tracked-session tracked))
        (arguments `((id . ,(tracked-id tracked)) (run . ,run) (job . ,job))))
    (let start ((again? #f))
      (session-request!
       session "start" arguments
       (lambda (kind stream value)
         (case kind
           ((reply)
            (set-tracked-accepted! tracked #t)
            (when on-accepted
              (on-accepted)))
           ((fail)
            (if (and (not again?) objects (eq? #t (json-ref value 'missing)))
                (begin
                  (%session-send-snapshot (session-handle session) objects
                                          (json-ref job 'snapshot))
                  (start #t)
                  (when follow?
                    (tracked-follow! tracked)))
                (fail! tracked value))))))
      (when (and follow? (not again?))
        (tracked-follow! tracked #:lenient? #t)))))

(define (take-events! tracked bytes)
  ;; Hand out the complete lines; a line that is not JSON is passed over.
  (let loop ((text (string-append (tracked-partial tracked)
                                  (utf8->string* bytes))))
    (let ((newline (string-index text #\newline)))
      (if newline
          (let ((event (false-if-exception (%json-read (substring text 0 newline)))))
            (when (pair? event)
              ((tracked-on-event tracked) event))
            (loop (substring text (+ newline 1))))
          (set-tracked-partial! tracked text)))))

(define (utf8->string* bytes)
  (or (false-if-exception (utf8->string bytes)) ""))

(define (followed-files tracked log-offset)
  ;; What `follow' is asked for, in alphabetical order: its streams are numbered so.
  (let ((file (lambda (wanted name offset)
                (if wanted (list (cons name offset)) '()))))
    (append (file (tracked-on-event tracked) 'events.jsonl 0)
            (file (tracked-on-log tracked) 'log log-offset)
            (file (tracked-on-prepare tracked) 'prepare.log 0))))

(define (take-data! tracked name bytes request stream)
  (case name
    ((events.jsonl) (take-events! tracked bytes))
    ((prepare.log) ((tracked-on-prepare tracked) bytes))
    (else
     (set-tracked-sink! tracked (cons request stream))
     (set-tracked-log-bytes! tracked
                             (+ (tracked-log-bytes tracked) (bytevector-length bytes)))
     ((tracked-on-log tracked) bytes
      (lambda (fd)
        (%session-sink (session-handle (tracked-session tracked)) request stream fd))))))

(define* (tracked-follow! tracked #:key (log-offset 0) (lenient? #f))
  "Follow the run TRACKED, its log from byte LOG-OFFSET on, until it has ended.  With
LENIENT? a runner that does not know the run yet is no failure."
  (let* ((files (followed-files tracked log-offset))
         (request #f))
    (set-tracked-log-bytes! tracked log-offset)
    (set-tracked-sink! tracked #f)
    (set-tracked-partial! tracked "")
    (set! request
          (session-request!
           (tracked-session tracked) "follow"
           `((id . ,(tracked-id tracked)) (files . ,files))
           (lambda (kind stream value)
             (case kind
               ((data)
                (take-data! tracked (car (list-ref files (- stream 1))) value request
                            stream))
               ((event) (update-status! tracked (json-ref value 'status)))
               ((reply)
                (update-status! tracked (json-ref value 'status))
                (set-tracked-ended! tracked #t))
               ((fail)
                (unless (or lenient? (tracked-ended? tracked))
                  (fail! tracked value)))))))
    request))

(define (tracked-resume! tracked session)
  "Go on following the run TRACKED over SESSION, because the session that it had is lost:
the log from the byte on that was not seen yet."
  (let* ((sink (tracked-sink tracked))
         (sunk (if sink
                   (%session-sunk (session-handle (tracked-session tracked))
                                  (car sink) (cdr sink))
                   0))
         (offset (+ (tracked-log-bytes tracked) sunk)))
    (set-tracked-session! tracked session)
    (tracked-follow! tracked #:log-offset offset)))

(define* (tracked-stop! tracked signal #:key (grace 10) (by "stop"))
  "Have the run TRACKED stopped: the signal named SIGNAL now, KILL after GRACE seconds; BY
says who wants it.  Its end is seen by following."
  (session-request! (tracked-session tracked) "stop"
                    `((id . ,(tracked-id tracked)) (signal . ,signal) (grace . ,grace)
                      (by . ,by))
                    (lambda (kind stream value) #f)))
