;;; import.scm: the command import.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml scripts import)
  #:use-module (azml core)
  #:use-module (azml console)
  #:use-module (azml errors)
  #:use-module (azml options)
  #:use-module (azml text)
  #:use-module (azml workbench file)
  #:autoload (azml suggest) (did-you-mean)
  #:use-module (azml workbench recipe)
  #:export (%command
            azml-import))

(define %command
  (command
   "import" "Turn a file of Azure ML Workbench, SDK v1 or CLI v2 into a recipe."
   #:usage '("FILE [SCRIPT [ARGUMENT...]] [-o RECIPE]")
   #:examples '(("import aml_config/local.runconfig train.py -o recipe.scm"
                 . "what ran as -c local")
                ("import job.yml" . "a command job, to standard output"))
   #:options '((output #\o "output" "FILE" "write the recipe to FILE")
               (kind #f "kind" "KIND" "compute, runconfig, conda, v1 or job")
               (force #f "force" #f "replace FILE"))
   #:notes '("What the file says and a recipe has no use for stands in comments at the top.")))

(define (file-type file)
  (assq-ref (or (%file-status file) '()) 'type))

(define (refuse-folder file hint)
  (when (eq? (file-type file) 'folder)
    (raise-azml-error 'invalid (string-append "'" (printable file) "' is a folder")
                      #:hint hint)))

;; Asked before the file is read, whose warnings would hide it.
(define (check-output file force?)
  (refuse-folder file (string-append "for instance: -o " file "/recipe.scm"))
  (unless (eq? (file-type (dirname file)) 'folder)
    (raise-azml-error 'not-found
                      (string-append "there is no folder '" (printable (dirname file)) "'")
                      #:hint "make it first"))
  (when (and (%file-status file) (not force?))
    (raise-azml-error 'exists (string-append "'" (printable file) "' exists")
                      #:hint "with --force it is replaced")))

;; Whether FILE can be a file to import; the usual mistakes get an answer of their own.
(define (check-file file)
  (refuse-folder file "name a file of it")
  (unless (%file-status file)
    (let* ((folder (workbench-folder))
           (below (and folder (string-append folder "/" file))))
      (raise-azml-error
       'not-found (string-append "there is no file '" (printable file) "'")
       #:hint (if (and below (%file-status below))
                  (string-append "did you mean '" (printable below) "'?")
                  (did-you-mean file (candidates folder)
                                "for instance: import aml_config/local.runconfig"))))))

(define (candidates folder)
  (append (%file-list ".")
          (if folder
              (map (lambda (name) (string-append folder "/" name)) (%file-list folder))
              '())))

(define (azml-import words)
  "Run the command import with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (when (null? operands)
       (usage-error "which file?" "for instance: import aml_config/local.runconfig"))
     (check-file (car operands))
     (when (option-ref options 'output)
       (check-output (option-ref options 'output) (option-ref options 'force)))
     (let* ((words (append (cdr operands) (or rest '())))
            (text (workbench-file->recipe (car operands)
                                          #:words (and (pair? words) words)
                                          #:kind (option-ref options 'kind)))
            (output (option-ref options 'output)))
       (cond (output
              (%file-replace output text)
              (say "wrote " output))
             (else (display text)))
       0))))
