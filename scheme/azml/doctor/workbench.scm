;;; workbench.scm: are the files of a Workbench project as they were meant?
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml doctor workbench)
  #:use-module (azml core)
  #:use-module (azml doctor finding)
  #:use-module (azml json)
  #:use-module (azml records)
  #:use-module (azml text)
  #:autoload (azml workbench file) (workbench-folder workbench-file workbench-names
                                    workbench-problems read-workbench-file)
  #:autoload (azml workbench lint) (lint-project)
  #:export (check-workbench))

(define (here-folder)
  ;; Asked before the modules that read such files are loaded.
  (or-map (lambda (name) (and (%file-status name) name))
          '("aml_config" ".azureml" "Config")))

(define (problems-of name extension)
  (let ((result (read-workbench-file (workbench-file name extension) #:check? #f)))
    (map (lambda (problem)
           (finding 'project
                    (location->string (list (json-ref result 'file)
                                            (json-ref problem 'line)
                                            (json-ref problem 'column)))
                    'problem (printable (json-ref problem 'message))
                    #:install (and=> (json-ref problem 'hint) printable)))
         (workbench-problems result '("error" "warning")))))

(define (lint-findings)
  (map (lambda (lint)
         (finding 'project (location->string (car lint)) 'problem (printable (cadr lint))
                  #:install (printable (caddr lint))))
       (lint-project)))

(define (check-workbench circumstances)
  "Return the findings about the files of a Workbench project in the working folder."
  (if (not (here-folder))
      '()
      (let* ((targets (workbench-names "compute"))
             (configurations (workbench-names "runconfig"))
             (findings (append (apply append
                                      (map (lambda (name) (problems-of name "compute"))
                                           targets))
                               (apply append
                                      (map (lambda (name) (problems-of name "runconfig"))
                                           configurations))
                               (lint-findings))))
        (if (and (null? findings) (or (pair? targets) (pair? configurations)))
            (list (finding 'project (workbench-folder) 'ok
                           (string-append (format-count (length targets) "target") ", "
                                          (format-count (length configurations)
                                                        "run configuration"))))
            findings))))
