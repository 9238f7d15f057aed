;;; attach.scm: the commands computetarget attach, update and detach.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml computetarget attach)
  #:use-module (azml computetarget fields)
  #:use-module (azml console)
  #:use-module (azml errors)
  #:use-module (azml options)
  #:use-module (azml plugin)
  #:use-module (azml target)
  #:use-module (azml targets)
  #:use-module (azml text)
  #:autoload (azml computetarget files) (workbench-attach? attach-files!)
  #:autoload (azml computetarget key) (install-key!)
  #:autoload (azml computetarget rows) (write-stored-target write-stored-targets)
  #:autoload (azml workbench format) (output-format)
  #:autoload (azml workbench stored) (update-workbench-target!)
  #:export (%attach-command
            %update-command
            %detach-command
            computetarget-attach
            computetarget-update
            computetarget-detach))

(define %attach-command
  (command
   "computetarget attach" "Keep a machine as a compute target, by a name for -c."
   #:usage '("TYPE -n NAME [options] [FIELD=VALUE...]")
   #:examples '(("computetarget attach remote -n gpu1 -a gpu1.example.org -u me -k"
                 . "make a key for it, too")
                ("computetarget attach remote -n b -a b port=2222" . "with a field more"))
   #:options '((name #\n "name" "NAME" "what to call it")
               (address #\a "address" "HOST" "its name or address")
               (username #\u "username" "USER" "who to be there")
               (port #\p "port" "PORT" "of its SSH server")
               (make-key #\k "make-key" #f "make a key, and install it by the password")
               (make-key #f "use-azureml-ssh-key" #f "the same as -k")
               (type #\t "type" "TYPE" "the type, as a word of its own")
               (cluster #f "cluster" #f "the same as --type cluster")
               (password #\w "password" "PASSWORD" "make a key by it; it is not kept")
               (key-file #f "private-key-file" "FILE" "the private key to use")
               (passphrase #f "private-key-passphrase" "TEXT"
                           "refused: ssh-add asks for it")
               (image #f "base-docker-image" "IMAGE" "of remotedocker")
               (global #\g "global" #f "for all projects, not for this one")
               (output #\o "output" "FORMAT" "write it as json, table or tsv"))
   #:seldom '(type cluster password key-file passphrase image output)
   #:notes '("TYPE is remote, or what a plugin brings.  FIELD is a field of a target of that"
             "type, as in recipes.  A password is asked for where one is needed, and not kept."
             "In a project with aml_config, remotedocker (without TYPE, too), remote and"
             "cluster are kept as NAME.compute and NAME.runconfig there.")))

(define %update-command
  (command
   "computetarget update" "Change fields of an attached compute target."
   #:usage '("NAME FIELD=VALUE...")
   #:examples '(("computetarget update gpu1 port=2222 username=me" . "change two fields")
                ("computetarget update gpu1 port=" . "leave one out again")
               ("computetarget update my_dsvm nvidiaDocker=true"
                . "a key of aml_config/my_dsvm.compute"))
   #:options '((name #\n "name" "NAME" "the target, as az ml had it")
               (make-key #\k "make-key" #f "make a key, and install it by the password")
               (output #\o "output" "FORMAT" "write it as json, table or tsv"))))

(define %detach-command
  (command
   "computetarget detach" "Keep compute targets no longer; their runs are not touched."
   #:usage '("NAME...")
   #:examples '(("computetarget detach gpu1" . "forget how to reach it"))
   #:options '((name #\n "name" "NAME" "the target, as az ml had it")
               (output #\o "output" "FORMAT" "write them as json, table or tsv"))))

(define (finish! scope fields make-key?)
  ;; Keep the target with FIELDS, which are checked first.
  (let* ((target (fields->compute-target fields))
         (key (and make-key? (install-key! target)))
         (fields (if key
                     (merge-fields fields `((identity-file . ,key)
                                            (password-file . #f)
                                            (password-command . #f)))
                     fields))
         (file (store-target! scope fields)))
    (say "target " (printable (compute-target-name target)) " is kept in "
         (printable file))
    0))

(define (given options)
  (filter cdr
          (map (lambda (key) (cons key (option-ref options key)))
               '(address username))))

;; The product's documentation had -type, too, and its successor --ssh-port.
(define (today's-spelling word)
  (cond ((string=? word "-type") "--type")
        ((or (string=? word "--ssh-port") (string-prefix? "--ssh-port=" word))
         (string-append "--" (substring word (string-length "--ssh-"))))
        (else word)))

(define (computetarget-attach words)
  "Run the command computetarget attach with the command line WORDS; return the exit code."
  (call-with-command-line
   %attach-command (map today's-spelling words)
   (lambda (options operands rest)
     (when (option-ref options 'passphrase)
       (usage-error "a passphrase does not belong into a command line, where others see it"
                    "ssh-add FILE asks for it once, and ssh's agent has the key then"))
     (let* ((type (or (option-ref options 'type)
                      (and (option-ref options 'cluster) "cluster")))
            (format (checked-format options))
            (operands (if type (cons type operands) operands)))
       (if (and (or (null? operands) (null? (cdr operands)))
                (not (option-ref options 'global))
                (workbench-attach? (and (pair? operands) (car operands))))
           (attach-files! (and (pair? operands) (car operands)) options)
           (attach-fields! options operands))
       (write-kept format (option-ref options 'name))))))

(define (checked-format options)
  ;; That of the option -o, or #f; before anything is done, as it may be misspelt.
  (and (option-ref options 'output) (output-format options)))

(define (write-kept format name)
  ;; The target NAME, as it is kept now.
  (when format
    (write-stored-target format (the-stored-target name)))
  0)

(define (attach-fields! options operands)
  ;; Keep a target as fields, in our own files.
  (when (null? operands)
    (usage-error "of which type?" "for instance: computetarget attach remote -n NAME"))
  (lookup-target-type (string->symbol (car operands)))
  (for-each (lambda (key)
              (when (option-ref options key)
                (usage-error (string-append "option '--" (symbol->string key)
                                            "' is for a project that has an aml_config")
                             "here -k makes a key, and fields are FIELD=VALUE")))
            '(password image))
  (let* ((name (or (option-ref options 'name)
                   (usage-error "what is it to be called?" "name it: -n NAME")))
         (type (lookup-target-type (string->symbol (car operands))))
         (port (option-number options 'port))
         (scope (if (option-ref options 'global) 'user (default-scope)))
         (known (find-stored-target
                 name (filter (lambda (target)
                                (eq? scope (stored-target-scope target)))
                              (stored-targets)))))
    (when (or known (string=? name "local"))
      (raise-azml-error 'exists
                        (string-append "there is a compute target '" (printable name)
                                       "' already")
                        #:hint (if known
                                   (string-append "azml-guile computetarget update "
                                                  (shell-quote name) " changes it")
                                   "this machine needs no target")))
    (finish! scope
             (merge-fields
              `((name . ,name) (type . ,(car operands))
                ,@(given options)
                ,@(if port `((port . ,port)) '()))
              (append (let ((file (option-ref options 'key-file)))
                        (if file `((identity-file . ,(file-from-here file))) '()))
                      (assignments->fields type (cdr operands))))
             (option-ref options 'make-key))))

(define (check-renamed changes)
  (when (or (assq 'name changes) (assq 'type changes))
    (usage-error "name and type of a target do not change" "attach another one")))

(define (named options operands)
  ;; The targets that are named, by option as az ml had it or by word.
  (append (option-refs options 'name) operands))

(define (computetarget-update words)
  "Run the command computetarget update with the command line WORDS; return the exit code."
  (call-with-command-line
   %update-command words
   (lambda (options words rest)
     (let ((operands (named options words))
           (format (checked-format options)))
       (when (null? operands)
         (usage-error "which target?" "for instance: computetarget update gpu1 port=2222"))
       (when (and (null? (cdr operands)) (not (option-ref options 'make-key)))
         (usage-error "what is to change?" "for instance port=2222"))
       (let ((stored (the-stored-target (car operands))))
         (if (eq? 'workbench (stored-target-scope stored))
             (update-file stored (cdr operands) (option-ref options 'make-key))
             (update-stored stored (cdr operands) (option-ref options 'make-key)))
         (write-kept format (stored-target-name stored)))))))

(define (update-file stored words make-key?)
  ;; The same for one that is a file of Workbench: its key is found by the name.
  (refuse-passwords words)
  (when make-key?
    (install-key! (stored-target->compute-target stored)))
  (unless (null? words)
    (update-workbench-target! (stored-target-name stored) words)))

(define (update-stored stored words make-key?)
  ;; Change the fields of the target STORED by WORDS.
  (let* ((fields (stored-target-fields stored))
         (type (lookup-target-type (string->symbol (assq-ref fields 'type))))
         (changes (assignments->fields type words)))
    (check-renamed changes)
    (unless (memq (stored-target-scope stored) '(project user))
      (raise-azml-error 'unsupported
                        (string-append "target '" (stored-target-name stored)
                                       "' is kept in '" (stored-target-file stored) "'")
                        #:hint "change it there"))
    (finish! (stored-target-scope stored) (merge-fields fields changes) make-key?)))

(define (computetarget-detach words)
  "Run the command computetarget detach with the command line WORDS; return the exit code."
  (call-with-command-line
   %detach-command words
   (lambda (options words rest)
     (let* ((operands (named options words))
            (format (checked-format options))
            (targets (map the-stored-target operands)))
       (when (null? operands)
         (usage-error "which target?" "for instance: computetarget detach gpu1"))
       (for-each (lambda (target)
                   (let ((file (remove-stored-target! target)))
                     (say "target " (printable (stored-target-name target))
                          " is no longer kept in " (printable file))))
                 targets)
       (when format
         (write-stored-targets format targets))
       0))))
