;;; remove.scm: runs that are removed, one by one or by a policy.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml history remove)
  #:use-module (azml collect)
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml follow)
  #:use-module (azml history)
  #:use-module (azml json)
  #:autoload (azml mirror) (copy-place copy? only-here?)
  #:use-module (azml options)
  #:use-module (azml report)
  #:autoload (azml select) (named-target)
  #:autoload (azml session) (session-call)
  #:use-module (azml text)
  #:use-module ((srfi srfi-1) #:select (filter-map))
  #:export (%rm-command
            %gc-command
            history-rm
            history-gc))

(define %rm-command
  (command
   "history rm" "Remove runs: their folders and their rows in the index."
   #:usage '("[options] RUN...")
   #:examples '(("history rm k3v9" . "one run")
                ("history rm -n k3v9 m2p7" . "what would be removed"))
   #:options '((here #f "here" #f "of runs on other machines only the copies here")
               (dry-run #\n "dry-run" #f "remove nothing, say what would be"))
   #:notes '("A run that has not ended is not removed: stop it first.  Runs on other machines"
             "are removed there, too.  Sources that no run refers to any more are removed by"
             "history gc.")))

(define %gc-command
  (command
   "history gc" "Remove old runs by a policy, and what no run refers to."
   #:usage '("[options]")
   #:examples '(("history gc -n" . "what no run refers to")
                ("history gc --older-than 30d --state failed" . "and old failures")
                ("history gc --keep 100" . "and all but a hundred")
                ("history gc -c gpu1 --older-than 30d" . "of gpu1, there and here"))
   #:options '((keep #\k "keep" "N" "remove runs, but keep the latest N")
               (older-than #\o "older-than" "AGE" "remove runs older than 12h, 30d, 8w")
               (where #f "where" "FILTER" "of these only those for which FILTER holds")
               (state #\s "state" "STATE" "of these only those in the state STATE")
               (target #\c "target" "NAME" "on the compute target NAME (this machine)")
               (recipe #\r "recipe" "FILE" "where the target is declared")
               (dry-run #\n "dry-run" #f "remove nothing, say what would be")
               (json #f "json" #f "write JSON"))
   #:seldom '(recipe state json)
   #:notes '("Without --keep and --older-than no run is removed.  A run that has not ended"
             "never is.  Of a run on another machine the copy here is removed; with -c NAME"
             "runs of that target are, here and there, and what no run there refers to.")))

;;; Sizes

(define (tree-bytes name)
  ;; What the file or folder NAME takes; links are not followed.
  (let* ((status (%file-status name #f))
         (type (and status (assq-ref status 'type))))
    (cond ((not status) 0)
          ((eq? type 'folder)
           (apply + (map (lambda (entry) (tree-bytes (string-append name "/" entry)))
                         (%file-list name))))
          (else (assq-ref status 'size)))))

;;; One run

(define (removable! record)
  (unless (terminal-state? (run-state-of record))
    (raise-azml-error
     'busy (string-append "run " (json-ref record 'id) " has not ended")
     #:hint (string-append "azml-guile stop " (short-id (json-ref record 'id))
                           " ends it"))))

(define (remove-run! project record)
  ;; The folder loses its name first, so that half a run is never seen.
  (let* ((directory (json-ref record 'directory))
         (aside (string-append (dirname directory) "/.new-" (json-ref record 'id))))
    (%file-check-removal directory)
    (%file-rename directory aside)
    (index-refresh! project (json-ref record 'id))
    (%file-remove aside)))

;; A run that is elsewhere

(define (there record)
  ;; The name of the machine that has more of the run than its copy here, or #f.
  (and (copy? record)
       (not (only-here? record))
       (or (json-ref record 'run 'target 'name) "its machine")))

(define (remove-there! record)
  (let ((place (copy-place record))
        (id (json-ref record 'id)))
    (with-exception-handler
        (lambda (condition)
          ;; What is not there need not be removed.
          (unless (eq? 'not-found (azml-error-code condition))
            (raise-azml-error
             (azml-error-code condition)
             (string-append "run " (short-id id) " is not removed on "
                            (printable (there record)) ": "
                            (azml-error-message condition))
             #:hint "--here removes only what is here of it")))
      (lambda ()
        (session-call (connect-to-place (car place) (cdr place)) "remove" `((id . ,id))))
      #:unwind? #t
      #:unwind-for-type &azml-error)))

(define (say-removed record bytes dry-run? here?)
  (say (if dry-run? "would remove " "removed ") (short-id (json-ref record 'id)) "  "
       (printable (or (json-ref record 'run 'experiment) "")) "  "
       (run-state-of record) "  " (format-bytes bytes)
       (cond ((not (there record)) "")
             (here? (string-append ", and nothing on " (printable (there record))))
             (else (string-append " here, and all of it on " (printable (there record)))))))

(define (history-rm words)
  "Run the command history rm with the command line WORDS; return the exit code."
  (call-with-command-line
   %rm-command words
   (lambda (options operands rest)
     (when (null? operands)
       (usage-error "which runs?" "for instance: history rm k3v9"))
     (let* ((project (current-project))
            (dry-run? (option-ref options 'dry-run))
            (here? (option-ref options 'here))
            ;; All are looked at before the first is removed.
            (records (map (lambda (text) (settled-run project text)) operands)))
       (for-each removable! records)
       (for-each (lambda (record)
                   (let ((bytes (tree-bytes (json-ref record 'directory))))
                     (unless dry-run?
                       (when (and (there record) (not here?))
                         (remove-there! record))
                       (remove-run! project record))
                     (say-removed record bytes dry-run? here?)))
                 records)
       0))))

;;; By a policy

(define (policy-rows project options)
  ;; The rows of the runs that the policy removes, the latest first.
  (let* ((keep (option-number options 'keep))
         (age (option-age options 'older-than))
         (before (and age (- (%clock-utc-ms) (* 1000 age))))
         (ask (lambda (keys)
                (vector->list
                 (query-runs project
                             (filter cdr
                                     (map (lambda (key) (cons key (option-ref options key)))
                                          keys))))))
         (kept (if keep
                   (let ((all (map (lambda (row) (json-ref row 'id)) (ask '(target)))))
                     (list-head all (min keep (length all))))
                   '()))
         (is-kept (make-hash-table)))
    (for-each (lambda (id) (hash-set! is-kept id #t)) kept)
    (if (or keep before)
        (filter (lambda (row)
                  (and (terminal-state? (or (json-ref row 'state) ""))
                       (not (hash-ref is-kept (json-ref row 'id)))
                       (or (not before)
                           (< (or (json-ref row 'submitted) before) before))))
                (ask '(where state target)))
        '())))

(define (foreign? record)
  ;; Whether files of another user, as a container may leave them, keep the folder of RECORD
  ;; from being removed; that is said.
  (with-exception-handler
      (lambda (condition)
        (say-warning (string-append "run " (short-id (json-ref record 'id)) " stays: "
                                    (azml-error-message condition))
                     (azml-error-hint condition))
        #t)
    (lambda () (%file-check-removal (json-ref record 'directory)) #f)
    #:unwind? #t
    #:unwind-for-type &azml-error))

(define (remove-rows! project rows dry-run? json? here?)
  ;; Return ((what . "run") (name . ID) (bytes . N)) for each that is removed.
  (define (remove! record)
    (let ((bytes (tree-bytes (json-ref record 'directory))))
      (unless dry-run?
        (removable! record)
        (when (and (there record) (not here?))
          (remove-there! record))
        (remove-run! project record))
      (unless json?
        (say-removed record bytes dry-run? here?))
      `((what . "run") (name . ,(json-ref record 'id)) (bytes . ,bytes))))
  (filter-map (lambda (row)
                (let ((record (load-run project (json-ref row 'id))))
                  (and (not (foreign? record))
                       (remove! record))))
              rows))

(define (history-gc words)
  "Run the command history gc with the command line WORDS; return the exit code."
  (call-with-command-line
   %gc-command words
   (lambda (options operands rest)
     (when (pair? operands)
       (usage-error (string-append "history gc takes no '" (car operands) "'")
                    "azml-guile history rm removes single runs"))
     (let* ((project (current-project))
            (dry-run? (and (option-ref options 'dry-run) #t))
            (json? (option-ref options 'json))
            (here? (not (option-ref options 'target)))
            (session (if here?
                         (connect-here project)
                         (connect-to (named-target options) (%project-fields project)))))
       (refresh-unfinished! project (lambda () (connect-here project)))
       (warn-of-unlogged project `((where . ,(option-ref options 'where))))
       (let* ((runs (remove-rows! project (policy-rows project options) dry-run? json? here?))
              (rest (collect session `((dry_run . ,dry-run?)))))
         (if json?
             (write-json `((dry_run . ,dry-run?)
                           (removed . ,(list->vector (append runs rest)))))
             (say (if dry-run? "would remove " "removed ")
                  (format-count (length runs) "run") " ("
                  (format-bytes (total-bytes runs)) ") and " (number->string (length rest))
                  " things that no run refers to (" (format-bytes (total-bytes rest)) ")"))
         0)))))
