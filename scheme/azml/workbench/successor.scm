;;; successor.scm: run configurations of SDK v1 and jobs of CLI v2 as expressions.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml workbench successor)
  #:use-module (azml core)
  #:use-module (azml json)
  #:use-module (azml workbench file)
  #:use-module (azml workbench forms)
  #:use-module (azml workbench lint)
  #:use-module (azml workbench packages)
  #:use-module (azml workbench spark)
  #:autoload (azml workbench recipe) (name-for)
  #:export (v1->forms job->forms split-command))

(define (packages-of folder file)
  (and file
       (let ((path (file-in-project folder file)))
         (and (%file-status path)
              (conda-file->form (say-workbench-warnings
                                 (read-workbench-file path #:kind "conda")))))))

(define* (docker-target image #:key shm-size (arguments '()) copied?)
  `(compute-target
    (name "docker")
    (type 'docker)
    (base-docker-image ,image)
    ,@(if copied? '((shared-volumes #f)) '())
    ,@(if shm-size `((shm-size ,shm-size)) '())
    ,@(if (null? arguments) '() `((options ,(list-form arguments))))))

(define (target-of result key name docker folder)
  ;; The project's own file of NAME, the container here that DOCKER declares, or nothing but
  ;; this machine, which is said where another one was meant, by KEY of RESULT.
  (let ((file (workbench-file name "compute" folder)))
    (cond (file (compute->form (say-workbench-warnings (read-workbench-file file)) name))
          ((string=? name "local") docker)
          (else
           (say-lint
            (list (list (workbench-location result key)
                        (string-append "'" (symbol->string key) "' is ignored: there is no"
                                       " compute target '" name "' here")
                        (string-append "aml_config/" name ".compute declares it; without"
                                       " it the run is on this machine"))))
           docker))))

(define (assemble target environment fields)
  `(,@(if target `((define target ,target)) '())
    ,@(if environment `((define packages ,environment)) '())
    (experiment
     ,@fields
     ,@(if environment '((environment packages)) '())
     ,@(if target '((target target)) '()))))

(define (base-name file)
  (let* ((base (basename file)) (dot (string-rindex base #\.)))
    (if (and dot (positive? dot)) (substring base 0 dot) base)))

(define* (v1->forms result folder words #:optional target)
  "Return the expressions that do what RESULT, a run configuration of SDK v1 in the project
FOLDER, says; WORDS are a script and its arguments, and TARGET is the name of a compute target, in
place of the file's."
  (let* ((values (workbench-values result))
         (environment (or (json-ref values 'environment) '()))
         (docker (or (json-ref environment 'docker) '()))
         (python (or (json-ref environment 'python) '()))
         (words (or words
                    (cons (json-ref values 'script)
                          (vector->list (or (json-ref values 'arguments) #())))))
         (enabled? (eq? #t (json-ref docker 'enabled)))
         (image (and enabled? (json-ref docker 'baseImage)))
         (target (target-of result 'target (or target (json-ref values 'target))
                            (and image
                                 (docker-target
                                  image #:shm-size (json-ref docker 'shmSize)
                                  #:arguments (vector->list
                                               (or (json-ref docker 'arguments) #()))
                                  #:copied? (equal? (assq 'sharedVolumes docker)
                                                    '(sharedVolumes . #f))))
                            folder))
         (limit (json-ref values 'maxRunDurationSeconds))
         (spark? (equal? (json-ref values 'framework) "PySpark"))
         (spark (if spark? (spark-of values) '()))
         (own (append (or (json-ref environment 'environmentVariables) '())
                      (or (json-ref values 'environmentVariables) '())))
         (machine `((pythonLocation . ,(or (json-ref python 'interpreterPath)
                                           "python")))))
    (assemble
     target
     (and (not (eq? #t (json-ref python 'userManagedDependencies)))
          (packages-of folder (json-ref python 'condaDependenciesFile)))
     `((name ,(name-for (base-name (json-ref result 'file))))
       ,@(if spark?
             (spark-command '() spark (car words) (cdr words))
             (python-command machine (car words) (cdr words)))
       ,@(variables-form (spark-variables '() spark own))
       ,@(if limit `((time-limit ,limit)) '())
       ,@(if (and enabled? (eq? #t (json-ref docker 'gpuSupport))) '((gpus 1)) '())))))

(define (spark-of values)
  (append (or (json-ref values 'environment 'spark) '())
          (or (json-ref values 'spark) '())))

;;; Jobs of CLI v2.

(define (simple? text)
  (not (string-any (string->char-set "|&;<>()$`\\\"'*?#~") text)))

(define (split-command text)
  "Return the words of TEXT, a command; what only a shell understands is given to one."
  (if (simple? text)
      (string-tokenize text)
      (list "sh" "-c" text)))

(define (expression text at)
  ;; The end of the expression ${{...}} at AT of TEXT, and what is in it.
  (let ((end (string-contains text "}}" at)))
    (if end
        (values (+ end 2) (string-trim-both (substring text (+ at 3) end)))
        (values (string-length text) ""))))

(define (expand text value-of)
  ;; TEXT with what VALUE-OF says of each expression in it.
  (let loop ((at 0) (parts '()))
    (let ((start (string-contains text "${{" at)))
      (if start
          (call-with-values (lambda () (expression text start))
            (lambda (end name)
              (loop end (cons* (value-of name) (substring text at start) parts))))
          (string-concatenate-reverse (cons (substring text at) parts))))))

(define (value->text value)
  (cond ((string? value) value)
        ((number? value) (number->string value))
        ((eq? value #t) "true")
        ((eq? value #f) "false")
        (else "")))

(define (value-of values)
  (lambda (name)
    (let* ((dot (string-index name #\.))
           (kind (if dot (substring name 0 dot) name))
           (key (string->symbol (if dot (substring name (+ dot 1)) "")))
           (input (json-ref values 'inputs key)))
      (cond ((string=? kind "outputs") (string-append "outputs/" (symbol->string key)))
            ((not (string=? kind "inputs")) "")
            ((pair? input) (string-append "../inputs/" (symbol->string key)))
            (else (value->text input))))))

(define (inputs-form values)
  (let ((paths (filter (lambda (pair)
                         (and (pair? (cdr pair)) (string? (json-ref (cdr pair) 'path))))
                       (or (json-ref values 'inputs) '()))))
    (if (null? paths)
        '()
        `((inputs (list ,@(map (lambda (pair)
                                 `(local-path ,(json-ref (cdr pair) 'path)
                                              #:name ,(symbol->string (car pair))))
                               paths)))))))

(define (arguments-of resources)
  ;; More words for docker run: a text, or a list of later editions.
  (let ((words (json-ref resources 'docker_args)))
    (cond ((string? words) (string-tokenize words))
          ((vector? words) (filter string? (vector->list words)))
          (else '()))))

(define (job->forms result)
  "Return the expressions that do what RESULT, a command job of CLI v2, says."
  (let* ((values (workbench-values result))
         (file (json-ref result 'file))
         (folder (dirname file))
         (environment (json-ref values 'environment))
         (inline (if (pair? environment) environment '()))
         (resources (or (json-ref values 'resources) '()))
         (image (json-ref inline 'image))
         (target (target-of result 'compute (json-ref values 'compute)
                            (and image
                                 (docker-target
                                  image #:shm-size (json-ref resources 'shm_size)
                                  #:arguments (arguments-of resources)))
                            folder))
         (limit (json-ref values 'limits 'timeout))
         (description (json-ref values 'description))
         (code (json-ref values 'code)))
    (assemble
     target
     (packages-of folder (let ((conda (json-ref inline 'conda_file)))
                           (and (string? conda) conda)))
     `((name ,(name-for (or (json-ref values 'experiment_name)
                            (json-ref values 'display_name)
                            (json-ref values 'name)
                            (base-name file))))
       ,@(if description `((description ,description)) '())
       (command ,(list-form (split-command (expand (json-ref values 'command)
                                                   (value-of values)))))
       ,@(if (and code (not (member code '("." "./")))) `((source ,code)) '())
       ,@(inputs-form values)
       ,@(variables-form (json-ref values 'environment_variables))
       ,@(if limit `((time-limit ,limit)) '())))))
