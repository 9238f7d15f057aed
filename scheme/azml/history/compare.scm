;;; compare.scm: what differs between two runs.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml history compare)
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml options)
  #:use-module (azml report)
  #:use-module (azml table)
  #:use-module (azml text)
  #:autoload (azml workbench format) (output-format write-formatted)
  #:autoload (azml history source) (source-changes print-source-diff)
  #:export (%command
            history-compare))

(define %command
  (command
   "history compare" "Show what differs between two runs."
   #:usage '("[options] RUN RUN")
   #:examples '(("history compare k3v9 last" . "parameters, metrics, packages, source")
                ("history compare --brief k3v9 last" . "the changed files by name only"))
   #:options '((brief #\b "brief" #f "name the files that differ, show no lines of them")
               (json #f "json" #f "write JSON")
               (output #\o "output" "FORMAT" "json (the same), table or tsv"))
   #:notes '("RUN is the beginning of an id, an alias, or \"last\".")))

;;; Two alists with symbols as keys, side by side: ((KEY A B) ...), A or B #f where the
;;; key is missing.

(define (side-by-side a b)
  (append
   (map (lambda (pair)
          (let ((other (assq (car pair) b)))
            (list (car pair) (cdr pair) (if other (cdr other) 'null))))
        a)
   (filter-map* (lambda (pair)
                  (and (not (assq (car pair) a)) (list (car pair) 'null (cdr pair))))
                b)))

(define (filter-map* procedure items)
  (filter identity (map procedure items)))

(define (different rows)
  (filter (lambda (row) (not (equal? (cadr row) (caddr row)))) rows))

(define (present alist)
  ;; ALIST without the keys that have no value.
  (filter cdr alist))

;;; What is compared

(define (facts record)
  (let ((run (json-ref record 'run)) (status (json-ref record 'status)))
    (present
     `((experiment . ,(json-ref run 'experiment))
       (command . ,(let ((words (json-ref run 'command)))
                     (and (vector? words) (command->string (vector->list words)))))
       (target . ,(json-ref run 'target 'name))
       (state . ,(and status (json-ref status 'state)))
       (exit-code . ,(and status (json-ref status 'exit_code)))
       (running . ,(and status (json-ref status 'durations 'running)))
       (cpu-seconds . ,(let ((cpu (and status (json-ref status 'cpu))))
                         (and cpu (+ (or (json-ref cpu 'user) 0)
                                     (or (json-ref cpu 'system) 0)))))
       (peak-memory . ,(and status (json-ref status 'memory 'peak_tree)))
       (host . ,(and status (json-ref status 'host)))
       (python . ,(and status (json-ref status 'environment 'python)))
       (git . ,(json-ref run 'git 'commit))))))

(define (parameters record)
  (or (json-ref record 'run 'parameters) '()))

(define (metrics record)
  (map (lambda (pair) (cons (car pair) (json-ref (cdr pair) 'last)))
       (or (json-ref (%metrics-summary (json-ref record 'directory)) 'metrics) '())))

(define (packages record)
  ;; The lock of the environment as an alist of names and versions.
  (let ((file (string-append (json-ref record 'directory) "/environment.lock")))
    (if (%file-status file)
        (map (lambda (line)
               ;; name==1.0 of pip, name=1.0=build of conda, name @ file:///...
               (let ((at (or (string-index line (string->char-set "=@"))
                             (string-length line))))
                 (cons (string->symbol (string-trim-both (substring line 0 at)))
                       (string-trim-both
                        (string-trim (substring line at) (string->char-set "=@"))))))
             (filter (lambda (line)
                       (not (or (string-null? (string-trim-both line))
                                (string-prefix? "#" line))))
                     (string-split (%file-read file) #\newline)))
        '())))

(define (digest record)
  (json-ref record 'run 'snapshot 'digest))

;;; As a person reads it

(define (value-text key value)
  (cond ((eq? value 'null) "-")
        ((eq? key 'peak-memory) (format-bytes value))
        ((and (memq key '(running cpu-seconds)) (number? value)) (format-seconds value))
        ((and (eq? key 'git) (string? value))
         (substring value 0 (min 12 (string-length value))))
        (else (format-value value))))

(define (difference a b)
  (if (and (number? a) (number? b))
      (let ((change (- b a)))
        (string-append (if (positive? change) "+" "") (format-value change)))
      ""))

(define (print-section title a b rows)
  ;; ROWS of (KEY A B) under TITLE, the runs' short ids A and B above the columns.
  (unless (null? rows)
    (print-table (list title a b "DIFFERENCE")
                 (map (lambda (row)
                        (let ((key (car row)) (x (cadr row)) (y (caddr row)))
                          (list (symbol->string key) (value-text key x)
                                (value-text key y)
                                (if (memq key '(peak-memory exit-code))
                                    "" (difference x y)))))
                      rows))
    (newline)))

(define (print-comparison one two project brief?)
  (let* ((a (short-id (json-ref one 'id)))
         (b (short-id (json-ref two 'id)))
         (section (lambda (title procedure keep)
                    (let ((rows (keep (side-by-side (procedure one) (procedure two)))))
                      (print-section title a b rows)
                      (pair? rows))))
         (objects (project-field project 'objects))
         (sections (list (section "RUN" facts different)
                         (section "PARAMETER" parameters different)
                         (section "METRIC" metrics identity)
                         (section "PACKAGE" packages different)))
         (source (print-source-diff objects (digest one) (digest two)
                                    #:brief? brief?)))
    (unless (or-map identity (cons source sections))
      (say "the runs do not differ"))))

;;; As a program reads it

(define (rows->json rows)
  (map (lambda (row)
         (cons (car row) `((a . ,(cadr row)) (b . ,(caddr row)))))
       rows))

(define (comparison-document one two project)
  `((a . ,(json-ref one 'id))
    (b . ,(json-ref two 'id))
    (run . ,(rows->json (different (side-by-side (facts one) (facts two)))))
    (parameters . ,(rows->json (different (side-by-side (parameters one)
                                                        (parameters two)))))
    (metrics . ,(rows->json (side-by-side (metrics one) (metrics two))))
    (packages . ,(rows->json (different (side-by-side (packages one) (packages two)))))
    (source . ,(list->vector
                (map (lambda (change)
                       `((path . ,(car change)) (change . ,(symbol->string (cadr change)))))
                     (source-changes (project-field project 'objects)
                                     (digest one) (digest two)))))))

(define (write-comparison format document)
  ;; DOCUMENT, from above, as rows of one kind.
  (write-formatted
   format
   (append
    (apply append
           (map (lambda (section)
                  (map (lambda (pair)
                         `((section . ,(symbol->string section))
                           (key . ,(symbol->string (car pair)))
                           ,@(cdr pair)))
                       (json-ref document section)))
                '(run parameters metrics packages)))
    (map (lambda (file)
           `((section . "source") (key . ,(json-ref file 'path))
             (a . null) (b . ,(json-ref file 'change))))
         (vector->list (json-ref document 'source))))
   '(section key a b)))

(define (history-compare words)
  "Run the command history compare with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (unless (= (length operands) 2)
       (usage-error "which two runs?" "for instance: history compare k3v9 last"))
     (let* ((format (cond ((option-ref options 'json) 'json)
                          ((option-ref options 'output) (output-format options))
                          (else #f)))
            (project (current-project))
            (one (settled-run project (car operands)))
            (two (settled-run project (cadr operands))))
       (case format
         ((json) (write-json (comparison-document one two project)))
         ((#f) (print-comparison one two project (option-ref options 'brief)))
         (else (write-comparison format (comparison-document one two project))))
       0))))
