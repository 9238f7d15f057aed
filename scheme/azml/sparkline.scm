;;; sparkline.scm: a row of numbers as one line of blocks.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml sparkline)
  #:export (sparkline))

(define blocks "▁▂▃▄▅▆▇█")
(define letters "_.,-=+*#")

(define (finite-number? value)
  (and (real? value) (not (nan? value)) (not (inf? value))))

(define (thin values width)
  ;; WIDTH of VALUES at even distances, the first and the last among them.
  (let ((n (vector-length values)))
    (if (<= n width)
        values
        (let ((thinned (make-vector width)))
          (do ((i 0 (+ i 1)))
              ((= i width) thinned)
            (vector-set! thinned i
                         (vector-ref values
                                     (quotient (* i (- n 1)) (max 1 (- width 1))))))))))

(define* (sparkline values #:key (width 24) (unicode? #t) range)
  "Return the vector VALUES drawn in at most WIDTH characters, in block characters if
UNICODE? holds, in ASCII otherwise.  RANGE, a pair of the lowest and the highest value that there
can be, is what the height is part of, else what VALUES span.  What is not a finite number is a
blank."
  (let* ((marks (if unicode? blocks letters))
         (top (- (string-length marks) 1))
         (values (thin values width))
         (numbers (filter finite-number? (vector->list values))))
    (if (null? numbers)
        ""
        ;; By exact numbers: the difference of two finite reals may be infinite.
        (let* ((low (inexact->exact (if range (car range) (apply min numbers))))
               (high (inexact->exact (if range (cdr range) (apply max numbers))))
               (span (- high low))
               (part (lambda (value)
                       (/ (- (min high (max low (inexact->exact value))) low) span)))
               (mark (lambda (value)
                       (cond ((not (finite-number? value)) #\space)
                             ((zero? span) (string-ref marks (quotient top 2)))
                             (else (string-ref marks (round (* top (part value)))))))))
          (list->string (map mark (vector->list values)))))))
