;;; azml-test.scm: SRFI-64 tests as a TAP stream, and what several of them need.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml-test)
  #:use-module (srfi srfi-64)
  #:use-module (azml errors)
  #:use-module (ice-9 exceptions)
  #:re-export (test-equal test-assert test-eq test-eqv test-skip)
  #:export (run-tests error-of value-or-error error-text call-with-scratch write-file random-bytes))

(define (tap-runner)
  "Return a test runner that prints a line of TAP for each case."
  (let ((runner (test-runner-null)) (count 0))
    (test-runner-on-test-end! runner
      (lambda (runner)
        (let* ((kind (test-result-kind runner))
               (good? (memq kind '(pass xfail skip))))
          (set! count (+ count 1))
          (format #t "~a ~a - ~a~a\n" (if good? "ok" "not ok") count
                  (test-runner-test-name runner)
                  (if (eq? kind 'skip) " # SKIP" ""))
          (unless good?
            (for-each (lambda (property)
                        (when (test-result-ref runner property)
                          (format #t "# ~a: ~s\n" property
                                  (test-result-ref runner property))))
                      '(source-line expected-value actual-value actual-error)))
          (force-output))))
    (test-runner-on-final! runner
      (lambda (runner)
        (format #t "1..~a\n" count)))
    runner))

(define (run-tests name thunk)
  "Call THUNK, whose cases are the tests NAME; exit with 1 if one of them fails."
  (let ((runner (tap-runner)))
    (test-with-runner runner
      (test-begin name)
      (thunk)
      (test-end name))
    (exit (if (zero? (test-runner-fail-count runner)) 0 1))))

(define-syntax-rule (value-or-error body ...)
  (with-exception-handler
      (lambda (condition) condition)
    (lambda () body ...)
    #:unwind? #t))

(define-syntax-rule (error-of body ...)
  (value-or-error body ... 'no-error))

(define (error-text condition)
  "Return CODE: MESSAGE | HINT of CONDITION, or what else it is."
  (if (and (exception? condition) (azml-error? condition))
      (string-append (symbol->string (azml-error-code condition)) ": "
                     (azml-error-message condition)
                     (if (azml-error-hint condition)
                         (string-append " | " (azml-error-hint condition))
                         ""))
      (object->string condition)))

(define (remove-tree folder)
  ;; Not in Scheme: names may have bytes that Guile does not read.
  (system* "chmod" "-R" "u+rwX" folder)
  (system* "rm" "-rf" folder))

(define (call-with-scratch procedure)
  "Call PROCEDURE in a new folder, whose name it gets; remove the folder afterwards."
  (let ((folder (mkdtemp (string-append (or (getenv "AZML_BUILDDIR") "/tmp")
                                        "/tests/scratch.XXXXXX")))
        (before (getcwd)))
    (dynamic-wind
      (lambda () (chdir folder))
      (lambda () (procedure folder))
      (lambda ()
        (chdir before)
        (remove-tree folder)))))

(define (write-file name . texts)
  "Write TEXTS to the file NAME; return NAME."
  (call-with-output-file name
    (lambda (port)
      (set-port-encoding! port "UTF-8")
      (for-each (lambda (text) (display text port)) texts)))
  name)

(define (random-bytes state limit)
  "Return a bytevector of random bytes and length below LIMIT."
  (let* ((n (random limit state))
         (bytes (make-u8vector n)))
    (do ((i 0 (+ i 1)))
        ((= i n) bytes)
      ;; Many of the bytes of which UTF-8 sequences are made.
      (array-set! bytes
                  (case (random 4 state)
                    ((0) (random 128 state))
                    ((1) (+ 128 (random 64 state)))
                    ((2) (vector-ref #(#xc2 #xe0 #xed #xf0 #xf4 #x8f #xbe #xbf)
                                     (random 8 state)))
                    (else (random 256 state)))
                  i))))
