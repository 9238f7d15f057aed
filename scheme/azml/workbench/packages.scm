;;; packages.scm: files of packages as environments, and as options of spark-submit.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml workbench packages)
  #:use-module (azml core)
  #:use-module (azml json)
  #:use-module (azml workbench file)
  #:export (conda-file->form spark-options spark-secrets list-form))

(define (list-form strings)
  "Return the expression that makes the list of STRINGS."
  `(list ,@strings))

(define (strings value)
  (if (vector? value) (vector->list value) '()))

(define (conda-file->form result)
  "Return the expression that declares the environment that RESULT, a conda file that was
read, asks for; #f if it asks for nothing."
  (let* ((values (workbench-values result))
         (python (json-ref values 'python))
         (conda (strings (json-ref values 'conda)))
         (pip (strings (json-ref values 'pip)))
         (variables (or (json-ref values 'variables) '())))
    (define (field name list)
      (if (null? list) '() `((,name ,(list-form list)))))
    (and (or python (pair? conda) (pair? pip))
         `(environment
           ,@(if python `((python ,python)) '())
           ,@(field 'conda conda)
           ,@(field 'channels (if (null? conda)
                                  '()
                                  (strings (json-ref values 'channels))))
           ,@(field 'pip pip)
           ,@(field 'pip-options (strings (json-ref values 'pip_options)))
           ,@(if (null? variables)
                 '()
                 `((variables ',(map (lambda (pair)
                                       (cons (symbol->string (car pair)) (cdr pair)))
                                     variables))))))))

(define (configuration values)
  ;; The settings of VALUES: (PROPERTY . VALUE), two strings.
  (map (lambda (pair) (cons (symbol->string (car pair)) (cdr pair)))
       (or (json-ref values 'configuration) '())))

(define (secret-setting? setting)
  (or (%secret-name? (car setting))
      (%secret-name? (cdr setting))
      (secret-address? (cdr setting))))

(define (secret-address? text)
  (not (string=? text (%secret-hide text))))

(define (spark-secrets values)
  "Return the settings of VALUES, those of a file of Spark packages, that everybody could read in
a command line and may not: (PROPERTY . VALUE), two strings."
  (let ((repositories (strings (json-ref values 'repositories))))
    (append (filter secret-setting? (configuration values))
            (if (or-map secret-address? repositories)
                `(("spark.jars.repositories" . ,(string-join repositories ",")))
                '()))))

(define (spark-options values)
  "Return the options of spark-submit that VALUES, those of a file of Spark packages, stand
for, but those of `spark-secrets': a list of strings."
  (let ((packages (map (lambda (package)
                         (string-join (map (lambda (key) (or (json-ref package key) ""))
                                           '(group artifact version))
                                      ":"))
                       (strings (json-ref values 'packages))))
        (repositories (strings (json-ref values 'repositories))))
    (append
     (if (null? packages) '() (list "--packages" (string-join packages ",")))
     (if (or (null? repositories) (or-map secret-address? repositories))
         '()
         (list "--repositories" (string-join repositories ",")))
     (append-map* (lambda (setting)
                    (if (secret-setting? setting)
                        '()
                        (list "--conf" (string-append (car setting) "=" (cdr setting)))))
                  (configuration values)))))

(define (append-map* procedure list)
  (apply append (map procedure list)))
