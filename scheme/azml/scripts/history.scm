;;; history.scm: the command history.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml scripts history)
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml options)
  #:use-module (azml report)
  #:use-module (azml sparkline)
  #:use-module (azml summary)
  #:use-module (azml table)
  #:use-module (azml text)
  #:autoload (azml workbench format) (output-format)
  #:autoload (azml workbench record) (write-records)
  #:autoload (azml workbench query) (refuse-query)
  #:export (%command
            azml-history
            history-verbs))

(define %command
  (command
   "history" "Look at the recorded runs of this project."
   #:usage '("[list] [options]"
             "show RUN [--json]"
             "metrics RUN [NAME] [--json]"
             "reindex|VERB ...")
   #:examples '(("history" . "the latest runs")
                ("history list --where 'metrics.accuracy > 0.9'" . "good ones"))
   #:options '((where #f "where" "FILTER" "runs for which FILTER holds")
               (sort #f "sort" "KEY" "sort by KEY: submitted, seconds, metrics.NAME ...")
               (reverse #f "reverse" #f "the other way round")
               (limit #\l "limit" "N" "at most N runs (20; 0 for all)")
               (experiment #\e "experiment" "NAME" "runs of the experiment NAME")
               (state #\s "state" "STATE" "runs in the state STATE")
               (target #\c "target" "NAME" "runs on the compute target NAME")
               (json #f "json" #f "write JSON")
               (output #\o "output" "FORMAT"
                       "records of Workbench as json, table or tsv (list)")
               (query #f "query" "JMESPATH" "refused, with what does the same"))
   #:seldom '(reverse target output query)
   #:notes '("VERB is compare, checkout, plot, outputs, export, rm, gc, refresh, fetch, last,"
             "info, download or promote; azml-guile history VERB --help describes it."
             "RUN is the beginning of an id, an alias, or \"last\".  A FILTER compares keys"
             "with values: state = failed and parameters.lr < 0.1; and, or, not, ( ).")))

;;; list

(define (metrics-text metrics)
  (string-join (map (lambda (pair)
                      (string-append (symbol->string (car pair)) "="
                                     (format-value (cdr pair))))
                    (or metrics '()))
               " "))

(define (state-text row)
  (let ((state (json-ref row 'state))
        (cause (json-ref row 'cause))
        (code (json-ref row 'exit_code)))
    (cond ((not (equal? state "failed")) state)
          ((string? cause) (string-append "failed: " cause))
          ((and (number? code) (not (zero? code)))
           (string-append "failed: exit " (number->string code)))
          (else state))))

(define (row-cells row now)
  (let ((submitted (json-ref row 'submitted))
        (seconds (json-ref row 'seconds)))
    (list (short-id (json-ref row 'id))
          (or (json-ref row 'experiment) "")
          (state-text row)
          (if (number? submitted) (format-ago (- now submitted)) "")
          (if (number? seconds) (format-seconds seconds) "")
          (metrics-text (json-ref row 'metrics)))))

(define (list-query options)
  (let ((limit (option-number options 'limit
                              ;; The product's list was whole.
                              #:default (if (option-ref options 'output) 0 20))))
    (append (let loop ((keys '(where sort experiment state target)))
              (if (null? keys)
                  '()
                  (let ((value (option-ref options (car keys))))
                    (if value
                        (acons (car keys) value (loop (cdr keys)))
                        (loop (cdr keys))))))
            (if (option-ref options 'reverse) '((reverse . #t)) '())
            (if (zero? limit) '() `((limit . ,limit))))))

(define (list-runs project options)
  (let ((query (list-query options))
        (format (output-format options)))
    (refresh-unfinished! project (lambda () (connect-here project)))
    (let ((rows (query-runs project query)))
      (warn-of-unlogged project query)
      (cond ((option-ref options 'json) (write-json rows))
            (format
             (write-records project
                            (map (lambda (row) (json-ref row 'id)) (vector->list rows))
                            format))
            ((zero? (vector-length rows))
             (say (if (or-map (lambda (key) (assq key query))
                              '(where experiment state target))
                      "no run is like that"
                      "no runs yet")))
            (else
             (let ((rows (vector->list rows))
                   (now (%clock-utc-ms)))
               (print-table '("ID" "EXPERIMENT" "STATE" "WHEN" "TIME" "METRICS")
                            (map (lambda (row) (row-cells row now)) rows)
                            #:right '(4) #:flexible 5
                            #:styles (map (lambda (row)
                                            (state-style (json-ref row 'state)))
                                          rows)))))
      0)))

;;; metrics

(define (metric-row pair)
  (let ((metric (cdr pair))
        (value (lambda (key metric)
                 (let ((pair (assq key metric)))
                   (if pair (format-value (cdr pair)) "")))))
    (list (symbol->string (car pair))
          (value 'last metric)
          (value 'min metric)
          (value 'max metric)
          (value 'count metric)
          (sparkline (or (json-ref metric 'values) #())
                     #:unicode? (console-unicode?)))))

(define (show-metrics record json?)
  (let* ((summary (%metrics-summary (json-ref record 'directory)))
         (metrics (or (json-ref summary 'metrics) '())))
    (cond (json? (write-json summary))
          ((null? metrics) (say "the run has logged no metrics"))
          (else
           (print-table '("METRIC" "LAST" "MIN" "MAX" "COUNT" "")
                        (map metric-row metrics) #:right '(1 2 3 4))))
    0))

(define (point-row point)
  (list (let ((step (json-ref point 'step))) (if step (format-value step) ""))
        (format-value (json-ref point 'value))
        (or (json-ref point 'time) "")))

(define (show-metric record name json?)
  (let* ((read (%metrics-read (json-ref record 'directory) name))
         (points (json-ref read 'points)))
    (cond (json? (write-json read) 0)
          ((zero? (vector-length points))
           (raise-azml-error
            'not-found
            (string-append "run " (short-id (json-ref record 'id)) " has logged no metric '"
                           (printable name) "'")
            #:hint (logged-hint record name)))
          (else
           (print-table '("STEP" "VALUE" "TIME") (map point-row (vector->list points))
                        #:right '(0 1))
           0))))

;;; reindex

(define (reindex project json?)
  (let* ((report (reindex-runs project))
         (skipped (vector->list (json-ref report 'skipped))))
    (if json?
        (write-json report)
        (begin
          (say (format-count (json-ref report 'runs) "run") " in the index")
          (for-each (lambda (entry)
                      (say-warning (string-append (json-ref entry 'id) ": "
                                                  (json-ref entry 'error 'message))))
                    skipped)))
    0))

;;; The command

(define (one-run project operands most)
  ;; The record of the run that the first of OPERANDS names, of which there are up to MOST.
  (cond ((null? operands) (usage-error "which run?" "for instance: last"))
        ((> (length operands) most)
         (usage-error (string-append "too many words: '" (list-ref operands most) "'")))
        (else (settled-run project (car operands)))))

;; The verbs with options of their own: (VERB MODULE PROCEDURE), loaded when called.
(define own-verbs
  '(("outputs" (azml history outputs) history-outputs)
    ("refresh" (azml history refresh) history-refresh)
    ("fetch" (azml history fetch) history-fetch)
    ("compare" (azml history compare) history-compare)
    ("checkout" (azml history checkout) history-checkout)
    ("rm" (azml history remove) history-rm)
    ("gc" (azml history remove) history-gc)
    ("export" (azml history export) history-export)
    ("plot" (azml history plot) history-plot)
    ("last" (azml history last) history-last)
    ("info" (azml history artifact) history-info)
    ("download" (azml history artifact) history-download)
    ("promote" (azml history artifact) history-promote)))

(define history-verbs (append '("list" "show" "metrics" "reindex") (map car own-verbs)))

(define (azml-history words)
  "Run the command history with the command line WORDS; return the exit code."
  (let ((own (and (pair? words) (assoc (car words) own-verbs))))
    (if own
        ((module-ref (resolve-interface (cadr own)) (caddr own)) (cdr words))
        (look-at-history words))))

(define (look-at-history words)
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (let* ((verb (if (pair? operands) (car operands) "list"))
            (operands (if (pair? operands) (cdr operands) '()))
            (json? (option-ref options 'json))
            (project (current-project)))
       (when (option-ref options 'query)
         (refuse-query (option-ref options 'query)))
       (cond
        ((string=? verb "list")
         (if (pair? operands)
             (usage-error (string-append "'list' takes no '" (car operands) "'")
                          "filter with --where, --experiment, --state or --target")
             (list-runs project options)))
        ((string=? verb "show")
         (show-run (one-run project operands 1) #:json? json?))
        ((string=? verb "metrics")
         (let ((record (one-run project operands 2)))
           (if (pair? (cdr operands))
               (show-metric record (cadr operands) json?)
               (show-metrics record json?))))
        ((string=? verb "reindex")
         (when (pair? operands)
           (usage-error (string-append "'reindex' takes no '" (car operands) "'")
                        "it reads all runs of the project"))
         (reindex project json?))
        (else (unknown-verb %command verb history-verbs)))))))
