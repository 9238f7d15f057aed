;;; handling.scm: what the program does with errors.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml handling)
  #:use-module (azml core)
  #:use-module (azml trace)
  #:autoload (azml errors) (azml-error? azml-error-code azml-error-hint
                            azml-error-irritants azml-error-domain azml-error-native
                            &azml-error)
  #:autoload (ice-9 binary-ports) (put-bytevector)
  #:autoload (azml evaluate) (condition->text)
  #:re-export (debugging?)
  #:export (call-with-error-handling call-with-program-errors report-condition
            condition-status))

(define (put-line port . texts)
  ;; As bytes: a text may stand for some that are not UTF-8.
  (put-bytevector port
                  (%string->bytes (string-append (string-concatenate texts) "\n")))
  (force-output port))

(define (broken-pipe? condition)
  (and (exception? condition)
       (eq? (exception-kind condition) 'system-error)
       (= (system-error-errno (cons 'system-error (exception-args condition))) EPIPE)))

(define (interrupt? condition)
  (and (exception? condition) (azml-error? condition)
       (eq? (azml-error-code condition) 'cancelled)))

(define* (condition-status condition #:optional (otherwise 1))
  "Return the exit status for CONDITION: 2 for a wrong command line, 128 and the signal's
number for an interrupt, 141 where the reader of the output is gone; else OTHERWISE."
  (cond ((broken-pipe? condition) (+ 128 SIGPIPE))
        ((not (and (exception? condition) (azml-error? condition))) otherwise)
        ((eq? (azml-error-code condition) 'usage) 2)
        ((and (interrupt? condition) (positive? (%cancel-signal)))
         (+ 128 (%cancel-signal)))
        (else otherwise)))

(define (source-lines condition)
  ;; The line with a caret under it that an error of a configuration file has: its
  ;; irritants are the place, and these lines.
  (let ((irritants (if (and (exception? condition) (azml-error? condition))
                       (azml-error-irritants condition)
                       '())))
    (if (and (pair? irritants) (pair? (cdr irritants)) (list? (cadr irritants))
             (and-map string? (cadr irritants)))
        (cadr irritants)
        '())))

;; What Guile's own procedures raise.  Nobody but a programmer wants to know their names.
(define (system-text arguments)
  ;; (PROCEDURE TEMPLATE (CAUSE [FILE]) ...)
  (let ((rest (caddr arguments)))
    (if (and (pair? rest) (pair? (cdr rest)) (string? (cadr rest)))
        (string-append "'" (cadr rest) "': " (car rest))
        (string-append (if (car arguments) (string-append (car arguments) ": ") "")
                       (apply simple-format #f (cadr arguments) rest)))))

(define (system-hint arguments)
  (let ((number (system-error-errno (cons 'system-error arguments))))
    (cond ((= number EACCES) "look at the permissions: ls -ld shows them")
          ((= number ENOENT) "a file or a folder of this name is not there")
          ((= number ENOSPC) "make room on that disk")
          ((= number EISDIR) "this is a folder; name a file")
          (else #f))))

(define (text-and-hint condition)
  (let ((kind (and (exception? condition) (exception-kind condition))))
    (cond ((and (exception? condition) (azml-error? condition))
           (cons (condition->text condition) (azml-error-hint condition)))
          ((eq? kind 'system-error)
           (cons (system-text (exception-args condition))
                 (system-hint (exception-args condition))))
          (else
           (cons (string-append "internal error: " (condition->text condition))
                 "a mistake of azml-guile: please report it, with what --debug, before the command, shows")))))

(define* (report-condition condition #:optional (port (current-error-port)))
  "Print CONDITION, anything that was raised, to PORT: its message and its hint."
  (unless (broken-pipe? condition)
    (let ((said (text-and-hint condition)))
      (put-line port "azml-guile: "
                (if (and (interrupt? condition) (positive? (%cancel-signal)))
                    "interrupted"
                    (car said)))
      (for-each (lambda (line) (put-line port line)) (source-lines condition))
      (when (cdr said)
        (put-line port "hint: " (cdr said))))))

(define* (call-with-error-handling thunk #:key (status 1))
  "Call THUNK and return what it returns.  An error is printed, after a backtrace if
`debugging?' is set, and the exit status for it returned: STATUS if there is no other."
  (with-exception-handler
      (lambda (condition)
        (if (and (exception? condition) (eq? (exception-kind condition) 'quit))
            (let ((arguments (exception-args condition)))
              (cond ((null? arguments) 0)
                    ((exact-integer? (car arguments)) (logand (car arguments) 255))
                    (else (if (car arguments) 0 1))))
            (begin
              (print-trace condition (current-error-port))
              (report-condition condition)
              (condition-status condition status))))
    (lambda () (call-with-trace thunk))
    #:unwind? #t))

;; A script that does not exist has the exit code that a shell has for it, 127 or 126.
(define (call-with-program-errors thunk)
  "Call THUNK and return what it returns; report a program that does not exist or cannot be
executed, and return the exit code for that."
  (with-exception-handler
      (lambda (condition)
        (if (eq? (azml-error-domain condition) 'program)
            (begin
              (report-condition condition)
              (azml-error-native condition))
            (raise-exception condition)))
    thunk
    #:unwind? #t
    #:unwind-for-type &azml-error))
