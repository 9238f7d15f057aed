;;; workbench.scm: are the files of a Workbench project as they were meant?
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml doctor workbench)
  #:use-module ((srfi srfi-1) #:select (append-map delete-duplicates))
  #:use-module (azml core)
  #:use-module (azml doctor finding)
  #:use-module (azml errors)
  #:use-module (azml json)
  #:use-module (azml records)
  #:use-module (azml text)
  #:autoload (azml program) (find-program)
  #:autoload (azml workbench file) (workbench-folder workbench-file workbench-names
                                    workbench-problems read-workbench-file
                                    try-workbench-file workbench-values)
  #:autoload (azml workbench lint) (lint-project)
  #:export (check-workbench))

(define (here-folder)
  ;; Asked before the modules that read such files are loaded.
  (or-map (lambda (name) (and (%file-status name) name))
          '("aml_config" ".azureml" "Config")))

;; What cannot be looked at or read, as a circle of links, a file of somebody else or one that is
;; too large, does not hide the others' faults.
(define (without-error otherwise procedure)
  ;; What PROCEDURE returns, or OTHERWISE, a procedure, for the condition that it raises.
  (with-exception-handler otherwise procedure
    #:unwind? #t
    #:unwind-for-type &azml-error))

(define (problem->finding result problem)
  (finding 'project
           (location->string (list (json-ref result 'file) (json-ref problem 'line)
                                   (json-ref problem 'column)))
           'problem (printable (json-ref problem 'message))
           #:install (and=> (json-ref problem 'hint) printable)))

(define* (problems-of file #:optional kind)
  ;; None if FILE is not there; a pipe is not opened, for who opens one waits.
  (without-error
   (lambda (condition)
     (list (finding 'project file 'problem (azml-error-message condition)
                    #:install (azml-error-hint condition))))
   (lambda ()
     (let ((type (assq-ref (or (%file-status file) '()) 'type)))
       (cond ((not type) '())
             ((eq? type 'file)
              (let ((result (read-workbench-file file #:kind kind #:check? #f)))
                (map (lambda (problem) (problem->finding result problem))
                     (workbench-problems result '("error" "warning")))))
             (else (list (finding 'project file 'problem "it is no file"))))))))

(define (problems-of-all names extension)
  (append-map (lambda (name) (problems-of (workbench-file name extension))) names))

(define (problems-of-packages configurations)
  ;; Those of the files that CONFIGURATIONS name, each once.
  (append-map
   (lambda (row) (problems-of (car row) (cdr row)))
   (delete-duplicates
    (append-map (lambda (name)
                  (let ((values (good-values name "runconfig")))
                    (filter (lambda (row) (string? (car row)))
                            `((,(json-ref values 'CondaDependenciesFile) . "conda")
                              (,(json-ref values 'SparkDependenciesFile) . "spark")))))
                configurations))))

(define (lint-findings)
  (map (lambda (lint)
         (finding 'project (location->string (car lint)) 'problem (printable (cadr lint))
                  #:install (printable (caddr lint))))
       (lint-project)))

(define (good-values name extension)
  ;; What the file NAME.EXTENSION says, '() if it is not there or cannot be used.
  (let ((result (try-workbench-file (and name (workbench-file name extension)))))
    (if result (workbench-values result) '())))

(define (spark-submits)
  ;; The programs that run configurations with PySpark call on this machine, each once.
  (let loop ((names (workbench-names "runconfig")) (found '()))
    (if (null? names)
        (reverse found)
        (let* ((values (good-values (car names) "runconfig"))
               (machine (good-values (json-ref values 'Target) "compute"))
               (program (or (json-ref machine 'sparkSubmitLocation) "spark-submit")))
          (loop (cdr names)
                (if (and (equal? (json-ref values 'Framework) "PySpark")
                         (or (equal? (json-ref machine 'type) "local")
                             (and (null? machine)
                                  (member (json-ref values 'Target) '(#f "local"))))
                         (not (member program found)))
                    (cons program found)
                    found))))))

(define (program-there? name)
  (if (string-index name #\/)
      (without-error (const #f) (lambda () (%file-status name)))
      (find-program name)))

(define (spark-findings)
  (apply append
         (map (lambda (program)
                (cond ((not (program-there? program))
                       (list (finding 'project "Spark" 'problem
                                      (string-append "there is no '" (printable program) "'")
                                      #:gives "run configurations with Framework PySpark"
                                      #:install "pip install pyspark")))
                      ((not (or (find-program "java")
                                (and=> (%getenv "JAVA_HOME")
                                       (lambda (home)
                                         (%file-status (string-append home "/bin/java"))))))
                       (list (finding 'project "Spark" 'problem "there is no Java"
                                      #:gives "run configurations with Framework PySpark"
                                      #:install "apt install default-jre-headless")))
                      (else '())))
              (spark-submits))))

(define (check-workbench circumstances)
  "Return the findings about the files of a Workbench project in the working folder."
  (if (not (here-folder))
      '()
      (let* ((targets (workbench-names "compute"))
             (configurations (workbench-names "runconfig"))
             (findings (append (problems-of-all targets "compute")
                               (problems-of-all configurations "runconfig")
                               (problems-of-packages configurations)
                               (lint-findings)
                               (spark-findings))))
        (if (and (null? findings) (or (pair? targets) (pair? configurations)))
            (list (finding 'project (workbench-folder) 'ok
                           (string-append (format-count (length targets) "target") ", "
                                          (format-count (length configurations)
                                                        "run configuration"))))
            findings))))
