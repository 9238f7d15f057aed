;;; trace.scm: the stack of an error, for --debug.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Guile 3.0.8 does not honour a `catch' that is entered inside of an exception handler which
;;; has not unwound, so such a handler must do next to nothing: here it keeps the stack, and
;;; everything else happens after unwinding.

(define-module (azml trace)
  #:export (debugging? call-with-trace call-with-conversion print-trace))

;; Whether stacks are kept.
(define debugging? (make-parameter #f))

;; (CONDITION . STACK) of the error that was raised last.
(define %kept #f)

(define (call-with-trace thunk)
  "Call THUNK; if `debugging?' is set, keep the stack of an error that it raises."
  (if (debugging?)
      (with-exception-handler
          (lambda (condition)
            (unless (and %kept (eq? (car %kept) condition))
              (set! %kept (cons condition (make-stack #t))))
            (raise-exception condition))
        thunk)
      (thunk)))

(define (call-with-conversion convert thunk)
  "Call THUNK; an error that it raises is given, after unwinding, to CONVERT, which raises
another one, or the same; the stack that was kept is then that one's."
  (with-exception-handler
      (lambda (condition)
        (if (debugging?)
            (with-exception-handler
                (lambda (other)
                  (when (and %kept (eq? (car %kept) condition))
                    (set! %kept (cons other (cdr %kept))))
                  (raise-exception other))
              (lambda () (convert condition))
              #:unwind? #t)
            (convert condition)))
    (lambda () (call-with-trace thunk))
    #:unwind? #t))

(define (print-trace condition port)
  "Print the stack of CONDITION to PORT, if it was kept."
  (when (and %kept (eq? (car %kept) condition))
    (display "Backtrace:\n" port)
    (display-backtrace (cdr %kept) port)
    (newline port)))
