;;; gpu.scm: the command gpu.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml scripts gpu)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml gpu-table)
  #:use-module (azml gpus)
  #:use-module (azml handling)
  #:use-module (azml options)
  #:use-module (azml report)
  #:use-module (azml select)
  #:export (%command
            azml-gpu))

(define %command
  (command
   "gpu" "Show the GPUs of a machine, who uses them, and who waits."
   #:usage '("[TARGET] [-r RECIPE] [-w] [--json]")
   #:examples '(("gpu" . "this machine")
                ("gpu gpu1 -r recipe.scm" . "a target of the recipe")
                ("gpu -w" . "again and again"))
   #:options '((recipe #\r "recipe" "FILE" "where the target is declared")
               (watch #\w "watch" #f "show it anew every two seconds, until Ctrl-C")
               (json #f "json" #f "write JSON"))
   #:notes '("Exits with 0 if there is a GPU, with 1 if there is none.")))

(define period 2000)                    ;milliseconds

(define (show answer json?)
  ;; ANSWER, and whether it has a GPU.
  (let ((problem (gpu-problem answer)))
    (cond (json? (write-json answer))
          (else
           (print-gpus answer)
           (when problem
             (say problem))))
    (not problem)))

(define (show-once target json?)
  (if (show (gpus target) json?) 0 1))

(define (ask-again target)
  ;; What `gpus' says, or the condition; a session that is lost is made anew.
  (with-exception-handler
      (lambda (condition)
        (when (azml-cancelled? condition)
          (raise-exception condition))
        condition)
    (lambda () (gpus target))
    #:unwind? #t
    #:unwind-for-type &azml-error))

(define (show-again target json?)
  ;; A terminal is wiped when the answer is there, not before: asking takes a while.  One
  ;; that cannot be reached for now is asked again; the first time that is an error.
  (let ((wipe? (and (not json?) (console-terminal? (current-output-port)))))
    (let loop ((answer (gpus target)) (trouble #f))
      (when wipe?
        (display "\x1b[H\x1b[J"))
      (when (or wipe? (not trouble))
        (show answer json?))
      (force-output (current-output-port))
      (when trouble
        (report-condition trouble))
      (%sleep period)
      (let ((next (ask-again target)))
        (if (exception? next)
            (loop answer next)
            (loop next #f))))))

(define (azml-gpu words)
  "Run the command gpu with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (when (and (pair? operands) (pair? (cdr operands)))
       (usage-error "gpu takes one target" "azml-guile gpu TARGET"))
     (let ((target (named-target (if (pair? operands)
                                     (acons 'target (car operands) options)
                                     options)))
           (json? (option-ref options 'json)))
       (if (option-ref options 'watch)
           (show-again target json?)
           (show-once target json?))))))
