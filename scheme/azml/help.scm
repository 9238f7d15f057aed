;;; help.scm: what --help prints.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; The help of a command is made of its record, (azml options).  It fits a screen: where
;;; there are many options, --help only names those that are seldom needed, and --help-all
;;; describes them, too; the man pages are made of that.
;;; Code:

(define-module (azml help)
  #:use-module (azml options)
  #:export (show-help))

(define (option-heading option)
  (string-append "  "
                 (if (option-letter option)
                     (string-append "-" (string (option-letter option)) ", ")
                     "    ")
                 "--" (option-name option)
                 (if (option-argument option)
                     (string-append "=" (option-argument option))
                     "")))

;; Of a terminal.
(define screen-width 80)

(define (show-columns rows port)
  "Print ROWS, (LEFT . RIGHT), to PORT in two columns; where a left side leaves the right ones
no room, its own is on the next line."
  (define (left row) (string-length (car row)))
  (define (fits? width)
    (and-map (lambda (row)
               (or (> (left row) width)
                   (<= (+ width 2 (string-length (cdr row))) screen-width)))
             rows))
  (let ((width (or (or-map (lambda (width) (and (fits? width) width))
                           (sort (map left rows) >))
                   0)))
    (for-each (lambda (row)
                (display (string-pad-right (car row) (max width (left row))) port)
                (display (if (> (left row) width) "\n        " "  ") port)
                (display (cdr row) port)
                (newline port))
              rows)))

;; What every command has; --help need not say it of itself.
(define help-keys '(help help-all))

(define (show-further options port)
  ;; The names of OPTIONS, filled.
  (let loop ((words (map (lambda (option) (string-append "--" (option-name option)))
                         options))
             (line "See --help-all for"))
    (if (null? words)
        (begin (display line port) (newline port))
        (let* ((word (string-append (car words) (if (null? (cdr words)) "." ",")))
               (longer (string-append line " " word)))
          (if (> (string-length longer) screen-width)
              (begin (display line port)
                     (newline port)
                     (loop (cdr words) word))
              (loop (cdr words) longer))))))

(define (show-options command all? port)
  (let* ((seldom (command-seldom command))
         (left-out (cond ((null? seldom) '(help-all))
                         (all? '())
                         (else (append help-keys seldom))))
         (options (command-options command))
         (shown? (lambda (option) (not (memq (option-key option) left-out)))))
    (show-columns (map (lambda (option)
                         (cons (option-heading option) (option-text option)))
                       (filter shown? options))
                  port)
    (unless (or all? (null? seldom))
      (show-further (filter (lambda (option) (memq (option-key option) seldom)) options)
                    port))))

(define* (show-help command #:optional (port (current-output-port)) #:key all?)
  "Write the help of COMMAND to PORT, with ALL? all of its options."
  (let loop ((usage (command-usage command)) (head "Usage: "))
    (unless (null? usage)
      (display (string-append head "azml-guile " (command-name command)
                              (if (string-null? (car usage)) "" " ") (car usage) "\n")
               port)
      (loop (cdr usage) "       ")))
  (display (string-append "\n" (command-summary command) "\n") port)
  (when (pair? (command-examples command))
    (display "\nExamples:\n" port)
    (show-columns (map (lambda (example)
                         (cons (string-append "  azml-guile " (car example))
                               (cdr example)))
                       (command-examples command))
                  port))
  (display "\nOptions:\n" port)
  (show-options command all? port)
  (when (pair? (command-notes command))
    (newline port)
    (for-each (lambda (line) (display line port) (newline port))
              (command-notes command))))
