;;; stored.scm: .compute files among the targets that are kept.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml workbench stored)
  #:use-module (azml core)
  #:use-module (azml console)
  #:use-module (azml errors)
  #:use-module (azml json)
  #:use-module (azml workbench assign)
  #:use-module (azml workbench file)
  #:use-module (azml workbench forms)
  #:export (workbench-target-fields show-workbench-target update-workbench-target!))

(define (form->field form)
  ;; (type 'docker) and (address "x") as (type . "docker") and (address . "x").
  (let ((value (cadr form)))
    (cons (car form)
          (if (pair? value) (symbol->string (cadr value)) value))))

(define (fields-of name file)
  ;; Whatever stops one file from being read, the list of the others is asked for.
  (with-exception-handler
      (lambda (condition)
        `((name . ,name) (type . "unreadable")
          (problem . ,(azml-error-message condition))))
    (lambda ()
      (map form->field (cdr (compute->form (read-workbench-file file) name))))
    #:unwind? #t
    #:unwind-for-type &azml-error))

(define (workbench-target-fields)
  "Return a list of (FILE . FIELDS), FIELDS an alist as `fields->compute-target' takes it, for
each .compute file of the project in the working folder.  One that cannot be read is of the
type unreadable, and its field problem says why."
  (map (lambda (name)
         (let ((file (workbench-file name "compute")))
           (cons file (fields-of name file))))
       (workbench-names "compute")))

(define (show-workbench-target file)
  "Say what is odd and what is wrong in FILE, a .compute file, with each line; return whether it
can be read."
  (let ((result (read-workbench-file file #:check? #f)))
    (show-workbench-problems result #:port (current-error-port))
    (json-ref result 'ok)))

(define (update-workbench-target! name words)
  "Change the file of the target NAME by WORDS, KEY=VALUE each, in place; say what is odd
then.  Return 0."
  (let ((result (update-compute-file name words)))
    (show-workbench-problems result #:port (current-error-port)
                             #:severities '("error" "warning"))
    (say "changed " (json-ref result 'file))
    0))
