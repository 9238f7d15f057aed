;;; image.scm: what the name of an image tells.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml image)
  #:export (gpu-image? image-gpu-warnings))

(define (gpu-image? image)
  "Return true if the name of IMAGE says that it is made for GPUs."
  (let ((name (string-downcase image)))
    (or-map (lambda (word) (and (string-contains name word) #t))
            '("gpu" "cuda" "nvidia" "cudnn" "rocm"))))

;; Images of which everybody knows that they have nothing for GPUs.
(define plain-images
  '("alpine" "almalinux" "busybox" "centos" "debian" "fedora" "python" "rockylinux" "ubuntu"
    "continuumio/miniconda3" "continuumio/anaconda3" "mambaorg/micromamba"
    "tensorflow/tensorflow"))

(define (without-tag image)
  ;; "docker.io/library/python:3.11" is python.
  (let* ((at (string-rindex image #\/))
         (end (or (string-index image #\@) (string-index image #\: (or at 0))
                  (string-length image)))
         (name (substring image 0 end)))
    (or-map (lambda (prefix)
              (and (string-prefix? prefix name)
                   (substring name (string-length prefix))))
            '("docker.io/library/" "docker.io/" "library/" ""))))

(define* (image-gpu-warnings image #:key wanted? (packages '()))
  "Return texts about what does not go together: IMAGE (#f: there is none), GPUs (WANTED?) and
PACKAGES, which an environment adds to it."
  (cond ((not image)
         '())
        ((and (not wanted?) (gpu-image? image))
         (list (string-append "'" image "' is an image for GPUs, and the run asks for none")))
        ((and wanted? (null? packages) (not (gpu-image? image))
              (member (without-tag image) plain-images))
         (list (string-append "'" image "' does not look like an image for GPUs")))
        (else '())))
