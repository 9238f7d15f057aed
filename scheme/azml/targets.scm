;;; targets.scm: the compute targets that are kept for later, by name.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; A project keeps its targets in .azml/targets.json, a user those of all projects in
;;; $XDG_CONFIG_HOME/azml/targets.json; between them come the files aml_config/*.compute.  A
;;; name is looked up in this order, after the recipe.
;;; Whatever else holds targets, the files of other tools, is read by a reader that is
;;; added here, so that nothing above knows where a target comes from.
;;; Code:

(define-module (azml targets)
  #:use-module (azml structure)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml target)
  #:use-module (azml text)
  #:autoload (azml workbench stored) (workbench-target-fields)
  #:export (stored-target?
            stored-target-name
            stored-target-scope
            stored-target-file
            stored-target-fields
            stored-target->compute-target
            make-stored-target
            add-target-reader!
            stored-targets
            find-stored-target
            user-folder
            default-scope
            store-target!
            remove-stored-target!))

(define-structure <stored-target>
  (%make-stored-target name scope file fields)
  stored-target?
  (name stored-target-name)
  (scope stored-target-scope)          ;project, user, or what a reader says
  (file stored-target-file)
  (fields stored-target-fields))       ;alist as for `fields->compute-target'

(define (make-stored-target scope file fields)
  "Return the target that FILE of SCOPE, a symbol, keeps: FIELDS is an alist of its fields, its
name among them."
  (%make-stored-target (assq-ref fields 'name) scope file fields))

(define (user-folder)
  "Return the folder of the user's configuration, or #f where there is no home."
  (let ((config (%getenv "XDG_CONFIG_HOME"))
        (home (%getenv "HOME")))
    (cond ((and config (string-prefix? "/" config)) (string-append config "/azml"))
          (home (string-append home "/.config/azml"))
          (else #f))))

(define (scope-file scope)
  ;; The file of SCOPE, project or user; #f if there is no place for it.
  (let ((folder (if (eq? scope 'user)
                    (user-folder)
                    (and=> (existing-project)
                           (lambda (project) (project-field project 'folder))))))
    (and folder (string-append folder "/targets.json"))))

(define (default-scope)
  "Return where a new target is kept: project, in a project, else user."
  (if (existing-project) 'project 'user))

;;; Reading

(define (json->field pair)
  ;; What JSON has as arrays and nulls are lists and #f to a target.
  (let ((value (cdr pair)))
    (cons (car pair)
          (cond ((vector? value) (vector->list value))
                ((eq? value 'null) #f)
                (else value)))))

(define (field->json pair)
  (let ((value (cdr pair)))
    (cons (car pair)
          (cond ((and (pair? value) (string? (car value))) (list->vector value))
                ((symbol? value) (symbol->string value))
                (else value)))))

(define (wrong-file file what)
  (raise-azml-error 'format (string-append "'" file "': " what)
                    #:hint "correct the file, or remove it and attach its targets again"))

(define (read-file scope file)
  (if (and file (%file-status file))
      (let* ((value (with-exception-handler
                        (lambda (condition)
                          (wrong-file file (azml-error-message condition)))
                      (lambda () (%json-read (%file-read file)))
                      #:unwind? #t
                      #:unwind-for-type &azml-error))
             (targets (and (pair? value) (json-ref value 'targets))))
        (unless (vector? targets)
          (wrong-file file "no list of targets"))
        (map (lambda (target)
               (unless (and (pair? target) (string? (json-ref target 'name)))
                 (wrong-file file "a target without a name"))
               (make-stored-target scope file (map json->field target)))
             (vector->list targets)))
      '()))

(define (read-scope scope)
  (read-file scope (scope-file scope)))

;; What returns more targets, those that come first first.
(define %readers '())

(define (add-target-reader! reader)
  "Let READER, a procedure that returns a list of what `make-stored-target' makes, add to the
targets of the project."
  (set! %readers (append %readers (list reader))))

;; The files of a Workbench project; what reads them is loaded where there are some.
(define (read-workbench)
  (if (or-map %file-status '("aml_config" ".azureml" "Config"))
      (map (lambda (pair) (make-stored-target 'workbench (car pair) (cdr pair)))
           (workbench-target-fields))
      '()))

(define (stored-targets)
  "Return the list of all targets that are kept; of two with one name the first counts."
  (append (read-scope 'project)
          (read-workbench)
          (apply append (map (lambda (reader) (reader)) %readers))
          (read-scope 'user)))

(define* (find-stored-target name #:optional (targets (stored-targets)))
  "Return the target called NAME among TARGETS, those that are kept; #f if there is none."
  (or-map (lambda (target)
            (and (string=? (stored-target-name target) name) target))
          targets))

(define (stored-target->compute-target target)
  "Return the compute target that TARGET keeps.  What is wrong with it is said with the file."
  (with-exception-handler
      (lambda (condition)
        (raise-azml-error (azml-error-code condition)
                          (string-append "target '" (stored-target-name target) "' in '"
                                         (stored-target-file target) "': "
                                         (azml-error-message condition))
                          #:hint (azml-error-hint condition)))
    (lambda () (fields->compute-target (stored-target-fields target)))
    #:unwind? #t
    #:unwind-for-type &azml-error))

;;; Writing

(define (write-scope! scope targets)
  (let ((file (or (scope-file scope)
                  (raise-azml-error 'not-found "no place for targets: HOME is not set"
                                    #:hint "set HOME or XDG_CONFIG_HOME"))))
    (unless (%file-status (dirname file))
      (%folder-make (dirname file)))
    (%file-replace
     file
     (string-append
      "{\"version\": 1, \"targets\": ["
      (string-join (map (lambda (target)
                          (string-append
                           "\n  " (%json-write (map field->json
                                                    (stored-target-fields target)))))
                        targets)
                   ",")
      "\n]}\n")
     #t)
    file))

(define (store-target! scope fields)
  "Keep the target with FIELDS in SCOPE, project or user, in the place of one of the same name;
return the file."
  (let* ((new (make-stored-target scope #f fields))
         (same? (lambda (target)
                  (string=? (stored-target-name target) (stored-target-name new))))
         (before (read-scope scope)))
    (write-scope! scope
                  (if (or-map same? before)
                      (map (lambda (target) (if (same? target) new target)) before)
                      (append before (list new))))))

(define (remove-stored-target! target)
  "Keep TARGET, from `stored-targets', no longer.  Raise unsupported if it is of a file that is
only read."
  (unless (memq (stored-target-scope target) '(project user workbench))
    (raise-azml-error 'unsupported
                      (string-append "target '" (stored-target-name target)
                                     "' is kept in '" (stored-target-file target) "'")
                      #:hint "remove it there"))
  (if (eq? 'workbench (stored-target-scope target))
      (begin
        (%file-remove (stored-target-file target))
        (stored-target-file target))
      (remove-from-scope! target)))

(define (remove-from-scope! target)
  (write-scope! (stored-target-scope target)
                (filter (lambda (other)
                          (not (string=? (stored-target-name other)
                                         (stored-target-name target))))
                        (read-scope (stored-target-scope target)))))
