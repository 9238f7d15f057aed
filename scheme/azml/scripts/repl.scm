;;; repl.scm: the command repl.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml scripts repl)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml handling)
  #:use-module (azml options)
  #:use-module (azml paths)
  #:use-module (azml run)
  #:use-module (azml target)
  #:use-module (system repl command)
  #:use-module (system repl common)
  #:use-module (system repl repl)
  #:autoload (azml suggest) (did-you-mean)
  #:autoload (azml plugin) (load-all-plugins registered-target-types target-type-name
                            target-type-description)
  #:export (%command
            azml-repl))

(define %command
  (command
   "repl" "Declare, submit and look at runs interactively."
   #:usage '("[RECIPE]")
   #:examples '(("repl" . "begin with (azml) alone")
                ("repl recipe.scm" . "begin with what the recipe defines"))
   #:notes '("(submit e), (run e), (follow r), (wait r), (cancel r), (metrics r), (outputs r),"
             "(attach \"last\"), (runs) act on experiments and runs; ,runs ,logs ,targets are"
             "short forms, ,describe NAME explains a procedure, ,quit leaves.")))

;;; Meta commands

(define (print-lines objects)
  (for-each (lambda (object)
              (display object)
              (newline))
            objects))

(define-meta-command ((runs azml) repl #:optional (limit 20))
  "runs [N]
List the latest runs."
  (print-lines ((@ (azml run) runs) #:limit limit)))

(define-meta-command ((logs azml) repl #:optional (name 'last))
  "logs [RUN]
Write what a run has printed: the latest one, or the one whose id begins with RUN."
  (run-log (attach (if (string? name) name (object->string name display)))))

(define-meta-command ((targets azml) repl)
  "targets
List the compute targets that are defined here, and the target types."
  (print-lines (let loop ((module (current-module)) (found '()))
                 (hash-fold (lambda (name variable found)
                              (if (and (variable-bound? variable)
                                       (compute-target? (variable-ref variable)))
                                  (cons (variable-ref variable) found)
                                  found))
                            found
                            (module-obarray module))))
  (print-lines (list (local-target)))
  (load-all-plugins)
  (print-lines (map (lambda (type)
                      (string-append "type " (symbol->string (target-type-name type))
                                     ": " (target-type-description type)))
                    (registered-target-types))))

;;; The terminal

(define (history-file)
  (let ((state (or (%getenv "XDG_STATE_HOME")
                   (and=> (%getenv "HOME")
                          (lambda (home) (string-append home "/.local/state"))))))
    (and state (string-append state "/azml/repl-history"))))

(define (make-folders folder)
  (unless (or (string=? folder "/") (string=? folder ".") (%file-status folder))
    (make-folders (dirname folder))
    (mkdir folder #o700)))

(define (readline-procedure name)
  (module-ref (resolve-interface '(ice-9 readline)) name))

(define (activate-line-editing!)
  ;; Line editing and history where Guile was built with readline; return what saves the
  ;; history at the end.
  (let ((file (history-file)))
    (or (false-if-exception
         (begin
           ((readline-procedure 'activate-readline))
           (when file
             (make-folders (dirname file))
             (when (%file-status file)
               ((readline-procedure 'read-history) file)))
           (lambda ()
             (when file
               (false-if-exception ((readline-procedure 'write-history) file))))))
        (lambda () #f))))

(define (call-with-interrupts thunk)
  ;; The signal handlers of the program set a token, which ends blocking calls; here Ctrl-C is
  ;; the REPL's, at the prompt and while a run is followed.
  (%leave-signals!)
  (let ((old (sigaction SIGINT
               (lambda (signal)
                 (%cancel-reset!)
                 (scm-error 'signal #f "interrupted" '() (list signal))))))
    (dynamic-wind
      (lambda () #f)
      thunk
      (lambda () (sigaction SIGINT (car old) (cdr old))))))

(define (fresh-module file)
  (let ((module (make-fresh-user-module)))
    (module-use! module (resolve-interface '(azml)))
    (when file
      ((@ (azml evaluate) evaluate-file) file #:module module))
    module))

(define (unbound-hint name)
  ;; What to type in place of NAME, that nothing is called, or #f.
  (cond ((member name '("help" "?")) ",help azml lists the short forms")
        ((string-index name #\=)
         "parameters are an alist: (run e #:parameters '((lr . 0.1)))")
        (else
         (did-you-mean name
                       (append (names-of (current-module))
                               (names-of (resolve-interface '(azml))))))))

(define (names-of module)
  (hash-map->list (lambda (name variable) (symbol->string name)) (module-obarray module)))

(define (print-unbound port key arguments default-printer)
  (let* ((name (object->string (car (caddr arguments))))
         (hint (unbound-hint name)))
    (display (string-append "unbound variable '" name "'") port)
    (when hint
      (display "\nhint: " port)
      (display hint port))))

(define (start interactive?)
  ;; An unbound variable is an error in a moment: no warning before, of a place unknown.
  (repl-default-option-set! 'compile-options '())
  (repl-default-option-set! 'warning-level 0)
  (set-exception-printer! 'unbound-variable print-unbound)
  (repl-default-option-set! 'prompt (lambda (repl) (if interactive? "azml> " "")))
  ;; An error is told, and the prompt comes back: no prompt inside the prompt.
  (repl-default-option-set! 'on-error 'report)
  ;; Not the first of a stack, a REPL does not greet in Guile's name.
  (with-fluids ((*repl-stack* (list #f)))
    (run-repl (make-repl 'scheme))))

(define (azml-repl words)
  "Run the command repl with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (let ((interactive? (isatty? (current-input-port)))
           (module (fresh-module (and (pair? operands)
                                      (single-operand %command operands "recipe")))))
       (set-current-module module)
       (let ((leave (if interactive? (activate-line-editing!) (lambda () #f))))
         (when interactive?
           (say "azml-guile " (azml-version) ", Guile " (version)
                ".  ,help azml lists the short forms; ,quit leaves."))
         (call-with-interrupts (lambda () (start interactive?)))
         (leave)
         0)))))
