;;; c-reference.scm: write the reference of the C library, in Texinfo, from its headers.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;;   guile build-aux/c-reference.scm src/include/azml/*.h >doc/manual/functions.texi
;;; What is declared is documented by the comment right before it, whose words in capitals
;;; are arguments.

(use-modules (ice-9 regex)
             (ice-9 textual-ports)
             (srfi srfi-1))
(load "texinfo.scm")

(define (one-line text)
  (string-trim-both (regexp-substitute/global #f "[ \t\n]+" text 'pre " " 'post)))

(define (comment-text text)
  "Return the words of the comment TEXT, paragraphs kept."
  (string-trim-both
   (regexp-substitute/global #f "\n[ \t]*(\\* )?" text 'pre "\n" 'post)))

(define (argument-names parameters)
  (filter-map (lambda (parameter)
                (let ((match (string-match "([a-z_]+)$" (string-trim-both parameter))))
                  (and match (match:substring match 1))))
              (string-split parameters #\,)))

(define (with-variables parameters)
  ;; The last word of each parameter is its name.
  (string-join
   (map (lambda (parameter)
          (let ((match (string-match "^(.*[ *])([a-z_]+)$" (string-trim-both parameter))))
            (if match
                (string-append (match:substring match 1) "@var{" (match:substring match 2)
                               "}")
                (string-trim-both parameter))))
        (string-split parameters #\,))
   ", "))

(define function
  (make-regexp "^(AZML_API )?(AZML_MUST_CHECK )?(.*[ *])(azml_[a-z_]+) \\((.*)\\)$"))

(define (show-function comment declaration)
  (let ((match (regexp-exec function declaration)))
    (when match
      (let ((type (string-trim-both (match:substring match 3)))
            (name (match:substring match 4))
            (parameters (match:substring match 5)))
        (display (string-append
                  "@deftypefun {" type "} " name " (" (with-variables parameters) ")\n"
                  (with-arguments comment "[A-Z][A-Z0-9_]*"
                                  (argument-names parameters))
                  "\n@end deftypefun\n\n"))))))

(define (show-type comment declaration)
  (display (string-append "@example\n" (texinfo declaration) "\n@end example\n"
                          (if (string-null? comment) ""
                              (string-append "@noindent\n" (texinfo comment) "\n"))
                          "\n")))

(define (declaration-end text start)
  "Return where the declaration of TEXT that starts at START ends: at a semicolon outside of
braces; #f if it does not."
  (let loop ((at start) (depth 0))
    (and (< at (string-length text))
         (case (string-ref text at)
           ((#\{) (loop (+ at 1) (+ depth 1)))
           ((#\}) (loop (+ at 1) (- depth 1)))
           ((#\;) (if (zero? depth) at (loop (+ at 1) depth)))
           (else (loop (+ at 1) depth))))))

(define (show-items text)
  "Write what TEXT declares right behind a comment that begins a line."
  (let loop ((start 0))
    (let* ((begin (string-contains text "\n/*" start))
           (end (and begin (string-contains text "*/" begin)))
           (next (and end (+ end 3)))
           (stop (and next (< next (string-length text))
                      (char-set-contains? char-set:letter (string-ref text next))
                      (declaration-end text next))))
      (when stop
        (let ((comment (comment-text (substring text (+ begin 3) end)))
              (declaration (substring text next (+ stop 1))))
          (if (string-prefix? "typedef" declaration)
              (show-type comment declaration)
              (show-function comment
                             (one-line (string-trim-right declaration #\;))))))
      (when end
        (loop end)))))

(define (show-header file)
  (let* ((text (call-with-input-file file get-string-all))
         (title (cadr (string-split (car (string-split text #\newline)) #\:)))
         (name (string-append "azml/" (basename file))))
    (display (string-append "@node " name "\n@section @file{" name "}\n\n"
                            (let ((title (string-trim-both title)))
                              (string-append (string-upcase (substring title 0 1))
                                             (substring title 1)))
                            "\n\n"))
    (show-items text)))

(display "@c Made by c-reference.scm from the headers.\n")
(for-each show-header (cdr (command-line)))
