;;; target.scm: a named place where runs execute.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Every target has a name, a type, a root folder, set-up lines and variables; which other
;;; fields it has (address, username, base-docker-image ...) its type says, and the plugin of
;;; that type, and no other, is loaded to check them.

(define-module (azml target)
  #:use-module (azml records)
  #:use-module (azml types)
  #:use-module (azml gpu)
  #:use-module (azml plugin)
  #:autoload (azml suggest) (did-you-mean)
  #:export (compute-target compute-target?
            compute-target-name compute-target-type compute-target-root
            compute-target-setup compute-target-variables compute-target-gpus-per-run
            compute-target-fields
            compute-target-field compute-target-location compute-target-target-type
            fields->compute-target local-target target->json))

(define type-name
  (make-type "a target type such as 'local"
             (lambda (value)
               (cond ((symbol? value) value)
                     ((and (string? value) (not (string-null? value)))
                      (string->symbol value))
                     (else (bad value))))))

(define (target-problem target)
  (let ((type (compute-target-target-type target)))
    (if (eq? (target-type-start type) 'direct)
        ((target-type-check type) target)
        "its type starts the runner by a command of its own, which this version cannot")))

(define-record-type* <compute-target> compute-target compute-target?
  "A named place where runs execute."
  (printer (lambda (record port)
             (display "#<compute-target " port)
             (display (compute-target-name record) port)
             (display " (" port)
             (display (compute-target-type record) port)
             (display ")" port)
             (for-each (lambda (pair)
                         (display " " port)
                         (display (car pair) port)
                         (display "=" port)
                         (write (cdr pair) port))
                       (compute-target-fields record))
             (display ">" port)))
  (check target-problem)
  (open collect-fields)
  (name compute-target-name (type name-text))
  (type compute-target-type (type type-name) (default 'local))
  (root compute-target-root (type (optional text)) (default #f))
  (setup compute-target-setup (type (list-of text)) (default '()))
  (variables compute-target-variables (type variables-and-secrets) (default '()))
  (gpus-per-run compute-target-gpus-per-run (type gpus-type) (default #f)))

(define common-fields
  '("name" "type" "root" "setup" "variables" "gpus-per-run" "inherit"))

(define (collect-fields given stored location inherited)
  "Return the alist of the fields that the type of a target has: GIVEN ((NAME LOCATION
VALUE) ...) and those INHERITED; STORED are the common fields, LOCATION is the target's."
  (let* ((type (lookup-target-type (list-ref stored 1) location))
         (fields (target-type-fields type))
         (names (map target-field-name fields)))
    (define (find name)
      (let loop ((rest fields))
        (cond ((null? rest) #f)
              ((eq? (target-field-name (car rest)) name) (car rest))
              (else (loop (cdr rest))))))
    (define (check field)
      (let* ((name (car field))
             (known (find name)))
        (unless known
          (raise-located-error
           (cadr field)
           (string-append "unknown field '" (symbol->string name) "' of a compute-target"
                          " of type " (symbol->string (list-ref stored 1)))
           #:hint (did-you-mean (symbol->string name)
                                (append (map symbol->string names) common-fields)
                                (string-append
                                 "the fields are "
                                 (string-join (append common-fields
                                                      (map symbol->string names))
                                              ", ")))))
        (let ((value (type-check-beside (cadr field) (target-field-type known)
                                        (caddr field))))
          (when (bad? value)
            (raise-located-error
             (cadr field)
             (string-append "field '" (symbol->string name)
                            "' of compute-target: expected "
                            (type-description (target-field-type known)) ", got "
                            (show-field-value name (bad-part value)))))
          (cons name value))))
    (let ((own (map check given)))
      (define (value-of field)
        (let ((name (target-field-name field)))
          (or (assq name own)
              (assq name inherited)
              (if (target-field-required? field)
                  (raise-located-error
                   location
                   (string-append "compute-target of type "
                                  (symbol->string (list-ref stored 1))
                                  " lacks the field '" (symbol->string name) "'"))
                  (cons name (target-field-default field))))))
      (map value-of fields))))

(define (compute-target-fields target)
  "Return the alist of the fields of TARGET that belong to its type."
  (struct-ref target 7))

(define (compute-target-field target name)
  "Return the value of the field NAME, a symbol, of TARGET that belongs to its type; #f if
there is none."
  (assq-ref (compute-target-fields target) name))

(define (compute-target-location target)
  "Return where TARGET is written, (FILE LINE COLUMN), or #f."
  (record-location target))

(define (compute-target-target-type target)
  "Return the target type, a record made by a plugin, of TARGET."
  (lookup-target-type (compute-target-type target) (record-location target)))

(define (fields->compute-target fields)
  "Return the compute target with the alist FIELDS, (NAME . VALUE), the name among them, as
`compute-target' makes it of fields that are written."
  (build-record %compute-target-descriptor (vector-ref %compute-target-descriptor 2) #f #f
                (map (lambda (pair) (list (car pair) #f)) fields)
                (map cdr fields)))

(define (local-target)
  "Return the target that needs no declaration: this machine."
  (compute-target (name "local")))

(define (target->json target)
  "Return what a run records of TARGET, a JSON object: its name and type, and the fields of
its type that are texts or numbers, without those that lead to a password."
  (append
   (list (cons 'name (compute-target-name target))
         (cons 'type (symbol->string (compute-target-type target))))
   (if (compute-target-root target)
       (list (cons 'root (compute-target-root target)))
       '())
   (let loop ((rest (compute-target-fields target)))
     (cond ((null? rest) '())
           ((and (or (string? (cdar rest)) (real? (cdar rest)))
                 (not (string-prefix? "password" (symbol->string (caar rest)))))
            (cons (car rest) (loop (cdr rest))))
           (else (loop (cdr rest)))))))
