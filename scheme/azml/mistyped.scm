;;; mistyped.scm: what somebody new to recipes has written in place of what was meant.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml mistyped)
  #:use-module (azml core)
  #:use-module (azml suggest)
  #:autoload (azml types) (show-value)
  #:export (unbound-hint value-hint values-hint command-hint))

(define (quoted text)
  (string-append "a text stands in quotation marks: \"" text "\""))

(define (file-name? text)
  (or-map (lambda (end) (string-suffix? end text))
          '(".py" ".sh" ".txt" ".yml")))

(define (curly-quote? char)
  (memv char '(#\“ #\” #\„ #\‘ #\’ #\« #\»)))

(define (unbound-hint text names)
  "Return what to write in place of TEXT, which is the name of nothing, NAMES being what there
are; #f where that cannot be told."
  (cond ((file-name? text) (quoted text))
        ((string-index text curly-quote?)
         (string-append "the quotation marks of a text are straight: \""
                        (string-trim-both text curly-quote?) "\""))
        ((assoc-ref '(("True" . "#t") ("true" . "#t") ("False" . "#f") ("false" . "#f"))
                    text)
         => (lambda (value) (string-append "a boolean is #t or #f: " value)))
        (else (did-you-mean text names))))

(define (value-hint name expected value)
  "Return what to write in place of VALUE of the field NAME, where EXPECTED, the description of a
type, was to be; #f where that cannot be told, or may be secret."
  (cond ((%secret-name? (symbol->string name)) #f)
        ((and (symbol? value)
              (not (string-prefix? "an alist" expected))
              (or (string-prefix? "a name" expected) (string-contains expected "string")))
         ;; 'x' is how others write a text.
         (quoted (%secret-hide (string-trim-right (symbol->string value) #\'))))
        ((and (string? value) (string=? expected "a list, each element a string"))
         (string-append "each word is an element: '"
                        (show-value (string-tokenize value))))
        ((and (string? value) (string=? expected "a compute-target"))
         (string-append "one that is kept is chosen by its name at a run: azml-guile run -c "
                        value " ...; a recipe has records: (compute-target (name \"" value
                        "\") ...)"))
        (else #f)))

(define (values-hint name values)
  "Return what to write where the field NAME has not one value but VALUES, a list of data."
  (if (and (pair? values) (and-map pair? values) (memq name '(environment target)))
      (let ((record (if (eq? name 'target) "compute-target" "environment")))
        (string-append "the value is a record: (" (symbol->string name) " (" record
                       " (" (object->string (caar values)) " ...) ...))"))
      "a list is written (list A B) or '(A B)"))

;; Commands of other programs.
(define other-words
  '(("version" . "--version") ("init" . "project create") ("new" . "project create")
    ("create" . "project create") ("train" . "run") ("start" . "run") ("exec" . "run")
    ("submit" . "run") ("ps" . "history list") ("runs" . "history list")
    ("tail" . "logs -f") ("log" . "logs") ("config" . "computetarget list")
    ("targets" . "computetarget list") ("shell" . "repl") ("check" . "doctor")))

(define (command-hint word)
  "Return the hint for WORD, which is no command here but one of other programs, or #f."
  (let ((ours (assoc-ref other-words word)))
    (and ours (string-append "did you mean 'azml-guile " ours "'?"))))
