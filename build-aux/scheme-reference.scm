;;; scheme-reference.scm: write the reference of the Scheme interface, in Texinfo, from
;;; the docstrings.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;;   guile build-aux/scheme-reference.scm >doc/manual/procedures.texi
;;; An export without a docstring is named on standard error; with --strict the status
;;; is 1 then.

(use-modules (ice-9 session)
             (ice-9 regex)
             (srfi srfi-1)
             ((azml types) #:select (type? type-description)))
(load "texinfo.scm")

(setvbuf (current-output-port) 'block)

(define chapters
  '(((azml environment) "Environments in Scheme")
    ((azml experiment) "Experiments in Scheme")
    ((azml target) "Targets in Scheme")
    ((azml input) "Inputs in Scheme")
    ((azml gpu) "GPU requests in Scheme")
    ((azml secret) "Secrets in Scheme")
    ((azml recipe) "Reading recipes")
    ((azml run) "Runs in Scheme")
    ((azml gpus) "GPUs of a machine in Scheme")
    ((azml paths) "Files of azml-guile")
    ((azml plugin) "The plugin registry")
    ((azml types) "Types of fields")
    ((azml errors) "Conditions")))

(define undocumented '())

(define (argument-names procedure)
  "Return the names of all arguments of PROCEDURE, strings."
  (let ((arguments (or (procedure-arguments procedure) '())))
    (append
     (map symbol->string
          (append (or (assq-ref arguments 'required) '())
                  (map (lambda (argument) (if (pair? argument) (car argument) argument))
                       (or (assq-ref arguments 'optional) '()))))
     (map (lambda (keyword) (symbol->string (keyword->symbol (car keyword))))
          (or (assq-ref arguments 'keyword) '()))
     (let ((rest (assq-ref arguments 'rest)))
       (if (symbol? rest) (list (symbol->string rest)) '())))))

(define* (docstring->texinfo text #:optional (arguments '()))
  "Return the docstring TEXT as Texinfo: ARGUMENTS, which it has in capitals, are
variables."
  (with-arguments text "[A-Z][A-Z0-9]*([-/>][A-Z0-9]+)*[?!]?" arguments))

(define (signature procedure)
  (let* ((arguments (or (procedure-arguments procedure) '()))
         (of (lambda (key) (or (assq-ref arguments key) '())))
         (name (lambda (argument)
                 (symbol->string (if (pair? argument) (car argument) argument)))))
    (string-join
     (append (map name (of 'required))
             (map (lambda (argument) (string-append "[" (name argument) "]"))
                  (of 'optional))
             (map (lambda (keyword)
                    (string-append "[#:" (symbol->string (keyword->symbol (car keyword)))
                                   "]"))
                  (of 'keyword))
             (let ((rest (of 'rest)))
               (if (symbol? rest)
                   (list (string-append (symbol->string rest) "@dots{}"))
                   '())))
     " ")))

;; SRFI-9 gives its procedures no docstrings.
(define plain-records
  '(("run-object?" . "Return true if OBJECT is a run.")
    ("run-id" . "Return the id of RUN, a string.")
    ("run-directory" . "Return the run directory of RUN, a string.")))

(define (documentation-of variable)
  (let ((value (and (variable-bound? variable) (variable-ref variable))))
    (cond ((macro? value) (procedure-documentation (macro-transformer value)))
          ((procedure? value) (procedure-documentation value))
          (else #f))))

(define (accessor? variable)
  "Return true if VARIABLE holds a procedure that returns a field of a record."
  (let ((documentation (documentation-of variable)))
    (and documentation (string-prefix? "Return the field '" documentation))))

(define (describe-accessors names)
  "Describe the accessors NAMES, texts, together."
  (unless (null? names)
    (format #t "@deffn {Scheme Procedure} ~a record~%" (texinfo (car names)))
    (for-each (lambda (name)
                (format #t "@deffnx {Scheme Procedure} ~a record~%" (texinfo name)))
              (cdr names))
    (format #t "Return the field that the name ends with.~%@end deffn~%~%")))

(define (describe name variable)
  "Describe the export NAME, a text, whose value VARIABLE holds."
  (let* ((value (and (variable-bound? variable) (variable-ref variable)))
         (documentation (documentation-of variable)))
    (cond
     ((assoc-ref plain-records name)
      => (lambda (text)
           (let ((argument (if (string-suffix? "?" name) "object" "run")))
             (format #t "@deffn {Scheme Procedure} ~a ~a~%~a~%@end deffn~%~%"
                     (texinfo name) argument
                     (docstring->texinfo text (list argument))))))
     ((and (procedure? value) (not documentation) (string-suffix? "?" name))
      (format #t "@deffn {Scheme Procedure} ~a object~%Return true if @var{object} is ~
such a condition.~%@end deffn~%~%" (texinfo name)))
     ((and (or (macro? value) (procedure? value)) (not documentation))
      (set! undocumented (cons name undocumented)))
     ((macro? value)
      (format #t "@deffn {Scheme Syntax} ~a field@dots{}~%~a~%@end deffn~%~%"
              (texinfo name) (docstring->texinfo documentation)))
     ((procedure? value)
      (format #t "@deffn {Scheme Procedure} ~a ~a~%~a~%@end deffn~%~%"
              (texinfo name) (signature value)
              (docstring->texinfo documentation (argument-names value))))
     (else
      (format #t "@defvr {Scheme Variable} ~a~%~a~%@end defvr~%~%" (texinfo name)
              (if (string-prefix? "&" name)
                  "The condition type of errors of this code (@pxref{Errors})."
                  (type-text value)))))))

(define (type-text value)
  (if (type? value)
      (string-append "The type of: " (docstring->texinfo (type-description value)) ".")
      "A constant."))

(define (exports interface)
  (sort (module-map (lambda (name variable) (cons (symbol->string name) variable))
                    interface)
        (lambda (a b) (string<? (car a) (car b)))))

(define (document-module name title)
  (call-with-values
      (lambda ()
        (partition (lambda (pair) (accessor? (cdr pair)))
                   (exports (resolve-interface name))))
    (lambda (accessors others)
      (format #t "@node ~a~%@section ~a~%Module @code{~a}.~%~%" title title name)
      (for-each (lambda (pair) (describe (car pair) (cdr pair))) others)
      (describe-accessors (map car accessors)))))

(display "@c Written by build-aux/scheme-reference.scm from the docstrings.\n")
(for-each (lambda (chapter) (apply document-module chapter)) chapters)
(force-output)
(unless (null? undocumented)
  (format (current-error-port) "exports without a docstring: ~a~%" undocumented)
  (exit (if (member "--strict" (command-line)) 1 0)))
