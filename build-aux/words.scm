;;; words.scm: write src/cli/words.c, the words that completion knows.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; Completion is answered in C, without Guile; the options of the commands are in their
;;; Scheme modules.  So that they are written once, the table in C is made from there.
;;; What stands at a place of a command line is said here.
;;; Code:

(use-modules (azml options))

;; (COMMAND OPERANDS) or (COMMAND (VERB OPERANDS)...).
(define places
  '(("run" recipe)
    ("repl" recipe)
    ("logs" runs)
    ("attach" runs)
    ("stop" runs)
    ("history" ("list" none) ("show" runs) ("metrics" runs) ("outputs" runs)
     ("reindex" none))
    ("env" ("list" none) ("build" recipe))
    ("completion" shells)
    ("help" commands)))

(define (command-of name)
  "Return the command record of the command NAME, #f for one without a module."
  (let ((module (resolve-module `(azml scripts ,(string->symbol name)) #:ensure #f)))
    (and module (module-ref module '%command))))

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

(define (write-options name)
  (let ((command (command-of name)))
    (display (string-append "static const azml__words_option " (identifier name)
                            "_options[] = {\n"))
    (for-each (lambda (option)
                (when (list-ref option 1)
                  (write-option (string #\- (list-ref option 1)) option))
                (write-option (string-append "--" (list-ref option 2)) option))
              (if command (command-options command) '()))
    (display "  { 0, AZML__WORDS_NONE, 0 },\n};\n\n")))

(define (write-row name verb kind)
  (display (string-append "  { \"" name "\", "
                          (if verb (string-append "\"" verb "\"") "0") ", "
                          (kind-name kind) ", " (identifier name) "_options },\n")))

(define (write-place place)
  (let ((name (car place)))
    (for-each (lambda (operands)
                (if (pair? operands)
                    (write-row name (car operands) (cadr operands))
                    (write-row name #f operands)))
              (cdr place))))

(display "/* Made by build-aux/words.scm from scheme/azml/scripts.  */\n\n")
(display "#include <config.h>\n\n#include \"cli/words.h\"\n\n")
(for-each write-options (map car places))
(display "const azml__words azml__words_table[] = {\n")
(for-each write-place places)
(display "  { 0, 0, AZML__WORDS_NONE, 0 },\n};\n")
