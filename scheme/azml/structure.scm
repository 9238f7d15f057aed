;;; structure.scm: records for the inside of the program.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; `define-structure' is written like SRFI-9's define-record-type.  That one exports each
;;; accessor as a macro, which costs some 15 KB of object file and the time to load them,
;;; and its users must be compiled again when a field is added; these are procedures.

(define-module (azml structure)
  #:export (define-structure))

(define-syntax-rule (define-structure type (constructor field ...) predicate spec ...)
  (begin
    (define type
      (make-record-type 'type '(field ...)))
    (define constructor
      (let ((make (record-constructor type)))
        (lambda (field ...)
          "Return a new structure of these fields."
          (make field ...))))
    (define predicate
      (let ((is? (record-predicate type)))
        (lambda (object)
          "Return true if OBJECT is such a structure."
          (is? object))))
    (define-field type . spec)
    ...))

(define-syntax define-field
  (syntax-rules ()
    ((_ type field accessor)
     (define accessor
       (let ((get (record-accessor type 'field)))
         (lambda (structure)
           "Return the field of STRUCTURE that the name says."
           (get structure)))))
    ((_ type field accessor modifier)
     (begin
       (define-field type field accessor)
       (define modifier
         (let ((set (record-modifier type 'field)))
           (lambda (structure value)
             "Set the field of STRUCTURE that the name says to VALUE."
             (set structure value))))))))
