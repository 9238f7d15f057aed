;;; withdraw.scm: take back what was submitted and not accepted yet.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml withdraw)
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml follow)
  #:use-module (azml launch)
  #:use-module (azml link)
  #:use-module (azml progress)
  #:use-module (azml session)
  #:use-module (azml text)
  #:use-module (azml transfer)
  #:use-module (azml watch)
  #:export (withdraw! abandon! lost-hint check-patience))

;; How long the machine may take to say whether it had accepted a run, and to end it.
(define patience-ms 10000)

(define (forget! launched)
  (%mirror-remove (tracked-mirror (launched-tracked launched))))

(define (leave-open! launched)
  (say-warning (string-append "run " (short-id (launched-id launched))
                              " may have been accepted")
               (string-append "azml-guile stop " (short-id (launched-id launched))
                              " ends it")))

(define (end-accepted! session launched)
  ;; The machine was faster: end the run, and remove what there is of it.
  (session-call session "remove" `((id . ,(launched-id launched))))
  (forget! launched))

(define (wait-for-word link launched progress)
  ;; Until the machine has said whether it had accepted LAUNCHED, and has ended it.
  (let ((tracked (launched-tracked launched))
        (deadline (+ (%clock-boot-ms) patience-ms))
        (given-up? #f))
    (define (known?)
      (or (tracked-failure tracked)
          (and (tracked-accepted? tracked) (tracked-ended? tracked))))
    (tracked-stop! tracked "KILL" #:by "terminal")
    (let loop ()
      (unless (or (known?) given-up? (> (%clock-boot-ms) deadline))
        (call-interruptibly (lambda (signal) (set! given-up? #t))
                            (lambda () (session-pump! (link-session link) 200)))
        (progress-tick! progress)
        (loop)))
    (known?)))

(define (withdraw-one! link launched progress)
  (cond ((not (wait-for-word link launched progress)) (leave-open! launched))
        ((tracked-failure (launched-tracked launched)) (forget! launched))
        (else (end-accepted! (link-session link) launched))))

(define (withdraw! link waiting progress)
  "Take back the runs WAITING, which were launched over LINK and not accepted yet: nothing is left
of them here, nor there, or it is said which may go on.  Show PROGRESS meanwhile."
  (let ((session (link-session link)))
    (progress-begin! progress "withdrawing")
    (cond
     ((not (link-asked? link)) (for-each forget! waiting))
     ((and session (not (link-doubt? link)) (transfer-unfinished? session))
      ;; Nobody has asked for them yet; without the connection nobody will.
      (forget-session! session)
      (session-close! session)
      (for-each forget! waiting))
     (session
      (for-each
       (lambda (launched)
         (with-exception-handler
             (lambda (condition) (leave-open! launched))
           (lambda () (withdraw-one! link launched progress))
           #:unwind? #t
           #:unwind-for-type &azml-error))
       waiting))
     (else (for-each leave-open! waiting)))
    (progress-end! progress)))

(define (accepted? launched)
  (tracked-accepted? (launched-tracked launched)))

(define (open? launched)
  (let ((tracked (launched-tracked launched)))
    (not (or (tracked-ended? tracked) (tracked-failure tracked)))))

(define (lost-hint launched)
  "Return what is said where the connection is lost and LAUNCHED were launched over it."
  (let ((open (filter open? launched)))
    (cond ((null? open) "connecting again")
          ((and-map accepted? open) "the run goes on; connecting again")
          (else "it is not known whether the run was accepted; connecting again to ask"))))

(define (abandon! link launched over? progress)
  "Let those go that were LAUNCHED over LINK and are not OVER?, because of an error: what was not
accepted yet is withdrawn, with PROGRESS, or it is said that it may go on, and what does."
  (let* ((open (filter (lambda (launched) (and (open? launched) (not (over? launched))))
                       launched))
         (waiting (filter (lambda (launched) (not (accepted? launched))) open)))
    (when (pair? waiting)
      (withdraw! link waiting progress))
    (for-each (lambda (launched)
                (let ((id (short-id (launched-id launched))))
                  (say "run " id " goes on; azml-guile attach " id " returns to it")))
              (filter accepted? open))))

(define (check-patience link launched seconds)
  "Raise an error if LINK has had no connection for SECONDS, and some of LAUNCHED were not
accepted yet."
  (when (and (> (link-lost-ms link) (* 1000 seconds))
             (or-map (lambda (launched) (not (accepted? launched)))
                     (filter open? launched)))
    (raise-azml-error 'unreachable
                      (string-append "no connection to " (printable (link-name link))
                                     " for " (format-count seconds "second"))
                      #:hint "--accept-within says how long to try")))
