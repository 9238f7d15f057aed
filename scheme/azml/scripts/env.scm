;;; env.scm: the command env.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml scripts env)
  #:use-module (ice-9 binary-ports)
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml options)
  #:use-module (azml progress)
  #:use-module (azml report)
  #:use-module (azml select)
  #:use-module (azml session)
  #:use-module (azml submission)
  #:use-module (azml table)
  #:use-module (azml target)
  #:use-module (azml text)
  #:use-module (azml watch)
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

;;; build

(define (build submission options)
  ;; Build the environment of SUBMISSION; return the reply of the runner, #f if there is
  ;; nothing to build.
  (let* ((spec (submission-environment submission))
         (session (session-for (submission-target submission)))
         (progress (make-progress #:quiet? (not (option-ref options 'quiet))))
         (tell (event-teller progress))
         (outcome #f)
         (left #f)
         (show (lambda (bytes)
                 (unless (option-ref options 'quiet)
                   (put-bytevector (current-error-port) bytes)
                   (force-output (current-error-port))))))
    (session-request! session "build" `((environment . ,spec))
                      (lambda (kind stream value)
                        (case kind
                          ((data) (show value))
                          ((event) (tell value))
                          (else (set! outcome (cons kind value))))))
    (watch-until (lambda () (or left outcome)) session progress
                 (lambda (signal) (set! left (+ 128 signal))))
    (progress-end! progress)
    (cond (left left)
          ((eq? (car outcome) 'fail) (raise-failure (cdr outcome)))
          (else (cdr outcome)))))

(define (say-built name reply)
  (if (json-ref reply 'hash)
      (say name ": environment " (short-id (json-ref reply 'hash))
           (if (eq? #t (json-ref reply 'built)) " built" " found")
           ", Python " (or (json-ref reply 'python) "?") ", in "
           (printable (or (json-ref reply 'path) "?")))
      (say name ": needs no environment")))

(define (build-all submissions options)
  (let loop ((submissions submissions) (seen '()) (replies '()))
    (if (null? submissions)
        (begin
          (when (option-ref options 'json)
            (write-json (list->vector (reverse replies))))
          0)
        (let* ((submission (car submissions))
               (spec (submission-environment submission)))
          (if (member spec seen)
              (loop (cdr submissions) seen replies)
              (let ((reply (build submission options)))
                (if (number? reply)
                    reply
                    (begin
                      (unless (option-ref options 'json)
                        (say-built (submission-name submission) reply))
                      (loop (cdr submissions) (cons spec seen)
                            (cons reply replies))))))))))

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
              (build-all (select-submissions %command options operands #f) options))
             (else (unknown-verb %command verb '("list" "build" "gc"))))))))
