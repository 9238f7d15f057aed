;;; together.scm: many short runs, made to stay on disk all at once.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; A run that is over within a moment would wait for the disk longer than it lasts.  Where one
;;; command starts many, such runs are not written through one by one: about once a second, and
;;; before the command ends, all of them are.  What lasts longer never waits for this.
;;; Code:

(define-module (azml together)
  #:use-module (azml structure)
  #:use-module (azml console)
  #:use-module (azml errors)
  #:use-module (azml json)
  #:use-module (azml session)
  #:export (make-together
            together-note!
            together-short?
            together-sync!
            together-finish!))

;; As AZML__MOMENT_MS of src/charge/charge.h; in seconds.
(define moment 0.1)

(define-structure <together>
  (%make-together noted synced asked short?)
  together?
  (noted together-noted set-together-noted!)    ;how many have ended that were not written through
  (synced together-synced set-together-synced!) ;how many of these are on disk
  (asked together-asked set-together-asked!)    ;when that was last asked for
  (short? together-short? set-together-short!)) ;whether the one that ended last was short

(define (make-together)
  "Return what is known of the runs of one command: there are none yet."
  (%make-together 0 0 (get-internal-real-time) #f))

(define (together-note! together status)
  "A run that was launched with #:together? has ended with STATUS."
  (let* ((total (json-ref status 'durations 'total))
         (short? (not (and (number? total) (>= total moment)))))
    (set-together-short! together short?)
    (when short?
      (set-together-noted! together (+ 1 (together-noted together))))))

(define (pending? together)
  (< (together-synced together) (together-noted together)))

(define (together-sync! together session)
  "Have those that ended written to the disk by SESSION if a second has passed since that was last
asked for; do not wait."
  (let ((now (get-internal-real-time))
        (noted (together-noted together)))
    (when (and (pending? together)
               (> (- now (together-asked together)) internal-time-units-per-second))
      (set-together-asked! together now)
      (session-request! session "sync" '()
                        (lambda (kind stream value)
                          (when (eq? kind 'reply)
                            (set-together-synced! together noted)))))))

(define (together-finish! together session)
  "Have those that ended written to the disk by SESSION, and wait for that.  That it failed is
said; the runs are what they are."
  (when (pending? together)
    (with-exception-handler
        (lambda (condition)
          (say-warning (string-append "the last runs may not be on disk: "
                                      (azml-error-message condition))))
      (lambda ()
        (session-call session "sync" '())
        (set-together-synced! together (together-noted together)))
      #:unwind? #t #:unwind-for-type &azml-error)))
