;;; options.scm: the command line of a command, and its help.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; One table says which options a command has, and both the parser and the help are made
;;; from it, so that they cannot differ.  An option is a list
;;;
;;;   (KEY LETTER NAME ARGUMENT TEXT)
;;;
;;; LETTER is a character or #f, NAME the long name, ARGUMENT what the argument is called
;;; in the help, #f for a flag, TEXT one line.  Options and operands may be mixed; what
;;; follows "--" is kept apart, untouched.
;;; Code:

(define-module (azml options)
  #:use-module (azml structure)
  #:use-module (azml errors)
  #:autoload (azml help) (show-help)
  #:autoload (azml suggest) (nearest)
  #:autoload (azml workbench gone) (gone-verb)
  #:export (command
            command?
            command-name
            command-summary
            command-usage
            command-examples
            command-options
            command-seldom
            command-notes
            option-key
            option-letter
            option-name
            option-argument
            option-text
            parse-options
            option-ref
            option-refs
            option-number
            option-age
            call-with-command-line
            usage-error
            unknown-verb
            single-operand))

(define-structure <command>
  (make-command name summary usage examples options seldom notes)
  command?
  (name command-name)
  (summary command-summary)
  (usage command-usage)
  (examples command-examples)
  (options command-options)
  (seldom command-seldom)
  (notes command-notes))

(define* (command name summary #:key (usage '("")) (examples '()) (options '())
                  (seldom '()) (notes '()))
  "Return a command NAME that SUMMARY, a sentence, describes.  USAGE is a list of what may
follow its name, EXAMPLES a list of pairs of a line and what it does, OPTIONS the table of
its options, SELDOM a list of the keys of those that --help only names, so that it fits a
screen, NOTES a list of lines for the end of its help."
  (make-command name summary usage examples
                (append options
                        '((help #\h "help" #f "show help")
                          (help-all #f "help-all" #f "show help for all options")))
                seldom notes))

(define* (usage-error message #:optional hint)
  "Raise the error that the command line is wrong: MESSAGE, and what to do, HINT."
  (raise-azml-error 'usage message #:hint hint))

(define (option-key option)
  "Return the key of OPTION, a row of a command's table."
  (list-ref option 0))

(define (option-letter option)
  "Return the letter of OPTION, or #f."
  (list-ref option 1))

(define (option-name option)
  "Return the long name of OPTION."
  (list-ref option 2))

(define (option-argument option)
  "Return what the argument of OPTION is called, or #f if it takes none."
  (list-ref option 3))

(define (option-text option)
  "Return what OPTION does."
  (list-ref option 4))

(define (help-hint command)
  (string-append "see: azml-guile " (command-name command) " --help"))

(define (find-long command name)
  ;; The option NAME, or the only one that begins so.
  (let* ((options (command-options command))
         (same (filter (lambda (option) (string=? (option-name option) name)) options))
         (near (filter (lambda (option) (string-prefix? name (option-name option)))
                       options)))
    (cond ((pair? same) (car same))
          ((and (pair? near) (null? (cdr near))) (car near))
          ((pair? near)
           (usage-error
            (string-append "option '--" name "' is ambiguous")
            (string-append "it may mean "
                           (string-join (map (lambda (option)
                                               (string-append "--" (option-name option)))
                                             near)
                                        ", "))))
          (else
           (let ((meant (nearest name (map option-name options))))
             (usage-error (string-append "unknown option '--" name "'")
                          (cond ((string=? name "debug")
                                 "it comes before the command: azml-guile --debug ...")
                                (meant (string-append "did you mean '--" meant "'?"))
                                ((takes-command? command)
                                 (string-append
                                  "for a script: azml-guile " (command-name command)
                                  " -- train.py --" name " ...; for a recipe: " name
                                  "=VALUE"))
                                (else (help-hint command)))))))))

(define (takes-command? command)
  ;; Whether the option of a script may have been meant.
  (or-map (lambda (usage) (string-contains usage "-- COMMAND"))
          (command-usage command)))

(define (find-letter command letter)
  (let ((found (filter (lambda (option) (eqv? (option-letter option) letter))
                       (command-options command))))
    (if (pair? found)
        (car found)
        (usage-error (string-append "unknown option '-" (string letter) "'")
                     (help-hint command)))))

(define (needs-argument command text)
  (usage-error (string-append "option '" text "' needs an argument") (help-hint command)))

(define (parse-long command word rest)
  ;; Return the option, its value, and the words that follow.
  (let* ((equals (string-index word #\=))
         (name (substring word 2 (or equals (string-length word))))
         (option (find-long command name))
         (text (string-append "--" (option-name option))))
    (cond ((not (option-argument option))
           (when equals
             (usage-error (string-append "option '" text "' takes no argument")
                          (help-hint command)))
           (values option #t rest))
          (equals (values option (substring word (+ equals 1)) rest))
          ((pair? rest) (values option (car rest) (cdr rest)))
          (else (needs-argument command text)))))

(define (parse-letter command word rest)
  ;; The same for the first letter of WORD, "-dn" or "-j2"; other letters of it come back
  ;; as a word of their own.
  (let* ((option (find-letter command (string-ref word 1)))
         (more (substring word 2)))
    (cond ((not (option-argument option))
           (values option #t
                   (if (string-null? more) rest (cons (string-append "-" more) rest))))
          ((not (string-null? more)) (values option more rest))
          ((pair? rest) (values option (car rest) (cdr rest)))
          (else (needs-argument command (substring word 0 2))))))

(define* (parse-options command words #:key in-order?)
  "Return three values for the command line WORDS of COMMAND: an association list of the
options in the order given, the list of operands, and the list of what follows \"--\", or
#f if that is not there.  With IN-ORDER? the first operand ends the options: it and all that
follows are operands."
  (let loop ((words words) (options '()) (operands '()))
    (let ((done (lambda (rest)
                  (values (reverse options) (reverse operands) rest))))
      (cond
       ((null? words) (done #f))
       ((string=? (car words) "--") (done (cdr words)))
       ((and in-order? (not (string-prefix? "-" (car words))))
        (values (reverse options) words #f))
       ((or (not (string-prefix? "-" (car words))) (string=? (car words) "-"))
        (loop (cdr words) options (cons (car words) operands)))
       (else
        (call-with-values
            (lambda ()
              ((if (string-prefix? "--" (car words)) parse-long parse-letter)
               command (car words) (cdr words)))
          (lambda (option value rest)
            (loop rest (acons (option-key option) value options) operands))))))))

(define* (option-ref options key #:optional default)
  "Return the last value given for KEY in the association list OPTIONS, or DEFAULT."
  (let loop ((options options) (found default))
    (cond ((null? options) found)
          ((eq? (caar options) key) (loop (cdr options) (cdar options)))
          (else (loop (cdr options) found)))))

(define (option-refs options key)
  "Return the list of all values given for KEY in the association list OPTIONS, in order."
  (map cdr (filter (lambda (pair) (eq? (car pair) key)) options)))

(define* (option-number options key #:key (default #f) (least 0) (integer? #t))
  "Return the number given for KEY in OPTIONS, or DEFAULT.  It is a usage error if it is no
number, less than LEAST, or, with INTEGER?, not whole."
  (let ((text (option-ref options key)))
    (if (not text)
        default
        (let ((number (string->number text 10)))
          (if (and number (real? number) (>= number least)
                   (or (not integer?) (exact-integer? number)))
              number
              (usage-error
               (string-append "option '--" (symbol->string key) "': '" text "' is not "
                              (if integer? "a whole number" "a number")
                              " of at least " (number->string least))))))))

(define age-units '((#\s . 1) (#\m . 60) (#\h . 3600) (#\d . 86400) (#\w . 604800)))

(define (option-age options key)
  "Return the age given for KEY in OPTIONS, \"12h\" or \"30d\", in seconds; #f if there is none.
It is a usage error if it is no age."
  (let ((text (option-ref options key)))
    (and text
         (let* ((length (string-length text))
                (unit (and (> length 1)
                           (assv-ref age-units (string-ref text (- length 1)))))
                (number (and unit (string->number (substring text 0 (- length 1)) 10))))
           (if (and number (real? number) (>= number 0) (< number 1e9))
               (* number unit)
               (usage-error (string-append "option '--" (symbol->string key) "': '" text
                                           "' is no age")
                            "for instance 90m, 12h, 30d or 8w"))))))

(define* (call-with-command-line command words procedure #:key in-order?)
  "Parse the command line WORDS of COMMAND, with IN-ORDER? as `parse-options' does, and return
what PROCEDURE, called with options, operands and what follows \"--\", returns: the exit code.
Answer --help and --help-all."
  (call-with-values (lambda () (parse-options command words #:in-order? in-order?))
    (lambda (options operands rest)
      (cond ((or (option-ref options 'help) (option-ref options 'help-all))
             (show-help command (current-output-port)
                        #:all? (option-ref options 'help-all))
             0)
            (else (procedure options operands rest))))))

(define (unknown-verb command verb verbs)
  "Raise the error that COMMAND has no VERB, with the nearest of its VERBS."
  (let ((meant (nearest verb verbs)))
    (usage-error (string-append "'" (command-name command) "' has no '" verb "'")
                 (cond ((gone-verb (command-name command) verb))
                       (meant (string-append "did you mean '" meant "'?"))
                       (else (string-append "there are " (string-join verbs ", ")))))))

(define (single-operand command operands what)
  "Return the one word of the list OPERANDS of COMMAND, which names a WHAT; it is a usage
error if there is none, or another."
  (cond ((null? operands)
         (usage-error (string-append "which " what "?")
                      (if (string=? what "run")
                          (string-append "for instance: azml-guile " (command-name command) " last")
                          (help-hint command))))
        ((pair? (cdr operands))
         (usage-error (string-append "one " what " at a time, not also '" (cadr operands)
                                     "'")))
        (else (car operands))))
