;;; flags.scm: the parameters that a typed command line holds.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; A command that was typed has no declared parameters, but its flags are what people
;;; search their runs by: --lr 0.1, --lr=0.1, --no-cuda.  They are recorded, and never given
;;; to the script a second time.  What is not of this form is no parameter.
;;; Code:

(define-module (azml flags)
  #:export (words->parameters))

(define (flag? word)
  (and (string-prefix? "--" word)
       (> (string-length word) 2)
       (char-set-contains? char-set:letter (string-ref word 2))))

(define (value text)
  ;; A number as a number, if it is written as one; no bignum of a long digest.
  (let ((number (and (< (string-length text) 40) (string->number text 10))))
    (if (and number (real? number) (or (inexact? number) (integer? number)))
        number
        text)))

(define (looks-like-value? word)
  ;; What follows a flag: a word, or a negative number.
  (or (not (string-prefix? "-" word))
      (number? (value word))))

(define (words->parameters words)
  "Return the alist of the parameters in the command WORDS: a flag --NAME with the value that
follows, or stands behind an equals sign, else #t.  The last of several counts."
  (define (add name value rest parameters)
    (let ((key (string->symbol name)))
      (loop rest (append (assq-remove! parameters key) (list (cons key value))))))
  (define (loop words parameters)
    (if (or (null? words) (string=? (car words) "--"))
        parameters
        (let* ((word (car words))
               (equals (and (flag? word) (string-index word #\=))))
          (cond ((not (flag? word)) (loop (cdr words) parameters))
                (equals
                 (add (substring word 2 equals) (value (substring word (+ equals 1)))
                      (cdr words) parameters))
                ((and (pair? (cdr words)) (looks-like-value? (cadr words)))
                 (add (substring word 2) (value (cadr words)) (cddr words) parameters))
                (else (add (substring word 2) #t (cdr words) parameters))))))
  (loop words '()))
