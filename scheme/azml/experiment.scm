;;; experiment.scm: a script with everything that it needs to run.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml experiment)
  #:use-module (azml records)
  #:use-module (azml types)
  #:use-module (azml environment)
  #:use-module (azml gpu)
  #:use-module (azml input)
  #:use-module (azml parameters)
  #:use-module (azml target)
  #:export (experiment experiment?
            experiment-name experiment-description experiment-script
            experiment-command experiment-arguments experiment-parameters
            experiment-source experiment-working-directory experiment-environment
            experiment-target experiment-inputs experiment-gpus experiment-variables
            experiment-setup experiment-steps experiment-metric-patterns
            experiment-time-limit experiment-grace
            experiment-location experiment-argv experiment-python-script?
            step step? step-name step-command
            metric-pattern metric-pattern? metric-pattern-name metric-pattern-pattern))

(define-record-type* <step> step step?
  "A command that prepares a run, in the run's source folder and environment."
  (printer (lambda (record port)
             (display "#<step " port)
             (display (step-name record) port)
             (display ">" port)))
  (name step-name (type text))
  (command step-command
           (type (checked "a list of strings, the program first"
                          (lambda (value)
                            (and (pair? value) (list? value) (and-map string? value)))))))

(define (pattern-problem record)
  (catch 'regular-expression-syntax
    (lambda ()
      (make-regexp (metric-pattern-pattern record))
      (if (string-index (metric-pattern-pattern record) #\()
          #f
          "the pattern needs a group ( ) around the number"))
    (lambda (key who message . rest)
      (string-append "bad pattern: " message))))

(define-record-type* <metric-pattern> metric-pattern metric-pattern?
  "A metric that is read from what the script prints: the first group of the POSIX extended
regular expression PATTERN is the value."
  (check pattern-problem)
  (name metric-pattern-name (type text))
  (pattern metric-pattern-pattern (type text)))

(define argument
  (make-type "a string or a number"
             (lambda (value)
               (cond ((string? value) (type-check text value))
                     ((real? value) (parameter-value->string value))
                     (else (bad value))))))

(define (script-or-command-problem e)
  (cond ((and (experiment-script e) (pair? (experiment-command e)))
         "give 'script' or 'command', not both")
        ((not (or (experiment-script e) (pair? (experiment-command e))))
         "lacks the field 'script' (or 'command')")
        (else #f)))

(define-record-type* <experiment> experiment experiment?
  "A script or command, its arguments and parameters, its source folder, and where and in
what it runs."
  (printer (lambda (record port)
             (display "#<experiment " port)
             (display (experiment-name record) port)
             (display ": " port)
             (display (string-join (experiment-argv record)) port)
             (when (experiment-target record)
               (display ", on " port)
               (display (compute-target-name (experiment-target record)) port))
             (display ">" port)))
  (check script-or-command-problem)
  (name experiment-name (type name-text))
  (description experiment-description (type (optional text)) (default #f))
  (script experiment-script
          (type (optional (checked "the script's path in the source folder, a string"
                                   (lambda (value)
                                     (and (string? value) (not (string-null? value)))))))
          (default #f))
  (command experiment-command (type (list-of text)) (default '()))
  (arguments experiment-arguments (type (list-of argument)) (default '()))
  (parameters experiment-parameters (type parameters-type) (default '()))
  (source experiment-source (type (optional text)) (default #f))
  (working-directory experiment-working-directory (type (optional text)) (default #f))
  (environment experiment-environment
               (type (optional (checked "an environment" environment?)))
               (default #f))
  (target experiment-target
          (type (optional (checked "a compute-target" compute-target?)))
          (default #f))
  (inputs experiment-inputs (type inputs-type) (default '()))
  (gpus experiment-gpus (type gpus-type) (default #f))
  (variables experiment-variables (type variables-and-secrets) (default '()))
  (setup experiment-setup (type (list-of text)) (default '()))
  (steps experiment-steps (type (list-of (checked "a step" step?))) (default '()))
  (metric-patterns experiment-metric-patterns
                   (type (list-of (checked "a metric-pattern" metric-pattern?)))
                   (default '()))
  (time-limit experiment-time-limit (type (optional duration)) (default #f))
  (grace experiment-grace (type (optional duration)) (default #f)))

(define (experiment-location e)
  "Return where the experiment E is written, (FILE LINE COLUMN), or #f."
  (record-location e))

(define (experiment-python-script? e)
  "Return true if the experiment E has a Python script, which the python of its environment
executes."
  (and (experiment-script e)
       (string-suffix? ".py" (experiment-script e))))

(define* (experiment-argv e #:optional (parameters (experiment-parameters e)))
  "Return the command of the experiment E with PARAMETERS, a list of strings: script or
command, arguments, parameters."
  (append
   (cond ((experiment-python-script? e) (list "python3" (experiment-script e)))
         ((not (experiment-script e)) (experiment-command e))
         ((string-index (experiment-script e) #\/) (list (experiment-script e)))
         (else (list (string-append "./" (experiment-script e)))))
   (experiment-arguments e)
   (parameters->arguments parameters)))
