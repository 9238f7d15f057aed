;;; foreground.scm: runs that a command starts and waits for.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml foreground)
  #:use-module (azml structure)
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml follow)
  #:use-module (azml history)
  #:use-module (azml jobserver)
  #:use-module (azml json)
  #:use-module (azml launch)
  #:use-module (azml link)
  #:use-module (azml places)
  #:use-module (azml progress)
  #:use-module (azml results)
  #:use-module (azml session)
  #:use-module (azml submission)
  #:use-module (azml target)
  #:use-module (azml text)
  #:use-module (azml watch)
  #:autoload (azml logfile) (copy-log)
  #:autoload (azml mirror) (close-mirror!)
  #:autoload (azml outputs) (outputs-text)
  #:autoload (azml summary) (print-outcome print-summary)
  #:autoload (azml together) (make-together together-note! together-sync! together-finish!)
  #:autoload (azml transfer) (transfer-text)
  #:autoload (azml view) (show-transfer! try-copy)
  #:autoload (azml withdraw) (abandon! check-patience lost-hint withdraw!)
  #:export (run-in-foreground))

;; What all runs of one command share.
(define-structure <stage>
  (make-stage project link place leave? progress total jobs detach? json? quiet? announce
              on-prepare together patience started stopping? left)
  stage?
  (project stage-project)
  (link stage-link)
  (place stage-place)                 ;where the runs are, #f: in the project's own folder
  (leave? stage-leave?)               ;whether a signal leaves the runs alone
  (progress stage-progress)
  (total stage-total)
  (jobs stage-jobs)
  (detach? stage-detach?)
  (json? stage-json?)
  (quiet? stage-quiet?)
  (announce stage-announce)        ;what is called with run.json in place of our own line, #f
  (on-prepare stage-on-prepare)    ;what is called with the bytes of prepare.log, #f
  (together stage-together) ;who has short runs written to the disk, #f: each does it itself
  (patience stage-patience)        ;seconds without a connection before acceptance, #f: any
  (started stage-started set-stage-started!) ;launched runs, latest first
  (stopping? stage-stopping? set-stage-stopping!) ;the signal since which none starts, or #f
  (left stage-left set-stage-left!)) ;the exit code once the user left the runs alone, or #f

(define (alone? stage)
  ;; The log of a run is shown while it is written, unless others are written too.
  (or (= 1 (stage-jobs stage)) (= 1 (stage-total stage))))

(define (log-port stage) (if (stage-json? stage) (current-error-port) (current-output-port)))

(define (say-accepted stage launched)
  (cond ((stage-announce stage)
         (progress-clear! (stage-progress stage))
         ((stage-announce stage) (launched-run launched)))
        ((or (stage-quiet? stage) (not (alone? stage)) (stage-detach? stage)) #f)
        (else
         (progress-clear! (stage-progress stage))
         (say (paint 'dim (string-append "run " (launched-id launched) "  "
                                         (submission-name
                                          (launched-submission launched))))))))

(define (start! stage submission)
  (let* ((session (link-session (stage-link stage)))
         (project (stage-project stage))
         (progress (stage-progress stage))
         (shown? (and (alone? stage) (not (stage-detach? stage))))
         (prepared? (submission-prepares? submission))
         (launched
          (launch! submission project session
                   #:place (stage-place stage)
                   #:follow? (not (stage-detach? stage))
                   #:tell-over? (not (alone? stage))
                   #:together? (stage-together stage)
                   #:places (places-to-tell (stage-jobs stage) (stage-together stage))
                   #:on-log (and shown?
                                 (log-writer progress
                                             #:fd (if (stage-json? stage) 2 1)))
                   #:on-event (and shown? prepared? (event-teller progress))
                   #:on-prepare (or (stage-on-prepare stage)
                                    (and shown? prepared? (console-terminal?)
                                         (prepare-teller progress)))
                   #:more (lambda () (- (stage-total stage) (length (stage-started stage)) 1))
                   #:on-accepted (lambda (launched) (say-accepted stage launched)))))
    (set-stage-started! stage (cons launched (stage-started stage)))
    launched))

(define (ended? stage launched)
  (let ((tracked (launched-tracked launched)))
    (or (tracked-ended? tracked)
        (and (stage-detach? stage) (tracked-accepted? tracked)))))

(define (finish-mirror! stage launched)
  ;; Bring the outputs of a run that was elsewhere, and let its copy go.
  (let* ((tracked (launched-tracked launched))
         (mirror (tracked-mirror tracked)))
    (cond
     ((and (tracked-failure tracked) (not (tracked-accepted? tracked)))
      (unless (link-doubt? (stage-link stage)) ;what was asked before may have been taken
        (%mirror-remove mirror)))
     ((not (or (tracked-failure tracked) (stage-detach? stage)))
      (try-copy (stage-link stage) mirror
                `((id . ,(launched-id launched)) (run . ,(launched-run launched))
                  (directory . ,(launched-directory launched)))
                (stage-progress stage) (leave stage) (lambda () (stage-left stage))
                #:resume (lambda (session) (resume! stage session launched)))))
    (close-mirror! mirror)))

(define (finish! stage launched)
  ;; Say how the run LAUNCHED ended.
  (let* ((tracked (launched-tracked launched))
         (status (tracked-status tracked))
         (run (launched-run launched))
         (directory (launched-directory launched)))
    (progress-end! (stage-progress stage))
    (when (tracked-mirror tracked)
      (finish-mirror! stage launched))
    (cond
     ((never-begun? stage launched) #f)
     ((tracked-failure tracked)
      => (lambda (failure)
           (if (= 1 (stage-total stage))
               (raise-failure failure)
               (say (submission-name (launched-submission launched)) ": "
                    (printable (or (json-ref failure 'message) "the runner refused"))))))
     ((stage-detach? stage)
      (index-put-soon! (stage-project stage) run #f)
      (unless (or (stage-json? stage) (stage-announce stage))
        (display (string-append (launched-id launched) "\n"))
        (force-output)))
     (else
      (index-put-soon! (stage-project stage) run status)
      (when (stage-together stage)
        (together-note! (stage-together stage) status))
      (unless (alone? stage)
        (unless (zero? (or (json-ref status 'log_bytes) 0))
          (copy-log directory #:port (log-port stage))))
      (unless (stage-quiet? stage)
        (if (= 1 (stage-total stage))
            (begin
              (end-log-line directory)
              (print-summary run status directory))
            (print-outcome run status)))))))

(define (never-begun? stage launched) (and (stage-stopping? stage) (withdrawn? launched)))

(define (exit-code stage launched)
  (let ((tracked (launched-tracked launched)))
    (cond ((tracked-failure tracked) 125)
          ((stage-detach? stage) 0)
          ((and (stage-stopping? stage)
                (equal? (json-ref (tracked-status tracked) 'cause) "stopped"))
           ;; The first signal counts; a second one may have overtaken it on the way.
           (+ 128 (stage-stopping? stage)))
          (else (run-exit-code (tracked-status tracked))))))

(define (leave stage)
  ;; The procedure that a signal calls where it leaves the runs alone.
  (lambda (signal)
    (let ((waiting (filter (lambda (launched)
                             (let ((tracked (launched-tracked launched)))
                               (not (or (tracked-accepted? tracked)
                                        (tracked-failure tracked)))))
                           (stage-started stage))))
      (when (and (pair? waiting) (stage-place stage))
        (withdraw! (stage-link stage) waiting (stage-progress stage)))
      (set-stage-left! stage (+ 128 signal))
      (for-each (lambda (launched)
                  (let ((tracked (launched-tracked launched)))
                    (when (and (tracked-accepted? tracked) (not (tracked-ended? tracked)))
                      ((leave-on-interrupt (launched-id launched) (lambda (code) #f))
                       signal))))
                (reverse (stage-started stage))))))

(define (interrupt-procedure stage)
  (let ((stop (stop-on-interrupt (lambda () (map launched-tracked
                                                 (stage-started stage))))))
    (if (stage-leave? stage)
        (leave stage)
        (lambda (signal)
          (unless (stage-stopping? stage)
            (set-stage-stopping! stage (if (= signal SIGINT) SIGINT SIGTERM)))
          (stop signal)))))

(define* (resume! stage session #:optional but)
  ;; The session was lost: go on over SESSION with all that have not ended, in their order.
  (for-each (lambda (launched)
              (let ((tracked (launched-tracked launched)))
                (unless (or (tracked-ended? tracked) (eq? launched but))
                  (tracked-resume! tracked session
                                   #:follow? (not (stage-detach? stage))))))
            (reverse (stage-started stage))))

(define (pump! stage interrupt waiting)
  (let ((link (stage-link stage)))
    (when (and (stage-place stage) (link-well? link))
      (show-transfer! (stage-progress stage)
                      (or (link-text link) (transfer-text (link-session link)) (outputs-text))))
    (when (and (stage-together stage) (link-session link))
      (together-sync! (stage-together stage) (link-session link)))
    (when (and (stage-patience stage) (stage-place stage))
      (check-patience link (stage-started stage) (stage-patience stage)))
    (link-pump! link (stage-progress stage) interrupt
                (lambda (session) (resume! stage session))
                #:most (slot-wait (stage-place stage) waiting))))

(define (run-or-leave stage submissions)
  ;; Nothing that may have been accepted is forgotten, whatever goes wrong.
  (with-exception-handler
      (lambda (condition)
        (when (stage-place stage)
          (abandon! (stage-link stage) (reverse (stage-started stage))
                    (lambda (launched) (ended? stage launched)) (stage-progress stage)))
        (raise-exception condition))
    (lambda () (run-all stage submissions))
    #:unwind? #t #:unwind-for-type &azml-error))

(define (run-all stage submissions)
  ;; Keep as many runs going as asked for.  Return what was launched, in order.
  (let ((interrupt (interrupt-procedure stage)))
    (let loop ((waiting submissions) (running '()))
      (let ((over (filter (lambda (launched) (ended? stage launched)) running)))
        (for-each (lambda (launched) (finish! stage launched)) (reverse over))
        (let ((running (if (null? over) running
                           (filter (lambda (launched) (not (memq launched over)))
                                   running))))
          (keep-slots! (stage-place stage) (at-work running))
          (cond ((stage-left stage) (reverse (stage-started stage)))
                ((and (pair? waiting) (not (stage-stopping? stage))
                      (link-session (stage-link stage))
                      (place-for-more? running (stage-jobs stage) (stage-together stage)
                                       (stage-place stage)))
                 (loop (cdr waiting) (cons (start! stage (car waiting)) running)))
                ((or (pair? running)
                     (and (pair? waiting) (not (stage-stopping? stage))))
                 (when (null? over) ;while one was finished, the others' ends may have come
                   (pump! stage interrupt waiting))
                 (loop waiting running))
                (else (reverse (stage-started stage)))))))))

(define* (run-in-foreground submissions project #:key (jobs 1) detach? json? quiet?
                            announce interrupt patience on-prepare)
  "Run SUBMISSIONS in PROJECT, JOBS at a time, show their logs, and say how they ended; with
DETACH? return once they are accepted, with JSON? write the results as JSON, with QUIET? say
nothing of our own; ANNOUNCE, if given, is called with the run.json of each once it is accepted,
and says what there is to say of it, ON-PREPARE with the bytes of prepare.log.  A signal stops
the runs of this machine and leaves others alone; with INTERRUPT, the symbol stop or leave, all
of them alike.  What is not accepted and has had no connection for PATIENCE seconds is given up.
Return the exit code: that of the first that failed."
  (let* ((target (submission-target (car submissions)))
         (fields (%project-fields project))
         (place (target-place target fields))
         (elsewhere? (not (place-shared? place fields)))
         (session (connect-to target fields))
         (progress (make-progress #:quiet? quiet?))
         (stage (make-stage project (open-link place (compute-target-name target) session)
                            (and elsewhere? place)
                            (if interrupt (eq? interrupt 'leave) elsewhere?)
                            progress (length submissions) jobs
                            detach? json? quiet? announce on-prepare
                            (and (not elsewhere?) (not detach?) (pair? (cdr submissions))
                                 (make-together))
                            patience '() #f #f))
         ;; Nothing is submitted before the runner has answered: so Ctrl-C while it does not,
         ;; leaves nothing behind; it is asked something of use meanwhile.  Elsewhere a turn is
         ;; dear, and what was begun can be withdrawn.
         (signal (and (not elsewhere?)
                      (await-answer session progress (compute-target-name target) "have"
                                    `((manifest . ,(json-ref (submission-snapshot
                                                              (car submissions))
                                                             'digest)))
                                    (lambda () (open-index! project))))))
    (set-link-hint! (stage-link stage) (lambda () (lost-hint (stage-started stage))))
    (if signal
        (+ 128 signal)
        (let* ((launched (filter (lambda (launched) (not (never-begun? stage launched)))
                                 (run-or-leave stage submissions)))
               (session (link-session (stage-link stage)))
               (codes (if (stage-left stage)
                          (list (stage-left stage))
                          (map (lambda (launched) (exit-code stage launched)) launched))))
          (when (and (stage-together stage) session)
            (together-finish! (stage-together stage) session))
          (when (and json? (not (stage-left stage)))
            (write-results project (stage-total stage) launched))
          (unless (or (= 1 (stage-total stage)) detach? quiet? (stage-left stage))
            (say-total (stage-total stage) codes))
          (first-failure codes)))))
