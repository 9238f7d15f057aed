;;; exclusive.scm: a target type: this machine, one run at a time.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Runs of all users and projects that name the same lock wait for each other; flock(1)
;;; holds it while the command runs, and gives up after PATIENCE seconds, if that is set.

(define-module (azml plugins exclusive)
  #:use-module (azml plugin)
  #:use-module (azml types)
  #:use-module (azml paths)
  #:use-module (azml target))

(define (lock target)
  (compute-target-field target 'lock))

;; Where the machine is: here, so the runner is a child of ours that talks over pipes.
(define (channel target)
  `((kind . local) (argv . (,(runner-file) "serve"))))

;; Where it keeps things: where the project does.
(define (layout target project)
  `((runs . ,(assq-ref project 'runs))
    (objects . ,(assq-ref project 'objects))))

;; What is put before the command.
(define (wrapper target job)
  (let ((patience (compute-target-field target 'patience)))
    `((argv . ,(list->vector
                `("flock" ,@(if patience (list "-w" (number->string patience)) '())
                  ,(lock target)))))))

;; What is wrong with a target before anything is started, #f if nothing is.
(define (check target)
  (cond ((not (string-prefix? "/" (lock target)))
         (string-append "the lock '" (lock target) "' is no absolute name"))
        ((not (file-exists? (dirname (lock target))))
         (string-append "there is no folder '" (dirname (lock target)) "' for the lock"))
        (else #f)))

(register-plugin!
 (plugin
  (name "exclusive")
  (api 1)
  (target-types
   (list (target-type
          (name 'exclusive)
          (description "this machine, one run at a time")
          (fields (list (target-field (name 'lock)
                                      (type text)
                                      (default "/tmp/azml-exclusive"))
                        (target-field (name 'patience)
                                      (type positive-integer))))
          (channel channel)
          (layout layout)
          (wrapper wrapper)
          (check check))))))
