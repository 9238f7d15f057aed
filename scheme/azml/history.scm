;;; history.scm: the project and its recorded runs, as commands need them.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; The run directories are the truth.  The index makes lists fast; when it fails, that is
;;; a warning, and nothing else.
;;; Code:

(define-module (azml history)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml follow)
  #:use-module (azml json)
  #:autoload (azml suggest) (did-you-mean nearest)
  #:export (current-project
            existing-project
            planned-fields
            project-field
            find-run-id
            load-run
            run-state-of
            open-index!
            close-index!
            expected-id
            index-put!
            index-put-soon!
            index-refresh!
            settle-runs!
            refresh-unfinished!
            query-runs
            warn-of-unlogged
            reindex-runs
            logged-hint))

(define* (current-project #:key (create? #f))
  "Return the project that the working folder is in; make one here if there is none and
CREATE? holds."
  (%project-open (%working-folder) create?))

(define (existing-project)
  "Return the project that the working folder is in, or #f."
  (with-exception-handler (lambda (condition) #f)
    current-project
    #:unwind? #t
    #:unwind-for-type &azml-not-found))

(define (planned-fields)
  "Return the fields of the project that the working folder is in, or of the one that would
be made here."
  (let ((project (existing-project)))
    (if project
        (%project-fields project)
        (let* ((root (%working-folder))
               (folder (string-append root "/.azml")))
          `((root . ,root) (folder . ,folder) (runs . ,(string-append folder "/runs"))
            (objects . ,(string-append folder "/objects")))))))

(define (project-field project key)
  "Return the part KEY (root, folder, id, runs, objects or index) of PROJECT."
  (json-ref (%project-fields project) key))

(define (find-run-id project text)
  "Return the id of the run of PROJECT that TEXT, the beginning of an id, an alias or
\"last\", means."
  (with-exception-handler
      (lambda (condition)
        (if (and (eq? 'not-found (azml-error-code condition)) (not (string-prefix? "last" text))
                 (nearest text '("last" "latest")))
            (raise-azml-error 'not-found (azml-error-message condition)
                              #:hint "did you mean 'last'?")
            (raise-exception condition)))
    (lambda () (%project-find-run project text))
    #:unwind? #t
    #:unwind-for-type &azml-error))

(define (load-run project id)
  "Return what the directory of run ID of PROJECT holds: an alist of id, run, status, alive
and directory."
  (%project-run project id))

(define (run-state-of record)
  "Return the name of the state of the run that RECORD, from `load-run', describes."
  (or (json-ref record 'status 'state) "submitting"))

;;; The index

(define (warn-about-index condition)
  (let ((message (azml-error-message condition)))
    (say-warning (if (string-prefix? "the index" message)
                     message
                     (string-append "the index: " message))
                 (or (azml-error-hint condition)
                     "the runs are safe; azml-guile history reindex makes the index anew"))))

(define %store #f)

(define (project-store project)
  ;; The index of PROJECT, opened once in this process.
  (unless (and %store (eq? (car %store) project))
    (set! %store (cons project (%store-open project))))
  (cdr %store))

(define (open-index! project)
  "Open the index of PROJECT, for those who have time now and none later.  A failing index is
a warning."
  (call-with-index project (lambda (store) #t)))

(define (close-index!)
  "Close the index if it is open, after the rows that wait are written."
  (when %store
    (write-rows! (car %store))
    (%store-close (cdr %store))
    (set! %store #f)))

(define %failed #f)

(define (call-with-index project procedure)
  ;; Call PROCEDURE with the index of PROJECT.  A failure is said once, and makes #f.
  (with-exception-handler
      (lambda (condition)
        (unless %failed
          (set! %failed #t)
          (warn-about-index condition))
        #f)
    (lambda ()
      (and (not %failed)
           (procedure (project-store project))))
    #:unwind? #t
    #:unwind-for-type &azml-error))

(define (index-put! project run status)
  "Bring the row of RUN (run.json) with STATUS (status.json, or #f) in the index of PROJECT
up to date.  A failing index is a warning."
  (call-with-index project (lambda (store) (%store-put store run status) #t)))

;; Ids that the index expects, for runs to come.  The index may forget those that are not
;; used.
(define %ids '())

(define* (expected-id project #:key (more (lambda () 0)))
  "Return an id for a new run of PROJECT that the index expects: whoever lists runs will look
after it, whatever becomes of this process.  MORE returns how many more will be asked for.  A
failing index is a warning."
  (when (null? %ids)
    (set! %ids (map (lambda (n) (%random-id)) (iota (+ 1 (min (more) 63)))))
    (call-with-index project
                     (lambda (store) (%store-expect store (list->vector %ids)))))
  (let ((id (car %ids)))
    (set! %ids (cdr %ids))
    id))

;; Rows that wait to be written together, and when one was written last.
(define %rows '())
(define %written 0)

(define (write-rows! project)
  (let ((rows %rows))
    (set! %rows '())
    (set! %written (%clock-boot-ms))
    (unless (null? rows)
      (call-with-index project
                       (lambda (store)
                         (%store-put-all store (list->vector (reverse rows))))))))

(define (index-put-soon! project run status)
  "Like `index-put!' for a run whose id was expected; where many end in a short time their
rows are written together, the last ones when the index is closed."
  (set! %rows (cons (vector run status) %rows))
  (when (> (- (%clock-boot-ms) %written) 200)
    (write-rows! project)))

(define (index-refresh! project id)
  "Read the directory of run ID of PROJECT again and bring its row up to date.  A failing
index is a warning."
  (call-with-index project (lambda (store) (%store-refresh store id) #t)))

;;; Runs of which nobody is in charge any more

(define (settle-runs! project ids connect sync)
  "Have the end of those runs IDS of PROJECT written that ended while nobody looked: by the
runner of this machine, to which CONNECT returns a session, where their keeper is gone; by
SYNC, which gets their records, where they are elsewhere.  Both are called only if there is
such a run.  Return those that had not ended."
  (let* ((open (filter (lambda (record)
                         (and record (not (terminal-state? (run-state-of record)))))
                       (map (lambda (id) (load-run-or-false project id)) ids)))
         (copies (filter (lambda (record) (json-ref record 'sync)) open))
         (orphans (filter (lambda (record)
                            (not (or (json-ref record 'sync)
                                     (eq? #t (json-ref record 'alive)))))
                          open)))
    (when (pair? orphans)
      ((@ (azml session) session-call) (connect) "list"
       `((ids . ,(list->vector (map (lambda (record) (json-ref record 'id)) orphans)))
         (settle . #t))))
    (when (pair? copies)
      (sync copies))
    (append orphans copies)))

(define (load-run-or-false project id)
  (with-exception-handler (lambda (condition) #f)
    (lambda () (load-run project id))
    #:unwind? #t
    #:unwind-for-type &azml-error))

(define (refresh-unfinished! project connect)
  "Bring the rows of all runs of PROJECT that had not ended up to date, settling those whose
keeper is gone through the session that CONNECT returns, and asking the machines of others."
  (call-with-index
   project
   (lambda (store)
     (let ((ids (vector->list (%store-unfinished store))))
       (settle-runs! project ids connect
                     (lambda (records)
                       ((@ (azml sync) sync-copies!) project records)))
       (for-each (lambda (id) (%store-refresh store id)) ids)))))

(define (query-runs project query)
  "Return the rows of the runs of PROJECT that match QUERY, an alist of where, sort,
reverse, limit, experiment, target and state: a vector of alists."
  (%store-query (project-store project) query))

(define (warn-of-unlogged project query)
  "Warn of each metric and parameter that QUERY, as `query-runs' takes it, filters or sorts by,
and no run of PROJECT has: it is misspelt, most likely."
  (for-each
   (lambda (entry)
     (let* ((metric? (equal? (json-ref entry 'table) "metrics"))
            (named (lambda (name)
                     (string-append (if metric? "metrics." "parameters.") name)))
            (near (json-ref entry 'near))
            (names (vector->list (json-ref entry 'names))))
       (say-warning
        (string-append "no run has " (if metric? "logged a metric '" "a parameter '")
                       (json-ref entry 'name) "'")
        (cond ((string? near) (string-append "did you mean '" (named near) "'?"))
              ((pair? names)
               (string-append "there are " (string-join (map named names) ", ")))
              (else #f)))))
   (vector->list (%store-unlogged (project-store project) query))))

(define (reindex-runs project)
  "Make the index of PROJECT anew from the run directories; return an alist of runs, their
number, and skipped, a vector."
  (%store-reindex (project-store project)))

(define (logged-hint record name)
  "Return the hint for a metric NAME that the run of RECORD, from `load-run', has not logged."
  (let ((logged (map (lambda (pair) (symbol->string (car pair)))
                     (or (json-ref (%metrics-summary (json-ref record 'directory)) 'metrics)
                         '()))))
    (did-you-mean name logged
                  (if (null? logged)
                      "it has logged no metrics"
                      (string-append "it has logged " (string-join logged ", "))))))
