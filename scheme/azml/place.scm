;;; place.scm: where in a file something is written.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml place)
  #:autoload (azml errors) (raise-azml-error)
  #:export (source->location location->string raise-located-error show-file-as!))

;; Absolute file name -> as the user wrote it.
(define %shown '())

(define (show-file-as! file shown)
  "Let locations in FILE, an absolute name, say SHOWN."
  (set! %shown (acons file shown %shown)))

(define (shown file)
  (or (assoc-ref %shown file) file))

(define (source->location source)
  "Return SOURCE, what `syntax-source' gives, as (FILE LINE COLUMN), counted from 1, or #f
if it is #f."
  (cond ((vector? source)
         (list (shown (vector-ref source 0))
               (+ (vector-ref source 1) 1) (+ (vector-ref source 2) 1)))
        ((pair? source)
         (list (shown (assq-ref source 'filename))
               (+ (or (assq-ref source 'line) 0) 1)
               (+ (or (assq-ref source 'column) 0) 1)))
        (else #f)))

(define (location->string location)
  "Return LOCATION, (FILE LINE COLUMN), as \"FILE:LINE:COLUMN\"; \"\" for #f."
  (if location
      (string-append (or (car location) "<input>") ":"
                     (number->string (cadr location)) ":"
                     (number->string (caddr location)))
      ""))

(define* (raise-located-error location message #:key hint (code 'invalid))
  "Raise an error of CODE whose MESSAGE begins with LOCATION, with HINT."
  (raise-azml-error code
                    (if location
                        (string-append (location->string location) ": " message)
                        message)
                    #:hint hint #:irritants (if location (list location) '())))
