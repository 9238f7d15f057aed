;;; requirements.scm: the packages of a requirements.txt.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; Only what says which packages there are is taken from such a file.  An option in it is
;;; an error, with the line: packages of another index, or without their hashes, would not be
;;; those that its author meant.
;;; Code:

(define-module (azml requirements)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml text)
  #:export (requirements-packages))

(define (file-lines file)
  ;; Pairs of a number and a line; what goes on after a backslash is one line.
  (let loop ((rest (string-split (%file-read file) #\newline)) (number 1) (begun #f)
             (result '()))
    (if (null? rest)
        (reverse (if begun (cons begun result) result))
        (let* ((line (string-trim-right (string-trim (car rest) #\xfeff) #\return))
               (on? (string-suffix? "\\" line))
               (text (if on? (string-drop-right line 1) line))
               (whole (if begun
                          (cons (car begun) (string-append (cdr begun) text))
                          (cons number text))))
          (if on?
              (loop (cdr rest) (+ number 1) whole result)
              (loop (cdr rest) (+ number 1) #f (cons whole result)))))))

(define (without-comment line)
  ;; A # within a word, as in an address, is no comment.
  (let loop ((from 0))
    (let ((at (string-index line #\# from)))
      (cond ((not at) line)
            ((or (= at 0) (char-whitespace? (string-ref line (- at 1))))
             (substring line 0 at))
            (else (loop (+ at 1)))))))

(define (other-file line)
  ;; The file that LINE names by -r, or #f.
  (or-map (lambda (option)
            (and (string-prefix? option line)
                 (> (string-length line) (string-length option))
                 (string-trim-both (string-drop line (string-length option)))))
          '("-r " "--requirement " "--requirement=")))

(define (option-of line)
  ;; The first option in LINE, or #f.
  (or-map (lambda (word) (and (string-prefix? "-" word) word))
          (string-tokenize line)))

(define (option-hint option)
  (if (member option '("-e" "--editable"))
      "leave it out: the run works in a copy of the source, whose modules can be imported; for a folder src, set PYTHONPATH among the variables of the environment"
      "options of pip are for the field pip-options of a recipe's environment"))

(define (beside file name)
  (if (or (string-prefix? "/" name) (string=? (dirname file) "."))
      name
      (string-append (dirname file) "/" name)))

(define (absolute name)
  (if (string-prefix? "/" name)
      name
      (string-append (%working-folder) "/" name)))

(define* (requirements-packages file #:optional folder)
  "Return the packages that FILE, a requirements.txt, names, as a list of strings for the
field pip of an environment.  A relative name begins from FOLDER, by default the working
folder.  Files that it names by -r are read, too; any other option is an error."
  (let read-file ((file (if (member folder (list #f (%working-folder)))
                            file
                            (beside (string-append folder "/.") file)))
                  (above '()))
    (unless (%file-status file)
      (raise-azml-error 'not-found (string-append "there is no file '" (printable file)
                                                  "' of requirements")))
    (when (member file above)
      (raise-azml-error 'invalid (string-append "'" (printable file)
                                                "' names itself by -r")))
    (append-map
     (lambda (numbered)
       (let* ((line (string-trim-both (without-comment (cdr numbered))))
              (other (other-file line)))
         (cond ((string-null? line) '())
               (other (read-file (beside file other) (cons file above)))
               ((option-of line)
                => (lambda (option)
                     (raise-azml-error
                      'unsupported
                      (string-append (printable file) ":"
                                     (number->string (car numbered)) ": the option '"
                                     (printable option)
                                     "' is not taken from a file of requirements")
                      #:hint (option-hint option))))
               ((or (string-prefix? "./" line) (string-prefix? "../" line))
                (list (absolute (beside file line))))
               (else (list line)))))
     (file-lines file))))

(define (append-map procedure list)
  (apply append (map procedure list)))
