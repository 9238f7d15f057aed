;;; logs.scm: the command logs.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml scripts logs)
  #:use-module (azml connect)
  #:use-module (azml follow)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml logfile)
  #:use-module (azml options)
  #:use-module (azml progress)
  #:use-module (azml view)
  #:use-module (azml watch)
  #:export (%command
            azml-logs))

(define %command
  (command
   "logs" "Write what a run has printed, byte for byte."
   #:usage '("[-f] [options] RUN")
   #:examples '(("logs last" . "the log of the latest run")
                ("logs -f k3v9" . "and what it prints from now on")
                ("logs --tail 20 k3v9" . "the last 20 lines")
                ("logs --prepare k3v9" . "how its environment was built"))
   #:options '((follow #\f "follow" #f "follow the log until the run has ended")
               (tail #\n "tail" "N" "only the last N lines")
               (prepare #\p "prepare" #f
                        "what the preparation printed, instead of the job"))
   #:notes '("RUN is the beginning of an id, an alias, or \"last\".")))

(define (follow-log project record offset)
  (let* ((id (json-ref record 'id))
         (progress (make-progress))
         (left #f))
    (view-run project record #:offset offset #:progress progress
              #:on-log (log-writer progress)
              #:interrupt (leave-on-interrupt id (lambda (code) (set! left code)))
              #:left? (lambda () left))
    (or left 0)))

(define (brought-up-to-date project record name)
  ;; What there is of a log now, where the run is elsewhere.
  (unless (and (terminal-state? (run-state-of record))
               (run-is-over? record))
    (bring-now! project record))
  (load-run project (json-ref record 'id)))

(define (azml-logs words)
  "Run the command logs with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (let* ((project (current-project))
            (record (settled-run project (single-operand %command operands "run")))
            (name (if (option-ref options 'prepare) "prepare.log" "log"))
            (follow? (and (option-ref options 'follow)
                          (not (option-ref options 'prepare))
                          (not (run-is-over? record))))
            (record (if (or follow? (not (json-ref record 'sync)))
                        record
                        (brought-up-to-date project record name)))
            (directory (json-ref record 'directory))
            (lines (option-number options 'tail))
            (offset (if lines (tail-offset directory lines #:name name) 0)))
       (if follow?
           (follow-log project record offset)
           (begin
             (copy-log directory #:name name #:offset offset)
             0))))))
