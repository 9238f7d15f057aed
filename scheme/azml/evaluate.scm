;;; evaluate.scm: evaluate a file of Scheme with exact places in its errors.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Guile's evaluator forgets where an expression is written, and its compiler, which does
;;; not, takes longer to load than most recipes to run.  So each form is expanded, and in
;;; the expansion every call gets a note of its place just before it is made.

(define-module (azml evaluate)
  #:use-module (azml core)
  #:use-module (azml expansion)
  #:use-module (azml place)
  #:use-module (azml errors)
  #:use-module (azml trace)
  #:autoload (azml mistyped) (unbound-hint)
  #:export (evaluate-file read-source condition->text))

;; The source (see `source->location') of the call that was made last; the expansions of
;; `note-calls' set it.
(define %here #f)

;; The expansions of the forms of the outermost file that is being evaluated, and of what it
;; loaded, the last one first.
(define %trees '())

(define (read-source file)
  "Return the text of FILE, without a byte order mark, and with newlines alone as line ends."
  (let* ((text (%file-read file))
         (text (if (string-prefix? "\ufeff" text) (substring text 1) text)))
    (if (string-contains text "\r\n")
        (string-join (map (lambda (line)
                            (if (string-suffix? "\r" line)
                                (substring line 0 (- (string-length line) 1))
                                line))
                          (string-split text #\newline))
                     "\n")
        text)))

;;;
;;; What went wrong.
;;;

(define (one-line text)
  (string-join (filter-lines (map string-trim-both (string-split text #\newline))) " "))

(define (filter-lines lines)
  (cond ((null? lines) '())
        ((string-null? (car lines)) (filter-lines (cdr lines)))
        (else (cons (car lines) (filter-lines (cdr lines))))))

(define (condition->text condition)
  "Return what CONDITION, anything that was raised, says, on one line."
  (cond ((azml-error? condition) (azml-error-message condition))
        ((not (exception? condition))
         (string-append "raised " (object->string condition)))
        (else
         (one-line
          (call-with-output-string
            (lambda (port)
              (print-exception port #f (exception-kind condition)
                               (exception-args condition))))))))

(define (reader-message condition port)
  "Return what the reader says in CONDITION, without the place in front."
  (let* ((arguments (exception-args condition))
         (template (cadr arguments))
         (rest (if (string-prefix? (port-filename port) template)
                   (substring template (string-length (port-filename port)))
                   template)))
    (one-line
     (apply simple-format #f
            (string-trim rest (lambda (c) (or (char-numeric? c) (memv c '(#\: #\space)))))
            (caddr arguments)))))

(define (reader-error condition port file start)
  ;; What the reader lacks is missed at the end of the file; what helps is where the
  ;; form that needs it begins.
  (let* ((message (reader-message condition port))
         (open? (string-prefix? "unexpected end of input" message)))
    (raise-located-error
     (if open?
         start
         (list file (+ (port-line port) 1) (max 1 (port-column port))))
     (if open?
         (string-append "this form is not closed: " message)
         message)
     #:code 'format
     #:hint (cond (open? "a parenthesis or a quotation mark is missing")
                  ((string-contains message "unexpected \")\"")
                   "there is one parenthesis too many")
                  (else #f)))))

(define (module-names module)
  "Return the names that MODULE defines or imports from modules of azml, as strings."
  (define (names module)
    (hash-map->list (lambda (name variable) (symbol->string name))
                    (module-obarray module)))
  (apply append (names module)
         (map names (module-uses module))))

(define (unbound-error name module)
  "Raise the error that the variable NAME is unbound in MODULE."
  (define (place name)
    (or-map (lambda (tree) (find-reference name tree)) %trees))
  (define azml (resolve-interface '(azml)))
  (define forgotten
    ;; Its fields would be what is unbound first: (experiment (name "x")).
    (and (not (memq azml (module-uses module)))
         (or-map (lambda (name) (and (place name) name))
                 (append '(experiment compute-target environment) (list name)))))
  (if (and forgotten (module-variable azml forgotten))
      (raise-located-error
       (source->location (place forgotten))
       (string-append "unbound variable '" (symbol->string forgotten) "'")
       #:hint "write (use-modules (azml)) at the top of the file")
      (raise-located-error
       (source->location (or (place name) %here))
       (string-append "unbound variable '" (symbol->string name) "'")
       #:hint (unbound-hint (symbol->string name) (module-names module)))))

(define (data? form)
  ;; (lr . 0.1), or a list of such pairs: data that were meant to be quoted.
  (and (pair? form)
       (or (not (list? form)) (and-map data? form))))

(define (raise-with-place condition module)
  "Raise CONDITION again, with its place: as it is if it says its own, or is none of the
file's making.  MODULE is the current one."
  (let ((kind (and (exception? condition) (exception-kind condition)))
        (here (source->location %here)))
    (cond ((azml-error? condition)
           (if (or (azml-cancelled? condition)
                   (pair? (azml-error-irritants condition)))
               (raise-exception condition)
               (raise-located-error here (azml-error-message condition)
                                    #:hint (azml-error-hint condition)
                                    #:code (azml-error-code condition))))
          ((eq? kind 'quit)
           (raise-exception condition))
          ((eq? kind 'syntax-error)
           (let* ((arguments (exception-args condition))
                  (who (car arguments)))
             (raise-located-error
              (or (source->location (caddr arguments)) here)
              (string-append (if who (simple-format #f "~A: " who) "")
                             (cadr arguments)
                             (if (cadddr arguments)
                                 (string-append " in " (object->string (cadddr arguments)))
                                 ""))
              #:hint (cond ((data? (cadddr arguments))
                            "pairs are data, and quoted: (parameters '((lr . 0.1) (epochs . 5)))")
                           ((memq (cadddr arguments) '(import from))
                            "a recipe is Scheme, not Python: it begins with (use-modules (azml))")
                           (else #f)))))
          ((eq? kind 'unbound-variable)
           (unbound-error (car (caddr (exception-args condition))) module))
          (else
           (raise-located-error here (condition->text condition) #:code 'scheme)))))

;;;
;;; Reading and evaluating.
;;;

(define (skip-blanks port file)
  "Skip blanks and comments of FILE; return the location of what follows, or #f at the end."
  (let ((char (peek-char port)))
    (cond ((eof-object? char) #f)
          ((char-whitespace? char) (read-char port) (skip-blanks port file))
          ((char=? char #\;)
           (let loop ((char (read-char port)))
             (unless (or (eof-object? char) (char=? char #\newline))
               (loop (read-char port))))
           (skip-blanks port file))
          (else (list file (+ (port-line port) 1) (+ (port-column port) 1))))))

(define (make-module-for-file)
  (let ((module (make-fresh-user-module)))
    ;; What `load' brings may define anew what was defined before.
    (set-module-declarative?! module #f)
    module))

;; Words of stack: 128 MiB hold a million calls of the evaluator; a recursion without an end
;; would take all memory first.
(define stack-limit (ash 1 24))

(define (call-with-stack-limit thunk)
  (%call-with-stack-limit
   stack-limit thunk
   (lambda ()
     (raise-azml-error 'too-large "the recursion is too deep, or has no end"))))

(define (absolute file)
  (if (string-prefix? "/" file)
      file
      (string-append (%working-folder) "/" file)))

;; What the macro `load' expands to a call of.
(define load-plainly load-in-vicinity)

;; How deep files that load files are evaluated, and may be: each takes some stack of C.
(define %depth 0)
(define depth-limit 100)

(define (load-with-places folder file . reader)
  ;; A reader of the user's own gives no places.
  (if (pair? reader)
      (apply load-plainly folder file reader)
      (let ((full-name (if (string-prefix? "/" file)
                           file
                           (string-append folder "/" file))))
        (call-with-values
            (lambda ()
              (evaluate-file (file-as-shown full-name) #:full-name full-name
                             #:module (current-module)))
          (lambda (value modules) value)))))

(define (call-as-evaluator thunk)
  "Call THUNK, which an interrupt ends; what is loaded meanwhile is evaluated, too."
  (define (enter depth procedure)
    (lambda ()
      (set! %depth depth)
      (module-set! (resolve-module '(guile)) 'load-in-vicinity procedure)))
  (when (= %depth 0)
    (set! %trees '()))
  (when (= %depth depth-limit)
    (raise-azml-error 'too-large "files load each other without an end"))
  (dynamic-wind (enter (+ %depth 1) load-with-places)
                (lambda () (%call-interruptible thunk))
                (enter %depth load-in-vicinity)))

(define* (evaluate-file file #:key (module (make-module-for-file))
                        (full-name (absolute file)) (text (read-source full-name)))
  "Evaluate the forms of FILE, the absolute FULL-NAME, whose TEXT is read from it by default,
in MODULE, by default a new one.  A file that these load is evaluated likewise.  Return two
values: the value of the last form, and the list of the modules that were current after a
form, the last one first.  Errors are azml conditions whose message begins with the place; an
interrupt ends the evaluation."
  (define port (open-input-string text))
  (define caller-here %here)
  (define (evaluate form start)
    (set! %here (vector file (- (cadr start) 1) (- (caddr start) 1)))
    (let ((tree (macroexpand form)))
      (set! %trees (cons tree %trees))
      (primitive-eval (note-calls tree '(azml evaluate) '%here))))
  (define (read-form start)
    (call-with-conversion
     (lambda (condition)
       (if (and (exception? condition) (eq? (exception-kind condition) 'read-error))
           (reader-error condition port file start)
           (raise-exception condition)))
     (lambda () (read-syntax port))))
  ;; The absolute name, so that `load' and `include' find what is beside the file.
  (set-port-filename! port full-name)
  (show-file-as! full-name file)
  (save-module-excursion
   (lambda ()
     (set-current-module module)
     (call-as-evaluator
      (lambda ()
        (let loop ((value *unspecified*) (modules (list module)))
          (let* ((start (skip-blanks port file))
                 (form (if start (read-form start) the-eof)))
            (if (eof-object? form)
                (begin
                  (set! %here caller-here)
                  (values value modules))
                (let ((value (call-with-conversion
                              (lambda (condition)
                                (raise-with-place condition (current-module)))
                              (lambda ()
                                (call-with-stack-limit
                                 (lambda () (evaluate form start)))))))
                  (loop value
                        (if (memq (current-module) modules)
                            modules
                            (cons (current-module) modules))))))))))))

(define the-eof (read-char (open-input-string "")))
