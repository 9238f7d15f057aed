;;; build.scm: environments that are built before a run needs them.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml env build)
  #:use-module (ice-9 binary-ports)
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml progress)
  #:use-module (azml report)
  #:use-module (azml session)
  #:use-module (azml submission)
  #:use-module (azml target)
  #:use-module (azml text)
  #:use-module (azml watch)
  #:autoload (azml env image) (in-container? make-image preparation)
  #:export (build-environments))

(define (show bytes) ;what the builder prints
  (put-bytevector (current-error-port) bytes)
  (force-output (current-error-port)))

(define (image-of submission quiet?)
  ;; Make the image of SUBMISSION; return what `build' returns.
  (call-with-values
      (lambda ()
        (make-image (make-submission (preparation (submission-experiment submission))
                                     (submission-target submission)
                                     #:recipe (submission-recipe submission))
                    #:quiet? quiet? #:on-prepare (and (not quiet?) show)))
    (lambda (code status)
      (let ((failure (json-ref (or status '()) 'error)))
        (cond ((zero? code)
               (or (json-ref status 'environment)
                   `((builder . "image") (path . ,(json-ref status 'container 'image)))))
              ((and quiet? failure) (raise-failure failure))
              (else code))))))

(define (build submission quiet?)
  ;; Build the environment of SUBMISSION; return the reply of the runner, or an exit code.
  (let* ((spec (submission-environment submission))
         (session (connect-to (submission-target submission) (planned-fields)))
         (progress (make-progress #:quiet? (not quiet?)))
         (tell (event-teller progress))
         (outcome #f)
         (left #f))
    (session-request! session "build" `((environment . ,spec))
                      (lambda (kind stream value)
                        (case kind
                          ((data) (unless quiet? (show value)))
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
      (say name ": needs no environment"
           (if (json-ref reply 'path)
               (string-append ", " (printable (json-ref reply 'path)) " is there")
               ""))))

(define* (build-environments submissions #:key quiet? json?)
  "Build the environments of SUBMISSIONS that are not there yet, each once, and say what there is
then, as JSON with JSON?; with QUIET? what the builder prints is not shown.  Return the exit code."
  (let loop ((submissions submissions) (seen '()) (replies '()))
    (if (null? submissions)
        (begin
          (when json?
            (write-json (list->vector (reverse replies))))
          0)
        (let* ((submission (car submissions))
               (what (cons (target->json (submission-target submission))
                           (submission-environment submission))))
          (if (member what seen)
              (loop (cdr submissions) seen replies)
              (let ((reply ((if (in-container? submission) image-of build)
                            submission quiet?)))
                (if (number? reply)
                    reply
                    (begin
                      (unless json?
                        (say-built (submission-name submission) reply))
                      (loop (cdr submissions) (cons what seen)
                            (cons reply replies))))))))))
