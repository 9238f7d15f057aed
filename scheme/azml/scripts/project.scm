;;; project.scm: the command project.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml scripts project)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml options)
  #:use-module (azml text)
  #:autoload (azml workbench format) (output-format write-formatted write-result)
  #:autoload (azml workbench restore) (restore-plan restore-project!)
  #:autoload (azml workbench template) (create-project! template-names template-description)
  #:export (%command
            azml-project))

(define %command
  (command
   "project" "Begin a project from a template; bring back the files of a run."
   #:usage '("create -n NAME [--template TEMPLATE] [options]"
             "restore --run-id RUN [--dry-run]"
             "sample list [-o FORMAT]")
   #:examples '(("project create -n digits --template digits-sklearn"
                 . "one that works")
                ("project create -n mine --path ~/work" . "an empty one")
                ("project restore --run-id last" . "a run's files"))
   #:options '((name #\n "name" "NAME" "the folder to make")
               (path #f "path" "FOLDER" "where to make it (here)")
               (template #f "template" "TEMPLATE" "what to begin with (blank)")
               (url #\u "template-url" "URL" "begin with a copy of this git repository")
               (repo #\r "repo" "URL" "make it a git repository, with this as origin")
               (force #f "force" #f "also where there are files already")
               (account #\a "account" "NAME" "of the share, as the product named it")
               (workspace #\w "workspace" "NAME" "the same")
               (group #\g "resource-group" "NAME" "means nothing here")
               (location #\l "location" "NAME" "means nothing here")
               (token #f "vststoken" "TOKEN" "means nothing here: git has its own ways")
               (run #f "run-id" "RUN" "the run (restore)")
               (dry-run #f "dry-run" #f "say what would change (restore)")
               (output #\o "output" "FORMAT" "json, table or tsv"))
   #:seldom '(force account workspace group location token output)
   #:notes '("restore moves what it replaces into .azml/replaced; ignored files stay."
             "RUN is the beginning of an id, an alias, or \"last\".")))

(define (checked-name options operands)
  (let ((name (or (option-ref options 'name)
                  (and (pair? operands) (car operands))
                  (usage-error "what is it to be called?"
                               "name it: azml-guile project create -n NAME"))))
    (when (or (string-null? name) (string-index name #\/) (string-prefix? "." name)
              (string-prefix? "-" name))
      (usage-error (string-append "'" (printable name) "' is no name for a folder")
                   "the folder that it is in is named by --path"))
    name))

;; The product's share had the names of account and workspace: with them, scripts go on
;; to find what is there.
(define (write-scope! folder name options)
  (let ((account (option-ref options 'account))
        (workspace (option-ref options 'workspace)))
    (when (and account workspace)
      (%folder-make (string-append folder "/.azureml"))
      (%file-replace
       (string-append folder "/.azureml/project.json")
       (string-append
        (%json-write
         `((Id . ,(%random-id))
           (Scope . ,(string-append
                      "/subscriptions/none/resourceGroups/"
                      (option-ref options 'group "none")
                      "/providers/Microsoft.MachineLearningExperimentation/accounts/"
                      account "/workspaces/" workspace "/projects/" name))))
        "\n")))))

(define (add-repository! folder url)
  (force-output (current-output-port))
  (unless (and (eqv? 0 (status:exit-val (system* "git" "init" "--quiet" folder)))
               (eqv? 0 (status:exit-val
                        (system* "git" "-C" folder "remote" "add" "origin" url))))
    (raise-azml-error 'failed "git did not make a repository"
                      #:hint "see what it says above; the project is there")))

(define (create options operands)
  (let* ((name (checked-name options operands))
         (path (option-ref options 'path "."))
         (folder (if (string=? path ".")
                     name
                     (string-append (string-trim-right path #\/) "/" name)))
         (template (option-ref options 'template)))
    (when (and template (option-ref options 'url))
      (usage-error "--template and --template-url do not go together"))
    (create-project! folder #:template (or template "blank") #:url (option-ref options 'url)
                     #:force? (option-ref options 'force))
    (write-scope! folder name options)
    (when (option-ref options 'repo)
      (add-repository! folder (option-ref options 'repo)))
    (say "made " (printable folder) ": "
         (string-join (filter (lambda (file) (not (string-prefix? "." file)))
                              (sort (%file-list folder) string<?))
                      ", "))
    (if (%file-status (string-append folder "/recipe.scm"))
        (say "next: cd " (shell-quote folder) " && azml-guile run recipe.scm"))
    (write-result options `((name . ,name) (path . ,(%file-real folder))) '(name path))))

(define (show-changes changes)
  (for-each (lambda (change)
              (display (string-append
                        (case (cadr change)
                          ((added) "add      ")
                          ((removed) "remove   ")
                          (else "replace  "))
                        (printable (car change)) "\n")))
            changes))

(define (restore options operands)
  (let* ((project (current-project))
         (run (or (option-ref options 'run)
                  (and (pair? operands) (car operands))
                  (usage-error "which run?" "for instance: project restore --run-id last")))
         (record (load-run project (find-run-id project run)))
         (plan (restore-plan project record))
         (changes (cdr plan)))
    (cond ((null? changes) (say "nothing to restore: the files are as the run had them"))
          ((and (option-ref options 'dry-run) (not (option-ref options 'output)))
           (show-changes changes))
          ((option-ref options 'dry-run))
          (else
           (let ((replaced (restore-project! project record plan)))
             (say (format-count (length changes) "file") " of " (printable (car plan))
                  " as the run had " (if (= 1 (length changes)) "it" "them"))
             (when replaced
               (say "what was there is in " (printable replaced))))))
    (write-result options
                  (map (lambda (change)
                         `((file . ,(car change)) (change . ,(symbol->string (cadr change)))))
                       changes)
                  '(file change))))

(define (show-samples options)
  (write-formatted (or (output-format options) 'table)
                   (map (lambda (name)
                          `((name . ,name) (description . ,(template-description name))))
                        (template-names))
                   '(name description))
  0)

(define verbs '("create" "restore" "sample"))

(define (azml-project words)
  "Run the command project with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (let ((verb (if (pair? operands)
                     (car operands)
                     (usage-error "which verb?" (string-append "there are "
                                                               (string-join verbs ", ")))))
           (words (if (pair? operands) (cdr operands) '())))
       (when (option-ref options 'output)
         (output-format options))       ;misspelt, before anything is done
       (cond ((string=? verb "create") (create options words))
             ((string=? verb "restore") (restore options words))
             ((and (string=? verb "sample") (member words '(() ("list"))))
              (show-samples options))
             (else (unknown-verb %command verb verbs)))))))
