;;; types.scm: what the fields of a recipe may hold.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; A type is a description, for messages ("a string"), and a check, which returns the
;;; value to store (it may convert) or (bad PART), PART being what is wrong in the value.

(define-module (azml types)
  #:use-module (azml core)
  #:use-module (azml secret)
  #:export (make-type type? type-description type-check type-check-beside bad bad? bad-part
            boolean text name-text file-name integer positive-integer
            list-of optional one-of either checked variables variables-and-secrets duration memory-size
            show-value
            show-field-value))

(define %bad (list 'bad))

(define (bad part)
  "Return the mark by which a check says that PART of its value is wrong."
  (cons %bad part))

(define (bad? result)
  "Return true if RESULT of a check is a mark made by `bad'."
  (and (pair? result) (eq? (car result) %bad)))

(define (bad-part result)
  "Return the part that RESULT, made by `bad', complains about."
  (cdr result))

(define (make-type description check)
  "Return the type with DESCRIPTION, as in \"expected DESCRIPTION\", and the procedure
CHECK, which returns the value to store or (bad PART)."
  (vector %bad description check))

(define (type? object)
  "Return true if OBJECT is a type."
  (and (vector? object) (= (vector-length object) 3) (eq? (vector-ref object 0) %bad)))

(define (type-description type)
  "Return what TYPE expects, in words."
  (vector-ref type 1))

(define (type-check type value)
  "Return what TYPE stores for VALUE, or (bad PART)."
  ((vector-ref type 2) value))

;; What relative file names begin from while a value is checked.
(define beside (make-parameter #f))

(define (type-check-beside location type value)
  "Return what `type-check' of TYPE and VALUE does, where VALUE is written at LOCATION, (FILE LINE
COLUMN): relative names of files in it begin from the folder of FILE; from the working folder if
LOCATION is #f."
  (parameterize ((beside (and location (string? (car location)) (dirname (car location)))))
    (type-check type value)))

(define (checked description good?)
  "Return the type with DESCRIPTION of the values for which GOOD? is true."
  (make-type description (lambda (value) (if (good? value) value (bad value)))))

(define boolean
  (checked "#t or #f" boolean?))

(define (no-nul? string)
  (not (string-index string #\nul)))

(define (text? value)
  (and (string? value) (no-nul? value)))

(define text
  (checked "a string" text?))

;; What can be typed as a word of a command line and shown in a table.
(define name-text
  (checked "a name: letters, digits, '.', '_', '-', not starting with '-' or '.'"
           (lambda (value)
             (and (string? value)
                  (not (string-null? value))
                  (string-every (lambda (c)
                                  (or (char-alphabetic? c) (char-numeric? c)
                                      (memv c '(#\. #\_ #\-))))
                                value)
                  (not (memv (string-ref value 0) '(#\- #\.)))))))

;; A file of this machine, as an absolute name; "~/" in front is the home folder.
(define file-name
  (make-type "a file name"
             (lambda (value)
               (define (from folder name)
                 (if (or (not folder) (string=? folder ".") (string-prefix? "/" name))
                     name
                     (string-append folder "/" name)))
               (cond ((or (not (text? value)) (string-null? value)) (bad value))
                     ((and (string-prefix? "~/" value) (%getenv "HOME"))
                      => (lambda (home) (string-append home (substring value 1))))
                     (else (from (%working-folder) (from (beside) value)))))))

(define integer
  (checked "an exact integer" exact-integer?))

(define positive-integer
  (checked "an exact integer above 0"
           (lambda (value) (and (exact-integer? value) (positive? value)))))

(define (list-of type)
  "Return the type of lists whose elements are of TYPE."
  (make-type
   (string-append "a list, each element " (type-description type))
   (lambda (value)
     (if (list? value)
         (let loop ((rest value) (result '()))
           (if (null? rest)
               (reverse! result)
               (let ((element (type-check type (car rest))))
                 (if (bad? element)
                     element
                     (loop (cdr rest) (cons element result))))))
         (bad value)))))

(define (optional type)
  "Return the type of #f and what is of TYPE."
  (make-type (type-description type)
             (lambda (value) (and value (type-check type value)))))

(define (either . types)
  "Return the type of what is of one of TYPES; the first that fits converts it."
  (make-type
   (string-join (map type-description types) ", or ")
   (lambda (value)
     (let loop ((rest types))
       (if (null? rest)
           (bad value)
           (let ((result (type-check (car rest) value)))
             (if (bad? result) (loop (cdr rest)) result)))))))

(define (one-of . symbols)
  "Return the type of SYMBOLS; a string of the same name becomes the symbol."
  (make-type
   (string-append "one of " (string-join (map symbol->string symbols) ", "))
   (lambda (value)
     (let ((symbol (if (string? value) (string->symbol value) value)))
       (if (memq symbol symbols) symbol (bad value))))))

(define (variable-name? name)
  (and (not (string-null? name))
       (string-every (lambda (c)
                       (or (char<=? #\a c #\z) (char<=? #\A c #\Z)
                           (char<=? #\0 c #\9) (char=? c #\_)))
                     name)
       (not (char-numeric? (string-ref name 0)))))

(define (variables-type description value-ok?)
  ;; Keys become strings, and numbers text.
  (define (convert pair)
    (and (pair? pair)
         (let ((key (if (symbol? (car pair)) (symbol->string (car pair)) (car pair)))
               (value (if (number? (cdr pair)) (number->string (cdr pair)) (cdr pair))))
           (and (string? key) (variable-name? key) (value-ok? value)
                (cons key value)))))
  (make-type
   description
   (lambda (value)
     (if (list? value)
         (let loop ((rest value) (result '()))
           (cond ((null? rest) (reverse! result))
                 ((convert (car rest))
                  => (lambda (pair) (loop (cdr rest) (cons pair result))))
                 (else (bad (car rest)))))
         (bad value)))))

(define (plain-value? value)
  (and (string? value) (no-nul? value)))

(define variables
  (variables-type
   "an alist of environment variables such as '((\"OMP_NUM_THREADS\" . \"4\"))"
   plain-value?))

(define variables-and-secrets
  (variables-type
   "an alist of environment variables, each a string or a secret"
   (lambda (value) (or (plain-value? value) (secret? value)))))

(define (parse-with-unit value units)
  "Return the number that the string VALUE, digits and one of UNITS, stands for, or #f."
  (let* ((end (or (string-index value (lambda (c)
                                        (not (or (char-numeric? c) (char=? c #\.)))))
                  (string-length value)))
         (number (string->number (string-append "#e" (substring value 0 end))))
         (unit (string-trim-both (substring value end))))
    (and number (positive? number)
         (let ((factor (assoc-ref units unit)))
           (and factor (* number factor))))))

;; Seconds.
(define duration
  (make-type
   "seconds, or a duration such as \"90s\", \"30min\", \"2h\", \"1d\""
   (lambda (value)
     (cond ((and (real? value) (positive? value) (< value 1e9)) value)
           ((and (string? value)
                 (parse-with-unit value '(("s" . 1) ("" . 1) ("min" . 60) ("m" . 60)
                                          ("h" . 3600) ("d" . 86400)))))
           (else (bad value))))))

;; Bytes.
(define memory-size
  (make-type
   "bytes, or a size such as \"16GiB\" or \"500MB\""
   (lambda (value)
     (cond ((and (exact-integer? value) (positive? value)) value)
           ((and (string? value)
                 (parse-with-unit
                  value `(("" . 1) ("B" . 1)
                          ("kB" . 1000) ("MB" . 1000000) ("GB" . 1000000000)
                          ("TB" . 1000000000000)
                          ("KiB" . ,(ash 1 10)) ("MiB" . ,(ash 1 20))
                          ("GiB" . ,(ash 1 30)) ("TiB" . ,(ash 1 40))
                          ("K" . ,(ash 1 10)) ("M" . ,(ash 1 20)) ("G" . ,(ash 1 30)))))
            => (lambda (bytes) (inexact->exact (ceiling bytes))))
           (else (bad value))))))

(define (show-field-value name value)
  "Return VALUE of the field NAME, a symbol, as `show-value' does, unless it may be secret."
  (if (or (eq? name 'variables) (%secret-name? (symbol->string name)))
      "one that is not shown, for it may be secret"
      (show-value value)))

(define (show-value value)
  "Return VALUE as it is written, without passwords in addresses, cut after 60 characters."
  (let ((text (%secret-hide (object->string value))))
    (if (> (string-length text) 60)
        (string-append (substring text 0 57) "...")
        text)))
