;;; export.scm: all runs, for other programs.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml history export)
  #:use-module (azml connect)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml file)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml options)
  #:use-module (azml report)
  #:use-module (azml text)
  #:export (%command
            history-export))

(define %command
  (command
   "history export" "Write all runs as JSON lines or as CSV."
   #:usage '("[options]")
   #:examples '(("history export >runs.jsonl" . "one JSON document a line")
                ("history export --format csv -o runs.csv" . "for a spreadsheet"))
   #:options '((format #f "format" "FORMAT" "jsonl (the default) or csv")
               (output #\o "output" "FILE" "write to FILE, not to the standard output")
               (where #f "where" "FILTER" "runs for which FILTER holds")
               (experiment #\e "experiment" "NAME" "runs of the experiment NAME")
               (state #\s "state" "STATE" "runs in the state STATE"))
   #:notes '("A JSON line is what history show --json writes.  The CSV (RFC 4180) has a column"
             "for each parameter and for the last value of each metric; times are UTC.")))

;;; CSV

(define (quoted text)
  (if (string-index text (string->char-set ",\"\n\r"))
      (string-append "\"" (string-join (string-split text #\") "\"\"") "\"")
      text))

(define (exact-text value)
  ;; VALUE with all its digits: this is data, not a table for people.
  (cond ((not value) "")
        ((eq? value 'null) "")
        ((number? value) (number->string value))
        ((string? value) value)
        ((eq? value #t) "true")
        (else (%json-write value))))

(define fixed-columns
  `(("id" . ,(lambda (row) (json-ref row 'id)))
    ("alias" . ,(lambda (row) (json-ref row 'alias)))
    ("experiment" . ,(lambda (row) (json-ref row 'experiment)))
    ("state" . ,(lambda (row) (json-ref row 'state)))
    ("cause" . ,(lambda (row) (json-ref row 'cause)))
    ("target" . ,(lambda (row) (json-ref row 'target)))
    ("submitted" . ,(lambda (row)
                      (and=> (json-ref row 'submitted)
                             (lambda (ms) (and (number? ms) (%time-format ms))))))
    ("seconds" . ,(lambda (row) (json-ref row 'seconds)))
    ("exit_code" . ,(lambda (row) (json-ref row 'exit_code)))
    ("signal" . ,(lambda (row) (json-ref row 'signal)))
    ("script" . ,(lambda (row) (json-ref row 'script)))))

(define (names rows group)
  ;; All names that the alist GROUP of ROWS has, in order of appearance.
  (let ((seen (make-hash-table)))
    (let loop ((rows rows) (found '()))
      (if (null? rows)
          (reverse found)
          (loop (cdr rows)
                (let inner ((pairs (or (json-ref (car rows) group) '())) (found found))
                  (cond ((null? pairs) found)
                        ((hashq-ref seen (caar pairs)) (inner (cdr pairs) found))
                        (else (hashq-set! seen (caar pairs) #t)
                              (inner (cdr pairs) (cons (caar pairs) found))))))))))

(define (group-columns rows group)
  (map (lambda (name)
         (cons (string-append (symbol->string group) "." (symbol->string name))
               (lambda (row)
                 (let ((pair (assq name (or (json-ref row group) '()))))
                   (and pair (if (eq? (cdr pair) #f) "false" (cdr pair)))))))
       (names rows group)))

(define (write-csv rows port)
  (let ((columns (append fixed-columns (group-columns rows 'parameters)
                         (group-columns rows 'metrics)))
        (line (lambda (cells) (display (string-join (map quoted cells) ",") port)
                      (display "\r\n" port))))
    (line (map car columns))
    (for-each (lambda (row)
                (line (map (lambda (column) (exact-text ((cdr column) row))) columns)))
              rows)))

;;; JSON lines

(define (write-lines project rows port)
  (for-each (lambda (row)
              (display (%json-write (run-document (load-run project (json-ref row 'id))))
                       port)
              (newline port))
            rows))

;;; The command

(define (call-with-output options procedure)
  (let ((file (option-ref options 'output)))
    (if (not file)
        (procedure (current-output-port))
        (call-with-whole-file file procedure))))

(define (history-export words)
  "Run the command history export with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (let ((project (current-project))
           (format (option-ref options 'format "jsonl"))
           (query (filter cdr (map (lambda (key) (cons key (option-ref options key)))
                                   '(where experiment state)))))
       (unless (member format '("jsonl" "csv"))
         (usage-error (string-append "unknown format '" format "'") "there is jsonl and csv"))
       (when (pair? operands)
         (usage-error (string-append "history export takes no '" (car operands) "'")
                      "choose runs with --where"))
       (refresh-unfinished! project (lambda () (connect-here project)))
       (warn-of-unlogged project query)
       (let ((rows (vector->list (query-runs project query))))
         (call-with-output options
                           (lambda (port)
                             (if (string=? format "csv")
                                 (write-csv rows port)
                                 (write-lines project rows port)))))
       0))))
