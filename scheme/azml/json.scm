;;; json.scm: looking into JSON values.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml json)
  #:export (json-ref))

(define (json-ref value . keys)
  "Return the part of VALUE, a JSON object as an alist, that KEYS, symbols, lead to, one in
the other; #f if it is not there."
  (cond ((null? keys) value)
        ((pair? value)
         (let ((pair (assq (car keys) value)))
           (and pair (apply json-ref (cdr pair) (cdr keys)))))
        (else #f)))
