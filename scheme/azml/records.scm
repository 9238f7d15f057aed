;;; records.scm: the records of which recipes are made.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; (define-record-type* <point> point point?
;;;   "A place."
;;;   (printer write-point)              ; optional: (lambda (record port) ...)
;;;   (check point-problem)              ; optional: record -> #f or a message
;;;   (open point-extra)                 ; optional: fields beyond those below, see there
;;;   (x point-x (type integer))         ; required: there is no default
;;;   (y point-y (type integer) (default 0)))
;;;
;;; defines the syntax (point (x 1) (y 2)), or (point (inherit p) (y 3)), a predicate and
;;; accessors.  Fields that are unknown, missing or given twice are errors when the form
;;; is expanded; a value of the wrong type is one when it is evaluated; both say where the
;;; field is written.

(define-module (azml records)
  #:use-module (azml place)
  #:use-module (azml types)
  #:autoload (azml mistyped) (value-hint values-hint)
  #:autoload (azml suggest) (did-you-mean)
  #:re-export (location->string source->location raise-located-error)
  #:export (define-record-type* record-location record-field-location
            expand-record make-descriptor build-record check-record))

(define (syntax-location form)
  (source->location (syntax-source form)))

;; A descriptor: name, record type, cookie, fields (each #(NAME TYPE DEFAULT), DEFAULT a
;; thunk or #f), check, and whether fields beyond these are kept.
(define (make-descriptor name rtd cookie fields check open)
  "Return the descriptor of the record type RTD, called NAME, with COOKIE, FIELDS, CHECK
and OPEN; for the expansion of `define-record-type*'."
  (vector name rtd cookie fields check open))

(define (field-name field)
  (vector-ref field 0))

(define (field-names fields)
  (map (lambda (field) (symbol->string (field-name field))) fields))

(define (expand-record form build descriptor cookie fields required open?)
  "Return the expression for FORM, a use of a record's syntax: a call of BUILD with
DESCRIPTOR and COOKIE.  FIELDS are the names, REQUIRED those without a default; OPEN? says
that other fields are kept.  Raise an error for a field that is unknown, missing, or given
twice."
  (define who
    (symbol->string (syntax->datum (car (syntax->list* form)))))
  (define known
    (map symbol->string (cons 'inherit fields)))
  (define (parse-field field)
    (syntax-case field ()
      ((name value)
       (identifier? #'name)
       (list (syntax->datum #'name) (syntax-location field) #'value))
      ((name . values)
       (identifier? #'name)
       (raise-located-error
        (syntax-location field)
        (string-append "field '" (symbol->string (syntax->datum #'name)) "' of " who
                       " takes one value")
        #:hint (values-hint (syntax->datum #'name) (syntax->datum #'values))))
      (_
       (raise-located-error
        (or (syntax-location field) (syntax-location form))
        (string-append "this is not a field of " who ": "
                       (show-value (syntax->datum field)))
        #:hint "a field is written (NAME VALUE)"))))
  (define (check-known field)
    (unless (or open? (eq? (car field) 'inherit) (memq (car field) fields))
      (let ((name (symbol->string (car field))))
        (raise-located-error
         (cadr field)
         (string-append "unknown field '" name "' of " who)
         #:hint (did-you-mean name known
                              (string-append "the fields are "
                                             (string-join (cdr known) ", ")))))))
  (define (check-twice parsed)
    (let loop ((rest parsed) (seen '()))
      (unless (null? rest)
        (let ((before (assq (caar rest) seen)))
          (when before
            (raise-located-error
             (cadar rest)
             (string-append "field '" (symbol->string (caar rest)) "' of " who
                            " is given twice")
             #:hint (string-append "the first is at "
                                   (location->string (cadr before))))))
        (loop (cdr rest) (cons (car rest) seen)))))
  (define (check-missing parsed)
    (let ((missing (filter-list (lambda (name) (not (assq name parsed))) required)))
      (unless (or (null? missing) (assq 'inherit parsed))
        (raise-located-error
         (syntax-location form)
         (string-append who " lacks the field"
                        (if (null? (cdr missing)) " '" "s '")
                        (string-join (map symbol->string missing) "', '") "'")))))
  (let ((parsed (map parse-field (cdr (syntax->list* form)))))
    (for-each check-known parsed)
    (check-twice parsed)
    (check-missing parsed)
    (let* ((inherited (assq 'inherit parsed))
           (given (filter-list (lambda (field) (not (eq? (car field) 'inherit)))
                               parsed)))
      #`(#,build #,descriptor #,cookie
                 '#,(datum->syntax form (syntax-location form))
                 #,(if inherited (caddr inherited) #'#f)
                 '#,(datum->syntax form
                                   (map (lambda (field) (list (car field) (cadr field)))
                                        given))
                 (list #,@(map caddr given))))))

(define (syntax->list* form)
  (syntax-case form ()
    ((first rest ...) (cons #'first #'(rest ...)))
    (_ (raise-located-error (syntax-location form) "bad syntax"))))

(define (filter-list keep? list)
  (cond ((null? list) '())
        ((keep? (car list)) (cons (car list) (filter-list keep? (cdr list))))
        (else (filter-list keep? (cdr list)))))

(define (check-value name who type location value)
  "Return what TYPE stores for VALUE of the field NAME; raise an error at LOCATION if it is
of another type."
  (let ((result (if type (type-check type value) value)))
    (when (bad? result)
      (raise-located-error
       location
       (string-append "field '" (symbol->string name) "' of " who ": expected "
                      (type-description type) ", got "
                      (show-field-value name (bad-part result)))
       #:hint (value-hint name (type-description type) (bad-part result))))
    result))

(define (record-location record)
  "Return where RECORD is written, (FILE LINE COLUMN), or #f."
  (struct-ref record 0))

;; Of each record, where its fields were given: ((NAME LOCATION) ...).
(define %field-places (make-weak-key-hash-table))

(define (record-field-location record name)
  "Return where the field NAME of RECORD is written, or RECORD itself where it is not."
  (or (and=> (assq name (hashq-ref %field-places record '())) cadr)
      (record-location record)))

(define (check-record descriptor record)
  "Raise an error at RECORD's place if the check of DESCRIPTOR finds a problem."
  (let* ((check (vector-ref descriptor 4))
         (problem (and check (check record))))
    (when problem
      (raise-located-error (record-location record)
                           (string-append (symbol->string (vector-ref descriptor 0))
                                          ": " problem)))
    record))

(define (build-record descriptor cookie location inherited given values)
  "Return the record of DESCRIPTOR that LOCATION says: the fields GIVEN, ((NAME LOCATION)
...), with VALUES, the others as in the record INHERITED, or, if it is #f, their defaults.
COOKIE tells whether the form was expanded with the same definition."
  (let* ((who (symbol->string (vector-ref descriptor 0)))
         (rtd (vector-ref descriptor 1))
         (fields (vector-ref descriptor 3))
         (open (vector-ref descriptor 5)))
    (unless (eqv? cookie (vector-ref descriptor 2))
      (raise-located-error
       location (string-append who ": compiled with another version of azml-guile")
       #:hint "compile the file again"))
    (when (and inherited
               (not (and (struct? inherited) (eq? (struct-vtable inherited) rtd))))
      (raise-located-error
       location (string-append who ": expected a record of the same type to inherit from,"
                               " got " (show-value inherited))))
    (define pairs
      (map (lambda (name+location value)
             (list (car name+location) (cadr name+location) value))
           given values))
    (define (value-of field index)
      (let ((pair (assq (field-name field) pairs)))
        (cond (pair (check-value (field-name field) who (vector-ref field 1)
                                 (cadr pair) (caddr pair)))
              (inherited (struct-ref inherited index))
              (else ((vector-ref field 2))))))
    (define stored
      (let loop ((rest fields) (index 1) (result '()))
        (if (null? rest)
            (reverse! result)
            (loop (cdr rest) (+ index 1)
                  (cons (value-of (car rest) index) result)))))
    (define extra
      (if open
          (list (open (filter-list
                       (lambda (pair)
                         (not (memq (car pair) (map field-name fields))))
                       pairs)
                      stored location
                      (if inherited
                          (struct-ref inherited (+ (length fields) 1))
                          '())))
          '()))
    (define record (apply make-struct/no-tail rtd location (append stored extra)))
    (hashq-set! %field-places record
                (append given (if inherited (hashq-ref %field-places inherited '()) '())))
    (check-record descriptor record)))

(define-syntax define-record-type*
  (lambda (form)
    (define (option name options)
      (syntax-case options ()
        (() #f)
        (((key value) . rest)
         (eq? (syntax->datum #'key) name)
         #'value)
        ((_ . rest) (option name #'rest))))
    (define (clauses body)
      ;; Split BODY into options (printer, check, open) and fields.
      (let loop ((rest body) (options '()))
        (syntax-case rest ()
          (((key value) . more)
           (memq (syntax->datum #'key) '(printer check open))
           (loop #'more (cons #'(key value) options)))
          (_ (values options rest)))))
    (syntax-case form ()
      ((_ rtd constructor predicate doc . body)
       (call-with-values (lambda () (clauses #'body))
         (lambda (options fields)
           (with-syntax ((((field accessor . field-options) ...) fields))
             (let* ((names (syntax->datum #'(field ...)))
                    (open (option 'open options))
                    (all (append names (if open '(extra) '())))
                    (defaults (map (lambda (o) (option 'default o))
                                   #'(field-options ...)))
                    (types (map (lambda (o) (or (option 'type o) #'#f))
                                #'(field-options ...)))
                    (required (let loop ((n names) (d defaults))
                                (cond ((null? n) '())
                                      ((car d) (loop (cdr n) (cdr d)))
                                      (else (cons (car n) (loop (cdr n) (cdr d)))))))
                    (who (syntax->datum #'constructor))
                    (cookie (hash (object->string (list who all required))
                                  most-positive-fixnum)))
               (with-syntax
                   (((default ...)
                     (map (lambda (d) (if d #`(lambda () #,d) #'#f)) defaults))
                    ((type ...) types)
                    ((index ...) (map (lambda (i) (datum->syntax form (+ i 1)))
                                      (iota (length names))))
                    ((doc-text ...)
                     (map (lambda (n)
                            (datum->syntax
                             form (string-append "Return the field '"
                                                 (symbol->string n) "' of RECORD, made by `"
                                                 (symbol->string who) "'.")))
                          names))
                    (predicate-doc
                     (datum->syntax form (string-append "Return true if OBJECT was made by `"
                                                        (symbol->string who) "'.")))
                    (all-fields (datum->syntax form (cons '%location all)))
                    (field-list (datum->syntax form names))
                    (required-list (datum->syntax form required))
                    (cookie cookie)
                    ;; In a lambda, so that what they name may be defined later.
                    (open (and open #`(lambda arguments (apply #,open arguments))))
                    (open? (datum->syntax form (and open #t)))
                    (check (let ((check (option 'check options)))
                             (and check #`(lambda (record) (#,check record)))))
                    (printer (or (option 'printer options) #'#f))
                    (descriptor (datum->syntax
                                 #'rtd (string->symbol
                                        (string-append "%" (symbol->string who)
                                                       "-descriptor")))))
                 #'(begin
                     (define rtd
                       (if printer
                           (make-record-type 'constructor 'all-fields printer)
                           (make-record-type 'constructor 'all-fields)))
                     (define (predicate object)
                       predicate-doc
                       (and (struct? object) (eq? (struct-vtable object) rtd)))
                     (define (accessor record)
                       doc-text
                       (unless (predicate record)
                         (scm-error 'wrong-type-arg 'accessor
                                    "Wrong type argument in position 1 (expecting ~A): ~S"
                                    (list 'constructor record) (list record)))
                       (struct-ref record index))
                     ...
                     (define descriptor
                       (make-descriptor 'constructor rtd cookie
                                        (list (vector 'field type default) ...)
                                        check open))
                     (define-syntax constructor
                       (lambda (use)
                         doc
                         (expand-record use #'build-record #'descriptor cookie
                                        'field-list 'required-list open?)))))))))))))
