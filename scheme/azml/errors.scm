;;; errors.scm: the conditions that azml raises.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Every error is a compound of &azml-error, or one of its subtypes, with &message,
;;; &irritants and &origin, so SRFI-35 and R6RS accessors, `guard' and `catch' all work.

(define-module (azml errors)
  #:use-module (ice-9 exceptions)
  #:export (&azml-error azml-error?
            azml-error-code azml-error-domain azml-error-native azml-error-message
            azml-error-hint azml-error-origin
            azml-error-irritants
            &azml-failed &azml-no-memory &azml-invalid &azml-not-found &azml-exists
            &azml-ambiguous &azml-cancelled &azml-timeout &azml-os &azml-no-space
            &azml-denied &azml-format &azml-protocol &azml-unreachable &azml-busy
            &azml-changed &azml-too-large &azml-unsupported &azml-scheme
            &azml-environment &azml-corrupt &azml-auth &azml-host-key
            &azml-usage azml-usage-error? azml-cancelled?
            azml-condition-type azml-condition-codes
            make-azml-error raise-azml-error raise-core-error))

(define &azml-error
  (make-exception-type '&azml-error &error '(code domain native hint)))

(define-syntax define-codes
  (syntax-rules ()
    ((_ table (code type) ...)
     (begin
       (define type (make-exception-type 'type &azml-error '())) ...
       (define table (list (cons 'code type) ...))))))

;; As in azml/error.h, and `usage', which only Scheme has: a mistake in a command line.
(define-codes %types
  (failed &azml-failed) (no-memory &azml-no-memory) (invalid &azml-invalid)
  (not-found &azml-not-found) (exists &azml-exists) (ambiguous &azml-ambiguous)
  (cancelled &azml-cancelled) (timeout &azml-timeout) (os &azml-os)
  (no-space &azml-no-space) (denied &azml-denied) (format &azml-format)
  (protocol &azml-protocol) (unreachable &azml-unreachable) (busy &azml-busy)
  (changed &azml-changed) (too-large &azml-too-large)
  (unsupported &azml-unsupported) (scheme &azml-scheme)
  (environment &azml-environment) (corrupt &azml-corrupt)
  (auth &azml-auth) (host-key &azml-host-key) (usage &azml-usage))

(define-syntax-rule (define-predicates (name type doc) ...)
  (begin
    (define name
      (let ((is? (exception-predicate type)))
        (lambda (object)
          doc
          (is? object))))
    ...))

(define-predicates
  (azml-error? &azml-error "Return true if OBJECT is a condition of azml.")
  (azml-usage-error? &azml-usage
    "Return true if OBJECT is the condition for a wrong command line.")
  (azml-cancelled? &azml-cancelled
    "Return true if OBJECT is the condition for an interrupted call."))

(define-syntax-rule (define-accessors (name field doc) ...)
  (begin
    (define name
      (let ((get (exception-accessor &azml-error
                                     (record-accessor &azml-error 'field))))
        (lambda (condition)
          doc
          (get condition))))
    ...))

(define-accessors
  (azml-error-code code "Return the code of CONDITION, a symbol such as not-found.")
  (azml-error-domain domain "Return where CONDITION came from, a symbol such as os.")
  (azml-error-native native
    "Return the number that the domain of CONDITION gave, such as errno; 0 for none.")
  (azml-error-hint hint "Return what to do about CONDITION, a string, or #f."))

(define (azml-error-message condition)
  "Return the message of CONDITION, one line."
  (exception-message condition))

(define (azml-error-origin condition)
  "Return the name of the procedure that raised CONDITION, or #f."
  (and (exception-with-origin? condition) (exception-origin condition)))

(define (azml-error-irritants condition)
  "Return the irritants of CONDITION, a list: for an error of a recipe, its location."
  (if (exception-with-irritants? condition)
      (exception-irritants condition)
      '()))

(define (azml-condition-codes)
  "Return the list of all codes."
  (map car %types))

(define (azml-condition-type code)
  "Return the condition type of CODE; &azml-error if there is none of its own."
  (or (assq-ref %types code) &azml-error))

(define* (make-azml-error code message #:key hint origin (domain 'scheme) (native 0)
                          (irritants '()))
  "Return a condition of the type of CODE with MESSAGE and, as far as given, HINT, ORIGIN,
DOMAIN, NATIVE and IRRITANTS."
  (make-exception
   ((record-constructor (azml-condition-type code)) code domain native hint)
   (make-exception-with-origin origin)
   (make-exception-with-message message)
   (make-exception-with-irritants irritants)))

(define (raise-azml-error code message . keywords)
  "Raise the condition that `make-azml-error' makes of CODE, MESSAGE and KEYWORDS."
  (raise-exception (apply make-azml-error code message keywords)))

(define (raise-core-error who code domain native message hint)
  "Raise the condition for an error of the C library: WHO is the primitive's name; CODE,
DOMAIN, NATIVE, MESSAGE and HINT are the error's."
  (raise-exception (make-azml-error code message #:hint hint #:origin who
                                    #:domain domain #:native native)))
