;;; fetch.scm: find runs on a target that are not known here.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml history fetch)
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml follow)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml mirror)
  #:use-module (azml options)
  #:use-module (azml select)
  #:use-module (azml session)
  #:use-module (azml summary)
  #:use-module (azml text)
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

(define (valid? entry)
  ;; Whether what the machine calls a run can be one.
  (let ((id (json-ref entry 'id)))
    (and (string? id)
         (= 12 (string-length id))
         (string-every (lambda (c) (or (char<=? #\a c #\z) (char<=? #\0 c #\9))) id)
         (equal? id (json-ref entry 'run 'id))
         (string? (or (json-ref entry 'run 'experiment) ""))
         (checked-status (json-ref entry 'status))
         #t)))

(define (take! project place session entry)
  ;; Make a copy of the run of ENTRY, with all but its outputs.
  (let* ((id (json-ref entry 'id))
         (mirror (create-mirror (project-field project 'runs) id (json-ref entry 'run)
                                place))
         (status (checked-status (json-ref entry 'status))))
    (if (terminal-state? (json-ref status 'state))
        (let ((tracked (track-run session id #:mirror mirror)))
          (tracked-follow! tracked)
          (let loop ()
            (unless (tracked-ended? tracked)
              (session-pump! session -1)
              (loop))))
        (mirror-status! mirror status #f))
    (mirror-contact! mirror (or (%session-hello (session-handle session)) '()))
    (close-mirror! mirror)
    (index-refresh! project id)
    (print-outcome (json-ref entry 'run) status)))

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
              (new (filter (lambda (entry)
                             (and (valid? entry)
                                  (not (%file-status
                                        (string-append (json-ref fields 'runs) "/"
                                                       (json-ref entry 'id))))))
                           found)))
         (for-each (lambda (entry) (take! project place session entry)) new)
         (say (format-count (length found) "run") " there, "
              (number->string (length new)) " of them new")
         0)))))
