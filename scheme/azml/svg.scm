;;; svg.scm: lines as an SVG picture.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml svg)
  #:use-module (azml chart)
  #:use-module (azml core)
  #:use-module (azml file)
  #:use-module (azml text)
  #:export (write-svg-chart))

(define width 720)
(define height 400)
(define left 76)
(define right 20)
(define top 40)
(define bottom 48)
;; Told apart by people who do not see all colours (Okabe and Ito, 2008).
(define colours '("#0072b2" "#d55e00" "#009e73" "#cc79a7" "#e69f00" "#56b4e9"))

(define (escaped text)
  ;; TEXT in XML; what XML cannot hold, control characters, is left out.
  (string-concatenate
   (map (lambda (char)
          (case char
            ((#\<) "&lt;")
            ((#\>) "&gt;")
            ((#\&) "&amp;")
            ((#\") "&quot;")
            (else (if (< (char->integer char) 32) "" (string char)))))
        (string->list (printable text)))))

(define (tenths number)
  ;; NUMBER with one decimal, whatever the locale.
  (let* ((n (inexact->exact (round (* 10 number)))) (whole (quotient (abs n) 10)))
    (string-append (if (negative? n) "-" "") (number->string whole) "."
                   (number->string (remainder (abs n) 10)))))

(define (element name attributes . content)
  (string-append
   "<" name
   (string-concatenate
    (map (lambda (pair)
           (string-append " " (car pair) "=\"" (cdr pair) "\""))
         attributes))
   (if (null? content) "/>\n"
       (string-append ">" (string-concatenate content) "</" name ">\n"))))

(define (position value range from to)
  (+ from (* (- to from) (/ (- value (car range)) (- (cdr range) (car range))))))

(define (nice-step range)
  ;; 1, 2 or 5 times a power of ten, so that RANGE has about five of them.
  (let* ((raw (/ (- (cdr range) (car range)) 5))
         (power (expt 10 (inexact->exact (floor (/ (log raw) (log 10))))))
         (part (/ raw power)))
    (* power (cond ((<= part 1) 1) ((<= part 2) 2) ((<= part 5) 5) (else 10)))))

(define (ticks range)
  (let* ((step (inexact->exact (nice-step range)))
         (first (* step (ceiling (/ (inexact->exact (car range)) step)))))
    (let loop ((value first) (found '()))
      (if (> value (cdr range))
          (reverse found)
          (loop (+ value step) (cons value found))))))

(define (text x y anchor content . more)
  (element "text" `(("x" . ,(tenths x)) ("y" . ,(tenths y)) ("text-anchor" . ,anchor)
                    ,@more)
           (escaped content)))

(define (line x0 y0 x1 y1 colour)
  (element "line" `(("x1" . ,(tenths x0)) ("y1" . ,(tenths y0)) ("x2" . ,(tenths x1))
                    ("y2" . ,(tenths y1)) ("stroke" . ,colour))))

(define (grid x-range y-range)
  (string-append
   (string-concatenate
    (map (lambda (value)
           (let ((y (position value y-range (- height bottom) top)))
             (string-append (line left y (- width right) y "#e0e0e0")
                            (text (- left 8) (+ y 4) "end"
                                  (format-value (exact->inexact value))))))
         (ticks y-range)))
   (string-concatenate
    (map (lambda (value)
           (let ((x (position value x-range left (- width right))))
             (string-append (line x (- height bottom) x (+ 5 (- height bottom)) "#808080")
                            (text x (+ 20 (- height bottom)) "middle"
                                  (format-value (exact->inexact value))))))
         (ticks x-range)))
   (line left (- height bottom) (- width right) (- height bottom) "#808080")))

(define (curve points x-range y-range colour)
  (element "polyline"
           `(("fill" . "none") ("stroke" . ,colour) ("stroke-width" . "1.8")
             ("stroke-linejoin" . "round")
             ("points" . ,(string-join
                           (map (lambda (point)
                                  (string-append
                                   (tenths (position (car point) x-range left
                                                     (- width right)))
                                   ","
                                   (tenths (position (cdr point) y-range
                                                     (- height bottom) top))))
                                points)
                           " ")))))

(define (curves series x-range y-range)
  (let loop ((series series) (i 0) (drawn '()))
    (if (null? series)
        (string-concatenate (reverse drawn))
        (let ((colour (list-ref colours (modulo i (length colours)))))
          (loop (cdr series) (+ i 1)
                (cons* (text (- width right 4) (+ top 14 (* 16 i)) "end" (caar series)
                             (cons "fill" colour))
                       (curve (cdar series) x-range y-range colour)
                       drawn))))))

(define (write-svg-chart title series file)
  "Write SERIES, a list of (LABEL . POINTS), with TITLE as an SVG picture to FILE, which
appears when it is whole."
  (let ((x-range (chart-range series car))
        (y-range (chart-range series cdr))
        (size (lambda (n) (number->string n))))
    (call-with-whole-file file
      (lambda (port)
        (display
         (element "svg" `(("xmlns" . "http://www.w3.org/2000/svg")
                          ("width" . ,(size width)) ("height" . ,(size height))
                          ("viewBox" . ,(string-append "0 0 " (size width) " "
                                                       (size height)))
                          ("font-family" . "sans-serif") ("font-size" . "12"))
                  "\n"
                  (element "rect" '(("width" . "100%") ("height" . "100%")
                                    ("fill" . "#ffffff")))
                  (text left 24 "start" title (cons "font-size" "15")
                        (cons "font-weight" "bold"))
                  (grid x-range y-range)
                  (curves series x-range y-range))
         port)))))
