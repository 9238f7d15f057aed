;;; table.scm: rows in columns, cut to the terminal.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml table)
  #:use-module (azml console)
  #:use-module (azml text)
  #:export (print-table))

(define (widths rows)
  (apply map (lambda cells (apply max (map string-columns cells))) rows))

(define (shrink widths flexible total)
  ;; Take what is too much from the column FLEXIBLE, down to eight columns.
  (let* ((used (+ (apply + widths) (* 2 (- (length widths) 1))))
         (excess (- used total)))
    (if (or (not flexible) (<= excess 0))
        widths
        (let loop ((widths widths) (i 0))
          (cond ((null? widths) '())
                ((= i flexible)
                 (cons (max 8 (- (car widths) excess)) (cdr widths)))
                (else (cons (car widths) (loop (cdr widths) (+ i 1)))))))))

(define (layout cells widths right)
  (let loop ((cells cells) (widths widths) (i 0) (done '()))
    (if (null? cells)
        (string-join (reverse done) "  ")
        (let* ((text (cut (car cells) (car widths)))
               (last? (null? (cdr cells))))
          (loop (cdr cells) (cdr widths) (+ i 1)
                (cons (cond ((memv i right) (pad-left text (car widths)))
                            (last? text)
                            (else (pad-right text (car widths))))
                      done))))))

(define* (print-table header rows #:key (port (current-output-port)) (right '())
                      (flexible #f) (styles '()))
  "Write the list of strings HEADER and the lists of strings ROWS to PORT in columns.
The columns with an index in RIGHT are aligned to the right; the one with index FLEXIBLE
gives way when the terminal is narrow.  STYLES is a list like ROWS of styles, #f for
none, that paint a whole row."
  (unless (null? rows)
    (let* ((columns (console-columns port))
           (widths (widths (cons header rows)))
           (widths (if columns (shrink widths flexible columns) widths))
           (fit (lambda (line) (if columns (cut line columns "") line)))
           (line (lambda (cells)
                   (fit (string-trim-right (layout (map printable cells) widths right))))))
      (display (paint 'bold (line header) port) port)
      (newline port)
      (let loop ((rows rows) (styles styles))
        (unless (null? rows)
          (let ((style (and (pair? styles) (car styles)))
                (text (line (car rows))))
            (display (if style (paint style text port) text) port)
            (newline port)
            (loop (cdr rows) (if (pair? styles) (cdr styles) '()))))))))
