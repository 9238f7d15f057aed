;;; import.scm: the command import.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml scripts import)
  #:use-module (azml core)
  #:use-module (azml console)
  #:use-module (azml errors)
  #:use-module (azml options)
  #:use-module (azml workbench file)
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

(define (write-recipe file text force?)
  (when (and (%file-status file) (not force?))
    (raise-azml-error 'exists (string-append "'" file "' exists")
                      #:hint "with --force it is replaced"))
  (call-with-output-file file
    (lambda (port)
      (set-port-encoding! port "UTF-8")
      (display text port)))
  (say "wrote " file))

(define (azml-import words)
  "Run the command import with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (when (null? operands)
       (usage-error "which file?" "for instance: import aml_config/local.runconfig"))
     (let* ((words (append (cdr operands) (or rest '())))
            (text (workbench-file->recipe (car operands)
                                          #:words (and (pair? words) words)
                                          #:kind (option-ref options 'kind)))
            (output (option-ref options 'output)))
       (if output
           (write-recipe output text (option-ref options 'force))
           (display text))
       0))))
