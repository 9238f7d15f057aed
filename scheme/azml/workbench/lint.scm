;;; lint.scm: set-ups that run, but not as they were meant: on the CPU, or not at all.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; A finding is (LOCATION MESSAGE HINT); the file is not wrong, and is read all the same.

(define-module (azml workbench lint)
  #:use-module (azml core)
  #:use-module (azml image)
  #:use-module (azml json)
  #:use-module (azml records)
  #:use-module (azml text)
  #:use-module (azml workbench file)
  #:use-module (azml workbench forms)
  #:use-module (azml workbench retired)
  #:export (lint-compute lint-packages lint-configuration lint-project
            finding->lines say-lint))

(define (finding result key message hint)
  (list (workbench-location result key) message hint))

(define (finding->lines finding)
  "Return the lines that show FINDING: where and what, and what to write instead."
  (list (string-append (location->string (car finding)) ": warning: "
                       (printable (cadr finding)))
        (string-append "  hint: " (printable (caddr finding)))))

(define %said '())

(define (say-lint findings)
  "Write FINDINGS to standard error, each once in this process."
  (for-each (lambda (finding)
              (unless (member finding %said)
                (set! %said (cons finding %said))
                (for-each (lambda (line)
                            (display line (current-error-port))
                            (newline (current-error-port)))
                          (finding->lines finding))))
            findings))

(define (lint-compute result)
  "Return the findings about the image and the GPUs of RESULT, a .compute file that was
read."
  (let* ((values (workbench-values result))
         (image (json-ref values 'baseDockerImage))
         (gpus? (eq? #t (json-ref values 'nvidiaDocker)))
         (docker? (member (json-ref values 'type) '("docker" "remotedocker"))))
    (if (not (and docker? (string? image)))
        '()
        (append
         (cond ((and (gpu-image? image) (not gpus?))
                (list (finding result 'baseDockerImage
                               "an image for GPUs without 'nvidiaDocker: true': the run sees no GPU"
                               "add 'nvidiaDocker: true'")))
               ((and gpus? (not (gpu-image? image)))
                (list (finding result 'nvidiaDocker
                               (string-append "'nvidiaDocker: true' with '" image
                                              "', which does not look like an image for GPUs")
                               "take an image with CUDA, or 'nvidiaDocker: false'")))
               (else '()))
         (let ((gone (retired-image image)))
           (if gone
               (list (finding result 'baseDockerImage (car gone)
                              (string-append "take " (cadr gone))))
               '()))))))

(define (package-location result package)
  (let ((place (json-ref result 'places 'packages (string->symbol package))))
    (if (vector? place)
        (list (json-ref result 'file) (vector-ref place 0) (vector-ref place 1))
        (workbench-location result 'dependencies))))

(define (strings value)
  (if (vector? value) (vector->list value) '()))

(define (all-packages result)
  (let ((values (workbench-values result)))
    (append (strings (json-ref values 'conda)) (strings (json-ref values 'pip)))))

(define* (lint-packages result #:key gpus?)
  "Return the findings about the packages of RESULT, a conda file that was read: those that
are gone, and, with GPUS?, those that leave the GPU alone."
  (let* ((python (json-ref (workbench-values result) 'python))
         (old (and python (retired-package (string-append "python=" python)))))
    (append
     (if old
         (list (list (package-location result "python") (car old)
                     (string-append "write '" (cadr old) "'")))
         '())
     (apply append
            (map (lambda (package)
                   (let ((advice (or (retired-package package)
                                     (and gpus? (cpu-package-advice package)))))
                     (if advice
                         (list (list (package-location result package) (car advice)
                                     (cadr advice)))
                         '())))
                 (all-packages result))))))

(define (deep-learning-script? file)
  ;; Does the script import one of the packages for deep learning?
  (and (%file-status file)
       (let ((text (%file-read file)))
         (or-map (lambda (name)
                   (or-map (lambda (form)
                             (string-contains text (string-append form name)))
                           '("\nimport " "\nfrom ")))
                 '("tensorflow" "keras" "torch" "cntk" "mxnet" "jax")))))

(define (lint-framework result conda project words)
  (let ((script (and words (pair? words) (car words))))
    (if (and (equal? (json-ref (workbench-values result) 'Framework) "PySpark")
             (or (and conda
                      (or-map (lambda (package)
                                (member (package-name package) deep-learning-packages))
                              (all-packages conda)))
                 (and script (deep-learning-script? (file-in-project project script)))))
        (list (finding result 'Framework
                       "PySpark for a script of deep learning: Spark is started and not used"
                       "write 'Framework: Python'"))
        '())))

(define (lint-deploy-mode result compute)
  (if (and compute
           (equal? (json-ref (workbench-values result) 'Framework) "PySpark")
           (equal? (json-ref (workbench-values compute) 'type) "cluster")
           (equal? (json-ref (workbench-values compute) 'yarnDeployMode) "cluster"))
      (list (finding compute 'yarnDeployMode
                     (string-append "by 'yarnDeployMode: cluster' the script is on another node:"
                                    " what it logs and its outputs stay there")
                     "write 'yarnDeployMode: client'"))
      '()))

(define* (lint-configuration result #:key (project ".") words)
  "Return the findings about RESULT, a run configuration that was read in the folder PROJECT,
with its target and its packages; WORDS are the script and its arguments."
  (let* ((values (workbench-values result))
         (compute (try-workbench-file (workbench-file (or (json-ref values 'Target) "local")
                                                      "compute" project)
                                      #:kind "compute"))
         (machine (if compute (workbench-values compute) '()))
         (managed (assq 'userManagedEnvironment machine))
         (local? (if managed
                     (cdr managed)
                     (member (json-ref machine 'type) '(#f "local" "remote"))))
         (conda (try-workbench-file (file-in-project
                                     project (json-ref values 'CondaDependenciesFile))
                                    #:kind "conda")))
    (append (if compute (lint-compute compute) '())
            (if (and conda (not local?))
                (lint-packages conda #:gpus? (eq? #t (json-ref machine 'nvidiaDocker)))
                '())
            (lint-framework result conda project words)
            (lint-deploy-mode result compute))))

(define* (lint-project #:optional (project "."))
  "Return the findings about all targets and run configurations of PROJECT and what they
name, each once."
  (define (of-file extension kind lint)
    (apply append
           (map (lambda (name)
                  (let ((result (try-workbench-file (workbench-file name extension project)
                                                    #:kind kind)))
                    (if result (lint result) '())))
                (workbench-names extension project))))
  (let loop ((rest (append (of-file "compute" "compute" lint-compute)
                           (of-file "runconfig" #f
                                    (lambda (result)
                                      (if (equal? (json-ref result 'kind) "runconfig")
                                          (lint-configuration result #:project project)
                                          '())))))
             (findings '()))
    (cond ((null? rest) (reverse findings))
          ((member (car rest) findings) (loop (cdr rest) findings))
          (else (loop (cdr rest) (cons (car rest) findings))))))
