;;; attach.scm: the command attach.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml scripts attach)
  #:use-module (azml connect)
  #:use-module (azml follow)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml logfile)
  #:use-module (azml options)
  #:use-module (azml progress)
  #:use-module (azml summary)
  #:use-module (azml watch)
  #:export (%command
            azml-attach))

(define %command
  (command
   "attach" "Return to a run: its log from the beginning, then its summary."
   #:usage '("[options] RUN")
   #:examples '(("attach last" . "return to the latest run")
                ("attach --tail 20 k3v9" . "with the last 20 lines before what comes"))
   #:options '((tail #\n "tail" "N" "begin with the last N lines")
               (quiet #\q "quiet" #f "no summary"))
   #:notes '("Ctrl-C leaves the run alone.  The exit code is the run's own, as in the"
             "foreground.  RUN is the beginning of an id, an alias, or \"last\".")))

(define (follow-run project record offset)
  ;; Return the exit code if the user left, #f if the run has ended.
  (let* ((id (json-ref record 'id))
         (session (connect-here project))
         (progress (make-progress))
         (tracked (track-run session id
                             #:on-log (log-writer progress)
                             #:on-event (event-teller progress)))
         (left #f)
         (interrupt (leave-on-interrupt id (lambda (code) (set! left code)))))
    (tracked-follow! tracked #:log-offset offset)
    (watch-until (lambda () (or left (tracked-ended? tracked)))
                 session progress interrupt)
    (progress-end! progress)
    (when (tracked-failure tracked)
      (raise-failure (tracked-failure tracked)))
    left))

(define (azml-attach words)
  "Run the command attach with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (let* ((project (current-project))
            (record (settled-run project (single-operand %command operands "run")))
            (id (json-ref record 'id))
            (directory (json-ref record 'directory))
            (lines (option-number options 'tail))
            (offset (if lines (tail-offset directory lines) 0))
            (left (if (terminal-state? (run-state-of record))
                      (begin
                        (copy-log directory #:offset offset)
                        #f)
                      (follow-run project record offset))))
       (or left
           (let* ((record (load-run project id))
                  (status (json-ref record 'status)))
             (index-refresh! project id)
             (unless (option-ref options 'quiet)
               (end-log-line directory)
               (print-summary (json-ref record 'run) status directory))
             (run-exit-code status)))))))
