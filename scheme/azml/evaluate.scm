;;; evaluate.scm: evaluate a file of Scheme with exact places in its errors.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Guile's evaluator forgets where an expression is written, and its compiler, which does
;;; not, takes longer to load than most recipes to run.  So each form is expanded, and in
;;; the expansion every call gets a note of its place just before it is made.

(define-module (azml evaluate)
  #:use-module (azml core)
  #:use-module (azml records)
  #:use-module (azml errors)
  #:use-module (azml trace)
  #:autoload (azml suggest) (did-you-mean)
  #:export (evaluate-file read-source condition->text))

;; The source (see `source->location') of the call that was made last.
(define %here #f)

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
;;; The expansion.
;;;

(define (vtable-named name)
  (let loop ((i 0))
    (let ((vtable (vector-ref %expanded-vtables i)))
      (if (eq? (struct-ref vtable vtable-offset-user) name)
          vtable
          (loop (+ i 1))))))

(define-syntax-rule (define-nodes (constructor name) ...)
  (begin
    (define (constructor . fields)
      (apply make-struct/no-tail (vtable-named 'name) fields))
    ...))

(define-nodes
  (make-void void) (make-const const) (make-seq seq) (make-let let) (make-call call)
  (make-lexical-ref lexical-ref) (make-module-set module-set))

(define (node? object)
  (and (struct? object) (macroexpanded? object)))

(define (node-kind node)
  (struct-ref (struct-vtable node) vtable-offset-user))

(define (node-fields node)
  (let ((names (struct-ref (struct-vtable node) (+ vtable-offset-user 2))))
    (map (lambda (i) (struct-ref node i)) (iota (length names)))))

(define (map-tree procedure object)
  (cond ((node? object) (procedure object))
        ((pair? object)
         (cons (map-tree procedure (car object)) (map-tree procedure (cdr object))))
        (else object)))

(define (simple? node)
  ;; Evaluating it calls nothing.
  (memq (node-kind node)
        '(const lexical-ref toplevel-ref module-ref primitive-ref lambda)))

(define (note-calls node file)
  "Return NODE, an expansion, with a note before each call that is written in FILE."
  (define (walk node)
    (let ((fields (map (lambda (field) (map-tree walk field)) (node-fields node))))
      (if (and (eq? (node-kind node) 'call)
               (equal? (and=> (source->location (car fields)) car) file))
          (apply note fields)
          (apply make-struct/no-tail (struct-vtable node) fields))))
  (define (note source procedure arguments)
    ;; (let ((t ARGUMENT) ...) (set! %here SOURCE) (PROCEDURE t ...)), so that the
    ;; note is the last thing that happens before the call.
    (define (finish parts)
      (make-seq source
                (make-module-set source '(azml evaluate) '%here #f
                                 (make-const source source))
                (make-call source (car parts) (cdr parts))))
    (let loop ((rest (cons procedure arguments)) (parts '()) (names '()) (inits '()))
      (cond ((and (null? rest) (null? names)) (finish (reverse parts)))
            ((null? rest)
             ;; The procedure first, for a name that is unbound: a misspelt (experimnt ...)
             ;; is the mistake, not the names of its fields.
             (make-seq source (if (simple? procedure) procedure (make-void source))
                       (make-let source (map (const 't) names) (reverse names)
                                 (reverse inits) (finish (reverse parts)))))
            ((simple? (car rest))
             (loop (cdr rest) (cons (car rest) parts) names inits))
            (else
             (let ((name (gensym "t")))
               (loop (cdr rest) (cons (make-lexical-ref source 't name) parts)
                     (cons name names) (cons (car rest) inits)))))))
  (walk node))

(define (const x) (lambda _ x))

(define (find-reference name node)
  "Return the source of the first reference to the top-level variable NAME in NODE, or #f."
  (let search ((object node))
    (cond ((pair? object) (or (search (car object)) (search (cdr object))))
          ((not (node? object)) #f)
          ((and (memq (node-kind object) '(toplevel-ref toplevel-set))
                (memq name (node-fields object)))
           (struct-ref object 0))
          (else (search (node-fields object))))))

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

(define (strip-place text)
  "Return TEXT without FILE:LINE:COLUMN: in front, as Guile's reader writes it."
  (let loop ((rest text) (colons 0))
    (let ((colon (string-index rest #\:)))
      (cond ((= colons 3) (string-trim rest))
            ((not colon) text)
            (else (loop (substring rest (+ colon 1)) (+ colons 1)))))))

(define (reader-error condition port start)
  ;; What the reader lacks is missed at the end of the file; what helps is where the
  ;; form that needs it begins.
  (let* ((arguments (exception-args condition))
         (text (one-line (apply simple-format #f (cadr arguments) (caddr arguments))))
         (message (strip-place text))
         (open? (string-prefix? "unexpected end of input" message)))
    (raise-located-error
     (if open?
         start
         (list (port-filename port) (+ (port-line port) 1) (max 1 (port-column port))))
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

(define (unbound-error name module trees)
  "Raise the error that the variable NAME is unbound in MODULE, to which TREES belong."
  (define (place name)
    (or-map (lambda (tree) (find-reference name tree)) trees))
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
       #:hint (did-you-mean (symbol->string name) (module-names module)))))

(define (raise-with-place condition module trees)
  "Raise CONDITION again, with its place: as it is if it says its own, or is none of the
file's making.  TREES are the expansions so far, in MODULE."
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
                                 "")))))
          ((eq? kind 'unbound-variable)
           (unbound-error (car (caddr (exception-args condition))) module trees))
          (else
           (raise-located-error here (condition->text condition) #:code 'scheme)))))

;;;
;;; Reading and evaluating.
;;;

(define (skip-blanks port)
  "Skip blanks and comments; return the location of what follows, or #f at the end."
  (let ((char (peek-char port)))
    (cond ((eof-object? char) #f)
          ((char-whitespace? char) (read-char port) (skip-blanks port))
          ((char=? char #\;)
           (let loop ((char (read-char port)))
             (unless (or (eof-object? char) (char=? char #\newline))
               (loop (read-char port))))
           (skip-blanks port))
          (else (list (port-filename port)
                      (+ (port-line port) 1) (+ (port-column port) 1))))))

(define* (evaluate-file file #:key (module (make-fresh-user-module)) (text (read-source file)))
  "Evaluate the forms of FILE, whose TEXT is read from it by default, in MODULE, by default
a new one.  Return two values: the value of the last form, and the module that is current
at the end.  Errors are azml conditions whose message begins with the place; an interrupt
ends the evaluation."
  (define port (open-input-string text))
  (define trees '())
  (define (evaluate form start)
    (set! %here (vector file (- (cadr start) 1) (- (caddr start) 1)))
    (let ((tree (macroexpand form)))
      (set! trees (cons tree trees))
      (primitive-eval (note-calls tree file))))
  (define (read-form start)
    (call-with-conversion
     (lambda (condition)
       (if (and (exception? condition) (eq? (exception-kind condition) 'read-error))
           (reader-error condition port start)
           (raise-exception condition)))
     (lambda () (read-syntax port))))
  (set-port-filename! port file)
  (save-module-excursion
   (lambda ()
     (set-current-module module)
     (%call-interruptible
      (lambda ()
        (let loop ((value *unspecified*))
          (let* ((start (skip-blanks port))
                 (form (if start (read-form start) the-eof)))
            (if (eof-object? form)
                (values value (current-module))
                (loop (call-with-conversion
                       (lambda (condition)
                         (raise-with-place condition (current-module) trees))
                       (lambda () (evaluate form start))))))))))))

(define the-eof (read-char (open-input-string "")))
