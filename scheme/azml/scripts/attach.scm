;;; attach.scm: the command attach.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml scripts attach)
  #:use-module (azml connect)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml logfile)
  #:use-module (azml options)
  #:use-module (azml progress)
  #:use-module (azml summary)
  #:use-module (azml view)
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
            (progress (make-progress))
            (left #f))
       (if (run-is-whole? record)
           (copy-log directory #:offset offset)
           (view-run project record #:offset offset #:progress progress
                     #:on-log (log-writer progress)
                     #:on-event (event-teller progress)
                     #:interrupt (leave-on-interrupt id (lambda (code) (set! left code)))
                     #:left? (lambda () left)))
       (or left
           (let* ((record (load-run project id))
                  (status (json-ref record 'status)))
             (index-refresh! project id)
             (unless (option-ref options 'quiet)
               (end-log-line directory)
               (print-summary (json-ref record 'run) status directory))
             (run-exit-code status)))))))
