;;; outputs.scm: what a run left, and fetching it from another machine.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml history outputs)
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml errors)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml options)
  #:use-module (azml progress)
  #:use-module (azml report)
  #:use-module (azml summary)
  #:use-module (azml table)
  #:use-module (azml text)
  #:autoload (azml core) (%sleep)
  #:autoload (azml mirror) (close-mirror! open-mirror outputs-left outputs-state
                            outputs-unread)
  #:autoload (azml outputs) (outputs-limit)
  #:autoload (azml view) (finish-copy run-link)
  #:export (%command
            history-outputs
            fetch-run-outputs))

(define %command
  (command
   "history outputs" "List what a run left under outputs, or fetch it from its machine."
   #:usage '("RUN [--json]"
             "RUN --fetch [--all]")
   #:examples '(("history outputs last" . "names and sizes")
                ("history outputs k3v9 --fetch" . "what is not here yet"))
   #:options '((fetch #f "fetch" #f "fetch what the machine of the run has and is not here")
               (all #f "all" #f "files over the target's size limit, too")
               (json #f "json" #f "write JSON"))
   #:notes '("RUN is the beginning of an id, an alias, or \"last\".")))

(define (all-here? record)
  (or (not (json-ref record 'sync))
      (eq? (outputs-state record) 'fetched)))

(define (named-reasons pairs)
  (list->vector (map (lambda (pair) `((path . ,(car pair)) (error . ,(cdr pair)))) pairs)))

(define (show-outputs record json?)
  ;; Return the exit code: 1 if not everything that is here could be listed.
  (let* ((unread '())
         (files (output-files (json-ref record 'directory)
                              (lambda (name message)
                                (set! unread (acons name message unread)))))
         (folder (string-append (json-ref record 'directory) "/outputs")))
    (cond (json?
           (write-json
            `((folder . ,folder)
              (files . ,(list->vector
                         (map (lambda (file)
                                `((path . ,(car file)) (bytes . ,(cdr file))))
                              files)))
              (left . ,(list->vector (outputs-left record)))
              (unread . ,(named-reasons (append (reverse unread)
                                                (outputs-unread record)))))))
          ((pair? files)
           (print-table '("SIZE" "FILE")
                        (map (lambda (file)
                               (list (format-bytes (cdr file))
                                     (string-append folder "/" (car file))))
                             files)
                        #:right '(0)))
          ((and (null? unread) (all-here? record)) (say "the run has left no outputs")))
    (for-each (lambda (pair)
                (say-warning (string-append "not all is listed: " (printable (cdr pair)))))
              (reverse unread))
    (unless (all-here? record)
      (say-left record))
    (if (null? unread) 0 1)))

(define (say-left record)
  ;; What of the outputs is on the machine of the run only, and how it comes here.
  (let* ((unread (outputs-unread record))
         (left (filter (lambda (name) (not (assoc name unread))) (outputs-left record)))
         (again (string-append "azml-guile history outputs "
                               (short-id (json-ref record 'id)) " --fetch")))
    (when (pair? unread)
      (say "not here, because it cannot be read on its machine: "
           (string-join (map printable (map car unread)) ", ")))
    (cond ((pair? left)
           (say "not here: " (string-join (map printable left) ", ") "; " again
                " --all brings them"))
          ((null? unread)
           (say "not all outputs are here; " again " brings them")))))

(define (wait-for-mirror record)
  ;; Another program may be at it; it will not be for ever.
  (let loop ((tries 50))
    (or (open-mirror (json-ref record 'directory))
        (if (zero? tries)
            (raise-azml-error 'busy
                              (string-append "another program follows run "
                                             (short-id (json-ref record 'id)))
                              #:hint "it will fetch the outputs when the run ends")
            (begin
              (%sleep 100)
              (loop (- tries 1)))))))

(define* (fetch-run-outputs project record #:key all?)
  "Fetch the outputs of the run of PROJECT that RECORD is of, as far as they are not here; with
ALL? those over the size limit, too.  Return the exit code."
  (let* ((mirror (wait-for-mirror record))
         (progress (make-progress))
         (left #f)
         (fetched? #f))
    (dynamic-wind
      (lambda () #f)
      (lambda ()
        (progress-begin! progress "fetching outputs")
        (set! fetched?
              (finish-copy (run-link project record) mirror record progress
                           (lambda (signal) (set! left (+ 128 signal)))
                           (lambda () left)
                           #:limit (and (not all?)
                                        (outputs-limit (json-ref record 'run))))))
      (lambda () (close-mirror! mirror)))
    (or left (if fetched? 0 1))))

(define (history-outputs words)
  "Run the command history outputs with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (let* ((project (current-project))
            (record (settled-run project (single-operand %command operands "run")))
            (code (if (and (option-ref options 'fetch) (json-ref record 'sync))
                      (fetch-run-outputs project record #:all? (option-ref options 'all))
                      0)))
       (let ((record (load-run project (json-ref record 'id))))
         (if (or (zero? code) (eq? (outputs-state record) 'partial))
             (max code (show-outputs record (option-ref options 'json)))
             code))))))
