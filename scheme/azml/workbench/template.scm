;;; template.scm: new projects.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml workbench template)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml paths)
  #:use-module (azml text)
  #:autoload (azml suggest) (did-you-mean)
  #:export (template-names template-description create-project!))

;; Name, what it is, and the folders of scheme/templates that it is made of.
(define templates
  '(("blank" "a script that logs a metric" "common" "blank")
    ("digits-sklearn" "small handwritten digits, by scikit-learn; needs no data"
     "common" "digits-sklearn")
    ("mnist-pytorch" "the digits of MNIST, by PyTorch, on CPU or GPU"
     "common" "mnist" "mnist-pytorch")
    ("mnist-tensorflow" "the digits of MNIST, by TensorFlow, on CPU or GPU"
     "common" "mnist" "mnist-tensorflow")))

(define (template-names)
  "Return the names of the templates."
  (map car templates))

(define (template-description name)
  "Return what the template NAME is, one line."
  (cadr (assoc name templates)))

(define (template-parts name)
  (cddr (or (assoc name templates)
            (raise-azml-error
             'not-found (string-append "there is no template '" (printable name) "'")
             #:hint (did-you-mean name (template-names)
                                  (string-append "there are "
                                                 (string-join (template-names) ", ")))))))

(define (templates-folder)
  (string-append (dirname (python-directory)) "/templates"))

(define (folder? file)
  (eq? 'folder (assq-ref (or (%file-status file) '()) 'type)))

(define (copy-tree! from to)
  ;; What a user's umask lets others read is theirs to say; .gitignore has no dot at home.
  (%folder-make to)
  (for-each
   (lambda (name)
     (let ((source (string-append from "/" name))
           (target (string-append to "/" (if (string=? name "gitignore") ".gitignore" name))))
       (if (folder? source)
           (copy-tree! source target)
           (call-with-output-file target
             (lambda (port)
               (set-port-encoding! port "UTF-8")
               (display (%file-read source) port))))))
   (%file-list from)))

(define (check-free folder force?)
  (let ((status (%file-status folder)))
    (when (and status
               (not force?)
               (not (and (eq? 'folder (assq-ref status 'type))
                         (null? (%file-list folder)))))
      (raise-azml-error 'exists
                        (string-append "'" (printable folder) "' is there and not empty")
                        #:hint "with --force the files are written among those that are there"))))

(define (git! . words)
  (force-output (current-output-port))
  (let ((status (status:exit-val (apply system* "git" words))))
    (unless (eqv? 0 status)
      (raise-azml-error 'failed (string-append "git " (car words) " failed")
                        #:hint (if (eqv? 127 status) "install git" "see what it says above")))))

(define* (create-project! folder #:key template url force?)
  "Make the project FOLDER as the template TEMPLATE has it, or of what the git repository URL
holds, without its history.  Raise exists if there is something, unless FORCE?."
  (check-free folder force?)
  (if url
      (begin
        (git! "clone" "--quiet" "--depth" "1" "--" url folder)
        (%file-remove (string-append folder "/.git")))
      (for-each (lambda (part)
                  (copy-tree! (string-append (templates-folder) "/" part) folder))
                (template-parts template))))
