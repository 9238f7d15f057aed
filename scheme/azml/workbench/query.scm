;;; query.scm: a JMESPath expression, answered with the command that does the same.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; What az users typed is a filter, an order, one of the list, some of its keys, or a number
;;; made of it, in a row.  Filter, order and number of runs are options of history list; keys
;;; and sums are left to jq, which reads the records.  What is not understood to its end is
;;; not answered by halves.
;;; Code:

(define-module (azml workbench query)
  #:use-module (ice-9 regex)
  #:use-module (azml options)
  #:use-module (azml text)
  #:use-module (azml workbench filter)
  #:export (refuse-query query->command))

;; What was understood: an alist of `where' (text), `sort' (our key), `reverse?' (the smallest
;; first), `limit', `one?' (a record by itself), `each?' (what follows is said of each record),
;; and `jq', its filters, the last first.

(define (get state key)
  (assq-ref state key))

(define (put state . pairs)
  (if (null? pairs)
      state
      (apply put (acons (car pairs) (cadr pairs) state) (cddr pairs))))

(define key-text "([A-Za-z_][A-Za-z0-9_]*|\"[^\"]*\")")

(define (regexp . parts)
  (make-regexp (string-append "^ *" (string-concatenate parts))))

(define filter-regexp (regexp "@?\\[\\?([^]]*)\\]"))
(define projection-regexp (regexp "@?\\[\\*?\\]"))
(define index-regexp (regexp "@?\\[(-?[0-9]+)\\]"))
(define slice-regexp (regexp "@?\\[0?:([0-9]+)\\]"))
(define object-regexp (regexp "@?\\.?\\{([^{}]*)\\}"))
(define keys-regexp (regexp "\\.\\[([^][]*)\\]"))
(define name-regexp (regexp "@?\\.?" key-text))
(define function-regexp (regexp "([a-z_]+)\\("))
(define pipe-regexp (regexp "\\| *"))
(define here-regexp (regexp "@ *$"))
(define by-regexp (make-regexp (string-append "^(.*), *&@?\\.?" key-text " *$")))
(define pair-regexp (make-regexp (string-append "^ *" key-text " *: *@?\\.?" key-text " *$")))
(define word-regexp (make-regexp (string-append "^ *" key-text " *$")))

(define (limited? state)
  (or (get state 'limit) (get state 'jq)))

(define (jq state text)
  ;; STATE with the filter TEXT behind.  A single record comes out of the list first.
  (put state 'jq (cons text (or (get state 'jq) (if (get state 'one?) '(".[0]") '())))))

(define (on-each state text)
  ;; The same to each record of the list, or to the only one.
  (jq state (if (get state 'one?) text (string-append "[.[] | " text "]"))))

(define (closing text)
  ;; The index of the bracket that closes a function's, whose arguments TEXT begins with.
  (let loop ((i 0) (depth 0) (mark #f))
    (and (< i (string-length text))
         (let ((c (string-ref text i)))
           (cond (mark (loop (+ i 1) depth (if (eqv? c mark) #f mark)))
                 ((memv c '(#\' #\` #\")) (loop (+ i 1) depth c))
                 ((eqv? c #\() (loop (+ i 1) (+ depth 1) #f))
                 ((and (eqv? c #\)) (zero? depth)) i)
                 ((eqv? c #\)) (loop (+ i 1) (- depth 1) #f))
                 (else (loop (+ i 1) depth #f)))))))

(define (object->jq text)
  ;; "a:b, c:d" as jq has it, or #f.
  (let ((pairs (map (lambda (part) (regexp-exec pair-regexp part)) (string-split text #\,))))
    (and (and-map identity pairs)
         (string-append "{"
                        (string-join (map (lambda (match)
                                            (string-append (match:substring match 1) ": ."
                                                           (match:substring match 2)))
                                          pairs)
                                     ", ")
                        "}"))))

(define (keys->jq text)
  ;; "a, b" as jq has it, or #f.
  (let ((words (map (lambda (part) (regexp-exec word-regexp part)) (string-split text #\,))))
    (and (and-map identity words)
         (string-append "[" (string-join (map (lambda (match)
                                                (string-append "." (match:substring match 1)))
                                              words)
                                         ", ")
                        "]"))))

(define (take-index state index)
  (cond ((get state 'jq)
         (and (not (get state 'one?)) (jq state (string-append ".[" (number->string index) "]"))))
        ((get state 'limit) #f)
        ((= index 0) (put state 'limit 1 'one? #t))
        ((= index -1) (put state 'limit 1 'one? #t 'reverse? (not (get state 'reverse?))))
        (else (put (jq state (string-append ".[" (number->string index) "]")) 'one? #t))))

(define (take-best state key how)
  ;; Here the largest come first.
  (and (not (limited? state))
       (put state 'sort (key->ours (string-trim-both key #\"))
            'reverse? (not (eq? how 'max)))))

(define (take-function state name argument)
  ;; STATE after the function NAME, whose argument is the expression ARGUMENT.
  (let* ((by (regexp-exec by-regexp argument))
         (state (understand (if by (match:substring by 1) argument) state))
         (key (and by (match:substring by 2))))
    (and state
         (cond ((and key (member name '("max_by" "min_by")))
                (let ((state (take-best state key (if (string=? name "max_by") 'max 'min))))
                  (and state (put state 'limit 1 'one? #t))))
               (key (and (string=? name "sort_by") (take-best state key 'min)))
               ((string=? name "reverse")
                (and (not (limited? state))
                     (put state 'reverse? (not (get state 'reverse?)))))
               ((string=? name "length") (and (not (get state 'one?)) (jq state "length")))
               ((not (get state 'jq)) #f)
               ((string=? name "sum") (jq state "add"))
               ((string=? name "avg") (jq state "add / length"))
               ((member name '("max" "min" "sort")) (jq state name))
               (else #f)))))

;; What an expression may begin with, and what it makes of a state; #f: it cannot be said.
(define rules
  (list
   (cons here-regexp (lambda (state match) state))
   (cons pipe-regexp (lambda (state match) (put state 'each? #f)))
   (cons filter-regexp
         (lambda (state match)
           (let ((filter (and (not (limited? state)) (not (get state 'where))
                              (filter->ours (match:substring match 1)))))
             (and filter (put state 'where filter 'each? #t)))))
   (cons index-regexp
         (lambda (state match) (take-index state (string->number (match:substring match 1)))))
   (cons slice-regexp
         (lambda (state match)
           (and (not (limited? state))
                (put state 'limit (string->number (match:substring match 1)) 'each? #t))))
   (cons projection-regexp
         (lambda (state match) (and (not (get state 'one?)) (put state 'each? #t))))
   (cons object-regexp
         (lambda (state match) (each-known state (object->jq (match:substring match 1)))))
   (cons keys-regexp
         (lambda (state match) (each-known state (keys->jq (match:substring match 1)))))
   (cons name-regexp
         (lambda (state match)
           ;; A projection leaves out what lacks the key.
           (each-known state (string-append "." (match:substring match 1)
                                            (if (get state 'one?) "" " | values")))))))

(define (each-known state text)
  ;; A list by itself has no keys.
  (and text (or (get state 'each?) (get state 'one?)) (on-each state text)))

(define (step state text)
  ;; Return the state after the first thing that TEXT says, or #f, and the rest of TEXT.
  (let* ((function (regexp-exec function-regexp text))
         (rest (if function (match:suffix function) ""))
         (end (and function (closing rest))))
    (if end
        (values (take-function state (match:substring function 1) (substring rest 0 end))
                (substring rest (+ end 1)))
        (let loop ((rules rules))
          (if (null? rules)
              (values #f text)
              (let ((match (regexp-exec (caar rules) text)))
                (if match
                    (values ((cdar rules) state match) (match:suffix match))
                    (loop (cdr rules)))))))))

(define (understand text state)
  ;; The state after all of TEXT, or #f.
  (if (or (not state) (string-null? (string-trim-both text)))
      state
      (call-with-values (lambda () (step state text))
        (lambda (state rest) (understand rest state)))))

(define (query->command text)
  "Return the command line that does what the JMESPath expression TEXT does to the list of runs, or
#f if that is not known."
  (let* ((state (understand (constants text) '()))
         (filters (and state (get state 'jq)))
         (words (if state
                    (append
                     (if (and (get state 'where)
                              ;; The best of a metric has it.
                              (not (and (eqv? 1 (get state 'limit))
                                        (equal? (get state 'where) (get state 'sort)))))
                         (list "--where" (shell-quote (get state 'where)))
                         '())
                     (if (get state 'sort) (list "--sort" (get state 'sort)) '())
                     (if (get state 'reverse?) '("--reverse") '())
                     (if (get state 'limit)
                         (list "--limit" (number->string (get state 'limit)))
                         '())
                     (if filters
                         (list "-o" "json" "|" "jq"
                               (shell-quote (string-join (reverse filters) " | ")))
                         '()))
                    '())))
    (and (pair? words)
         (string-append "azml-guile history list " (string-join words " ")))))

(define* (refuse-query text #:optional command)
  "Raise the usage error that JMESPath is not spoken, with what does the same as TEXT to the list of
runs; with COMMAND, another command's words, with what a program can take."
  (usage-error "'--query' is not there: records are not searched by JMESPath"
               (let ((same (and (not command) (query->command text))))
                 (cond (command
                        (string-append "give JSON to a program that does: azml-guile "
                                       command " | jq ..."))
                       (same (string-append "the same: " same))
                       (else
                        (string-append "filter with --where, such as"
                                       " --where 'state = completed and metrics.Accuracy > 0.9',"
                                       " or give -o json to a program"))))))
