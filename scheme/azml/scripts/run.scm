;;; run.scm: the command run.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml scripts run)
  #:use-module ((srfi srfi-1) #:select (delete-duplicates))
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml foreground)
  #:autoload (azml gpu-need) (one-gpu-each)
  #:use-module (azml handling)
  #:use-module (azml history)
  #:use-module (azml launch)
  #:use-module (azml options)
  #:use-module (azml select)
  #:autoload (azml errand) (prepare-errand! left-run errand-interrupt finish-errand!)
  #:autoload (azml plan) (show-plans)
  #:autoload (azml scripts attach) (azml-attach)
  #:use-module (azml submission)
  #:use-module ((azml target) #:select (compute-target-name))
  #:use-module ((azml text) #:select (printable))
  #:use-module (azml size)
  #:export (%command
            azml-run))

(define %command
  (command
   "run" "Run an experiment of a recipe, or a command, and record it."
   #:usage '("RECIPE [NAME...] [KEY=VALUE...] [options]"
             "[-r RECIPE] [-e NAME] [options] -- COMMAND [ARGUMENT...]")
   #:examples '(("run recipe.scm" . "what the recipe ends with")
                ("run recipe.scm digits lr=0.01" . "one of its experiments, changed")
                ("run -n recipe.scm" . "only the plan")
                ("run -- train.py --epochs 3" . "a script without a recipe"))
   #:options '((target #\c "target" "NAME" "run on the compute target NAME (local)")
               (recipe #\r "recipe" "FILE" "where targets and environments are declared")
               (environment #\e "environment" "NAME"
                            "of a recipe or a file of packages, for COMMAND")
               (detach #\d "detach" #f "print the id and return once accepted")
               (dry-run #\n "dry-run" #f "print what would happen")
               (accept-within #f "accept-within" "SECONDS"
                              "give up without a connection for so long (-d: 600)")
               (jobs #\j "jobs" "N" "keep N experiments running at a time (1)")
               (name #f "name" "NAME" "name of the experiment for COMMAND")
               (gpus #f "gpus" "N" "ask for N GPUs, MODEL:N, all, or 0 to hide them")
               (time-limit #f "time-limit" "TIME" "end the run after TIME, such as 90s or 12h")
               (source #\s "source" "FILE" "take FILE of the source folder; may be repeated")
               (output #\o "output" "FROM=TO" "copy a file of the completed run")
               (make-deps #f "make-deps" "FILE" "write which files it read, for make")
               (make #f "make" "RULE" "run for RULE of a makefile; see azml.run")
               (json #f "json" #f "print the result as JSON; the log goes to stderr")
               (quiet #\q "quiet" #f "no header and no summary")
               (yes #\y "yes" #f "do not ask about a large source folder"))
   #:seldom '(recipe environment accept-within name source output make-deps make json yes)
   #:notes '("The exit code is that of the script; 124 time limit, 125 it did not start, 126"
             "and 127 cannot be executed or found, 128+N signal N.  Ctrl-C stops the run.")))

;; Who follows sees that there is no connection; a script that only wants the id does not.
(define detached-patience 600)

(define (patience options)
  (if (option-ref options 'accept-within)
      (option-number options 'accept-within #:default 0 #:least 1)
      (and (option-ref options 'detach) detached-patience)))

(define* (start-all submissions project options #:key interrupt)
  (run-in-foreground submissions project
                     #:jobs (option-number options 'jobs #:default 1 #:least 1)
                     #:detach? (option-ref options 'detach)
                     #:json? (option-ref options 'json)
                     #:quiet? (option-ref options 'quiet)
                     #:patience (patience options)
                     #:interrupt interrupt))

(define (errand? options)
  ;; Whether there is more to do than to run: see (azml errand).
  (or-map (lambda (key) (option-ref options key)) '(source output make-deps make)))

(define (start-with-errand submissions project options)
  (let* ((left (left-run submissions project options))
         (code (if left
                   (azml-attach (append (if (option-ref options 'quiet) '("-q") '())
                                        (list left)))
                   (start-all submissions project options
                              #:interrupt (errand-interrupt submissions options))))
         (id (or left (submission-id (car submissions)))))
    (when (and (zero? code) id (null? (cdr submissions)) (not (option-ref options 'detach)))
      (finish-errand! submissions project options id))
    code))

(define (one-place! submissions fields)
  ;; One connection carries all runs of a command; runs meant for another machine must not
  ;; go where the first one goes.
  (let ((place (target-place (submission-target (car submissions)) fields)))
    (for-each
     (lambda (submission)
       (unless (equal? place (target-place (submission-target submission) fields))
         (raise-azml-error
          'invalid
          (string-append "the experiments have different compute targets, '"
                         (printable (compute-target-name
                                     (submission-target (car submissions))))
                         "' and '"
                         (printable (compute-target-name (submission-target submission)))
                         "'")
          #:hint "name those of one target, or choose one for all with -c")))
     (cdr submissions))))

(define (submit-all submissions project options)
  (one-place! submissions (%project-fields project))
  (let* ((fields (%project-fields project))
         (session (connect-to (submission-target (car submissions)) fields)))
    (when (errand? options)
      (prepare-errand! submissions project options))
    (snapshot-submissions! submissions fields session
                           #:check (size-check session (option-ref options 'yes)))
    ((if (errand? options) start-with-errand start-all) submissions project options)))

(define (ask-for-gpus! submissions options)
  ;; Runs that go on at a time would sit on one GPU together.
  (when (and (pair? submissions) (pair? (cdr submissions))
             (or (option-ref options 'detach)
                 (> (option-number options 'jobs #:default 1 #:least 1) 1)))
    (for-each (lambda (submission)
                (set-submission-default-gpus!
                 submission (one-gpu-each (submission-experiment submission))))
              submissions)))

(define (start-early options)
  ;; The runner starts while the recipe is read, where it is going to be this machine's.
  (when (member (option-ref options 'target "local") '("local"))
    (let ((project (existing-project)))
      (when project
        (connect-here project)))))

(define (azml-run words)
  "Run the command run with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (%jobserver-join)
     (start-early options)
     (call-with-program-errors
      (lambda ()
        (let ((submissions (select-submissions %command options operands rest)))
          (ask-for-gpus! submissions options)
          (for-each say-warning
                    (delete-duplicates
                     (apply append (map submission-gpu-warnings submissions))))
          (if (option-ref options 'dry-run)
              (show-plans submissions #:json? (option-ref options 'json))
              ;; From here on what fails is not the recipe's doing, nor the script's.
              (call-with-error-handling
               (lambda ()
                 (submit-all submissions (current-project #:create? #t) options))
               #:status 125))))))))
