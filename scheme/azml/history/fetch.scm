;;; fetch.scm: find runs on a target that are not known here.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml history fetch)
  #:use-module ((srfi srfi-1) #:select (filter-map))
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml follow)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml mirror)
  #:use-module (azml options)
  #:use-module (azml received)
  #:use-module (azml select)
  #:use-module (azml session)
  #:use-module (azml summary)
  #:use-module (azml text)
  #:use-module ((azml watch) #:select (raise-failure))
  #:export (%command
            history-fetch))

(define %command
  (command
   "history fetch" "Find the runs of this project on a compute target, from any clone of it."
   #:usage '("TARGET [-r RECIPE] [--all]")
   #:examples '(("history fetch gpu1" . "make copies of those that are not known here")
                ("history fetch -r recipe.scm gpu1" . "a target that a recipe declares"))
   #:options '((recipe #\r "recipe" "FILE" "where the target is declared")
               (all #f "all" #f "all my runs there, not only those of this project"))
   #:notes '("Logs and metrics are brought at once; outputs by history refresh or history"
             "outputs RUN --fetch.")))

(define (list-there session arguments)
  ;; All runs, whose list may come in parts.
  (let ((parts '()) (done #f))
    (define (add! value)
      (let ((runs (json-ref value 'runs)))
        (when (vector? runs)
          (set! parts (append (reverse (vector->list runs)) parts)))))
    (session-request! session "list" arguments
                      (lambda (kind stream value)
                        (case kind
                          ((event) (add! value))
                          ((reply) (add! value) (set! done #t))
                          ((fail)
                           (raise-azml-error 'failed
                                             (or (json-ref value 'message)
                                                 "the machine cannot list its runs"))))))
    (let loop ()
      (unless done
        (session-pump! session -1)
        (loop)))
    (reverse parts)))

(define (unknown-runs entries fields)
  ;; Those of ENTRIES, what the machine calls its runs, that can be some and are not here:
  ;; ((RUN . STATUS) ...), each once.
  (let ((seen (make-hash-table)))
    (filter-map
     (lambda (entry)
       (let* ((id (json-ref entry 'id))
              (run (checked-run (json-ref entry 'run) id))
              (status (checked-status (json-ref entry 'status))))
         (and run status
              (not (hash-ref seen id))
              (not (%file-status (string-append (json-ref fields 'runs) "/" id) #f))
              (begin
                (hash-set! seen id #t)
                (cons run status)))))
     entries)))

(define (bring! session id mirror status)
  (if (terminal-state? (json-ref status 'state))
      (let ((tracked (track-run session id #:mirror mirror)))
        (tracked-follow! tracked)
        (let loop ()
          (unless (tracked-ended? tracked)
            (session-pump! session -1)
            (loop)))
        (when (tracked-failure tracked)
          (raise-failure (tracked-failure tracked))))
      (mirror-status! mirror status #f)))

(define (take! project place session run status)
  ;; Make a copy of RUN, which stands at STATUS, with all but its outputs; nothing of it stays
  ;; if that fails.
  (let* ((id (json-ref run 'id))
         (mirror (create-mirror (project-field project 'runs) id run place)))
    (with-exception-handler
        (lambda (condition)
          (%mirror-remove mirror)
          (raise-exception condition))
      (lambda () (bring! session id mirror status))
      #:unwind? #t)
    (mirror-contact! mirror (session-hello session))
    (close-mirror! mirror)
    (index-refresh! project id)
    (print-outcome run status)))

(define (say-found found new)
  (let ((refused (filter (lambda (entry)
                           (not (checked-run (json-ref entry 'run) (json-ref entry 'id))))
                         found)))
    (when (pair? refused)
      (say-warning (string-append (format-count (length refused) "run")
                                  " there cannot be read, and none of them is taken")))
    (say (format-count (length found) "run") " there, "
         (number->string (length new)) " of them new")))

(define (history-fetch words)
  "Run the command history fetch with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (let* ((name (single-operand %command operands "compute target"))
            (project (current-project #:create? #t))
            (fields (%project-fields project))
            (target (named-target (append options (list (cons 'target name)))))
            (place (target-place target fields)))
       (when (place-shared? place fields)
         (raise-azml-error 'invalid
                           (string-append "the runs of '" (printable name)
                                          "' are in this project already")))
       (let* ((session (connect-to-place (car place) (cdr place)))
              (found (list-there session
                                 (if (option-ref options 'all)
                                     '()
                                     `((project . ,(json-ref fields 'id))))))
              (new (unknown-runs found fields)))
         (for-each (lambda (pair) (take! project place session (car pair) (cdr pair))) new)
         (say-found found new)
         0)))))
