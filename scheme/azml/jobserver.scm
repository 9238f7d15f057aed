;;; jobserver.scm: the slots that a make above shares out.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; Under make -jN the runs of this machine that a command keeps going are of the N: the first
;;; has the recipe's own slot, each other one takes a token of the jobserver.  Runs on other
;;; machines take none.
;;; Code:

(define-module (azml jobserver)
  #:use-module (azml core)
  #:export (slot?
            keep-slots!
            slot-wait))

(define (slot? place others)
  "Return true if a run at PLACE, #f for this machine, may be started beside OTHERS, their
number."
  (or place (zero? others) (= others (%jobserver-hold others))))

(define (keep-slots! place running)
  "Give back what RUNNING runs at PLACE, #f for this machine, do not need."
  (unless place
    (%jobserver-hold (max 0 (- running 1)))))

(define (slot-wait place waiting)
  "Return after how many milliseconds a slot may be asked for again at PLACE, #f for this
machine, for the list WAITING of what is to be started; -1 if that is no matter of slots."
  (if (and (pair? waiting) (not place) (%jobserver-join))
      100
      -1))
