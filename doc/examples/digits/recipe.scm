;;; recipe.scm: recognise handwritten digits.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later
;;;
;;;   azml-guile run recipe.scm                         # as it stands here
;;;   azml-guile run recipe.scm lr=0.01 epochs=40       # with other values
;;;   azml-guile run recipe.scm digits-system           # on the Python of the machine

(use-modules (azml))

(define digits
  (experiment
   (name "digits")
   (script "train.py")
   (parameters '((lr . 0.005) (epochs . 20) (hidden . 48)))
   (environment
    (environment
     (pip '("scikit-learn>=1.2,<2"))))))

;; The same on the Python of the machine, which then has scikit-learn already
;; (Debian's package python3-sklearn).
(define digits-system
  (experiment
   (inherit digits)
   (name "digits-system")
   (environment (environment))))

;; The last expression says what `azml-guile run recipe.scm' runs.
digits
