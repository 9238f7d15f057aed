;;; doctor.scm: the command doctor.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml scripts doctor)
  #:use-module (azml console)
  #:use-module (azml doctor)
  #:use-module (azml doctor finding)
  #:use-module (azml options)
  #:use-module (azml report)
  #:use-module (azml select)
  #:use-module (azml target)
  #:use-module (azml text)
  #:export (%command
            azml-doctor))

(define %command
  (command
   "doctor" "Tell what works here, and what to install for the rest."
   #:usage '("[options]")
   #:examples '(("doctor" . "this machine")
                ("doctor -r recipe.scm -c gpu1" . "and a target of the recipe"))
   #:options '((target #\c "target" "NAME" "look at the compute target NAME (local)")
               (recipe #\r "recipe" "FILE" "where the target is declared")
               (json #f "json" #f "write JSON"))
   #:notes '("Exits with 0 if runs work here, with 1 if they do not.")))

(define (finding->json finding)
  (append `((section . ,(symbol->string (finding-section finding)))
            (name . ,(finding-name finding))
            (state . ,(symbol->string (finding-state finding)))
            (text . ,(finding-text finding)))
          (filter cdr `((gives . ,(finding-gives finding))
                        (install . ,(finding-install finding))
                        (needed . ,(finding-needed? finding))))))

(define (state-style state)
  (case state
    ((ok) 'green)
    ((missing) 'yellow)
    (else 'red)))

(define (heading section target)
  (case section
    ((program) "azml-guile")
    ((project) "project")
    ((tools) "this machine")
    (else (string-append "target " (printable (compute-target-name target))))))

(define (write-line . texts)
  (for-each display texts)
  (newline))

(define (show-finding finding width)
  (let* ((port (current-output-port))
         (state (finding-state finding))
         (indent (make-string (+ width 13) #\space)))
    (write-line "  " (paint (state-style state)
                            (string-pad-right (symbol->string state) 7) port)
                "  " (pad-right (finding-name finding) width) "  " (finding-text finding)
                (if (finding-gives finding)
                    (string-append "; for " (finding-gives finding))
                    ""))
    (when (finding-install finding)
      (write-line indent (paint 'bold (finding-install finding) port)))))

(define (show findings target)
  (let ((width (apply max (map (lambda (finding) (string-columns (finding-name finding)))
                               findings))))
    (for-each (lambda (section)
                (let ((own (filter (lambda (finding)
                                     (eq? section (finding-section finding)))
                                   findings)))
                  (when (pair? own)
                    (write-line (paint 'bold (heading section target)
                                       (current-output-port)))
                    (for-each (lambda (finding) (show-finding finding width)) own))))
              '(program project tools target))
    (unless (works? findings)
      (say "azml-guile: " (paint 'red "runs do not work here") ", see above"))))

(define (azml-doctor words)
  "Run the command doctor with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (when (pair? operands)
       (usage-error (string-append "doctor takes no '" (car operands) "'")
                    "a target is named by -c NAME"))
     (let* ((target (named-target options))
            (findings (examine target)))
       (if (option-ref options 'json)
           (write-json `((works . ,(works? findings))
                         (target . ,(compute-target-name target))
                         (checks . ,(list->vector (map finding->json findings)))))
           (show findings target))
       (if (works? findings) 0 1)))))
