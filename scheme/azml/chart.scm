;;; chart.scm: lines drawn with characters.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; With Unicode each character is a braille cell of 2 x 4 dots, without it one mark.
;;; Runs have their own colour, and where there are no colours their own mark.
;;; Code:

(define-module (azml chart)
  #:use-module (azml console)
  #:use-module (azml text)
  #:export (chart-range
            print-chart))

(define rows 14)
(define colours '(cyan yellow green red blue))
(define marks "*o+x#")

(define (chart-range series key)
  "Return (LOW . HIGH) of KEY, car or cdr, of all points of SERIES, a list of
(LABEL . POINTS); a range that is a single number is made one wide."
  (let loop ((values (append-map* (lambda (one) (map key (cdr one))) series))
             (low #f) (high #f))
    (cond ((pair? values)
           (loop (cdr values)
                 (if low (min low (car values)) (car values))
                 (if high (max high (car values)) (car values))))
          ((= low high) (cons (- low 1/2) (+ high 1/2)))
          (else (cons low high)))))

(define (append-map* procedure items)
  (apply append (map procedure items)))

(define (scaled value range size)
  ;; VALUE of RANGE as an index below SIZE.
  (let ((part (/ (- value (car range)) (- (cdr range) (car range)))))
    (max 0 (min (- size 1) (inexact->exact (round (* part (- size 1))))))))

;;; A canvas of dots: which series is at which dot.

(define (draw-line! canvas x0 y0 x1 y1 mark)
  (let ((steps (max 1 (abs (- x1 x0)) (abs (- y1 y0)))))
    (let loop ((i 0))
      (when (<= i steps)
        (array-set! canvas mark
                    (round (+ y0 (* (- y1 y0) (/ i steps))))
                    (round (+ x0 (* (- x1 x0) (/ i steps)))))
        (loop (+ i 1))))))

(define (draw! canvas points mark x-range y-range width height)
  (let loop ((points points) (before #f))
    (when (pair? points)
      (let ((x (scaled (caar points) x-range width))
            (y (- height 1 (scaled (cdar points) y-range height))))
        (draw-line! canvas (if before (car before) x) (if before (cdr before) y) x y
                    mark)
        (loop (cdr points) (cons x y))))))

;; The bit of each dot of a braille cell, by row and column.
(define dots #2((1 8) (2 16) (4 32) (64 128)))

(define (cell canvas row column unicode?)
  ;; Return the character at ROW and COLUMN and the series that it belongs to, or #f.
  (if (not unicode?)
      (let ((mark (array-ref canvas row column)))
        (values (if mark (string-ref marks (modulo mark (string-length marks))) #\space)
                mark))
      (let loop ((r 0) (c 0) (bits 0) (mark #f))
        (cond ((= r 4)
               (values (if (zero? bits) #\space (integer->char (+ #x2800 bits))) mark))
              ((= c 2) (loop (+ r 1) 0 bits mark))
              (else
               (let ((here (array-ref canvas (+ (* 4 row) r) (+ (* 2 column) c))))
                 (loop r (+ c 1)
                       (if here (logior bits (array-ref dots r c)) bits)
                       (or here mark))))))))

(define (coloured text mark port)
  (if mark
      (paint (list-ref colours (modulo mark (length colours))) text port)
      text))

(define (print-row canvas row columns label unicode? port)
  (display (string-append (pad-left label 10) (if unicode? " │" " |")) port)
  (let loop ((column 0))
    (when (< column columns)
      (call-with-values (lambda () (cell canvas row column unicode?))
        (lambda (char mark)
          (display (coloured (string char) mark port) port)))
      (loop (+ column 1))))
  (newline port))

(define (print-axis x-range columns unicode? port)
  (let ((low (format-value (car x-range))) (high (format-value (cdr x-range))))
    (display (string-append (make-string 11 #\space) (if unicode? "└" "+")
                            (make-string columns (if unicode? #\─ #\-)) "\n")
             port)
    (display (string-append (make-string 12 #\space) low
                            (pad-left high (max 1 (- columns (string-length low)))) "\n")
             port)))

(define (print-legend series unicode? port)
  (let loop ((series series) (mark 0))
    (unless (null? series)
      (display (string-append
                (make-string 12 #\space)
                (coloured (if unicode? "──"
                              (string (string-ref marks
                                                  (modulo mark (string-length marks)))))
                          mark port)
                " " (caar series) "  last " (format-value (cdr (car (last-pair (cdar series)))))
                "\n")
               port)
      (loop (cdr series) (+ mark 1)))))

(define* (print-chart title series #:optional (port (current-output-port)))
  "Draw SERIES, a list of (LABEL . POINTS), the points being pairs of finite numbers, with
TITLE to PORT, as wide as the terminal."
  (let* ((unicode? (console-unicode?))
         (columns (max 20 (- (min 100 (or (console-columns port) 80)) 14)))
         (width (if unicode? (* 2 columns) columns))
         (height (if unicode? (* 4 rows) rows))
         (canvas (make-array #f height width))
         (x-range (chart-range series car))
         (y-range (chart-range series cdr)))
    (let loop ((series series) (mark 0))
      (unless (null? series)
        (draw! canvas (cdar series) mark x-range y-range width height)
        (loop (cdr series) (+ mark 1))))
    (display (string-append (make-string 12 #\space) (paint 'bold (printable title) port)
                            "\n")
             port)
    (let loop ((row 0))
      (when (< row rows)
        (print-row canvas row columns
                   (cond ((= row 0) (format-value (cdr y-range)))
                         ((= row (- rows 1)) (format-value (car y-range)))
                         ((= row (quotient rows 2))
                          (format-value (/ (+ (car y-range) (cdr y-range)) 2)))
                         (else ""))
                   unicode? port)
        (loop (+ row 1))))
    (print-axis x-range columns unicode? port)
    (print-legend series unicode? port)))
