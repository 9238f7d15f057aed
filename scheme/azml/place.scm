;;; place.scm: where in a file something is written.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml place)
  #:autoload (azml errors) (raise-azml-error)
  #:export (source->location source-file location->string raise-located-error
            show-file-as! file-as-shown))

;; Absolute file name, or folder with a slash at its end -> as the user wrote it.
(define %shown '())

(define (folder file)
  (let ((slash (string-rindex file #\/)))
    (if slash (substring file 0 (+ slash 1)) "")))

(define (show-file-as! file shown)
  "Let locations in FILE, an absolute name, say SHOWN, and those in files beside and below
it accordingly."
  (unless (assoc (folder file) %shown)
    (set! %shown (acons (folder file) (folder shown) %shown)))
  (set! %shown (acons file shown %shown)))

(define (file-as-shown file)
  "Return FILE, an absolute name, as locations say it."
  (define (below pair)
    (and (string-suffix? "/" (car pair))
         (string-prefix? (car pair) file)
         (string-append (cdr pair) (substring file (string-length (car pair))))))
  (cond ((not (string? file)) file)
        ((assoc-ref %shown file))
        ((or-map below %shown))
        (else file)))

(define (source-file source)
  "Return the name of the file of SOURCE, what `syntax-source' gives, as it was opened, or #f."
  (cond ((vector? source) (vector-ref source 0))
        ((pair? source) (assq-ref source 'filename))
        (else #f)))

(define (source->location source)
  "Return SOURCE, what `syntax-source' gives, as (FILE LINE COLUMN), counted from 1, or #f
if it is #f."
  (cond ((vector? source)
         (list (file-as-shown (vector-ref source 0))
               (+ (vector-ref source 1) 1) (+ (vector-ref source 2) 1)))
        ((pair? source)
         (list (file-as-shown (assq-ref source 'filename))
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
