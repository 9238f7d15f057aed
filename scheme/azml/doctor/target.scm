;;; target.scm: checks of the machine that a compute target leads to
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml doctor target)
  #:use-module (azml doctor finding)
  #:use-module (azml errors)
  #:use-module (azml json)
  #:use-module (azml text)
  #:export (checks-of-target))

;;; The target's machine

(define (check-reached circumstances)
  (let ((failure (circumstances-failure circumstances)))
    (if failure
        (list (finding 'target "reached" 'problem (printable (azml-error-message failure))
                       #:install (azml-error-hint failure) #:needed? #t))
        (list (finding 'target "machine" 'ok
                       (string-append
                        (printable (or (json-ref (circumstances-hello circumstances) 'host)
                                       "?"))
                        ": " (format-count (or (known circumstances 'cores) 0) "core") ", "
                        (format-bytes (or (known circumstances 'memory_bytes) 0))))))))

(define (check-root circumstances)
  (let ((place (known circumstances 'places 'root)))
    (if place
        (list (check-place 'target "environments" place #f))
        '())))

(define (pythons circumstances)
  (vector->list (or (known circumstances 'pythons) #())))

(define (check-python circumstances)
  (let ((found (pythons circumstances)))
    (cond
     ((circumstances-failure circumstances) '())
     ((null? found)
      (list (finding 'target "Python" 'missing "there is none"
                     #:gives "Python scripts, and environments of pip packages"
                     #:install (from-packages (here? circumstances) "python3 python3-venv"
                                              "Python 3"))))
     (else
      (list (finding 'target "Python" 'ok
                     (string-append
                      (json-ref (car found) 'version) " ("
                      (printable (json-ref (car found) 'path)) ")"
                      (string-concatenate
                       (map (lambda (python)
                              (string-append ", " (json-ref python 'version)))
                            (cdr found))))))))))

(define (check-venv circumstances)
  ;; A virtual environment gets its pip from ensurepip, which Debian packs apart.
  (let ((modules (known circumstances 'modules))
        (found (pythons circumstances)))
    (if (or (null? found) (not modules))
        '()
        (let ((missing (filter (lambda (name) (not (eq? #t (json-ref modules name))))
                               '(venv ensurepip)))
              (version (json-ref (car found) 'version)))
          (list
           (if (null? missing)
               (finding 'target "venv" 'ok "builds environments of pip packages")
               (finding 'target "venv" 'missing
                        (string-append "Python " version " has no "
                                       (string-join (map symbol->string missing) ", no "))
                        #:gives "environments of pip packages where there is no uv"
                        #:install (from-packages (here? circumstances) "python3-venv"
                                                 "Python's venv and ensurepip"))))))))

(define (tool circumstances name)
  (let ((path (known circumstances 'tools name)))
    (and (string? path) path)))

(define (check-tools-of names label gives install)
  ;; A check for one of NAMES on the target.
  (lambda (circumstances)
    (let ((found (filter (lambda (name) (tool circumstances name)) names)))
      (cond
       ((circumstances-failure circumstances) '())
       ((pair? found)
        (list (finding 'target label 'ok
                       (string-join (map (lambda (name) (printable (tool circumstances name)))
                                         found)
                                    ", "))))
       (else
        (list (finding 'target label 'missing "not found" #:gives gives
                       #:install (install circumstances))))))))

(define check-uv
  (check-tools-of '(uv) "uv" "environments of pip packages in seconds"
                  (lambda (circumstances)
                    "curl -LsSf https://astral.sh/uv/install.sh | sh")))

(define check-conda
  (check-tools-of '(micromamba mamba conda pixi) "conda" "environments with conda packages"
                  (lambda (circumstances)
                    "curl -fsSL https://pixi.sh/install.sh | sh")))

(define check-containers
  (check-tools-of '(docker podman) "containers" "target types that run in containers"
                  (lambda (circumstances)
                    (from-packages (here? circumstances) "podman" "podman or docker"))))

(define check-slurm
  (check-tools-of '(sbatch) "Slurm" "runs as jobs of a cluster"
                  (lambda (circumstances) #f)))

(define (check-gpus circumstances)
  (let* ((gpus (vector->list (or (known circumstances 'gpus) #())))
         (driver (or (known circumstances 'gpu_driver) '()))
         (problem (json-ref driver 'problem))
         (broken (filter (lambda (gpu) (string? (json-ref gpu 'problem))) gpus)))
    (cond
     ((circumstances-failure circumstances) '())
     ((pair? broken)
      (list (finding 'target "GPUs" 'problem
                     (string-append (gpus-text gpus driver) "; GPU "
                                    (string-join (map broken-text broken) "; GPU ")))))
     ((pair? gpus)
      (list (finding 'target "GPUs" 'ok (gpus-text gpus driver))))
     ((and (string? problem) (not (equal? (json-ref driver 'state) "none")))
      (list (finding 'target "GPUs" 'problem (printable problem)
                     #:gives "runs on NVIDIA GPUs")))
     ((string? (json-ref driver 'nvidia_smi))
      (list (finding 'target "GPUs" 'ok "none")))
     (else
      (list (finding 'target "GPUs" 'missing "no nvidia-smi"
                     #:gives "runs on NVIDIA GPUs, if there are any"
                     #:install (from-packages (here? circumstances)
                                              "nvidia-driver nvidia-smi"
                                              "NVIDIA's driver")))))))

(define (gpus-text gpus driver)
  ;; What is there, what is in MIG mode by its instances, and the versions.
  (let ((version (lambda (name key)
                   (let ((value (json-ref driver key)))
                     (if (string? value)
                         (string-append ", " name " " (printable value))
                         ""))))
        (devices (filter (lambda (gpu) (not (or (eq? #t (json-ref gpu 'mig))
                                                (string? (json-ref gpu 'problem)))))
                         gpus)))
    (string-append (if (null? devices) "none that works"
                       (string-join (counted (map gpu-text devices)) ", "))
                   (version "driver" 'driver)
                   (version "CUDA" 'cuda))))

(define (counted texts)
  ;; Those of TEXTS that follow each other and are the same as one, with their number.
  (if (null? texts)
      '()
      (let loop ((rest (cdr texts)) (n 1))
        (if (and (pair? rest) (string=? (car rest) (car texts)))
            (loop (cdr rest) (+ n 1))
            (cons (if (= n 1)
                      (car texts)
                      (string-append (number->string n) " x " (car texts)))
                  (counted rest))))))

(define (broken-text gpu)
  (string-append (let ((index (json-ref gpu 'index)))
                   (if (number? index) (number->string index) "?"))
                 ": " (printable (json-ref gpu 'problem))))

(define (gpu-text gpu)
  (let ((name (json-ref gpu 'model))
        (memory (json-ref gpu 'memory_bytes)))
    (string-append (if (string? name) (printable name) "?")
                   (if (number? memory)
                       (string-append " (" (format-bytes memory) ")")
                       ""))))

(define (check-runs circumstances)
  ;; Where the runs of another machine are; those of this one are the project's.
  (let ((place (known circumstances 'places 'runs)))
    (if (and place (not (here? circumstances)))
        (list (check-place 'target "runs" place #t))
        '())))

(define (check-uses circumstances)
  ;; What a run there would get.
  (let ((found (pythons circumstances))
        (any (lambda names
               (or-map (lambda (name) (and (tool circumstances name) name)) names))))
    (if (or (circumstances-failure circumstances) (here? circumstances))
        '()
        (list
         (finding
          'target "a run gets" 'ok
          (string-append
           (if (pair? found)
               (string-append "Python " (json-ref (car found) 'version))
               "no Python")
           "; pip packages by " (cond ((any 'uv) "uv") ((pair? found) "venv")
                                      (else "nothing"))
           "; conda packages by "
           (symbol->string (or (any 'micromamba 'mamba 'conda 'pixi) 'nothing))))))))

(define (check-logout circumstances)
  (let ((logout (json-ref (circumstances-hello circumstances) 'logout)))
    (cond
     ((not (string? logout)) '())
     ((string=? logout "manager")
      (list (finding 'target "logout" 'ok
                     "it ends processes; runs belong to the user's systemd")))
     (else
      (list (finding 'target "logout" 'problem
                     "the system ends processes, runs too, when you log out there"
                     #:install "execute there, once: loginctl enable-linger"))))))

(define checks-of-target
  (list check-reached check-root check-runs check-python check-venv check-uv check-conda
        check-containers check-slurm check-gpus check-uses check-logout))
