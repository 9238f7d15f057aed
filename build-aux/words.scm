;;; words.scm: write src/cli/words.c, the words that completion knows.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; Completion is answered in C, without Guile; the options of the commands are in their
;;; Scheme modules.  So that they are written once, the table in C is made from there.
;;; What stands at a place of a command line is said here.
;;; Code:

(use-modules (azml options))

;; (COMMAND OPERANDS) or (COMMAND (VERB OPERANDS [MODULE [VARIABLE]])...): a verb with
;; options of its own has them in VARIABLE (%command) of (azml COMMAND MODULE).
(define places
  '(("run" recipe)
    ("repl" recipe)
    ("logs" runs)
    ("attach" runs)
    ("stop" runs)
    ("history" ("list" none) ("show" runs) ("metrics" runs)
     ("outputs" runs outputs) ("refresh" runs refresh) ("fetch" none fetch)
     ("reindex" none) ("compare" runs compare) ("checkout" runs checkout)
     ("rm" runs remove %rm-command) ("gc" none remove %gc-command)
     ("export" none export) ("plot" runs plot)
     ("last" none last) ("info" runs artifact %info-command)
     ("download" runs artifact %download-command)
     ("promote" runs artifact %promote-command))
    ("project" ("create" none) ("restore" runs) ("sample" none))
    ("experiment" ("submit" files) ("prepare" none) ("status" runs) ("cancel" runs)
     ("diagnostics" runs) ("return" runs) ("clean" none))
    ("asset" ("download" files) ("list" none))
    ("computetarget" ("list" none) ("show" targets) ("check" targets)
     ("attach" none attach %attach-command) ("update" targets attach %update-command)
     ("detach" targets attach %detach-command))
    ("env" ("list" none) ("build" recipe) ("gc" none gc))
    ("runconfiguration" ("list" none) ("show" none) ("create" none) ("update" none)
     ("delete" none))
    ("import" files)
    ("gpu" targets)
    ("doctor" none)
    ("completion" shells)
    ("help" commands)))

(define (command-of name verb)
  "Return the command record of the command NAME or of its VERB, a row of `places' or #f; #f
for a command without a module."
  (let* ((own (and (pair? verb) (pair? (cddr verb)) (cddr verb)))
         (module (resolve-module (if own
                                     `(azml ,(string->symbol name) ,(car own))
                                     `(azml scripts ,(string->symbol name)))
                                 #:ensure #f)))
    (and module
         (module-ref module (if (and own (pair? (cdr own))) (cadr own) '%command)))))

;; What the value of an option is, by what its help calls it.
(define (value-kind option)
  (let ((key (car option)) (argument (list-ref option 3)))
    (cond ((eq? key 'target) 'targets)
          ((member argument '("FILE" "DIR" "FOLDER")) 'files)
          ((equal? argument "RUN") 'runs)
          (else 'none))))

(define (kind-name kind)
  (string-append "AZML__WORDS_" (string-upcase (symbol->string kind))))

(define (identifier name)
  (string-map (lambda (c) (if (char=? c #\-) #\_ c)) name))

(define (write-option word option)
  (display (string-append "  { \"" word "\", " (kind-name (value-kind option)) ", "
                          (if (list-ref option 3) "1" "0") " },\n")))

(define (table-name name verb)
  (string-append (identifier name)
                 (if (and (pair? verb) (pair? (cddr verb)))
                     (string-append "_" (car verb))
                     "")
                 "_options"))

(define (write-options name verb)
  (let ((command (command-of name verb)))
    (display (string-append "static const azml__words_option " (table-name name verb)
                            "[] = {\n"))
    (for-each (lambda (option)
                (when (list-ref option 1)
                  (write-option (string #\- (list-ref option 1)) option))
                (write-option (string-append "--" (list-ref option 2)) option))
              (if command (command-options command) '()))
    (display "  { 0, AZML__WORDS_NONE, 0 },\n};\n\n")))

(define (write-tables place)
  (let ((own (filter (lambda (verb) (and (pair? verb) (pair? (cddr verb)))) (cdr place))))
    (write-options (car place) #f)
    (for-each (lambda (verb) (write-options (car place) verb)) own)))

(define (write-row name verb)
  (display (string-append "  { \"" name "\", "
                          (if (pair? verb) (string-append "\"" (car verb) "\"") "0") ", "
                          (kind-name (if (pair? verb) (cadr verb) verb)) ", "
                          (table-name name verb) " },\n")))

(define (write-place place)
  (for-each (lambda (verb) (write-row (car place) verb)) (cdr place)))

(display "/* Made by build-aux/words.scm from scheme/azml/scripts.  */\n\n")
(display "#include <config.h>\n\n#include \"cli/words.h\"\n\n")
(for-each write-tables places)
(display "const azml__words azml__words_table[] = {\n")
(for-each write-place places)
(display "  { 0, 0, AZML__WORDS_NONE, 0 },\n};\n")
