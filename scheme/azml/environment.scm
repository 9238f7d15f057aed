;;; environment.scm: what a script needs installed.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml environment)
  #:use-module (azml core)
  #:use-module (azml records)
  #:use-module (azml types)
  #:autoload (azml requirements) (requirements-packages)
  #:export (environment environment? pip-requirements
            environment-name environment-python environment-pip environment-conda
            environment-channels environment-builder environment-pip-options
            environment-variables environment-prefix
            environment->json specification-fact without-secrets environment-summary))

(define python-version
  (checked "a version as a string such as \"3.11\""
           (lambda (value)
             (and (string? value)
                  (not (string-null? value))
                  (string-every (string->char-set "0123456789.<>=!~*, ") value)))))

(define package
  (checked "a package as a string such as \"numpy>=1.26\""
           (lambda (value)
             (and (string? value)
                  (not (string-null? value))
                  (not (string-index value #\nul))
                  (not (string-index value #\newline))))))

(define builder
  (one-of 'uv 'venv 'micromamba 'mamba 'conda 'pixi))

(define (environment-problem e)
  (cond ((and (pair? (environment-prefix e))
              (or (pair? (environment-pip e)) (pair? (environment-conda e))))
         "a command prefix brings its own packages: leave out 'pip' and 'conda'")
        ((and (pair? (environment-channels e)) (null? (environment-conda e)))
         "'channels' are for conda packages, and there are none")
        ((and (pair? (environment-conda e))
              (memq (environment-builder e) '(uv venv)))
         (string-append "the builder " (symbol->string (environment-builder e))
                        " cannot install conda packages"))
        (else #f)))

(define-record-type* <environment> environment environment?
  "What a script needs: Python's version, pip and conda packages, variables, or a command
prefix."
  (printer (lambda (record port)
             (display "#<environment " port)
             (display (environment-summary record) port)
             (display ">" port)))
  (check environment-problem)
  (name environment-name (type (optional name-text)) (default #f))
  (python environment-python (type (optional python-version)) (default #f))
  (pip environment-pip (type (list-of package)) (default '()))
  (conda environment-conda (type (list-of package)) (default '()))
  (channels environment-channels (type (list-of text)) (default '()))
  (builder environment-builder (type (optional builder)) (default #f))
  (pip-options environment-pip-options (type (list-of text)) (default '()))
  (variables environment-variables (type variables) (default '()))
  (prefix environment-prefix (type (list-of text)) (default '())))

(define-syntax pip-requirements
  (lambda (form)
    "Return the packages of the requirements.txt that is named, relative to the file in which
this is written, as a list for the field pip."
    (syntax-case form ()
      ((_ file)
       (let ((here (assq-ref (or (syntax-source form) '()) 'filename)))
         #`(requirements-packages
            file #,(datum->syntax #'file (and (string? here) (dirname here)))))))))

(define (environment->json e)
  "Return the specification of the environment E as doc/run-directory.md has it, an alist;
'() if E is #f or asks for nothing."
  (define (pair key value)
    (if (or (not value) (null? value)) '() (list (cons key value))))
  (define (strings key texts)
    (pair key (and (pair? texts) (list->vector texts))))
  (if e
      (append (pair 'python (environment-python e))
              (strings 'pip (environment-pip e))
              (strings 'conda (environment-conda e))
              (strings 'channels (environment-channels e))
              (pair 'builder (and=> (environment-builder e) symbol->string))
              (strings 'pip_options (environment-pip-options e))
              (pair 'variables
                    (map (lambda (pair) (cons (string->symbol (car pair)) (cdr pair)))
                         (environment-variables e)))
              (strings 'prefix (environment-prefix e)))
      '()))

(define (without-secrets value)
  "Return VALUE, JSON, without the passwords and tokens of addresses in its texts."
  (cond ((string? value) (%secret-hide value))
        ((pair? value)
         (map (lambda (pair) (cons (car pair) (without-secrets (cdr pair)))) value))
        ((vector? value) (list->vector (map without-secrets (vector->list value))))
        (else value)))

(define (specification-fact spec)
  "Return what is kept of SPEC, as `environment->json' returns it, in the record of a run: all
but the variables, and addresses without their passwords; #f if it asks for nothing."
  (and (pair? spec)
       `((spec . ,(without-secrets
                   (filter (lambda (pair) (not (eq? (car pair) 'variables))) spec)))
         (digest . ,(%json-digest spec)))))

(define (environment-summary e)
  "Return the environment E in a few words, such as \"python 3.11, pip: scikit-learn\"."
  (define (packages kind names)
    (if (null? names) '() (list (string-append kind ": " (string-join names " ")))))
  (let ((parts (if e
                   (append (if (environment-python e)
                               (list (string-append "python " (environment-python e)))
                               '())
                           (packages "conda" (environment-conda e))
                           (packages "pip" (environment-pip e))
                           (packages "prefix" (environment-prefix e)))
                   '())))
    (%secret-hide
     (string-append
      (if (and e (environment-name e)) (string-append (environment-name e) " ") "")
      (if (null? parts) "the system's own Python" (string-join parts ", "))))))
