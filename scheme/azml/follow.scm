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
  #:autoload (azml mirror) (mirror-removed! mirror-status!)
  #:autoload (azml received) (checked-status)
  #:autoload (azml transfer) (snapshot-failure snapshot-lost! with-snapshot)
  #:export (track-run
            tracked?
            tracked-id
            tracked-session
            set-tracked-session!
            tracked-mirror
            tracked-status
            tracked-accepted?
            tracked-ended?
            tracked-over?
            tracked-failure
            tracked-start!
            tracked-follow!
            tracked-resume!
            tracked-stop!
            terminal-state?))

(define-structure <tracked>
  (make-tracked id session mirror on-log on-event on-prepare on-status status accepted?
                ended? failure log-bytes sink partial again over?)
  tracked?
  (id tracked-id)
  (session tracked-session set-tracked-session!)
  (mirror tracked-mirror)          ;the copy that is brought up to date, open, or #f
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
  (partial tracked-partial set-tracked-partial!) ;an event line that is not complete yet
  (again tracked-again set-tracked-again!) ;what asks for the run again, or #f
  ;; Whether its work is done, #f: not yet, unasked: nobody wants to be told before the end.
  (over? tracked-over set-tracked-over!))

(define* (track-run session id #:key on-log on-event on-prepare on-status status mirror
                    tell-over?)
  "Return what is known of run ID on the other side of SESSION: for now STATUS, or
nothing.  MIRROR, if given, is its copy here, which is brought up to date.  ON-LOG gets the log: it is called with a bytevector and a procedure that sends all
that follows straight to the descriptor that it is given.
ON-EVENT each line of events.jsonl as JSON, ON-PREPARE the bytes of prepare.log, ON-STATUS
each new status.json.  With TELL-OVER? it is known a moment before the end that the run's work
is done: see `tracked-over?'."
  (make-tracked id session mirror on-log on-event on-prepare on-status status #f #f #f 0 #f
                "" #f (if tell-over? #f 'unasked)))

(define (tracked-over? tracked)
  "Return true if all work of the run TRACKED is done, be its end on disk or not."
  (or (eq? #t (tracked-over tracked)) (tracked-ended? tracked)))

(define (terminal-state? state)
  "Return true if no run leaves STATE, the name of a state, any more."
  (and (member state '("completed" "failed" "canceled" "lost")) #t))

(define (update-status! tracked value last?)
  (let* ((mirror (tracked-mirror tracked))
         (status (if mirror (checked-status value) value)))
    (when (pair? status)
      (set-tracked-status! tracked status)
      (when mirror
        (mirror-status! mirror status last?))
      (when (tracked-on-status tracked)
        ((tracked-on-status tracked) status)))))

(define (fail! tracked failure)
  (set-tracked-failure! tracked failure)
  (set-tracked-ended! tracked #t))

(define* (tracked-start! tracked run job #:key objects on-accepted (follow? #t)
                         together? places (present? #t))
  "Have the run TRACKED with the documents RUN (run.json) and JOB (job.json) accepted, and,
with FOLLOW?, follow it from there.  Its snapshot is sent from the folder OBJECTS as far as it
is missing; with PRESENT? that is looked at only when the runner says so.  Call ON-ACCEPTED,
if given, once the run is on disk; with TOGETHER? before that, see (azml together).  With PLACES
it begins when fewer than so many of this session, started so, are at work."
  (let ((arguments `((id . ,(tracked-id tracked)) (run . ,run) (job . ,job)
                     ,@(if together? '((together . #t)) '())
                     ,@(if places `((places . ,places)) '())))
        (digest (json-ref job 'snapshot)))
    (let start ((tries 0) (present? present?))
      (let ((session (tracked-session tracked)))
        (define (answered kind stream value)
          (case kind
            ((reply)
             (set-tracked-accepted! tracked #t)
             (when on-accepted
               (on-accepted)))
            ((fail)
             (let* ((missing? (and objects (eq? #t (json-ref value 'missing))))
                    (failure (and missing? (snapshot-failure session digest))))
               (cond (failure (fail! tracked failure))
                     ((and missing? (< tries 3))
                      ;; Never sent, or removed since.
                      (unless present?
                        (snapshot-lost! session digest))
                      (start (+ tries 1) #f))
                     (else (fail! tracked value)))))))
        (define (ask request!)
          (request! "start" arguments answered)
          (when follow?
            (tracked-follow! tracked #:lenient? #t #:request! request!)))
        (set-tracked-again! tracked (lambda () (start 0 #f)))
        (if (or present? (not digest))
            (ask (lambda (operation arguments handler)
                   (session-request! session operation arguments handler)))
            (with-snapshot session objects digest ask
                           (lambda (failure) (fail! tracked failure))))))))

(define (removed! tracked)
  ;; The machine has no such run any more: that is its end, if it had one.  Return true if so.
  (let* ((mirror (tracked-mirror tracked))
         (status (and mirror (tracked-status tracked)))
         (removed (and status
                       (mirror-removed! mirror (session-hello (tracked-session tracked))
                                        (tracked-id tracked) status))))
    (when removed
      (set-tracked-status! tracked removed)
      (set-tracked-ended! tracked #t))
    removed))

(define event-limit 1000000)

(define (take-events! tracked bytes)
  ;; Hand out the complete lines; a line that is not JSON is passed over.
  (let loop ((text (string-append (tracked-partial tracked)
                                  (utf8->string* bytes))))
    (let ((newline (string-index text #\newline)))
      (if newline
          (let ((event (false-if-exception (%json-read (substring text 0 newline)))))
            ;; What another machine calls an event may be anything.
            (when (pair? event)
              (false-if-exception ((tracked-on-event tracked) event)))
            (loop (substring text (+ newline 1))))
          ;; A line that never ends is none.
          (set-tracked-partial! tracked
                                (if (< (string-length text) event-limit) text ""))))))

(define (utf8->string* bytes)
  (or (false-if-exception (utf8->string bytes)) ""))

(define (followed-files tracked log-offset log?)
  ;; What `follow' is asked for, in alphabetical order: its streams are numbered so.
  (let* ((mirror (tracked-mirror tracked))
         (file (lambda (wanted name offset)
                 (cond (mirror (list (cons name (%mirror-size mirror (symbol->string name)))))
                       (wanted (list (cons name offset)))
                       (else '())))))
    (append (file (tracked-on-event tracked) 'events.jsonl 0)
            (file #f 'gpu.jsonl 0)
            (if log? (file (tracked-on-log tracked) 'log log-offset) '())
            (file #f 'metrics.jsonl 0)
            (file (tracked-on-prepare tracked) 'prepare.log 0))))

(define (watched? tracked name)
  ;; Whether data of the file NAME is handed to us, and not only written to the copy.
  (case name
    ((events.jsonl) (tracked-on-event tracked))
    ((prepare.log) (tracked-on-prepare tracked))
    ((log) (tracked-on-log tracked))
    (else #f)))

(define (sink-unwatched! tracked request names)
  (let loop ((names names) (stream 1))
    (when (pair? names)
      (unless (watched? tracked (car names))
        (%session-mirror (session-handle (tracked-session tracked)) request stream
                         (tracked-mirror tracked) (symbol->string (car names)) -1))
      (loop (cdr names) (+ stream 1)))))

(define (send-log-on tracked request stream)
  ;; The procedure that sends what follows of the log straight to a descriptor.
  (let ((handle (session-handle (tracked-session tracked)))
        (mirror (tracked-mirror tracked)))
    (lambda (fd)
      (if mirror
          (%session-mirror handle request stream mirror "log" fd)
          (%session-sink handle request stream fd)))))

(define (take-data! tracked name bytes request stream)
  (when (tracked-mirror tracked)
    (%mirror-write (tracked-mirror tracked) (symbol->string name) bytes))
  (case name
    ((events.jsonl) (take-events! tracked bytes))
    ((prepare.log) ((tracked-on-prepare tracked) bytes))
    ((log)
     (set-tracked-sink! tracked (cons request stream))
     (set-tracked-log-bytes! tracked
                             (+ (tracked-log-bytes tracked) (bytevector-length bytes)))
     ((tracked-on-log tracked) bytes (send-log-on tracked request stream)))))

(define (end! tracked value log?)
  ;; The last answer to `follow'.
  (let ((size (json-ref value 'files 'log))
        (mirror (tracked-mirror tracked)))
    (update-status! tracked (json-ref value 'status) #t)
    (if (and mirror
             (not (and (tracked-status tracked)
                       (terminal-state? (json-ref (tracked-status tracked) 'state))
                       (or (not log?) (eqv? size (%mirror-size mirror "log"))))))
        (fail! tracked '((code . "protocol")
                         (message . "azml-runner ended the view of a run that goes on")))
        (set-tracked-ended! tracked #t))))

(define* (tracked-follow! tracked #:key (log-offset 0) (log? #t) (lenient? #f)
                          (request! (lambda (operation arguments handler)
                                      (session-request! (tracked-session tracked)
                                                        operation arguments handler))))
  "Follow the run TRACKED, its log from byte LOG-OFFSET on (that of its copy from where that
ends; without LOG? all but the log), until it has ended.  With LENIENT? a runner that does not know the run yet is no
failure.  REQUEST! sends the request."
  (let* ((files (followed-files tracked log-offset log?))
         (names (map car files))
         (request #f))
    (set-tracked-log-bytes! tracked log-offset)
    (set-tracked-sink! tracked #f)
    (unless (tracked-mirror tracked)
      (set-tracked-partial! tracked ""))
    (set! request
          (request!
           "follow"
           `((id . ,(tracked-id tracked)) (files . ,files)
             ,@(if (tracked-over tracked) '() '((over . #t))))
           (lambda (kind stream value)
             (case kind
               ((data)
                (when (<= 1 stream (length names))
                  (take-data! tracked (list-ref names (- stream 1)) value request stream)))
               ((event)
                (if (json-ref value 'over)
                    (set-tracked-over! tracked #t)
                    (update-status! tracked (json-ref value 'status) #f)))
               ((reply) (end! tracked value log?))
               ((fail)
                (unless (or (tracked-ended? tracked)
                            (and lenient? (not (tracked-accepted? tracked)))
                            (and (equal? "not-found" (json-ref value 'code))
                                 (removed! tracked)))
                  (fail! tracked value)))))))
    (when (tracked-mirror tracked)
      (sink-unwatched! tracked request names))
    request))

(define* (tracked-resume! tracked session #:key (follow? #t))
  "Go on with the run TRACKED over SESSION, because the session that it had is lost: ask for it
again if it was not accepted yet, and, with FOLLOW?, follow it, the log from the byte on that
was not seen yet."
  (let* ((sink (tracked-sink tracked))
         (sunk (if sink
                   (%session-sunk (session-handle (tracked-session tracked))
                                  (car sink) (cdr sink))
                   0))
         (offset (+ (tracked-log-bytes tracked) sunk)))
    (set-tracked-session! tracked session)
    (cond ((and (tracked-again tracked) (not (tracked-accepted? tracked)))
           ((tracked-again tracked)))
          (follow? (tracked-follow! tracked #:log-offset offset)))))

(define* (tracked-stop! tracked signal #:key (grace 10) (by "stop"))
  "Have the run TRACKED stopped: the signal named SIGNAL now, KILL after GRACE seconds; BY
says who wants it.  Its end is seen by following."
  (session-request! (tracked-session tracked) "stop"
                    `((id . ,(tracked-id tracked)) (signal . ,signal) (grace . ,grace)
                      (by . ,by))
                    (lambda (kind stream value) #f)))
