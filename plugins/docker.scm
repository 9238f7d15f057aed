;;; docker.scm: the target types `docker' and `localdocker', a container on this machine, and
;;; `remotedocker', one on a machine that has an SSH server.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml plugins docker)
  #:use-module (azml core)
  #:use-module (azml plugin)
  #:use-module (azml types)
  #:autoload (azml target) (compute-target-field)
  #:export (container-fields container-wrapper))

;; What begins with a dash would be an option to the engine.
(define image
  (make-type "the name of an image"
             (lambda (value)
               (if (and (string? value) (not (string-null? value))
                        (not (string-prefix? "-" value))
                        (not (string-any char-whitespace? value)))
                   value
                   (bad value)))))

(define size
  (make-type "a size such as \"8g\""
             (lambda (value)
               (cond ((and (exact-integer? value) (positive? value))
                      (number->string value))
                     ((and (string? value) (not (string-null? value))
                           (char-numeric? (string-ref value 0)))
                      value)
                     (else (bad value))))))

(define (field name type description)
  (target-field (name name) (type type) (required? (eq? name 'base-docker-image))
                (description description)))

(define container-fields
  (list
   (field 'base-docker-image image "the image that the container is made from")
   (field 'engine (optional (one-of 'docker 'podman))
          "the command to use; else docker, or podman where there is no docker")
   (field 'shm-size (optional size) "shared memory, for the loaders of PyTorch; \"8g\"")
   (field 'ipc (optional text) "as docker's --ipc")
   (field 'network (optional text) "as docker's --network")
   (field 'memory (optional size) "how much the container may use at most")
   (target-field (name 'shared-volumes) (type boolean) (default #t)
                 (description "#f: files are copied in and out, nothing is mounted"))
   (field 'entrypoint (optional (one-of 'image))
          "'image: the command is put behind the image's own entry point")
   (field 'gpu-access (optional (one-of 'toolkit 'cdi 'runtime))
          "how the engine gives GPUs: by \"--gpus\", CDI, \"--runtime=nvidia\"; else what is there")
   (field 'options (optional (list-of text)) "more words for docker run")))

(define (container-wrapper target job)
  "Return the wrapper that puts the command of JOB into a container as the fields of TARGET say."
  (let ((value (lambda (name) (compute-target-field target name)))
        (shown (lambda (value) (and value (symbol->string value)))))
    `((container
       . ,(filter-map
           (lambda (pair) (and (cdr pair) pair))
           `((image . ,(value 'base-docker-image))
             (engine . ,(shown (value 'engine)))
             (shm_size . ,(or (value 'shm-size) (and (not (value 'ipc)) "8g")))
             (ipc . ,(value 'ipc))
             (network . ,(value 'network))
             (memory . ,(value 'memory))
             (copy . ,(not (value 'shared-volumes)))
             (entrypoint . ,(shown (value 'entrypoint)))
             (gpu_access . ,(shown (value 'gpu-access)))
             (options . ,(list->vector (or (value 'options) '())))))))))

(define (filter-map procedure list)
  (let loop ((list list) (result '()))
    (if (null? list)
        (reverse result)
        (let ((value (procedure (car list))))
          (loop (cdr list) (if value (cons value result) result))))))

(define (container-type name type description)
  ;; The target type NAME: what TYPE is, in a container.
  (let ((type (lookup-target-type type)))
    (target-type
     (name name)
     (description description)
     (fields (append (target-type-fields type) container-fields))
     (channel (target-type-channel type))
     (layout (target-type-layout type))
     (check (target-type-check type))
     (wrapper container-wrapper))))

(register-plugin!
 (plugin
  (name "docker")
  (api 1)
  (target-types
   (list (container-type 'docker 'local "a container on this machine")
         (container-type 'localdocker 'local "a container on this machine")
         (container-type 'remotedocker 'remote
                         "a container on a machine that has an SSH server")))))
