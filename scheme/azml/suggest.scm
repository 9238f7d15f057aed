;;; suggest.scm: "did you mean".
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml suggest)
  #:export (edit-distance nearest did-you-mean))

(define (edit-distance a b)
  "Return how many characters must be put in, left out, replaced or swapped with their
neighbour to make the string B of A."
  (let ((width (+ (string-length b) 1)))
    (let loop ((i 1) (before #f) (row (iota width)))
      (if (> i (string-length a))
          (list-ref row (string-length b))
          (let ((now (make-vector width i))
                (row (if (vector? row) row (list->vector row))))
            (do ((j 1 (+ j 1)))
                ((= j width))
              (let* ((same? (char=? (string-ref a (- i 1)) (string-ref b (- j 1))))
                     (swapped? (and (> i 1) (> j 1)
                                    (char=? (string-ref a (- i 1))
                                            (string-ref b (- j 2)))
                                    (char=? (string-ref a (- i 2))
                                            (string-ref b (- j 1))))))
                (vector-set! now j
                             (min (+ (vector-ref now (- j 1)) 1)
                                  (+ (vector-ref row j) 1)
                                  (+ (vector-ref row (- j 1)) (if same? 0 1))
                                  (if swapped?
                                      (+ (vector-ref before (- j 2)) 1)
                                      most-positive-fixnum)))))
            (if (= i (string-length a))
                (vector-ref now (string-length b))
                (loop (+ i 1) row now)))))))

;; What other programs call the same.
(define same-words
  '(("rm" "remove" "delete" "del") ("list" "ls") ("compare" "diff") ("show" "status")
    ("stop" "kill" "cancel") ("logs" "output") ("checkout" "restore") ("pip" "requirements" "packages" "dependencies") ("detach" "rm" "delete")))

(define (same-word name candidates)
  (or-map (lambda (words)
            (and (member name words) (member (car words) candidates) (car words)))
          same-words))

(define (nearest name candidates)
  "Return the one of CANDIDATES, strings, that NAME was most likely meant to be: what other
programs call NAME, else what is written much the same; #f if none is near."
  (or (same-word name candidates)
      (nearest-written name candidates)))

(define (nearest-written name candidates)
  (let loop ((rest candidates) (best #f) (best-distance #f))
    (if (null? rest)
        best
        (let* ((candidate (car rest))
               (distance (edit-distance (string-downcase name)
                                        (string-downcase candidate)))
               (limit (max 1 (quotient (+ (string-length name) 1) 3))))
          (if (and (<= distance limit)
                   (or (not best) (< distance best-distance)))
              (loop (cdr rest) candidate distance)
              (loop (cdr rest) best best-distance))))))

(define* (did-you-mean name candidates #:optional otherwise)
  "Return the hint that names the one of CANDIDATES nearest to NAME; OTHERWISE (#f) if none
is near."
  (let ((found (nearest name candidates)))
    (if found
        (string-append "did you mean '" found "'?")
        otherwise)))
