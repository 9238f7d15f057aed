;;; experiment.scm: the command experiment, runs as Workbench spelt them.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml scripts experiment)
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml options)
  #:use-module (azml workbench submit)
  #:autoload (azml collect) (collect total-bytes)
  #:autoload (azml env build) (build-environments)
  #:autoload (azml env image) (in-container? make-image)
  #:autoload (azml errors) (raise-azml-error)
  #:autoload (azml foreground) (run-in-foreground)
  #:use-module (azml handling)
  #:autoload (azml launch) (snapshot-submissions!)
  #:autoload (azml plan) (show-plans)
  #:autoload (azml scripts stop) (azml-stop)
  #:autoload (azml select) (named-target)
  #:autoload (azml size) (size-check)
  #:autoload (azml submission) (submission-target)
  #:autoload (azml summary) (output-files)
  #:autoload (azml text) (format-bytes format-count)
  #:autoload (azml view) (view-run)
  #:autoload (azml watch) (run-exit-code)
  #:autoload (azml history artifact) (copy-to! with-outputs)
  #:autoload (azml workbench diagnostics) (write-diagnostics)
  #:autoload (azml workbench format) (output-format write-result)
  #:autoload (azml workbench record) (run-name state-name write-records)
  #:export (%command
            azml-experiment))

(define %command
  (command
   "experiment" "Run scripts by run configurations of a Workbench project."
   #:usage '("submit -c NAME [options] [SCRIPT [ARGUMENT...]]"
             "prepare -c NAME [options]"
             "status|cancel|diagnostics|return [-r RUN]"
             "clean [-t TARGET] [-n]")
   #:examples '(("experiment submit -c local train.py --epochs 3"
                 . "by local.runconfig")
                ("experiment prepare -c gpu" . "build the environment now"))
   #:options '((configuration #\c "run-configuration" "NAME"
                              "the run configuration aml_config/NAME.runconfig")
               (target #\t "target" "NAME" "another compute target")
               (conda #\d "conda-dependencies" "FILE" "another conda file")
               (spark #\s "spark-dependencies" "FILE" "another file of Spark's")
               (async #\a "async" #f "return once the run is accepted (submit)")
               (wait #f "wait" #f "with -a: wait for the end, without the output")
               (run #\r "run" "RUN" "the run (the latest)")
               (dry-run #\n "dry-run" #f "say what would be done (submit, clean)")
               (yes #\y "yes" #f "do not ask about a large source folder")
               (output #\o "output" "FORMAT" "json, table or tsv"))
   #:seldom '(conda spark yes output)
   #:notes '("What follows SCRIPT is the script's.  NAME.runconfig may stand in place of -c."
             "RUN is the beginning of an id, an alias such as \"project_1511435463000\", or"
             "\"last\".")))

;;; submit

(define (announce run)
  ;; What scripts of users look for is on the standard output.
  (let ((title "Executing user inputs ....."))
    (display (string-append "RunId: " (run-name run) "\n\n" title "\n"
                            (make-string (string-length title) #\=) "\n\n"))
    (force-output)))

(define (announce-alone run)
  (display (string-append "RunId: " (run-name run) "\n"))
  (force-output))

(define (say-details name)
  (let ((title "Execution Details"))
    (display (string-append "\n" title "\n" (make-string (string-length title) #\=) "\n"
                            "RunId: " name "\n"))))

(define (wait-for project name)
  ;; Return the exit code of the run, after its end.
  (let* ((record (settled-run project name))
         (left #f))
    (view-run project record
              #:interrupt (lambda (signal) (set! left (+ 128 signal)))
              #:left? (lambda () left))
    (or left (run-exit-code (json-ref (load-run project (json-ref record 'id)) 'status)))))

(define (run-submission submission options)
  (let* ((project (current-project #:create? #t))
         (fields (%project-fields project))
         (session (connect-to (submission-target submission) fields))
         (async? (option-ref options 'async))
         (name #f))
    (snapshot-submissions! (list submission) fields session
                           #:check (size-check session (option-ref options 'yes)))
    (let ((code (run-in-foreground
                 (list submission) project #:detach? async?
                 #:announce (lambda (run)
                              (set! name (run-name run))
                              ((if async? announce-alone announce) run)))))
      (cond ((not name) code)
            ((not async?)
             (say-details name)
             code)
            ((and (zero? code) (option-ref options 'wait)) (wait-for project name))
            (else code)))))

(define (submit options words)
  (let ((submission (workbench-submission (option-ref options 'configuration)
                                          (and (pair? words) words)
                                          #:target (option-ref options 'target)
                                          #:conda (option-ref options 'conda)
                                          #:spark (option-ref options 'spark))))
    (if (option-ref options 'dry-run)
        (show-plans (list submission))
        (call-with-error-handling
         (lambda () (run-submission submission options))
         #:status 125))))

(define (prepare options words)
  (when (pair? words)
    (usage-error (string-append "'prepare' takes no '" (car words) "'")
                 "it builds the environment of a run configuration: -c NAME"))
  (let ((submission (workbench-submission (option-ref options 'configuration) #f
                                          #:target (option-ref options 'target)
                                          #:conda (option-ref options 'conda)
                                          #:spark (option-ref options 'spark)
                                          #:prepare? #t)))
    ;; An image is made in a run, which the history then has, as the product's had it.
    (if (in-container? submission)
        (call-with-error-handling
         (lambda ()
           (call-with-values
               (lambda () (make-image submission #:yes? (option-ref options 'yes)))
             (lambda (code status) code)))
         #:status 125)
        (build-environments (list submission)))))

;;; Runs

(define (the-run project options words)
  (let* ((record (settled-run project (or (option-ref options 'run)
                                          (and (pair? words) (car words))
                                          "last")))
         (target (option-ref options 'target))
         (own (json-ref record 'run 'target 'name)))
    (when (and target (not (equal? target own)))
      (say-warning (string-append "the run was submitted to '" (or own "local") "', not to '"
                                  target "'")))
    record))

(define (show-status record)
  (let ((status (or (json-ref record 'status) '())))
    (for-each
     (lambda (pair)
       (when (cdr pair)
         (display (string-append (string-pad-right (car pair) 6) ": " (cdr pair) "\n"))))
     `(("run" . ,(run-name (json-ref record 'run)))
       ("target" . ,(json-ref record 'run 'target 'name))
       ("start" . ,(json-ref status 'times 'running))
       ("end" . ,(json-ref status 'times 'ended))))
    (display (string-append "state : " (state-name (json-ref status 'state)) "\n"))
    0))

(define (return-outputs project record options)
  (let* ((record (with-outputs project record))
         (folder (string-append (json-ref record 'directory) "/outputs/"))
         (files (output-files (json-ref record 'directory))))
    (for-each (lambda (file)
                (copy-to! (string-append folder (car file))
                          (string-append "outputs/" (car file)) #:overwrite? #t))
              files)
    (say (format-count (length files) "file") " in outputs")
    (write-result options
                  (map (lambda (file)
                         `((file . ,(string-append "outputs/" (car file))) (bytes . ,(cdr file))))
                       files)
                  '(file bytes))))

(define (diagnose project record options)
  (let ((file "diagnostics.zip"))
    (write-diagnostics project record file)
    (say "wrote " file)
    (write-result options `((file . ,file)) '(file))))

(define (cancel project record options)
  (let* ((id (json-ref record 'id))
         (code (azml-stop (list id)))
         (format (output-format options)))
    (when format
      (write-records project (list id) format #:one? #t))
    code))

(define (clean options)
  (let* ((dry-run? (and (option-ref options 'dry-run) #t))
         (target (named-target options))
         (removed (collect (connect-to target (planned-fields))
                           `((dry_run . ,dry-run?)
                             (environments . ((unused . 0)))))))
    (say (if dry-run? "would remove " "removed ")
         (format-count (length removed) "thing") ", " (format-bytes (total-bytes removed)))
    (write-result options removed '(what name bytes))))

(define (on-run options words procedure)
  (let ((project (current-project)))
    (procedure project (the-run project options words))))

(define verbs '("submit" "prepare" "status" "cancel" "diagnostics" "return" "clean"))

(define (act verb options words)
  (when (option-ref options 'output)
    (output-format options))            ;misspelt, before anything is done
  (cond ((string=? verb "submit") (submit options words))
        ((string=? verb "prepare") (prepare options words))
        ((string=? verb "status")
         (let ((format (output-format options)))
           (on-run options words
                   (lambda (project record)
                     (if format
                         (write-records project (list (json-ref record 'id)) format #:one? #t)
                         (show-status record))))))
        ((string=? verb "cancel")
         (on-run options words (lambda (project record) (cancel project record options))))
        ((string=? verb "diagnostics")
         (on-run options words (lambda (project record) (diagnose project record options))))
        ((string=? verb "return")
         (on-run options words
                 (lambda (project record) (return-outputs project record options))))
        (else (clean options))))

(define (parse verb words)
  ;; Options up to the script; NAME.runconfig as the first word is -c NAME.
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (let ((words (append operands (or rest '()))))
       (if (and (string=? verb "submit") (pair? words)
                (string-suffix? ".runconfig" (car words))
                (not (option-ref options 'configuration)))
           (parse verb (append (options->words options)
                               (list "-c" (car words)) (cdr words)))
           (act verb options words))))
   #:in-order? (string=? verb "submit")))

(define (options->words options)
  ;; OPTIONS as they could have been typed.
  (apply append
         (map (lambda (pair)
                (let* ((option (assq (car pair) (command-options %command)))
                       (word (string-append "--" (list-ref option 2))))
                  (if (eq? (cdr pair) #t)
                      (list word)
                      (list word (cdr pair)))))
              options)))

(define (azml-experiment words)
  "Run the command experiment with the command line WORDS; return the exit code."
  (let ((verb (and (pair? words) (car words))))
    (cond ((and verb (member verb verbs))
           (call-with-program-errors (lambda () (parse verb (cdr words)))))
          ((and verb (not (string-prefix? "-" verb))) (unknown-verb %command verb verbs))
          (else
           (call-with-command-line
            %command words
            (lambda (options operands rest)
              (usage-error "which verb?"
                           (string-append "there are " (string-join verbs ", ")))))))))
