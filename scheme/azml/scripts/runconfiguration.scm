;;; runconfiguration.scm: the command runconfiguration.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml scripts runconfiguration)
  #:use-module (azml core)
  #:use-module (azml console)
  #:use-module (azml errors)
  #:use-module (azml json)
  #:use-module (azml options)
  #:use-module (azml report)
  #:use-module (azml text)
  #:use-module (azml workbench file)
  #:use-module (azml workbench assign)
  #:autoload (azml suggest) (did-you-mean)
  #:autoload (azml targets) (find-stored-target stored-targets stored-target-name)
  #:autoload (azml workbench format) (output-format write-result)
  #:autoload (azml workbench query) (refuse-query)
  #:export (%command
            azml-runconfiguration))

(define %command
  (command
   "runconfiguration" "List, show, create, change and delete run configurations."
   #:usage '("[list] [-o FORMAT]"
             "show NAME"
             "create -n NAME -t TARGET [KEY=VALUE...]"
             "update NAME KEY=VALUE..."
             "delete -n NAME")
   #:examples '(("runconfiguration update gpu Framework=Python"
                 . "change this value, and nothing else in the file")
                ("runconfiguration update gpu EnvironmentVariables.EPOCHS=3"
                 . "a value inside of another")
                ("runconfiguration update gpu UseSampling=" . "remove a key"))
   #:options '((name #\n "name" "NAME" "the run configuration")
               (target #\t "target" "TARGET" "the compute target that it names")
               (output #\o "output" "FORMAT" "json, table or tsv")
               (query #f "query" "JMESPATH" "refused: give JSON to a program")
               (force #f "force" #f "replace one that exists (create)"))
   #:notes '("Run configurations are the files aml_config/NAME.runconfig.")))

(define verbs '("list" "show" "create" "update" "delete"))

(define (the-name options operands)
  (let ((name (or (option-ref options 'name)
                  (and (pair? operands) (car operands))
                  (usage-error "which run configuration?" "name it: -n NAME"))))
    (if (string-suffix? ".runconfig" name)
        (substring name 0 (- (string-length name) (string-length ".runconfig")))
        name)))

(define (the-file name)
  (or (workbench-file name "runconfig")
      (raise-azml-error 'not-found
                        (string-append "there is no run configuration '" name "'")
                        #:hint (did-you-mean name (workbench-names "runconfig")
                                             "runconfiguration list shows them"))))

(define (show-list format)
  (let ((names (map (lambda (name) (string-append name ".runconfig"))
                    (workbench-names "runconfig"))))
    (if (eq? format 'json)
        (write-json (list->vector names))
        (for-each (lambda (name) (display name) (newline)) names)))
  0)

(define (write-changed options name)
  ;; With -o, which run configuration it is that was made, changed or removed.
  (if (option-ref options 'output)
      (write-result options `((name . ,name) (file . ,(string-append name ".runconfig")))
                    '(name file))
      0))

(define (show name)
  (let ((result (read-workbench-file (the-file name) #:check? #f)))
    (write-json (workbench-values result))
    (show-workbench-problems result #:port (current-error-port))
    (if (json-ref result 'ok) 0 1)))

(define (create name target assignments force?)
  (let* ((folder (or (workbench-folder)
                     (begin (%folder-make "aml_config") "aml_config")))
         (file (string-append folder "/" name ".runconfig")))
    (when (or (string-null? name) (string-index name #\/) (string-prefix? "." name))
      (usage-error (string-append "'" (printable name) "' is no name")
                   "it is the name of a file in aml_config, without .runconfig"))
    (when (and (%file-status file) (not force?))
      (raise-azml-error 'exists (string-append "'" file "' exists")
                        #:hint "change it with 'update', or replace it with --force"))
    (%file-replace file
                   (string-join '("ArgumentVector:" "- $file"
                                  "CondaDependenciesFile: aml_config/conda_dependencies.yml"
                                  "EnvironmentVariables: null" "Framework: Python"
                                  "PrepareEnvironment: false"
                                  "SparkDependenciesFile: aml_config/spark_dependencies.yml"
                                  "Target: local" "TrackedRun: true" "UseSampling: true" "")
                                "\n"))
    (edit-workbench-file file `((("Target") . ,target) ,@assignments)
                         #:kind "runconfig")
    (say "wrote " file)
    (warn-of-target target)
    0))

(define (warn-of-target name)
  ;; A target may come later, but most likely it is misspelt.
  (unless (or (string=? name "local") (find-stored-target name (stored-targets)))
    (say-warning (string-append "there is no compute target '" name "'")
                 (did-you-mean name (cons "local" (map stored-target-name (stored-targets)))
                               (string-append "azml-guile computetarget attach remotedocker -n "
                                              (shell-quote name) " -a HOST -u USER")))))

(define (update name assignments)
  (when (null? assignments)
    (usage-error "what is to be changed?"
                 "for instance: runconfiguration update NAME Framework=Python"))
  (let ((result (edit-workbench-file (the-file name) assignments #:kind #f)))
    (show-workbench-problems result #:port (current-error-port)
                             #:severities '("error" "warning"))
    0))

(define (delete name)
  (let* ((file (the-file name))
         (status (%file-status file)))
    (unless (or (not status) (eq? 'file (assq-ref status 'type)))
      (raise-azml-error 'invalid (string-append "'" file "' is not a file")
                        #:hint "a run configuration is one: look what this is"))
    (%file-remove file)
    (say "removed " file)
    0))

(define (azml-runconfiguration words)
  "Run the command runconfiguration with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (let* ((verb (if (pair? operands) (car operands) "list"))
            (words (if (pair? operands) (cdr operands) '()))
            (name? (lambda (word) (not (string-index word #\=))))
            (names (filter name? words))
            (assignments (lambda ()
                           (words->changes (filter (lambda (word) (not (name? word)))
                                                   words))))
            (format (and (option-ref options 'output) (output-format options)))
            (on-one (lambda (procedure . arguments)
                      (let ((name (the-name options names)))
                        (apply procedure name arguments)
                        (write-changed options name)))))
       (when (option-ref options 'query)
         (refuse-query (option-ref options 'query) "runconfiguration list -o json"))
       (cond ((string=? verb "list") (show-list format))
             ((string=? verb "show") (show (the-name options names)))
             ((string=? verb "create")
              (on-one create (option-ref options 'target "local")
                      (assignments) (option-ref options 'force)))
             ((string=? verb "update") (on-one update (assignments)))
             ((string=? verb "delete") (on-one delete))
             (else (unknown-verb %command verb verbs)))))))
