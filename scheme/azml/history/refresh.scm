;;; refresh.scm: bring the copies of runs on other machines up to date.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml history refresh)
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml follow)
  #:use-module (azml history)
  #:use-module (azml history outputs)
  #:use-module (azml json)
  #:use-module (azml mirror)
  #:use-module (azml options)
  #:use-module (azml summary)
  #:use-module (azml sync)
  #:use-module (azml text)
  #:use-module (azml view)
  #:export (%command
            history-refresh))

(define %command
  (command
   "history refresh" "Ask the machines what became of runs, and bring what is not here."
   #:usage '("[RUN...]")
   #:examples '(("history refresh" . "all runs of this project that are elsewhere")
                ("history refresh k3v9" . "one of them"))
   #:notes '("Logs, metrics and, of runs that have ended, outputs are brought.  RUN is the"
             "beginning of an id, an alias, or \"last\".")))

(define (all-ids project)
  (filter (lambda (name) (= 12 (string-length name)))
          (%file-list (project-field project 'runs))))

(define (load-or-false project id)
  (with-exception-handler (lambda (condition) #f)
    (lambda () (load-run project id))
    #:unwind? #t
    #:unwind-for-type &azml-error))

(define (incomplete? record)
  ;; Whether something of the run, which is elsewhere, is not here.
  (and record (copy? record) (not (only-here? record))
       (or (not (terminal-state? (run-state-of record)))
           (not (copy-complete? record))
           (eq? (outputs-state record) 'none))))

(define (gone? record)
  ;; Whether its machine did not have the run any more, when it was asked.
  (and record (json-ref record 'sync 'removed) #t))

(define (bring! project record)
  ;; What is there now; with the outputs once the run has ended.  Return the exit code.
  (let* ((id (json-ref record 'id))
         (code (if (and (json-ref record 'status)
                        (incomplete? record)
                        (not (recently-unreachable? project record)))
                   (begin
                     (unless (run-is-over? record)
                       (bring-now! project record))
                     (let ((record (load-run project id)))
                       (if (and (incomplete? record)
                                (terminal-state? (run-state-of record)))
                           (fetch-run-outputs project record)
                           0)))
                   0)))
    (index-refresh! project id)
    (let ((record (load-run project id)))
      (print-outcome (json-ref record 'run) (or (json-ref record 'status) '())))
    code))

(define (bring-or-tell! project record)
  ;; The same, where a run that cannot be brought does not keep the others from it.
  (with-exception-handler
      (lambda (condition)
        (when (azml-cancelled? condition)
          (raise-exception condition))
        (say-warning (string-append "run " (short-id (json-ref record 'id)) ": "
                                    (azml-error-message condition))
                     (azml-error-hint condition))
        1)
    (lambda () (bring! project record))
    #:unwind? #t
    #:unwind-for-type &azml-error))

(define (bring-all! project records)
  ;; Return the first exit code that is not 0.
  (let loop ((records records) (code 0))
    (if (or (null? records) (> code 128)) ;nobody waits any more
        code
        (let ((new (bring-or-tell! project (load-run project (json-ref (car records) 'id)))))
          (loop (cdr records) (if (and (positive? code) (< new 128)) code new))))))

(define (history-refresh words)
  "Run the command history refresh with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (let* ((project (current-project))
            (ids (if (null? operands)
                     (all-ids project)
                     (map (lambda (text) (find-run-id project text)) operands)))
            (here (map (lambda (id) (load-or-false project id)) ids))
            (records (filter (lambda (record)
                               (or (incomplete? record)
                                   ;; Who names such a run thinks that it is back.
                                   (and (pair? operands) (gone? record))))
                             here)))
       (settle-runs! project ids (lambda () (connect-here project)) (lambda (records) #f))
       (sync-copies! project records #:explicit? #t)
       (let ((code (bring-all! project records)))
         (when (null? records)
           (say "everything is here"))
         (if (and (zero? code)
                  (or-map (lambda (record) (recently-unreachable? project record)) records))
             1
             code))))))
