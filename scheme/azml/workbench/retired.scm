;;; retired.scm: packages and images of those years that are gone, and what took their place.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml workbench retired)
  #:use-module (azml image)
  #:use-module (azml text)
  #:export (retired-package retired-image gpu-package cpu-package-advice
            package-name deep-learning-packages))

(define (package-name text)
  "Return the name of the package TEXT, \"numpy==1.13\" or the address of a wheel, without
version, in small letters."
  (let* ((text (string-downcase (string-trim-both text)))
         (slash (string-rindex text #\/))
         (wheel? (string-contains text ".whl"))
         (text (if (and wheel? slash) (substring text (+ slash 1)) text))
         (end (or (string-index text (if wheel?
                                         (string->char-set "-")
                                         (string->char-set "=<>!~[ ;@")))
                  (string-length text))))
    (string-map (lambda (c) (if (char=? c #\_) #\- c)) (substring text 0 end))))

;; NAME, what is the matter, what to write instead.
(define packages
  '(("tensorflow-gpu" "was removed from the package index"
     "tensorflow[and-cuda] has the GPU in it")
    ("cntk" "has no wheels any more: its development ended in 2019"
     "port the script to PyTorch (torch)")
    ("cntk-gpu" "has no wheels any more: its development ended in 2019"
     "port the script to PyTorch (torch)")
    ("azure-ml-api-sdk" "was removed with Workbench"
     "leave it out: azureml.logging is provided")
    ("azureml.datacollector" "was removed with Workbench"
     "leave it out")
    ("azureml.assets" "was removed with Workbench" "leave it out")
    ("azureml.pyrecipes.dataframe" "was removed with Workbench" "leave it out")
    ("azureml-requirements" "was removed with Workbench"
     "leave it out: azureml.logging is provided")
    ("sklearn" "is a name that the package index refuses" "scikit-learn")))

(define (old-python version)
  ;; The text for a Python that nobody builds any more, or #f.
  (let* ((version (string-trim version (string->char-set "=<>!~ ")))
         (parts (map string->number (string-split version #\.))))
    (and (pair? parts) (pair? (cdr parts)) (car parts) (cadr parts)
         (or (< (car parts) 3) (and (= (car parts) 3) (< (cadr parts) 8)))
         (list (string-append "Python " version
                              " has had no fixes for years; few packages have builds"
                              " for it")
               "python=3.11"))))

(define (retired-package text)
  "Return (MESSAGE REPLACEMENT) if TEXT, a package as it is written, is gone; else #f."
  (let ((name (package-name text)))
    (cond ((assoc name packages)
           => (lambda (row)
                (list (string-append "'" name "' " (cadr row)) (caddr row))))
          ((and (string=? name "python") (string-index text #\=))
           => (lambda (at) (old-python (substring text at))))
          ((string-contains text "azuremldownloads")
           (list (string-append "'" name "' comes from a server that was switched off")
                 "leave it out, or name the package"))
          ((string-contains text "cntk.ai/")
           (list "the wheels of CNTK are gone: its development ended in 2019"
                 "port the script to PyTorch (torch)"))
          (else #f))))

;; They have a Python with pip, which the conda file's packages are installed by.
(define %gpu-images
  "pytorch/pytorch:2.4.1-cuda12.4-cudnn9-runtime, or tensorflow/tensorflow:2.17.0-gpu")

;; A prefix of the image's name, what is the matter, for CPU, for GPU.
(define images
  `(("microsoft/mmlspark" "the images microsoft/mmlspark are gone"
     "mcr.microsoft.com/mmlspark/release, or python:3.11-slim where no Spark is needed"
     ,%gpu-images)
    ("microsoft/cntk" "the images microsoft/cntk are gone"
     "python:3.11-slim" ,%gpu-images)
    ("nvidia/cuda:8." "images of CUDA 8 were removed"
     ,%gpu-images ,%gpu-images)
    ("nvidia/cuda:9." "images of CUDA 9 were removed"
     ,%gpu-images ,%gpu-images)
    ("mcr.microsoft.com/azureml/base" "the images azureml/base are no longer made"
     "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04"
     "mcr.microsoft.com/azureml/openmpi4.1.0-cuda11.8-cudnn8-ubuntu22.04")))

(define (retired-image image)
  "Return (MESSAGE REPLACEMENT) if IMAGE is gone; else #f."
  (let ((row (or-map (lambda (row) (and (string-prefix? (car row) image) row)) images)))
    (and row
         (list (cadr row)
               (if (gpu-image? image) (cadddr row) (caddr row))))))

(define deep-learning-packages
  '("tensorflow" "tensorflow-gpu" "keras" "torch" "pytorch" "cntk" "cntk-gpu" "mxnet"
    "jax" "theano" "caffe2"))

(define (gpu-package text)
  "Return the name of the package TEXT if its build is for GPUs, else #f."
  (let ((name (package-name text)))
    (and (or (string-suffix? "-gpu" name)
             (string-contains text "/GPU")
             (string-contains text "and-cuda")
             (string-contains text "+cu")
             (member name '("pytorch-cuda" "cudatoolkit" "cupy")))
         name)))

(define (cpu-package-advice text)
  "Return (MESSAGE REPLACEMENT) if the package TEXT, in an environment for a GPU, is built for
the CPU alone; else #f."
  (let ((name (package-name text)))
    (cond ((or (string-contains text "CPU-Only") (string-contains text "+cpu"))
           (list (string-append "'" name "' is a build for the CPU")
                 "take the package's build for GPUs"))
          ((and (string=? name "tensorflow") (not (gpu-package text)))
           (list "'tensorflow' brings no CUDA: it runs on the CPU unless the image has it"
                 "tensorflow[and-cuda]"))
          ((member name '("tensorflow-cpu" "faiss-cpu" "mxnet-mkl"))
           (list (string-append "'" name "' is a build for the CPU")
                 "take the package's build for GPUs"))
          (else #f))))
