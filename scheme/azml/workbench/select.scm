;;; select.scm: what -c NAME means where aml_config/ has files.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml workbench select)
  #:use-module (azml core)
  #:use-module (azml environment)
  #:use-module (azml errors)
  #:use-module (azml experiment)
  #:use-module (azml json)
  #:use-module (azml place)
  #:use-module (azml program)
  #:use-module (azml target)
  #:use-module (azml workbench file)
  #:use-module (azml workbench forms)
  #:use-module (azml workbench lint)
  #:use-module (azml workbench spark)
  #:autoload (azml workbench successor) (v1->forms)
  #:use-module (azml workbench packages)
  #:export (workbench-target workbench-configuration conda-environment evaluate-form))

(define %module #f)

(define (evaluate-form form file)
  "Return the value of FORM, which was made of FILE; errors begin with the file's name."
  (unless %module
    (set! %module (make-fresh-user-module))
    (module-use! %module (resolve-interface '(azml environment)))
    (module-use! %module (resolve-interface '(azml experiment)))
    (module-use! %module (resolve-interface '(azml input)))
    (module-use! %module (resolve-interface '(azml target))))
  (with-exception-handler
      (lambda (condition)
        (raise-azml-error (azml-error-code condition)
                          (string-append file ": " (azml-error-message condition))
                          #:hint (azml-error-hint condition)
                          #:irritants (list (list file 1 1))))
    (lambda () (eval form %module))
    #:unwind? #t
    #:unwind-for-type &azml-error))

(define* (workbench-target name #:optional (project "."))
  "Return the compute target that the file NAME.compute of PROJECT declares, or #f if there
is none.  Its warnings are said."
  (let ((file (workbench-file name "compute" project)))
    (and file
         (evaluate-form (compute->form (say-workbench-warnings
                                        (read-workbench-file file))
                                       name project)
                        file))))

(define (conda-environment file)
  "Return the environment that the conda file FILE asks for; #f if it asks for nothing.  Its
warnings are said."
  (let ((form (conda-file->form (say-workbench-warnings
                                 (read-workbench-file file #:kind "conda")))))
    (and form (evaluate-form form file))))

;; What a command line gives in place of the values of the file.
(define (changed result overrides)
  (let ((values (filter (lambda (pair) (not (assq (car pair) overrides)))
                        (workbench-values result))))
    (acons 'values (append overrides values)
           (filter (lambda (pair) (not (eq? (car pair) 'values))) result))))

(define (check-words result project words)
  ;; Whatever Python or Spark is to execute a script of the project: it is there.  One by an
  ;; absolute name may be on the target alone.
  (let ((name (if words
                  (and (pair? words) (car words))
                  (let ((vector (json-ref result 'values 'ArgumentVector)))
                    (and (vector? vector) (positive? (vector-length vector))
                         (vector-ref vector 0))))))
    (when (and (string? name) (string-suffix? ".py" name)
               (not (string-prefix? "/" name)) (not (string-prefix? "$" name)))
      (check-script (%file-real project) name
                    (and (not words)
                         (location->string (workbench-location result 'ArgumentVector)))))))

(define (of-workbench result project words target)
  ;; The experiment's expression, and the target's or #f.
  (check-words result project words)
  (let* ((parts (runconfig->parts result #:project project #:words words
                                  #:target target))
         (environment (json-ref parts 'environment)))
    (say-lint (lint-configuration result #:project project #:words words))
    (values `(experiment
              (name "configured")
              ,@(json-ref parts 'fields)
              ,@(if environment `((environment ,environment)) '()))
            (json-ref parts 'target))))

(define (of-successor result project words target)
  ;; The same for a run configuration of SDK v1: what its definitions hold is put in.
  (let loop ((forms (v1->forms result project words target)) (held '()))
    (if (pair? (cdr forms))
        (loop (cdr forms) (acons (cadr (car forms)) (caddr (car forms)) held))
        (values (filter-map* (lambda (field)
                               (cond ((equal? field '(target target)) #f)
                                     ((equal? field '(environment packages))
                                      `(environment ,(assq-ref held 'packages)))
                                     (else field)))
                             (car forms))
                (assq-ref held 'target)))))

(define (filter-map* procedure list)
  (filter (lambda (value) value) (map procedure list)))

(define* (workbench-configuration name words #:key (project ".") target (overrides '()))
  "Return two values for the run configuration NAME of PROJECT, that is the file
NAME.runconfig: an experiment that executes WORDS, or what the file names if it is #f, and the
compute target, TARGET's file if that name is given.  OVERRIDES is an alist of keys of the file
and values in place of its own.  Two #f if there is no such file."
  (let ((file (workbench-file name "runconfig" project)))
    (if (not file)
        (values #f #f)
        (let ((result (say-workbench-warnings (read-workbench-file file))))
          (call-with-values
              (lambda ()
                (if (equal? (json-ref result 'kind) "v1")
                    (of-successor result project words target)
                    (of-workbench (changed result overrides) project words target)))
            (lambda (form target)
              (values (with-spark-check (evaluate-form form file))
                      (if target (evaluate-form target file) (local-target)))))))))
