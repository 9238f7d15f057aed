;;; places.scm: how many runs of one command are at work at a time.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; As many runs as the user allows have a place.  Between the end of a short run and the next
;;; one's start would be the way from the runner to this process and back, and the making of its
;;; processes.  So of such runs a few are asked for before there is a place: the runner makes
;;; them ready, and lets each begin once it may.
;;; Code:

(define-module (azml places)
  #:use-module (azml core)
  #:use-module (azml follow)
  #:use-module (azml jobserver)
  #:use-module (azml json)
  #:use-module (azml launch)
  #:autoload (azml together) (together-short?)
  #:export (at-work
            places-to-tell
            place-for-more?
            withdrawn?))

(define ahead-of-places 2)

(define (at-work launched)
  "Return how many of LAUNCHED are at work, or wait to be.  One whose work is done has given its
place away, though its end is not on disk yet."
  (length (filter (lambda (one) (not (tracked-over? (launched-tracked one)))) launched)))

(define (places-to-tell jobs together)
  "Return how many places the runner is to share out among runs of which JOBS may be at work at a
time, and which TOGETHER writes to the disk; #f if that is not its matter."
  ;; A make above shares out its own.
  (and together (> jobs 1) (not (%jobserver-join)) jobs))

(define (place-for-more? launched jobs together place)
  "Return true if one more run can be asked for at PLACE, #f for this machine, where LAUNCHED have
not ended, with JOBS and TOGETHER as for `places-to-tell'.  A slow disk does not gather more and
more of those that are over."
  (let ((working (at-work launched))
        ;; Where runs last there is nothing to gain, and each that waits has two processes.
        (ahead (if (and (places-to-tell jobs together) (together-short? together))
                   ahead-of-places
                   0)))
    (and (< (length launched) (* 2 jobs))
         (< working (+ jobs ahead))
         (slot? place working))))

(define (withdrawn? launched)
  "Return true if LAUNCHED was stopped before it had a place: then there is no such run."
  (let ((tracked (launched-tracked launched)))
    (and (not (tracked-accepted? tracked))
         (equal? "cancelled" (json-ref (or (tracked-failure tracked) '()) 'code)))))
