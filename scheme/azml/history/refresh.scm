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
  (and record (copy? record)
       (let ((state (run-state-of record)))
         (cond ((not (terminal-state? state)) #t)
               ((or (equal? state "lost")
                    (equal? (json-ref record 'status 'cause) "never accepted"))
                #f)
               (else (or (not (copy-complete? record))
                         (eq? (outputs-state record) 'none)))))))

(define (bring! project record)
  ;; What is there now; with the outputs once the run has ended.
  (let ((id (json-ref record 'id)))
    (when (and (json-ref record 'status)
               (not (recently-unreachable? project record)))
      (unless (run-is-over? record)
        (bring-now! project record))
      (let ((record (load-run project id)))
        (when (and (incomplete? record) (terminal-state? (run-state-of record)))
          (fetch-run-outputs project record))))
    (index-refresh! project id)
    (let ((record (load-run project id)))
      (print-outcome (json-ref record 'run) (or (json-ref record 'status) '())))))

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
            (records (filter incomplete? here)))
       (settle-runs! project ids (lambda () (connect-here project)) (lambda (records) #f))
       (sync-copies! project records #:explicit? #t)
       (for-each (lambda (record)
                   (bring! project (load-run project (json-ref record 'id))))
                 records)
       (when (null? records)
         (say "everything is here"))
       (if (or-map (lambda (record) (recently-unreachable? project record)) records)
           1
           0)))))
