;;; watch.scm: following runs from a terminal.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; The loop below waits for messages of a session until the runs that it watches have
;;; ended; between messages it keeps the progress line alive and answers Ctrl-C.  The log
;;; goes from the session to the standard output byte for byte: only its first piece is
;;; handled here, so that the progress line is gone before it.
;;; Code:

(define-module (azml watch)
  #:use-module (ice-9 binary-ports)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml follow)
  #:use-module (azml json)
  #:autoload (azml lease) (waiting-text gap-text)
  #:use-module (azml progress)
  #:use-module (azml session)
  #:use-module (azml text)
  #:export (log-writer
            event-teller
            prepare-teller
            call-interruptibly
            pump-once
            watch-until
            await-answer
            stop-on-interrupt
            leave-on-interrupt
            raise-failure
            run-exit-code
            signal-numbers
            end-log-line))

(define* (log-writer progress #:key (fd 1))
  "Return the procedure that writes the log of a run to the descriptor FD, after wiping
PROGRESS."
  (lambda (bytes send-on)
    (progress-end! progress)
    (let ((port (if (eqv? fd 1) (current-output-port) (current-error-port))))
      (force-output port)
      ;; The first piece; what follows does not come here.
      (guard-output
       (lambda ()
         (put-bytevector port bytes)
         (force-output port)))
      (send-on fd))))

(define %output-lost #f)

(define (output-lost!)
  (unless %output-lost
    (set! %output-lost #t)
    (say-warning "the output cannot be written any more; the run goes on")))

(define (guard-output thunk)
  ;; A reader that went away (| head) ends the view, not the run.
  (catch 'system-error thunk
    (lambda arguments
      (output-lost!))))

;;; Events

(define (short-hash event)
  (let ((hash (json-ref event 'hash)))
    (if (string? hash) (string-append " " (short-id hash)) "")))

(define (room-text event)
  (string-append "only " (format-bytes (or (json-ref event 'bytes) 0)) " left in "
                 (printable (or (json-ref event 'path) "the engine's folder"))
                 ", where images go: the next step may fill it"))

(define* (event-teller progress #:key (prefix ""))
  "Return the procedure that tells on PROGRESS, each time after PREFIX, what an event of a
run says about its preparation."
  (lambda (event)
    (let ((what (json-ref event 'what))
          (say-now (lambda texts
                     (progress-begin! progress
                                      (string-append prefix
                                                     (string-concatenate texts))))))
      (case (string->symbol (or (json-ref event 'event) ""))
        ((environment)
         (cond ((equal? what "building")
                (say-now "building environment" (short-hash event)
                         (let ((builder (json-ref event 'builder)))
                           (if builder (string-append " with " builder) ""))))
               ((equal? what "waiting")
                (say-now "waiting for environment" (short-hash event)
                         (let ((holder (or (json-ref event 'for)
                                           (json-ref event 'holder))))
                           (cond ((string? holder)
                                  (string-append ", which " (printable holder) " builds"))
                                 ((eq? #t (json-ref event 'in_use))
                                  ", which runs use and which must be built anew")
                                 (else "")))))
               ((equal? what "built")
                (progress-end! progress
                               (string-append prefix "environment" (short-hash event)
                                              " is built")))
               (else (progress-end! progress))))
        ((gpus)
         (cond ((equal? what "waiting")
                (say-now (waiting-text event)))
               ((equal? what "interrupted")
                (progress-say! progress (string-append prefix (gap-text event))))))
        ((image)
         (if (equal? what "pulling")
             (say-now "pulling " (printable (or (json-ref event 'image) "the image")))
             (progress-say! progress (string-append prefix (room-text event)))))
        ((container)
         (progress-say! progress
                        (string-append
                         prefix
                         (cond ((equal? what "copying")
                                "files are copied into the container: ")
                               ((equal? what "left") "")
                               (else "not all came back from the container: "))
                         (printable (or (json-ref event 'why) (json-ref event 'message)
                                        "?")))))
        ((step)
         (say-now (printable (or (json-ref event 'name) "preparing"))))
        ((preparing) (say-now "preparing"))
        ((waiting) (say-now "waiting"))
        ((finalizing) (say-now "finishing"))
        ((running started ended) (progress-end! progress))
        (else #f)))))

(define (prepare-teller progress)
  "Return the procedure that shows the last line of what a preparation prints beside what
PROGRESS says."
  (lambda (bytes)
    (let* ((lines (map string-trim-both
                       (string-split (%bytes->string bytes)
                                     (char-set #\newline #\return))))
           (lines (filter (lambda (line) (not (string-null? line))) lines)))
      (when (pair? lines)
        (progress-detail-text! progress (printable (car (last-pair lines))))))))

;;; Waiting

(define (sooner a b)
  ;; The shorter of two times to wait, where a negative one is no limit.
  (cond ((negative? a) b)
        ((negative? b) a)
        (else (min a b))))

(define* (pump-once session progress on-interrupt #:optional (most -1))
  "Wait for one message of SESSION, at most until PROGRESS wants to be drawn again, or for MOST
milliseconds unless that is negative, and handle it.  Call ON-INTERRUPT with the number of the signal if one came.  Return true if a
message came."
  (let ((outcome
         (with-exception-handler
             (lambda (condition)
               (cond ((azml-cancelled? condition) 'interrupted)
                     ((session-lost? session condition) (raise-exception condition))
                     ((string-prefix? "write the copy" (azml-error-message condition))
                      (copy-lost! condition)
                      'copy-lost)
                     (else 'output-lost)))
           (lambda ()
             (and (session-pump! session (sooner (progress-timeout progress) most))
                  'message))
           #:unwind? #t
           #:unwind-for-type &azml-error)))
    (case outcome
      ((interrupted)
       (%cancel-reset!)
       (progress-clear! progress)
       (on-interrupt (%cancel-signal)))
      ((output-lost) (output-lost!)))
    (progress-tick! progress)
    (eq? outcome 'message)))

(define (call-interruptibly on-interrupt thunk)
  "Call THUNK; call ON-INTERRUPT with the number of a signal that ended it."
  (when (with-exception-handler
            (lambda (condition)
              (unless (azml-cancelled? condition)
                (raise-exception condition))
              #t)
          (lambda ()
            (thunk)
            #f)
          #:unwind? #t
          #:unwind-for-type &azml-error)
    (%cancel-reset!)
    (on-interrupt (%cancel-signal))))

(define (copy-lost! condition)
  (say-warning (azml-error-message condition)
               "the run goes on; with room on the disk, azml-guile attach goes on with it"))

(define (session-lost? session condition)
  ;; Anything but a sink that cannot be written.  A machine may have no room, too, or may
  ;; deny us something; that is the end of the session.
  (or (not (memq (azml-error-code condition) '(os no-space denied)))
      (not (%session-well? (session-handle session)))))

(define (watch-until done? session progress on-interrupt)
  "Handle the messages of SESSION until (DONE?) holds."
  (let loop ()
    (unless (done?)
      (pump-once session progress on-interrupt)
      (loop))))

(define* (stop-on-interrupt runs #:key (grace 10))
  "Return the procedure that a signal calls where a foreground run ends with its command:
it stops the tracked runs that the thunk RUNS lists, with INT, TERM and KILL in GRACE
seconds; a second signal kills them."
  (let ((times 0))
    (lambda (signal)
      (set! times (+ times 1))
      (let ((running (filter (lambda (tracked) (not (tracked-ended? tracked)))
                             (runs))))
        (when (pair? running)
          (say (if (= times 1)
                   (string-append "stopping; once more to kill at once")
                   "killing"))
          (for-each (lambda (tracked)
                      (tracked-stop! tracked
                                     (cond ((> times 1) "KILL")
                                           ((= signal SIGINT) "INT")
                                           (else "TERM"))
                                     #:grace grace #:by "terminal"))
                    running))))))

(define (leave-on-interrupt id leave)
  "Return the procedure that a signal calls where the command only looks at run ID: it says
how to return and how to stop it, and calls LEAVE with the exit code."
  (lambda (signal)
    (say)
    (say "the run goes on.  azml-guile attach " (short-id id) " returns to it,"
         " azml-guile stop " (short-id id) " stops it")
    (leave (+ 128 signal))))

;;; The end

(define (raise-failure failure)
  "Raise the error that FAILURE, the fail of a request, describes."
  (raise-azml-error (string->symbol (or (json-ref failure 'code) "failed"))
                    (or (json-ref failure 'message) "the runner refused")
                    #:hint (let ((hint (json-ref failure 'hint))) (and (string? hint) hint))
                    #:domain 'runner))

(define signal-numbers
  '(("HUP" . 1) ("INT" . 2) ("QUIT" . 3) ("ABRT" . 6) ("KILL" . 9) ("USR1" . 10)
    ("USR2" . 12) ("TERM" . 15)))

(define cause-codes
  '(("time limit" . 124) ("out of memory" . 137) ("not found" . 127)
    ("not executable" . 126) ("environment" . 125) ("preparation" . 125)
    ("snapshot" . 125) ("gpus" . 125) ("gpu unused" . 1) ("container" . 125)
    ("runner killed" . 125) ("machine restarted" . 125) ("internal" . 125)
    ("never accepted" . 125) ("removed" . 125) ("copied" . 125)))

(define (run-exit-code status)
  "Return the exit code of a foreground run that ended with STATUS, as
doc/run-directory.md has it."
  (let ((cause (json-ref status 'cause))
        (signal (json-ref status 'signal)))
    (cond ((equal? cause "stopped")
           (+ 128 (or (assoc-ref signal-numbers (json-ref status 'stop 'signal))
                      signal 15)))
          ((and (string? cause) (assoc-ref cause-codes cause)))
          (signal (+ 128 signal))
          (else (or (json-ref status 'exit_code)
                    (if (equal? (json-ref status 'state) "completed") 0 1))))))

(define (end-log-line directory)
  "If the log in the run directory DIRECTORY ends within a line and went to the terminal
that the summary goes to, end that line."
  (when (and (console-terminal? (current-output-port))
             (console-terminal? (current-error-port)))
    (let ((last (false-if-exception
                 (call-with-input-file (string-append directory "/log")
                   (lambda (port)
                     (seek port -1 SEEK_END)
                     (get-u8 port))
                   #:binary #t))))
      (unless (or (not last) (eof-object? last) (eqv? last 10))
        (say)))))

(define (await-answer session progress name operation arguments meanwhile)
  "Send the request OPERATION with ARGUMENTS over SESSION, call MEANWHILE, and wait until NAME, who
PROGRESS says is asked, has answered.  Return the signal that came, #f if none did."
  (let ((answered #f)
        (signal #f))
    (session-request! session operation arguments
                      (lambda (kind stream value) (set! answered #t)))
    (meanwhile)
    (progress-begin! progress (string-append "asking " name))
    (watch-until (lambda () (or answered signal)) session progress
                 (lambda (number) (set! signal number)))
    (progress-end! progress)
    signal))
