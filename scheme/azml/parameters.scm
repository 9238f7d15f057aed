;;; parameters.scm: parameters of an experiment, from a recipe to a command line.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; A name goes to the command verbatim (lr_decay is --lr_decay).  #t is the flag alone,
;;; #f nothing, a list its values after one flag; a fraction is its shortest decimal, a
;;; real the shortest text that reads back as the same number.

(define-module (azml parameters)
  #:use-module (azml types)
  #:autoload (azml errors) (raise-azml-error)
  #:autoload (azml suggest) (did-you-mean)
  #:export (parameters-type parameters->arguments parameters->json
            parameter-value->string override-parameters assignment?))

(define (name? name)
  (and (not (string-null? name))
       (not (char=? (string-ref name 0) #\-))
       (string-every (lambda (c)
                       (not (or (char-whitespace? c) (memv c '(#\= #\nul #\")))))
                     name)))

(define (scalar? value)
  (or (real? value) (symbol? value)
      (and (string? value) (not (string-index value #\nul)))))

(define (value? value)
  (or (boolean? value) (scalar? value)
      (and (list? value) (and-map scalar? value))))

(define (convert-pair pair)
  (and (pair? pair)
       (let ((name (if (string? (car pair)) (string->symbol (car pair)) (car pair))))
         (and (symbol? name) (name? (symbol->string name)) (value? (cdr pair))
              (cons name (cdr pair))))))

;; Names become symbols.
(define parameters-type
  (make-type
   "an alist of parameters such as '((lr . 0.1) (epochs . 5)), each a number, string, #t,
#f or a list of numbers and strings, with different names"
   (lambda (value)
     (if (list? value)
         (let loop ((rest value) (result '()))
           (if (null? rest)
               (reverse! result)
               (let ((pair (convert-pair (car rest))))
                 (if (and pair (not (assq (car pair) result)))
                     (loop (cdr rest) (cons pair result))
                     (bad (car rest))))))
         (bad value)))))

(define (finite-decimal number)
  "Return the exact NUMBER as a decimal without an exponent, or #f if it has no end."
  (let loop ((digits 0) (scaled number))
    (cond ((> digits 40) #f)
          ((integer? scaled)
           (let* ((text (number->string (abs scaled)))
                  (padded (string-append
                           (make-string (max 0 (- (+ digits 1) (string-length text))) #\0)
                           text))
                  (point (- (string-length padded) digits)))
             (string-append (if (negative? number) "-" "")
                            (substring padded 0 point)
                            (if (zero? digits) "" ".")
                            (substring padded point))))
          (else (loop (+ digits 1) (* scaled 10))))))

(define (number->text number)
  (cond ((exact? number)
         (or (finite-decimal number)
             (number->string (exact->inexact number))))
        ((nan? number) "nan")
        ((inf? number) (if (positive? number) "inf" "-inf"))
        (else (number->string number))))

(define (parameter-value->string value)
  "Return VALUE, a number, string or symbol, or a list of these, as text for a person or a
command line."
  (cond ((string? value) value)
        ((symbol? value) (symbol->string value))
        ((number? value) (number->text value))
        ((list? value) (string-join (map parameter-value->string value) ","))
        (else (if value "true" "false"))))

(define (parameters->arguments parameters)
  "Return PARAMETERS, an alist, as the list of arguments that a command gets."
  (append-map* (lambda (pair)
                 (let ((flag (string-append "--" (symbol->string (car pair))))
                       (value (cdr pair)))
                   (cond ((eq? value #f) '())
                         ((eq? value #t) (list flag))
                         ((null? value) '())
                         ((pair? value) (cons flag (map parameter-value->string value)))
                         (else (list flag (parameter-value->string value))))))
               parameters))

(define (append-map* procedure list)
  (apply append (map procedure list)))

(define (parameters->json parameters)
  "Return PARAMETERS, an alist, as a JSON object."
  (define (->json value)
    (cond ((symbol? value) (symbol->string value))
          ((or (null? value) (pair? value)) (list->vector (map ->json value)))
          (else value)))
  (map (lambda (pair) (cons (car pair) (->json (cdr pair)))) parameters))

(define (assignment? argument)
  "Return true if the string ARGUMENT has the form NAME=VALUE."
  (let ((sign (string-index argument #\=)))
    (and sign (name? (substring argument 0 sign)))))

(define (reserved? text)
  "Return true if TEXT is what a sweep over values will be written as."
  (let ((dots (string-contains text "..")))
    (or (string-prefix? "[" text)
        (string-prefix? "log:" text)
        (and dots
             (string->number (substring text 0 dots))
             (string->number (substring text (+ dots 2)))))))

(define (text->number text)
  (let ((number (string->number text 10)))
    (cond ((and number (real? number)) number)
          ((member (string-downcase text) '("inf" "+inf" "infinity")) +inf.0)
          ((member (string-downcase text) '("-inf" "-infinity")) -inf.0)
          ((string-ci=? text "nan") +nan.0)
          (else #f))))

(define (text->boolean text)
  "Return (VALUE) for a TEXT that means a truth value, else #f."
  (cond ((member (string-downcase text) '("true" "yes" "on" "1" "#t")) '(#t))
        ((member (string-downcase text) '("false" "no" "off" "0" "#f")) '(#f))
        (else #f)))

(define (sweep-hint name)
  (string-append "for several values: end the recipe with a list of experiments, and say run"
                 " -j2; or: for v in A B; do azml-guile run RECIPE " name "=$v; done"))

(define (parse-value name text declared)
  "Return the value that TEXT stands for, of the type of the value DECLARED for NAME."
  (define (fail expected)
    (raise-azml-error 'usage
                      (string-append "parameter '" name "': expected " expected ", got '"
                                     text "'")
                      #:hint (if (string-index text #\,)
                                 (sweep-hint name)
                                 (string-append "the recipe declares it as "
                                                (show-value declared)))))
  (cond ((boolean? declared)
         (car (or (text->boolean text) (fail "true or false"))))
        ((number? declared)
         (let ((number (or (text->number text) (fail "a number"))))
           (if (and (inexact? declared) (exact? number))
               (exact->inexact number)
               number)))
        ((symbol? declared) (string->symbol text))
        ((null? declared) (if (string-null? text) '() (string-split text #\,)))
        ((pair? declared)
         (if (string-null? text)
             '()
             (map (lambda (part) (parse-value name part (car declared)))
                  (string-split text #\,))))
        (else text)))

(define (override-parameters declared assignments)
  "Return two values: the alist DECLARED with ASSIGNMENTS, strings of the form NAME=VALUE,
made, each value of the type of the declared one, and a list of warnings: names that are
not declared are added as text."
  (let loop ((rest assignments) (parameters declared) (warnings '()))
    (if (null? rest)
        (values parameters (reverse warnings))
        (let* ((sign (string-index (car rest) #\=))
               (name (substring (car rest) 0 sign))
               (text (substring (car rest) (+ sign 1)))
               (key (string->symbol name))
               (old (assq key declared)))
          (when (reserved? text)
            (raise-azml-error
             'usage (string-append "parameter '" name "': '" text
                                   "' is a range of values, and runs take one")
             #:hint (sweep-hint name)))
          (loop (cdr rest)
                (put key (if old (parse-value name text (cdr old)) text) parameters)
                (if old
                    warnings
                    (cons (undeclared name declared) warnings)))))))

(define (put key value alist)
  (if (assq key alist)
      (map (lambda (pair) (if (eq? (car pair) key) (cons key value) pair)) alist)
      (append alist (list (cons key value)))))

(define (undeclared name declared)
  (let ((hint (did-you-mean name (map (lambda (pair) (symbol->string (car pair)))
                                      declared))))
    (string-append "parameter '" name "' is not declared; added as text"
                   (if hint (string-append " (" hint ")") ""))))
