;;; texinfo.scm: text as Texinfo wants it; loaded by what writes chapters of the manual.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(use-modules (ice-9 regex)
             (srfi srfi-1))

(define (texinfo text)
  "Return TEXT with the characters that Texinfo takes as its own escaped."
  (string-concatenate
   (map (lambda (c)
          (if (memv c '(#\@ #\{ #\})) (string #\@ c) (string c)))
        (string->list text))))

(define (with-arguments text pattern arguments)
  "Return TEXT as Texinfo, where the words that match PATTERN and are ARGUMENTS in capitals are
variables."
  (regexp-substitute/global
   #f pattern (texinfo text)
   'pre
   (lambda (match)
     (let ((word (string-downcase (match:substring match))))
       (if (member word arguments)
           (string-append "@var{" word "}")
           (match:substring match))))
   'post))
