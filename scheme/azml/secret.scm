;;; secret.scm: values that are named in a recipe and known only when a run is submitted.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; A secret goes into job.json, which is removed when the run ends, and nowhere else.

(define-module (azml secret)
  #:use-module (azml core)
  #:autoload (azml errors) (raise-azml-error)
  #:autoload (ice-9 popen) (open-pipe* close-pipe)
  #:autoload (ice-9 textual-ports) (get-string-all)
  #:export (secret secret? secret-name secret-value))

(define <secret>
  (make-record-type 'secret '(name command)
                    (lambda (record port)
                      (display "#<secret " port)
                      (display (struct-ref record 0) port)
                      (display ">" port))))

(define* (secret name #:key command)
  "Return the secret called NAME: when a run is submitted its value is that of the
environment variable NAME, or, if COMMAND is given, a list of strings, what this command
prints, without the newline at the end."
  (unless (string? name)
    (raise-azml-error 'invalid "a secret's name is a string"))
  (unless (or (not command)
              (and (pair? command) (list? command) (and-map string? command)))
    (raise-azml-error 'invalid (string-append "secret '" name "': the command is a list of"
                                              " strings")))
  (make-struct/no-tail <secret> name command))

(define (secret? object)
  "Return true if OBJECT is a secret."
  (and (struct? object) (eq? (struct-vtable object) <secret>)))

(define (secret-name secret)
  "Return the name of SECRET."
  (unless (secret? secret)
    (raise-azml-error 'invalid "not a secret"))
  (struct-ref secret 0))

(define (secret-value secret)
  "Return the value of SECRET, a string.  Raise not-found if the variable is not set, or
failed if the command fails."
  (let ((name (secret-name secret))
        (command (struct-ref secret 1)))
    (if command
        (let* ((port (apply open-pipe* OPEN_READ command))
               (value (string-trim-right (get-string-all port) #\newline))
               (status (close-pipe port)))
          (unless (eqv? (status:exit-val status) 0)
            (raise-azml-error 'failed
                              (string-append "secret '" name "': the command '"
                                             (car command) "' did not succeed")))
          value)
        (or (%getenv name)
            (raise-azml-error 'not-found
                              (string-append "secret '" name
                                             "': there is no such environment variable")
                              #:hint (string-append "set it: export " name "=..."))))))
