;;; console.scm: what the terminal can do, and writing to it.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; Data goes to the standard output, everything that is said beside it to the standard
;;; error.  Colour only where the stream is a terminal that has it and NO_COLOR is not
;;; set; CLICOLOR_FORCE asks for it anywhere.
;;; Code:

(define-module (azml console)
  #:use-module (azml text)
  #:export (console-terminal?
            console-colour?
            console-unicode?
            console-columns
            console-interactive?
            paint
            write-beside
            say
            say-warning
            hint-said!
            console-clear-line!
            ask-yes-or-no))

(define (variable-set? name)
  (let ((value (getenv name)))
    (and value (not (string-null? value)))))

(define (terminal? port)
  (and (file-port? port) (isatty? port)))

(define* (console-terminal? #:optional (port (current-error-port)))
  "Return true if PORT is a terminal whose cursor can be moved."
  (and (terminal? port)
       (not (member (or (getenv "TERM") "dumb") '("dumb" "")))))

(define* (console-colour? #:optional (port (current-error-port)))
  "Return true if what is written to PORT may have colours."
  (cond ((variable-set? "NO_COLOR") #f)
        ((let ((force (getenv "CLICOLOR_FORCE")))
           (and force (not (member force '("" "0")))))
         #t)
        (else (console-terminal? port))))

(define (console-unicode?)
  "Return true if the locale says that characters beyond ASCII can be shown."
  (let ((locale (or (find-set '("LC_ALL" "LC_CTYPE" "LANG")) "C")))
    (or (string-contains-ci locale "utf-8")
        (string-contains-ci locale "utf8"))))

(define (find-set names)
  (and (pair? names)
       (if (variable-set? (car names))
           (getenv (car names))
           (find-set (cdr names)))))

(define* (console-columns #:optional (port (current-output-port)))
  "Return the width of PORT in columns: $COLUMNS, else what the terminal says, else #f
where PORT is not a terminal."
  (let ((asked (and=> (getenv "COLUMNS") string->number)))
    (cond ((and asked (exact-integer? asked) (> asked 9)) asked)
          ((terminal? port) (or (terminal-columns port) 80))
          (else #f))))

(define (terminal-columns port)
  ;; Asked of stty, which is everywhere, once, and only for tables on a terminal.
  (let* ((pipe ((@ (ice-9 popen) open-input-pipe) "stty size </dev/tty 2>/dev/null"))
         (line ((@ (ice-9 rdelim) read-line) pipe)))
    ((@ (ice-9 popen) close-pipe) pipe)
    (and (string? line)
         (let ((words (string-tokenize line)))
           (and (= (length words) 2)
                (let ((n (string->number (cadr words))))
                  (and n (> n 9) n)))))))

(define (console-interactive?)
  "Return true if a question can be asked: input and error output are terminals."
  (and (terminal? (current-input-port)) (terminal? (current-error-port))))

(define codes
  '((bold . "1") (dim . "2") (red . "31") (green . "32") (yellow . "33") (blue . "34")
    (cyan . "36")))

(define* (paint style text #:optional (port (current-error-port)))
  "Return TEXT in STYLE (bold, dim, red, green, yellow, blue, cyan) for PORT, plain where
it has no colours."
  (if (console-colour? port)
      (string-append "\x1b[" (assq-ref codes style) "m" text "\x1b[0m")
      text))

(define (write-beside port . texts)
  "Write TEXTS to PORT, what data do not go to.  From a terminal that was closed on, nothing is
written any more, and that is no error: what it was to end has to be ended yet."
  (catch 'system-error
    (lambda ()
      (display (string-concatenate texts) port)
      (force-output port))
    (lambda arguments
      (unless (= EIO (system-error-errno arguments))
        (apply throw arguments))
      (let ((nowhere (open-file "/dev/null" "w")))
        (dup2 (fileno nowhere) (fileno port))
        (close-port nowhere)))))

(define (say . texts)
  "Write TEXTS and a newline to the standard error."
  (write-beside (current-error-port) (string-concatenate texts) "\n"))

(define %hints '()) ;of warnings

(define* (say-warning message #:optional hint)
  "Write the warning MESSAGE, and what to do about it, HINT, to the standard error."
  (say "azml-guile: " (paint 'yellow "warning:") " " (printable message))
  (when hint
    (set! %hints (cons hint %hints))
    (say "  hint: " (printable hint))))

(define (hint-said! hint)
  "Return true if a warning has said HINT since this was asked last."
  (let ((said (and (member hint %hints) #t)))
    (set! %hints (delete hint %hints))
    said))

(define (console-clear-line!)
  "Clear the line of the terminal on which progress may stand, if the standard error is one."
  (when (console-terminal?)
    (write-beside (current-error-port) "\r\x1b[K")))

(define (ask-yes-or-no question)
  "Ask QUESTION on the terminal; return true for yes.  Return false without a terminal."
  (and (console-interactive?)
       (begin
         (display (string-append question " [y/N] ") (current-error-port))
         (force-output (current-error-port))
         (let ((answer ((@ (ice-9 rdelim) read-line))))
           (and (string? answer)
                (member (string-downcase (string-trim-both answer)) '("y" "yes"))
                #t)))))
