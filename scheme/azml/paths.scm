;;; paths.scm: where the parts of azml-guile are.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml paths)
  #:use-module (azml core)
  #:export (runner-file python-directory plugin-path plugin-object-path builtin-plugin?
            ssh-module-file makefile azml-version))

(define (installed key)
  (assq-ref (%paths) key))

(define (from-variable name default)
  (let ((value (%getenv name)))
    (if (and value (not (string-null? value))) value default)))

(define (split-path text)
  "Return the folders of TEXT, separated by colons; an empty one is none."
  (if text
      (let loop ((rest (string-split text #\:)))
        (cond ((null? rest) '())
              ((string-null? (car rest)) (loop (cdr rest)))
              (else (cons (car rest) (loop (cdr rest))))))
      '()))

(define (azml-version)
  "Return the version of azml-guile, a string."
  (installed 'version))

(define (runner-file)
  "Return the file name of the runner for this machine."
  (from-variable "AZML_RUNNER" (installed 'runner)))

(define (python-directory)
  "Return the folder that holds the Python package azml."
  (from-variable "AZML_PYTHON_DIR" (installed 'python)))

(define (part key)
  ;; What a build may lack.
  (let ((file (installed key)))
    (and (not (string-null? file)) file)))

(define (ssh-module-file)
  "Return the file name of the module for SSH, or #f if this was built without libssh."
  (and (part 'ssh-module) (from-variable "AZML_SSH_MODULE" (part 'ssh-module))))

(define (makefile)
  "Return the file that makefiles include, or #f if this was built without GNU Make's header."
  (part 'makefile))

(define (builtin-plugin-path)
  (split-path (from-variable "AZML_BUILTIN_PLUGINS" (installed 'plugins))))

(define (plugin-path)
  "Return the folders of plugins: those of AZML_PLUGIN_PATH, then the built-in ones."
  (append (split-path (%getenv "AZML_PLUGIN_PATH")) (builtin-plugin-path)))

(define (builtin-plugin? file)
  "Return true if the plugin FILE is in a folder of built-in ones."
  (and (member (dirname file) (builtin-plugin-path)) #t))

(define (plugin-object-path)
  "Return the folders that hold the compiled built-in plugins."
  (if (%getenv "AZML_BUILTIN_PLUGINS")
      (builtin-plugin-path)
      (list (installed 'plugin-objects))))
