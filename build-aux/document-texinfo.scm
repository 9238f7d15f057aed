;;; document-texinfo.scm: write a document of doc/ as an appendix of the manual.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;;   guile build-aux/document-texinfo.scm doc/protocol.md NODE TITLE >doc/manual/...
;;; What these documents have: headings, paragraphs, lists, tables, examples between
;;; fences, code between backquotes, strong text between pairs of asterisks.  A row of a
;;; table becomes an item: its first cell, those between in brackets, and the last one below.

(use-modules (ice-9 regex)
             (ice-9 textual-ports)
             (srfi srfi-1))
(load "texinfo.scm")

(define (strong text)
  (regexp-substitute/global #f "\\*\\*([^*]+)\\*\\*" text
                            'pre (lambda (m) (string-append "@strong{" (match:substring m 1)
                                                            "}"))
                            'post))

(define (link text)
  (regexp-substitute/global #f "\\[([^]]+)\\]\\(([^)]+)\\)" text
                            'pre (lambda (m) (match:substring m 1)) 'post))

(define (inline text)
  "Return TEXT, a paragraph or a cell, as Texinfo: every other part is code."
  (let loop ((parts (string-split text #\`)) (code? #f) (done '()))
    (if (null? parts)
        (string-concatenate-reverse done)
        (loop (cdr parts) (not code?)
              (cons (if code?
                        (string-append "@code{" (texinfo (car parts)) "}")
                        (strong (texinfo (link (car parts)))))
                    done)))))

(define (cells row)
  "Return the cells of ROW; a bar within code is none between cells."
  (let loop ((chars (cdr (string->list (string-trim-both row)))) (code? #f)
             (cell '()) (done '()))
    (cond ((null? chars) (map string-trim-both (reverse done)))
          ((and (char=? (car chars) #\|) (not code?))
           (loop (cdr chars) #f '() (cons (reverse-list->string cell) done)))
          (else
           (loop (cdr chars) (if (char=? (car chars) #\`) (not code?) code?)
                 (cons (car chars) cell) done)))))

(define (show . texts)
  (for-each display texts))

(define (show-row row)
  (let ((between (drop-right (cdr row) 1)))
    (show "@item " (inline (car row))
          (if (null? between)
              ""
              (string-append " (" (string-join (map inline between) ", ") ")"))
          "\n" (inline (last row)) "\n")))

(define (show-table rows)
  ;; The first is the heading, the second a line.
  (show "@table @asis\n")
  (for-each (lambda (row) (show-row (cells row))) (cddr rows))
  (show "@end table\n\n"))

(define (show-paragraph lines)
  (show (inline (string-join (map string-trim-both lines) "\n")) "\n\n"))

(define (item-start line)
  "Return what stands behind the mark of a list that begins LINE, or #f."
  (let ((match (string-match "^(-|[0-9]+\\.) +" line)))
    (and match (match:suffix match))))

(define (show-items lines)
  (define command (if (char=? #\- (string-ref (car lines) 0)) "itemize" "enumerate"))
  (show "@" command "\n")
  (for-each (lambda (item)
              (show "@item\n")
              (show-paragraph item))
            (let loop ((lines lines) (items '()))
              (cond ((null? lines) (reverse (map reverse items)))
                    ((item-start (car lines))
                     => (lambda (text) (loop (cdr lines) (cons (list text) items))))
                    (else (loop (cdr lines)
                                (cons (cons (car lines) (car items)) (cdr items)))))))
  (show "@end " command "\n\n"))

(define (show-block lines)
  "Write LINES, between empty ones."
  (let ((first (car lines)))
    (cond ((string-prefix? "# " first) #f)
          ((string-prefix? "## " first) (show "@section " (inline (substring first 3)) "\n\n"))
          ((string-prefix? "### " first)
           (show "@subsection " (inline (substring first 4)) "\n\n"))
          ((string-prefix? "|" first) (show-table lines))
          ((item-start first) (show-items lines))
          (else (show-paragraph lines)))))

(define (fence? line) (string-prefix? "```" line))

(define (show-document lines)
  (let loop ((lines lines) (block '()))
    (define (flush) (unless (null? block) (show-block (reverse block))))
    (cond ((null? lines) (flush))
          ((fence? (car lines))
           (flush)
           (call-with-values (lambda () (break fence? (cdr lines)))
             (lambda (example rest)
               (show "@example\n" (texinfo (string-join example "\n")) "\n@end example\n\n")
               (loop (cdr rest) '()))))
          ((string-null? (string-trim-both (car lines)))
           (flush)
           (loop (cdr lines) '()))
          (else (loop (cdr lines) (cons (car lines) block))))))

(let ((arguments (cdr (command-line))))
  (set-port-encoding! (current-output-port) "UTF-8")
  (show "@c Made by document-texinfo.scm from " (basename (car arguments)) ".\n"
        "@node " (cadr arguments) "\n@appendix " (caddr arguments) "\n\n")
  (show-document
   (string-split (call-with-input-file (car arguments) get-string-all
                                       #:encoding "UTF-8")
                 #\newline)))
