;;; stray.scm: what a submission names that will not be where it runs.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml stray)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml environment)
  #:use-module (azml errors)
  #:use-module (azml experiment)
  #:use-module (azml submission)
  #:use-module (azml target)
  #:use-module (azml text)
  #:export (warn-of-strays))

(define (here? submission)
  (eq? 'local (compute-target-type (submission-target submission))))

(define (real-or-not file)
  ;; The whole path of FILE; #f if it is not there, or in a folder that may not be entered.
  (with-exception-handler
      (lambda (condition) #f)
    (lambda () (and (%file-status file) (%file-real file)))
    #:unwind? #t
    #:unwind-for-type &azml-error))

(define (warn-of-paths submission)
  ;; The run has a copy of the source folder, and "../data" leads elsewhere from there.
  (for-each
   (lambda (word)
     (let* ((equals (and (string-prefix? "-" word) (string-index word #\=)))
            (path (if equals (substring word (+ equals 1)) word))
            (real (and (string-prefix? "../" path)
                       (real-or-not (string-append (submission-source submission) "/"
                                                   path)))))
       (when real
         (say-warning
          (string-append "'" (printable path) "' leads out of the source folder, and the run"
                         " has a copy of that in another place")
          (if (here? submission)
              (string-append "give the whole path, " (printable real))
              "give the whole path that it has where the run is")))))
   (cdr (submission-command submission))))

(define (file-of-package package)
  ;; The file that PACKAGE, a requirement of pip, is taken from, or #f.
  (let* ((at (string-contains package "@ file:"))
         (name (if at (substring package (+ at 2)) package)))
    (cond ((string-prefix? "file://" name) (substring name 7))
          ((or-map (lambda (start) (string-prefix? start name)) '("/" "./" "../")) name)
          (else #f))))

(define (warn-of-packages submission)
  ;; An environment is built where the run is, before there is a copy of the source.
  (let ((environment (experiment-environment (submission-experiment submission)))
        (target (compute-target-name (submission-target submission))))
    (for-each
     (lambda (package)
       (let ((file (file-of-package package)))
         (when file
           (say-warning
            (string-append "the package '" file "' is a file of this machine; '" target
                           "' looks for one of that path of its own")
            "copy it there, or name the package by an index or an address (https://...)"))))
     (if environment (environment-pip environment) '()))))

(define (warn-of-strays submission)
  "Warn of what SUBMISSION names that its run will not find: arguments that lead out of the
source folder, and, on another machine, packages that are files of this one."
  (warn-of-paths submission)
  (unless (here? submission)
    (warn-of-packages submission)))
