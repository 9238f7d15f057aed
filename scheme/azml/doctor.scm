;;; doctor.scm: what works here, and what to install for the rest
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; A check is a procedure: it is called with what was found out beforehand, and returns a
;;; list of findings.  Those of the target look at what its runner says; those of this machine
;;; look around here.  A part of azml-guile that needs something adds a check of its own to
;;; one of the two lists.  Nothing here uses the network but the session to the target.
;;; Code:

(define-module (azml doctor)
  #:use-module (azml doctor finding)
  #:use-module (azml doctor here)
  #:use-module (azml doctor target)
  #:use-module (azml doctor workbench)
  #:use-module (azml target)
  #:autoload (azml doctor packages) (package-findings)
  #:export (examine examine-target works?))

(define (do-checks checks circumstances)
  (apply append (map (lambda (check) (check circumstances)) checks)))

(define* (examine target #:optional (experiments '()))
  "Do all checks, those of targets for the compute target TARGET, and look at the packages of
EXPERIMENTS, a list; return the findings."
  (let* ((here (circumstances (local-target)))
         (there (if (and (eq? 'local (compute-target-type target))
                         (not (compute-target-root target)))
                    here
                    (circumstances target))))
    (append (do-checks (append checks-here (list check-workbench)) here)
            (package-findings experiments target)
            (do-checks checks-of-target there))))

(define (examine-target target)
  "Do the checks of targets for the compute target TARGET; return the findings."
  (do-checks checks-of-target (circumstances target)))

(define (works? findings)
  "Return true if runs work, as FINDINGS say."
  (not (or-map (lambda (finding)
                 (and (finding-needed? finding) (not (eq? 'ok (finding-state finding)))))
               findings)))
