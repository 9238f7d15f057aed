;;; lease.scm: what a run that waits for GPUs says about it.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml lease)
  #:use-module (azml json)
  #:use-module (azml text)
  #:export (waiting-text
            gap-text))

(define %most 3)                        ;reasons in one line

(define (reason gpu)
  ;; Why GPU of an event cannot be had: equal ones are counted together.
  (let ((state (json-ref gpu 'state))
        (run (json-ref gpu 'run))
        (text (lambda (key) (printable (or (json-ref gpu key) "?")))))
    (cond ((and (member state '("held" "reserved")) run)
           (string-append (if (equal? state "held") "held by" "reserved for")
                          " run " (short-id (text 'run)) " of user " (text 'user)))
          ((equal? state "held") "held by somebody")
          ((equal? state "reserved") "reserved for an older run")
          ((and (equal? state "occupied") run)
           (string-append "used by run " (short-id (text 'run)) " of user " (text 'user)
                          ", which asked for none"))
          ((and (equal? state "occupied") (json-ref gpu 'user))
           (string-append "used by process " (number->string (json-ref gpu 'pid)) " of user "
                          (text 'user) " outside of any run"))
          ((equal? state "occupied") "used by processes outside of any run")
          (else #f))))

(define (since gpu)
  (let ((seconds (json-ref gpu 'seconds)))
    (if (and (number? seconds) (equal? (json-ref gpu 'state) "held"))
        (let ((minutes (inexact->exact (floor (/ seconds 60)))))
          (string-append
           " (" (cond ((< minutes 1) "just now")
                      ((< minutes 120) (string-append (number->string minutes) " min"))
                      (else (format-seconds seconds)))
           ")"))
        "")))

(define (count-reasons gpus)
  ;; ((REASON COUNT . FIRST-GPU) ...) in the order of GPUS.
  (let loop ((gpus gpus) (found '()))
    (if (null? gpus)
        (reverse found)
        (let* ((why (reason (car gpus)))
               (entry (and why (assoc why found))))
          (cond (entry (set-car! (cdr entry) (+ 1 (cadr entry)))
                       (loop (cdr gpus) found))
                (why (loop (cdr gpus) (cons (cons* why 1 (car gpus)) found)))
                (else (loop (cdr gpus) found)))))))

(define (reasons-text found)
  (let loop ((found found) (n 0) (texts '()))
    (cond ((null? found) (string-join (reverse texts) ", "))
          ((= n %most)
           (string-join (reverse (cons "others too" texts)) ", "))
          (else
           (loop (cdr found) (+ n 1)
                 (cons (string-append (number->string (cadr (car found))) " "
                                      (car (car found)) (since (cddr (car found))))
                       texts))))))

(define (waiting-text event)
  "Return one line about the `gpus' EVENT of a run that waits: for what, what is wrong with
the machine, for whom, since when, and how many are ahead."
  (let* ((gpus (json-ref event 'gpus))
         (found (count-reasons (if (vector? gpus) (vector->list gpus) '())))
         (ahead (or (json-ref event 'ahead) 0))
         (problem (json-ref event 'problem))
         (reasons (append (if (string? problem) (list (printable problem)) '())
                          (if (null? found) '() (list (reasons-text found))))))
    (string-append
     "waiting for " (printable (or (json-ref event 'wanted) "a GPU"))
     (if (null? reasons) "" (string-append ": " (string-join reasons "; ")))
     (if (and (integer? ahead) (positive? ahead))
         (string-append ", " (number->string ahead) " ahead")
         ""))))

(define (gap-text event)
  "Return one line about the `gpus' EVENT of a run whose samples are interrupted."
  (let ((message (json-ref event 'message)))
    (string-append "nvidia-smi ended and is started again; samples of the GPU are missing"
                   (if (string? message) (string-append ": " (printable message)) ""))))
