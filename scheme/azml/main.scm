;;; main.scm: the program: which command, and what its errors become.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml main)
  #:use-module (azml core)
  #:use-module (azml handling)
  #:autoload (azml commands) (commands command-synopsis show-commands)
  #:autoload (azml mistyped) (command-hint)
  #:autoload (azml errors) (raise-azml-error)
  #:autoload (azml paths) (azml-version)
  #:autoload (azml scripts history) (history-verbs)
  #:autoload (azml suggest) (did-you-mean nearest)
  #:autoload (azml workbench gone) (gone-command)
  #:export (main run-command))

(define (verb-hint name)
  ;; What comes after history, and what was meant for it alone.
  (let ((verb (nearest name history-verbs)))
    (if verb
        (string-append "did you mean 'azml-guile history " verb "'?")
        "azml-guile help lists the commands")))

(define (file-hint name)
  ;; A file in the place of a command, or #f.
  (cond ((string-suffix? ".scm" name) (string-append "azml-guile run " name))
        ((or (string-suffix? ".py" name) (string-suffix? ".sh" name))
         (string-append "azml-guile run -- " name))
        (else #f)))

(define (unknown-command name)
  (raise-azml-error 'usage (string-append "unknown command '" name "'")
                    #:hint (or (gone-command name)
                               (file-hint name)
                               (command-hint name)
                               (did-you-mean name (commands))
                               (verb-hint name))))

(define (run-command name arguments)
  "Run the command NAME, a string, with ARGUMENTS, a list of strings.  Return its exit
status."
  (let* ((symbol (string->symbol name))
         ;; Only a module that does not exist is an unknown command; one that fails to
         ;; load shows its own error.
         (module (and (string-every (lambda (c) (or (char-alphabetic? c) (char=? c #\-)))
                                    name)
                      (resolve-module (list 'azml 'scripts symbol) #:ensure #f)))
         (entry (and module
                     (module-variable module (symbol-append 'azml- symbol)))))
    (unless entry
      (unknown-command name))
    ((variable-ref entry) arguments)))

(define (help arguments)
  (cond ((null? arguments)
         (show-commands (current-output-port))
         0)
        ((member (car arguments) '("help" "--help" "-h" "--help-all")) (help '()))
        (else (run-command (car arguments) '("--help")))))

(define (dispatch arguments)
  (if (null? arguments)
      (begin
        (show-commands (current-error-port))
        2)
      (let ((first (car arguments)) (rest (cdr arguments)))
        (cond ((string=? first "help") (help rest))
              ((member first '("--help" "-h" "--help-all")) (help '()))
              ((member first '("--version" "-V"))
               (display (string-append "azml-guile " (azml-version) "\n"))
               0)
              ((string=? first "--debug")
               (parameterize ((debugging? #t))
                 (dispatch* rest)))
              ((string-prefix? "-" first)
               (raise-azml-error 'usage (string-append "unknown option '" first "'")
                                 #:hint (did-you-mean first '("--version" "--help" "--debug")
                                                      "azml-guile help shows what there is")))
              (else (run-command first rest))))))

;; The index is closed if this command has opened it: the last one to do so brings its
;; journal into the file, which the next command would have to read otherwise.
(define (close-what-is-open)
  (let ((history (resolve-module '(azml history) #f #:ensure #f)))
    (when history
      ((module-ref history 'close-index!)))))

(define (dispatch* arguments)
  (call-with-error-handling
   (lambda ()
     (let ((status (dispatch arguments)))
       (force-output (current-output-port))
       (close-what-is-open)
       (if (exact-integer? status) status (if status 0 1))))))

(define (main arguments)
  "Run the command that ARGUMENTS, the program's name first, ask for.  Return the exit
status."
  (for-each (lambda (port)
              (set-port-encoding! port "UTF-8")
              (set-port-conversion-strategy! port 'substitute))
            (list (current-input-port) (current-output-port) (current-error-port)))
  (dispatch* (cdr arguments)))
