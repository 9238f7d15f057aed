;;; expansion.scm: notes of places in expanded code.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; What `macroexpand' returns is a tree of structs, each with its source first; the
;;; evaluator takes such a tree as well, changed or not.

(define-module (azml expansion)
  #:use-module (azml place)
  #:export (note-calls find-reference))

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

(define (of-user? source)
  ;; The compiled modules, whose macros leave their places in expansions, have names that
  ;; are relative to the load path; a file that is evaluated, or included, has a full one.
  (let ((file (source-file source)))
    (and (string? file) (string-prefix? "/" file))))

(define (note-calls node module variable)
  "Return NODE, an expansion, with a note before each call that is written in a file that is
evaluated or included: the call's source is put into VARIABLE, a symbol, of MODULE, a name."
  (define (walk node)
    (let ((fields (map (lambda (field) (map-tree walk field)) (node-fields node))))
      (if (and (eq? (node-kind node) 'call) (of-user? (car fields)))
          (apply note fields)
          (apply make-struct/no-tail (struct-vtable node) fields))))
  (define (note source procedure arguments)
    ;; (let ((t ARGUMENT) ...) (set! VARIABLE SOURCE) (PROCEDURE t ...)), so that the
    ;; note is the last thing that happens before the call.
    (define (finish parts)
      (make-seq source
                (make-module-set source module variable #f
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
