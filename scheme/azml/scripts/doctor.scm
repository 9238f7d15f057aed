;;; doctor.scm: the command doctor.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml scripts doctor)
  #:use-module (azml console)
  #:use-module (azml doctor)
  #:use-module (azml doctor show)
  #:use-module (azml options)
  #:use-module (azml report)
  #:use-module (azml select)
  #:use-module (azml target)
  #:use-module (azml text)
  #:autoload (azml recipe) (recipe-definitions)
  #:export (%command
            azml-doctor))

(define %command
  (command
   "doctor" "Tell what works here, and what to install for the rest."
   #:usage '("[options]")
   #:examples '(("doctor" . "this machine")
                ("doctor -r recipe.scm -c gpu1" . "and a target of the recipe"))
   #:options '((target #\c "target" "NAME" "look at the compute target NAME (local)")
               (recipe #\r "recipe" "FILE" "a recipe: its targets, and its packages")
               (json #f "json" #f "write JSON"))
   #:notes '("Exits with 0 if runs work here, with 1 if they do not.")))

(define (show findings target)
  (show-findings findings target)
  (unless (works? findings)
    (say "azml-guile: " (paint 'red "runs do not work here") ", see above")))

(define (azml-doctor words)
  "Run the command doctor with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (when (pair? operands)
       (usage-error (string-append "doctor takes no '" (car operands) "'")
                    "a target is named by -c NAME"))
     (let* ((recipe (named-recipe options))
            (target (named-target options recipe))
            (findings (examine target
                               (if recipe (recipe-definitions recipe) '()))))
       (if (option-ref options 'json)
           (write-json `((works . ,(works? findings))
                         (target . ,(compute-target-name target))
                         (checks . ,(findings->json findings))))
           (show findings target))
       (if (works? findings) 0 1)))))
