;;; assign.scm: KEY=VALUE words as changes of a file.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml workbench assign)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml workbench file)
  #:autoload (azml suggest) (did-you-mean)
  #:export (words->changes update-compute-file))

;; Keys whose value is text, whatever it looks like.
(define (text->value text)
  (cond ((string=? text "true") #t)
        ((string=? text "false") #f)
        ((string=? text "null") 'null)
        ((and (string-prefix? "[" text) (string-suffix? "]" text))
         (let ((inner (substring text 1 (- (string-length text) 1))))
           (list->vector (if (string-null? (string-trim-both inner))
                             '()
                             (map string-trim-both (string-split inner #\,))))))
        (else text)))

(define (word->change word)
  (let* ((equals (string-index word #\=))
         (key (substring word 0 equals))
         (text (substring word (+ equals 1))))
    (when (string-null? key)
      (raise-azml-error 'usage (string-append "'" word "' has no key before the '='")))
    (if (string-null? text)
        (list (string-split key #\.))
        (cons (string-split key #\.) (text->value text)))))

(define (words->changes words)
  "Return the changes (PATH . VALUE), as `edit-workbench-file' takes them, that WORDS,
KEY=VALUE each, stand for: KEY may be A.B; true, false, null and [ONE,TWO] are values, an empty
VALUE removes the key."
  (map word->change words))

(define (update-compute-file name words)
  "Change aml_config/NAME.compute by WORDS, KEY=VALUE each, in place.  Return what the file
holds then.  Raise not-found if there is no such file."
  (edit-workbench-file
   (or (workbench-file name "compute")
       (raise-azml-error 'not-found
                         (string-append "there is no compute target '" name "'")
                         #:hint (did-you-mean name (workbench-names "compute"))))
   (words->changes words)))
