;;; env.scm: the command env.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml scripts env)
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml options)
  #:use-module (azml report)
  #:use-module (azml select)
  #:use-module (azml session)
  #:use-module (azml table)
  #:use-module (azml target)
  #:use-module (azml text)
  #:autoload (azml env build) (build-environments)
  #:autoload (azml env gc) (env-gc)
  #:export (%command
            azml-env))

(define %command
  (command
   "env" "Look at environments, or build them before they are needed."
   #:usage '("[list] [--json]"
             "build RECIPE [NAME...] [-q]"
             "gc [--unused AGE] [-n]")
   #:examples '(("env list" . "the environments of this machine")
                ("env build recipe.scm" . "build what the recipe's runs need"))
   #:notes '("azml-guile env gc --help describes that verb.")
   #:options '((target #\c "target" "NAME" "on the compute target NAME (local)")
               (quiet #\q "quiet" #f "do not show what the builder prints")
               (json #f "json" #f "write JSON"))))

(define (session-for target)
  (connect-to target (planned-fields)))

;;; list

(define (ago time now)
  (let ((ms (and (string? time) (%time-parse time))))
    (if ms (format-ago (- now ms)) "")))

(define (environment-row environment now)
  (let ((packages (or (json-ref environment 'packages) #())))
    (list (short-id (json-ref environment 'hash))
          (or (json-ref environment 'python) "")
          (or (json-ref environment 'builder) "")
          (format-bytes (or (json-ref environment 'bytes) 0))
          (ago (json-ref environment 'built) now)
          (ago (json-ref environment 'used) now)
          (string-join (map printable (if (vector? packages)
                                          (vector->list packages)
                                          '()))
                       " "))))

(define (list-environments json?)
  (let* ((reply (session-call (session-for (local-target)) "environments" '()))
         (environments (json-ref reply 'environments)))
    (cond (json? (write-json environments))
          ((zero? (vector-length environments)) (say "no environments yet"))
          (else
           (let ((now (%clock-utc-ms)))
             (print-table '("ID" "PYTHON" "BUILDER" "SIZE" "BUILT" "USED" "PACKAGES")
                          (map (lambda (environment) (environment-row environment now))
                               (vector->list environments))
                          #:right '(3) #:flexible 6))))
    0))

(define (azml-env words)
  "Run the command env with the command line WORDS; return the exit code."
  (if (and (pair? words) (string=? (car words) "gc"))
      (env-gc (cdr words))
      (list-or-build words)))

(define (list-or-build words)
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (let ((verb (if (pair? operands) (car operands) "list"))
           (operands (if (pair? operands) (cdr operands) '())))
       (cond ((string=? verb "list") (list-environments (option-ref options 'json)))
             ((string=? verb "build")
              (build-environments (select-submissions %command options operands #f)
                                 #:quiet? (option-ref options 'quiet)
                                 #:json? (option-ref options 'json)))
             (else (unknown-verb %command verb '("list" "build" "gc"))))))))
