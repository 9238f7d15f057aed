;;; query.scm: a JMESPath expression, answered with the options that do the same.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml workbench query)
  #:use-module (ice-9 regex)
  #:use-module (azml options)
  #:use-module (azml text)
  #:export (refuse-query query->options))

;; Keys of the product's records that have other names here; any other is a metric.
(define keys
  '(("status" . "state") ("duration" . "seconds") ("start_time_utc" . "submitted")
    ("created_utc" . "submitted") ("script_name" . "experiment") ("target" . "target")
    ("run_id" . "id")))

(define (key->ours key)
  (or (assoc-ref keys key) (string-append "metrics." key)))

(define (value->ours key text)
  ;; The text of a value: 'Completed', `0.9` or "x", as a filter has it.
  (let ((bare (string-trim-both text (string->char-set "'`\" "))))
    (cond ((string->number bare) bare)
          ((string=? key "status") (string-downcase bare))
          ((string=? key "script_name")
           (if (string-suffix? ".py" bare) (substring bare 0 (- (string-length bare) 3)) bare))
          (else bare))))

(define comparison
  (make-regexp
   "^ *([A-Za-z_][A-Za-z0-9_]*|\"[^\"]*\") *(==|!=|<=|>=|<|>) *('[^']*'|`[^`]*`|[-0-9.]+) *$"))

(define (comparison->ours text)
  ;; One comparison, or #f.
  (let ((match (regexp-exec comparison text)))
    (and match
         (let* ((key (string-trim-both (match:substring match 1) #\"))
                (operator (match:substring match 2))
                (value (match:substring match 3)))
           (if (string=? value "`null`")
               'always                  ;what lacks a metric never fits
               (string-append (key->ours key) " "
                              (if (string=? operator "==") "=" operator) " "
                              (value->ours key value)))))))

(define (split-at text separator)
  (let ((at (string-contains text separator)))
    (if at
        (cons (substring text 0 at)
              (split-at (substring text (+ at (string-length separator))) separator))
        (list text))))

(define (filter->ours text)
  ;; What stands in [? ], or #f where it cannot be said so.
  (let ((text (regexp-substitute/global #f "([A-Za-z_0-9]) *!= *null" text
                                        'pre 1 " != `null`" 'post)))
    (let loop ((parts (split-at text "&&")) (done '()))
      (if (null? parts)
          (string-join (filter string? (reverse done)) " and ")
          (let* ((alternatives (map comparison->ours (split-at (car parts) "||"))))
            (and (and-map identity alternatives)
                 (loop (cdr parts)
                       (cons (if (memq 'always alternatives)
                                 'always
                                 (string-join alternatives " or "))
                             done))))))))

(define (query->options text)
  "Return the words of a command line that do what the JMESPath expression TEXT does to the list of
runs, or #f if that is not known."
  (let* ((where (string-match "\\[\\?([^]]*)\\]" text))
         (best (string-match "(max|min|sort)_by\\(@, *&([A-Za-z_][A-Za-z0-9_]*)\\)" text))
         (filter (and where (filter->ours (match:substring where 1))))
         (words
          (append
           (if (and filter (not (string-null? filter)))
               (list "--where" (shell-quote filter))
               '())
           (if best
               (let ((how (match:substring best 1)))
                 (append (list "--sort" (key->ours (match:substring best 2)))
                         ;; Here the largest come first.
                         (if (string=? how "max") '() '("--reverse"))
                         (if (string=? how "sort") '() '("--limit" "1"))))
               '()))))
    (and (pair? words)
         (or (not where) filter)
         (string-join words " "))))

(define* (refuse-query text #:optional command)
  "Raise the usage error that JMESPath is not spoken, with what does the same as TEXT to the list of
runs; with COMMAND, another command's words, with what a program can take."
  (usage-error "'--query' is not there: records are not searched by JMESPath"
               (let ((options (and (not command) (query->options text))))
                 (cond (command
                        (string-append "give JSON to a program that does: azml-guile "
                                       command " | jq ..."))
                       (options
                        (string-append "the same: azml-guile history list " options))
                       (else
                        (string-append "filter with --where, such as"
                                       " --where 'state = completed and metrics.Accuracy > 0.9',"
                                       " or give -o json to a program"))))))
