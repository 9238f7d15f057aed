;;; view.scm: following a run that was submitted before, wherever it is.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; A run of this machine is followed in its own directory.  Of one that is elsewhere there is
;;; a copy: whoever comes first brings it up to date and shows what comes; others read the
;;; copy, and take over when the first one goes.
;;; Code:

(define-module (azml view)
  #:use-module (azml connect)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml follow)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml link)
  #:use-module (azml logfile)
  #:use-module (azml progress)
  #:use-module (azml target)
  #:use-module ((azml watch) #:select (call-interruptibly raise-failure))
  #:autoload (azml mirror) (close-mirror! copy-complete? copy-place mirror-contact!
                            only-here? open-mirror outputs-state)
  #:autoload (azml sync) (recently-unreachable?)
  #:autoload (azml outputs) (bring-outputs! outputs-limit outputs-read? outputs-text
                              say-fetched)
  #:autoload (azml session) (session-call session-close! session-hello session-pump!)
  #:export (run-is-over?
            run-is-whole?
            run-link
            view-run
            bring-now!
            finish-copy
            try-copy
            show-transfer!))

(define (run-is-over? record)
  "Return true if the run that RECORD is of has ended, and all of its log is here."
  (and (terminal-state? (run-state-of record))
       (or (not (json-ref record 'sync))
           (only-here? record)
           (copy-complete? record))))

(define (run-is-whole? record)
  "Return true if the run that RECORD is of is over, and nothing of it has to be fetched."
  (and (run-is-over? record)
       (or (not (json-ref record 'sync))
           (only-here? record)
           (not (json-ref record 'status 'runner)) ;it never began
           (not (eq? (outputs-state record) 'none)))))

(define (target-name record)
  (or (json-ref record 'run 'target 'name) "the machine"))

(define (run-link project record)
  "Return a link to the machine of the run of PROJECT that RECORD is of."
  (if (json-ref record 'sync)
      (open-link (copy-place record) (target-name record))
      (open-link (target-place (local-target) (%project-fields project)) "azml-runner"
                 (connect-here project))))

(define %shown #f)

(define (show-transfer! progress text)
  "Show on PROGRESS what TEXT, a pair as `transfer-text' returns it or #f, says of what is on
its way."
  (cond (text
         (set! %shown #t)
         (progress-begin! progress (car text))
         (progress-detail-text! progress (cdr text)))
        (%shown
         (set! %shown #f)
         (progress-end! progress))))

(define* (finish-copy link mirror record progress interrupt left?
                      #:key (limit (outputs-limit (json-ref record 'run)))
                      (resume (lambda (session) #f)))
  "Fetch the outputs of the run that RECORD is of, as far as they are not over LIMIT, over LINK
into its copy MIRROR, unless (LEFT?) holds; show PROGRESS, call INTERRUPT for a signal, RESUME
with a new session for what else goes on.  Return true if they were fetched, but for what is over
LIMIT or changes."
  (let ((id (json-ref record 'id))
        (good? #f)
        (done #f))
    (define (begin! session)
      (bring-outputs! session mirror id (json-ref record 'directory) limit
                      (lambda (failure report)
                        (progress-end! progress)
                        (say-fetched id failure report)
                        (set! good? (and (not failure) (outputs-read? report)))
                        (set! done #t))))
    (when (link-session link)
      (begin! (link-session link)))
    (link-until (lambda ()
                  (when (link-well? link)
                    (show-transfer! progress (outputs-text)))
                  (or done (left?)))
                link progress interrupt
                (lambda (session)
                  (resume session)
                  (begin! session)))
    (progress-end! progress)
    good?))

(define (try-copy link mirror record progress . rest)
  "Call `finish-copy' with LINK, MIRROR, RECORD, PROGRESS and REST for a run that has ended: its end is
what counts, so an error is only said, with how to fetch the outputs later."
  (with-exception-handler
      (lambda (condition)
        (when (azml-cancelled? condition)
          (raise-exception condition))
        (progress-end! progress)
        (say-fetched (json-ref record 'id) `((message . ,(azml-error-message condition))) #f))
    (lambda ()
      (and (not (json-ref (%mirror-sync mirror) 'removed))
           (apply finish-copy link mirror record progress rest)))
    #:unwind? #t
    #:unwind-for-type &azml-error))

(define (pump-tracked tracked link offset progress interrupt left?)
  (when (link-session link)
    (tracked-follow! tracked #:log-offset offset))
  (link-until (lambda () (or (left?) (tracked-ended? tracked)))
              link progress interrupt
              (lambda (session) (tracked-resume! tracked session)))
  (progress-end! progress)
  (when (tracked-failure tracked)
    (raise-failure (tracked-failure tracked))))

(define (view-here project record offset progress on-log on-event interrupt left?)
  (let* ((link (run-link project record))
         (tracked (track-run (link-session link) (json-ref record 'id)
                             #:on-log on-log #:on-event on-event)))
    (pump-tracked tracked link offset progress interrupt left?)))

(define (view-by-mirror mirror project record progress on-log on-event interrupt left?)
  (let* ((link (run-link project record))
         (tracked (track-run (link-session link) (json-ref record 'id) #:mirror mirror
                             #:status (json-ref record 'status)
                             #:on-log on-log #:on-event on-event)))
    (pump-tracked tracked link 0 progress interrupt left?)
    (when (link-session link)
      (mirror-contact! mirror (session-hello (link-session link))))
    (unless (left?)
      (try-copy link mirror record progress interrupt left?))))

;; Another program brings the copy up to date: look at what it writes.  Return the offset that
;; the log was shown to, and the mirror, open, if it went.
(define (watch-copy project record offset show? interrupt left?)
  (let* ((id (json-ref record 'id))
         (directory (json-ref record 'directory)))
    (let loop ((offset offset))
      (let* ((over? (run-is-whole? (load-run project id)))
             (mirror (and (not over?) (open-mirror directory)))
             (offset (if show? (copy-log directory #:offset offset) offset)))
        (if (or over? mirror (left?))
            (values offset mirror)
            (begin
              (call-interruptibly interrupt (lambda () (%sleep 200)))
              (loop offset)))))))

(define* (view-run project record #:key (offset 0) (progress (make-progress #:quiet? #t))
                   on-log on-event (interrupt (lambda (signal) #f)) (left? (lambda () #f)))
  "Follow the run of PROJECT that RECORD is of to its end, or until (LEFT?) holds: hand its log
from byte OFFSET on to ON-LOG, events to ON-EVENT, as `track-run' does; without ON-LOG the log
is not shown.  INTERRUPT is called with the number of a signal.  Where the machine cannot be
reached, say so on PROGRESS and try again, for as long as it takes."
  (if (not (json-ref record 'sync))
      (view-here project record offset progress on-log on-event interrupt left?)
      (call-with-values
          (lambda () (watch-copy project record offset (and on-log #t) interrupt left?))
        (lambda (offset mirror)
          (when mirror
            (dynamic-wind
              (lambda () #f)
              (lambda ()
                (view-by-mirror mirror project record progress on-log on-event interrupt
                                left?))
              (lambda () (close-mirror! mirror)))))))
  (index-refresh! project (json-ref record 'id)))

;;; A look at what there is now

(define (log-size session id)
  ;; How long the log is at this moment, over there.
  (let* ((reply (session-call session "fetch" `((id . ,id) (path . "log") (list . #t))))
         (entries (json-ref reply 'entries)))
    (or (and (vector? entries) (= 1 (vector-length entries))
             (let ((size (json-ref (vector-ref entries 0) 'size)))
               (and (exact-integer? size) size)))
        0)))

;; For how long a look waits for bytes that do not come.
(define quiet-ms 10000)

(define (bring-now! project record)
  "Bring the copy that RECORD is of up to what there is now, unless another program does that, or
its machine did not answer a moment ago."
  (let ((mirror (and (not (recently-unreachable? project record))
                     (open-mirror (json-ref record 'directory)))))
    (when mirror
      (let* ((place (copy-place record))
             (id (json-ref record 'id))
             (session (connect-to-place (car place) (cdr place)))
             (size (log-size session id))
             (tracked (track-run session id #:mirror mirror)))
        (tracked-follow! tracked)
        (let loop ((before -1) (deadline 0))
          (let ((here (%mirror-size mirror "log")))
            (cond
             ((or (tracked-ended? tracked)
                  (and (tracked-status tracked) (>= here size)))
              #t)
             ((> here before)
              (session-pump! session 10)
              (loop here (+ (%clock-boot-ms) quiet-ms)))
             ((< (%clock-boot-ms) deadline)
              ;; Most of it goes into the copy without a message.
              (session-pump! session 10)
              (loop here deadline)))))
        (mirror-contact! mirror (session-hello session))
        ;; What still comes of this is no longer for us.
        (forget-session! session)
        (session-close! session)
        (close-mirror! mirror)))))
