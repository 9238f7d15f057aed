;;; commands.scm: what commands there are.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; The module (azml scripts NAME) of the command NAME is loaded when it is called; what
;;; `help' prints is data here, so that nothing needs to be loaded for it.

(define-module (azml commands)
  #:export (commands command-categories command-category command-synopsis show-commands))

(define-syntax define-commands
  (syntax-rules ()
    ((_ table (name category synopsis) ...)
     (define table '((name category synopsis) ...)))))

(define-commands %commands
  ("run" "runs" "run an experiment of a recipe, or a command")
  ("logs" "runs" "show what a run printed")
  ("attach" "runs" "follow a run that was left alone")
  ("stop" "runs" "stop runs")
  ("history" "runs" "list, show and compare runs; their metrics and outputs")
  ("repl" "runs" "declare, submit and look at runs interactively")
  ("computetarget" "machines" "keep machines to run on; what one has")
  ("env" "machines" "list, build and remove environments")
  ("gpu" "machines" "show GPUs: who uses them, who waits")
  ("doctor" "machines" "what works here, and what to install for the rest")
  ("completion" "machines" "teach a shell to complete azml-guile")
  ("help" "machines" "show this list, or the help of a command")
  ("experiment" "workbench" "submit, look at and cancel runs as az ml did")
  ("project" "workbench" "begin a project from a template; bring back a run's files")
  ("runconfiguration" "workbench" "list, create, change and delete run configurations")
  ("asset" "workbench" "bring files that were promoted")
  ("import" "workbench" "turn a file of Workbench, SDK v1 or CLI v2 into a recipe"))

(define command-categories
  '(("runs" . "Runs") ("machines" . "Machines and tools")
    ("workbench" . "Workbench projects")))

(define (commands)
  "Return the names of all commands."
  (map car %commands))

(define (command-category name)
  "Return the category of the command NAME, or #f if there is no such command."
  (and=> (assoc name %commands) cadr))

(define (command-synopsis name)
  "Return what the command NAME does, in a few words, or #f if there is no such command."
  (and=> (assoc name %commands) caddr))

(define (show-commands port)
  "Print the list of commands to PORT.  It fits a screen."
  (define (line . texts)
    (for-each (lambda (text) (display text port)) texts)
    (newline port))
  (line "Usage: azml-guile COMMAND [ARGUMENT...]")
  (line "Declare machine-learning experiments as Scheme recipes, run them, keep each run.")
  (line)
  (for-each
   (lambda (category)
     (line (cdr category) ":")
     (for-each (lambda (command)
                 (when (string=? (cadr command) (car category))
                   (line "  " (string-pad-right (car command) 18) (caddr command))))
               %commands))
   command-categories)
  (line "See 'azml-guile help COMMAND'; also --version, and --debug for a backtrace."))
