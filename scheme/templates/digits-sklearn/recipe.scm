;; azml-guile run recipe.scm                    as it stands here
;; azml-guile run recipe.scm lr=0.01 epochs=40  with other values
;; azml-guile run -c gpu1 recipe.scm            on another machine, once it is attached

(use-modules (azml))

(experiment
 (name "digits")
 (script "train.py")
 (parameters '((lr . 0.005) (epochs . 20)))
 (environment (environment (pip '("scikit-learn>=1.2,<2")))))
