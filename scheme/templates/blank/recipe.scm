;; azml-guile run recipe.scm              as it stands here
;; azml-guile run recipe.scm rate=0.25    with another value

(use-modules (azml))

(experiment
 (name "train")
 (script "train.py")
 (parameters '((rate . 0.5) (steps . 10))))
