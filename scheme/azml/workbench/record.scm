;;; record.scm: runs as the records that the product's history had.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml workbench record)
  #:use-module (azml core)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml summary)
  #:use-module (azml workbench format)
  #:export (run-name
            state-name
            run-attachments
            write-records))

(define (run-name run)
  "Return the name of RUN, a run.json, that the product would have given it."
  (or (json-ref run 'alias) (json-ref run 'id)))

(define (state-name state)
  "Return the product's name of STATE, the name of a state."
  (cond ((not state) "Submitting")
        ((string=? state "waiting") "Queued")
        (else (string-append (string-upcase (substring state 0 1)) (substring state 1)))))

(define (two-digits n)
  (string-pad (number->string n) 2 #\0))

(define (seconds->text seconds)
  ;; 4.892389 as Python wrote a time span: "0:00:04.892389".
  (let* ((micro (inexact->exact (round (* 1000000 seconds))))
         (whole (quotient micro 1000000)))
    (string-append (number->string (quotient whole 3600)) ":"
                   (two-digits (remainder (quotient whole 60) 60)) ":"
                   (two-digits (remainder whole 60)) "."
                   (string-pad (number->string (remainder micro 1000000)) 6 #\0))))

;; The artifacts that the product made of every run, and the files that hold the same.
(define (run-attachments record)
  "Return an alist of the product's names of the artifacts of the run that RECORD is of, and the
files that they are in its directory."
  (append '(("control_log" . "events.jsonl") ("driver_log" . "log"))
          (map (lambda (file)
                 (let ((name (string-append "outputs/" (car file))))
                   (cons name name)))
               (output-files (json-ref record 'directory)))))

(define (metric-value directory pair)
  ;; The last value of the metric of PAIR, from the summary: a list that was logged is whole.
  (let* ((count (json-ref (cdr pair) 'count))
         (points (and (number? count) (< count 1000)
                      (json-ref (%metrics-read directory (symbol->string (car pair)))
                                'points)))
         ;; #f is a value, too.
         (found (if (and (vector? points) (positive? (vector-length points)))
                    (assq 'value (vector-ref points (- (vector-length points) 1)))
                    (assq 'last (cdr pair)))))
    (if found (cdr found) 'null)))

(define (metrics record)
  (let ((directory (json-ref record 'directory)))
    (map (lambda (pair) (cons (car pair) (metric-value directory pair)))
         (or (json-ref (%metrics-summary directory) 'metrics) '()))))

(define (script-of run)
  ;; The script of RUN, also where a Python or spark-submit was named that executes it.
  (let ((words (json-ref run 'command)))
    (or (json-ref run 'script)
        (and (vector? words)
             (or-map (lambda (word) (and (string-suffix? ".py" word) word))
                     (vector->list words))))))

(define (words->text run)
  ;; What the script was given.
  (let ((words (json-ref run 'command)) (script (script-of run)))
    (string-join (if (vector? words)
                     (let ((rest (and script (member script (vector->list words)))))
                       (if rest (cdr rest) (vector->list words)))
                     '())
                 " ")))

(define (run-record record number)
  ;; The run that RECORD is of; NUMBER is its place among those of its script.
  (let* ((run (json-ref record 'run))
         (status (or (json-ref record 'status) '()))
         (seconds (json-ref status 'durations 'running))
         (or-null (lambda (value) (or value 'null)))
         (fields
          `((arguments . ,(words->text run))
            (attachments . ,(string-join (map car (run-attachments record)) ", "))
            (created_utc . ,(or-null (json-ref run 'submitted)))
            (description . null)
            (duration . ,(if (number? seconds) (seconds->text seconds) 'null))
            (end_time_utc . ,(or-null (json-ref status 'times 'ended)))
            (experiment_id . ,(or-null (json-ref run 'project)))
            (heartbeat_enabled . #t)
            (hidden . #f)
            (name . ,(or-null (json-ref run 'experiment)))
            (parent_run_id . null)
            (properties . ((CommitId . ,(or-null (or (json-ref run 'git 'commit)
                                                     (json-ref run 'snapshot 'digest))))))
            (run_id . ,(run-name run))
            (run_number . ,(or-null number))
            (script_name . ,(or-null (or (script-of run) (json-ref run 'experiment))))
            (start_time_utc . ,(or-null (or (json-ref status 'times 'running)
                                            (json-ref run 'submitted))))
            (status . ,(state-name (json-ref status 'state)))
            (target . ,(or-null (json-ref run 'target 'name)))
            (user_id . ,(or-null (json-ref run 'user))))))
    (append (filter (lambda (pair) (not (assq (car pair) fields))) (metrics record))
            fields)))

(define (run-numbers project)
  ;; Ids, and which run of its experiment each is, from 1.
  (let ((counts (make-hash-table)) (numbers (make-hash-table)))
    (for-each (lambda (row)
                (let* ((name (json-ref row 'experiment))
                       (n (+ 1 (hash-ref counts name 0))))
                  (hash-set! counts name n)
                  (hash-set! numbers (json-ref row 'id) n)))
              (reverse (vector->list (query-runs project '()))))
    numbers))

(define (metric-columns rows)
  ;; The keys of ROWS that are metrics: those before the first field.
  (let loop ((rows rows) (keys '()))
    (if (null? rows)
        (reverse keys)
        (loop (cdr rows)
              (let take ((pairs (car rows)) (keys keys))
                (cond ((eq? (caar pairs) 'arguments) keys)
                      ((memq (caar pairs) keys) (take (cdr pairs) keys))
                      (else (take (cdr pairs) (cons (caar pairs) keys)))))))))

(define* (write-records project ids format #:key one?)
  "Write the runs IDS of PROJECT as records of the product in FORMAT; with ONE? the only one by
itself.  Return the exit code."
  (let* ((numbers (run-numbers project))
         (rows (map (lambda (id) (run-record (load-run project id) (hash-ref numbers id)))
                    ids)))
    (write-formatted format (if one? (car rows) rows)
                     (append (metric-columns rows)
                             '(duration run_id script_name start_time_utc status)))
    0))
