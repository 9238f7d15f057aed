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
  #:use-module (azml workbench spark)
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

;; What the product appended to nativeSharedDirectory: the names of the project's Scope.
(define (share-of values project)
  (let ((base (json-ref values 'nativeSharedDirectory))
        (file (or-map (lambda (folder)
                        (let ((file (file-in-project project
                                                     (string-append folder
                                                                    "/project.json"))))
                          (and (%file-status file) file)))
                      '(".azureml" "aml_config"))))
    (define (below name)
      (string-append (string-trim-right base #\/) "/" name "/"))
    (cond ((not (and base (or (string-prefix? "/" base) (string-prefix? "~/" base)))) #f)
          (file
           (let* ((scope (workbench-values (read-workbench-file file #:kind "project"
                                                                #:check? #f)))
                  (names (filter (lambda (name) (and name (not (string-null? name))))
                                 (map (lambda (key) (json-ref scope key))
                                      '(account workspace project)))))
             (and (pair? names) (below (string-join names "/")))))
          ;; Nobody has anything there: each project has a folder of its own anyway.
          ((string=? base "~/.azureml/share/") #f)
          (else (below (basename (%file-real project)))))))

(define* (compute->form result name #:optional (project "."))
  "Return the expression that declares the compute target NAME of RESULT, a .compute file
that was read in the folder PROJECT."
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
                    fields))
      ,@(if (and (memq type '(docker remotedocker))
                 (equal? (assq 'sharedVolumes values) '(sharedVolumes . #f)))
            '((shared-volumes #f))
            '())
      ,@(let ((share (and (not (eq? type 'cluster)) (share-of values project))))
          (if share `((shared-directory ,share)) '())))))

(define (variables-form variables)
  "Return the field that sets VARIABLES, an alist with symbols as keys; '() for none."
  (if (null? (or variables '()))
      '()
      `((variables ',(map (lambda (pair) (cons (symbol->string (car pair)) (cdr pair)))
                          variables)))))

(define (environment-of project file target)
  ;; The product left the packages of `local' and `remote' to its user, unless the file says
  ;; otherwise, and so do targets whose Python is managed by the user.
  (let* ((path (file-in-project project file))
         (type (json-ref target 'type))
         (managed (assq 'userManagedEnvironment target)))
    (if (or (and (not managed) (member type '("local" "remote")))
            (and managed (cdr managed))
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

(define (spark-values project file)
  ;; What the file of Spark packages says, if it is there.
  (let ((path (file-in-project project file)))
    (if (%file-status path)
        (workbench-values (say-workbench-warnings
                           (read-workbench-file path #:kind "spark")))
        '())))

(define (target-file project name)
  ;; #f is this machine, which needs no file.
  (or (workbench-file name "compute" project)
      (if (string=? name "local")
          #f
          (raise-azml-error
           'not-found (string-append "there is no compute target '" name "'")
           #:hint (did-you-mean name (workbench-names "compute" project)
                                (string-append "aml_config/" name
                                               ".compute declares it"))))))

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
         (spark? (equal? (json-ref values 'Framework) "PySpark"))
         (own (or (json-ref values 'EnvironmentVariables) '()))
         (packages (if spark?
                       (spark-values project (json-ref values 'SparkDependenciesFile))
                       '()))
         (variables (if spark? (spark-variables machine packages own) own)))
    `((target . ,(and compute (unless-this-machine (compute->form compute name project))))
      (machine . ,machine)
      (environment . ,(environment-of project (json-ref values 'CondaDependenciesFile)
                                      machine))
      (fields . (,@(if spark?
                       (spark-command machine packages (car words) (cdr words)
                                      (spark-variables machine '() own))
                       (python-command machine (car words) (cdr words)))
                 ,@(variables-form variables)
                 ,@(if (eq? #t (json-ref machine 'nvidiaDocker)) '((gpus 'all)) '()))))))

(define (unless-this-machine form)
  ;; The target `local' that says nothing more is no declaration.
  (and (not (equal? form '(compute-target (name "local") (type 'local)))) form))

(define (fill-in vector result)
  ;; "$file" was the file that was open in the application.
  (if (or (null? vector) (member "$file" vector))
      (raise-azml-error 'usage
                        (string-append (json-ref result 'file)
                                       ": 'ArgumentVector' names no script")
                        #:hint "give the script and its arguments")
      vector))
