;; azml-guile run recipe.scm                   on the CPU, or a GPU that is there
;; azml-guile run recipe.scm mnist-gpu         a GPU is asked for, and its use proved
;; azml-guile run -c gpu1 recipe.scm mnist-gpu on another machine, once it is attached

(use-modules (azml))

(define mnist
  (experiment
   (name "mnist")
   (script "train.py")
   (parameters '((lr . 0.001) (epochs . 3)))
   (environment (environment (pip '("torch>=2.2,<3" "numpy"))))))

(define mnist-gpu
  (experiment
   (inherit mnist)
   (name "mnist-gpu")
   (gpus 1)))

mnist
