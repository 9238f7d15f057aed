;;; forms.scm: targets and run configurations of files as expressions of a recipe.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; What a file means is written once, as the expressions that a recipe would have: `import'
;;; prints them, `-c NAME' evaluates them.
;;; Code:

(define-module (azml workbench forms)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml json)
  #:use-module (azml workbench file)
  #:use-module (azml workbench packages)
  #:autoload (azml suggest) (did-you-mean)
  #:autoload (azml targets) (user-folder)
  #:export (compute->form runconfig->parts python-command variables-form
            file-in-project))

(define (file-in-project project name)
  "Return the file NAME, relative to the folder PROJECT, as it can be opened."
  (cond ((string-prefix? "/" name) name)
        ((string=? project ".") name)
        (else (string-append project "/" name))))

;; The key of a .compute file, and the field of a target, by type.
(define fields
  '((address address remote remotedocker cluster)
    (username username remote remotedocker cluster)
    (port port remote remotedocker cluster)
    (baseDockerImage base-docker-image docker remotedocker)))

(define (own-key name type)
  ;; The key that attach made for the target NAME: its file holds no more than a handle.
  (let* ((folder (and (memq type '(remote remotedocker cluster)) (user-folder)))
         (file (and folder (string-append folder "/keys/" name))))
    (if (and file (%file-status file))
        `((identity-file ,file))
        '())))

(define (compute->form result name)
  "Return the expression that declares the compute target NAME of RESULT, a .compute file
that was read."
  (let* ((values (workbench-values result))
         (type (string->symbol (json-ref values 'type))))
    `(compute-target
      (name ,name)
      (type ',type)
      ,@(own-key name type)
      ,@(apply append
               (map (lambda (row)
                      (let ((value (json-ref values (car row))))
                        (if (and value (memq type (cddr row)))
                            `((,(cadr row) ,value))
                            '())))
                    fields)))))

(define (variables-form variables)
  "Return the field that sets VARIABLES, an alist with symbols as keys; '() for none."
  (if (null? (or variables '()))
      '()
      `((variables ',(map (lambda (pair) (cons (symbol->string (car pair)) (cdr pair)))
                          variables)))))

(define (environment-of project file target)
  ;; The product left the packages of `local' to its user, and so do targets whose Python
  ;; is managed by the user.
  (let ((path (file-in-project project file))
        (type (json-ref target 'type)))
    (if (or (member type '("local" "remote"))
            (eq? #t (json-ref target 'userManagedEnvironment))
            (not (%file-status path)))
        #f
        (conda-file->form (say-workbench-warnings
                           (read-workbench-file path #:kind "conda"))))))

(define (python-command target script arguments)
  "Return the fields that execute SCRIPT with ARGUMENTS by the Python that TARGET, the values
of a .compute file or '(), names."
  (let ((python (or (json-ref target 'pythonLocation) "python")))
    (if (string=? python "python")
        `((script ,script)
          ,@(if (null? arguments) '() `((arguments ,(list-form arguments)))))
        `((command ,(list-form (cons* python script arguments)))))))

(define (spark-command project file target script arguments)
  (let* ((path (file-in-project project file))
         (options (if (%file-status path)
                      (spark-options (workbench-values
                                      (read-workbench-file path #:kind "spark")))
                      '()))
         (cluster? (equal? (json-ref target 'type) "cluster")))
    `((command
       ,(list-form
         (append (list (or (json-ref target 'sparkSubmitLocation) "spark-submit"))
                 (if cluster?
                     (list "--master" "yarn" "--deploy-mode"
                           (or (json-ref target 'yarnDeployMode) "cluster"))
                     '())
                 options
                 (list script)
                 arguments))))))

(define (target-file project name)
  (or (workbench-file name "compute" project)
      (and (string=? name "local") #f)
      (raise-azml-error 'not-found
                        (string-append "there is no compute target '" name "'")
                        #:hint (did-you-mean name (workbench-names "compute" project)
                                             (string-append "aml_config/" name
                                                            ".compute declares it")))))

(define* (runconfig->parts result #:key (project ".") words target)
  "Return what RESULT, a run configuration that was read, means in the folder PROJECT: an
alist of `target', the expression of a compute target or #f for this machine, `environment',
an expression or #f, and `fields', those of the experiment.  WORDS are the script and its
arguments as they were typed, in place of the file's; TARGET is another target's name."
  (let* ((values (workbench-values result))
         (name (or target (json-ref values 'Target) "local"))
         (file (target-file project name))
         (compute (and file (say-workbench-warnings (read-workbench-file file))))
         (machine (if compute (workbench-values compute) '((type . "local"))))
         (vector (vector->list (json-ref values 'ArgumentVector)))
         (words (or words (fill-in vector result)))
         (spark? (equal? (json-ref values 'Framework) "PySpark")))
    `((target . ,(and compute
                      (not (and (equal? (json-ref machine 'type) "local")
                                (string=? name "local")))
                      (compute->form compute name)))
      (machine . ,machine)
      (environment . ,(environment-of project (json-ref values 'CondaDependenciesFile)
                                      machine))
      (fields . (,@(if spark?
                       (spark-command project (json-ref values 'SparkDependenciesFile)
                                      machine (car words) (cdr words))
                       (python-command machine (car words) (cdr words)))
                 ,@(variables-form (json-ref values 'EnvironmentVariables))
                 ,@(if (eq? #t (json-ref machine 'nvidiaDocker)) '((gpus 'all)) '()))))))

(define (fill-in vector result)
  ;; "$file" was the file that was open in the application.
  (if (or (null? vector) (member "$file" vector))
      (raise-azml-error 'usage
                        (string-append (json-ref result 'file)
                                       ": 'ArgumentVector' names no script")
                        #:hint "give the script and its arguments")
      vector))
