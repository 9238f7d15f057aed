;;; input.scm: data that a run reads and that is not source.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml input)
  #:use-module (azml types)
  #:autoload (azml errors) (raise-azml-error)
  #:export (local-path input? input-name input-path inputs-type))

(define <input>
  (make-record-type 'input '(name path)
                    (lambda (record port)
                      (display "#<input " port)
                      (display (struct-ref record 0) port)
                      (display " " port)
                      (write (struct-ref record 1) port)
                      (display ">" port))))

(define (input? object)
  "Return true if OBJECT is an input."
  (and (struct? object) (eq? (struct-vtable object) <input>)))

(define (input-name input)
  "Return the name under which a run finds INPUT in its folder inputs/."
  (struct-ref input 0))

(define (input-path input)
  "Return the path of INPUT on the target."
  (struct-ref input 1))

(define (base-name path)
  (let* ((path (string-trim-right path #\/))
         (slash (string-rindex path #\/)))
    (if slash (substring path (+ slash 1)) path)))

(define* (local-path path #:key (name (and (string? path) (base-name path))))
  "Return the input at PATH, a file or folder of the machine where the run executes; in the
run it is inputs/NAME, NAME being the last part of PATH unless given."
  (define (fail message)
    (raise-azml-error 'invalid (string-append "input " (show-value path) ": " message)))
  (unless (and (string? path) (not (string-null? path)))
    (fail "the path is a string"))
  (unless (and (string? name)
               (not (member name '("" "." "..")))
               (not (string-index name #\/))
               (not (string-index name #\nul)))
    (fail "the name is a string without a slash; give one with #:name"))
  (make-struct/no-tail <input> name path))

;; A list of inputs with different names.
(define inputs-type
  (make-type
   "a list of inputs such as (list (local-path \"/data/images\")), each with another name"
   (lambda (value)
     (if (list? value)
         (let loop ((rest value) (result '()))
           (cond ((null? rest) (reverse! result))
                 ((not (input? (car rest))) (bad (car rest)))
                 ((or-map (lambda (other)
                            (string=? (input-name other) (input-name (car rest))))
                          result)
                  (bad (car rest)))
                 (else (loop (cdr rest) (cons (car rest) result)))))
         (bad value)))))
