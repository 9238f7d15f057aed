;;; plugin.scm: target types, and the plugins that bring them.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; A plugin is a file NAME.scm in a folder of AZML_PLUGIN_PATH, or a built-in one, that
;;; calls `register-plugin!'.  A target type says which channel leads to the machine, what
;;; is put around the command, and how the runner is started; built-in types have no other
;;; way in.  The file NAME.scm is loaded when a target of the type NAME is declared; the
;;; others only when a type is not found, or for a list of all.

(define-module (azml plugin)
  #:use-module (azml core)
  #:use-module (azml records)
  #:use-module (azml types)
  #:use-module (azml paths)
  #:use-module (azml trace)
  #:autoload (azml errors) (azml-error? azml-error-message)
  #:autoload (azml suggest) (did-you-mean)
  #:autoload (azml evaluate) (evaluate-file condition->text)
  #:export (plugin plugin? plugin-name plugin-api plugin-target-types
            target-type target-type? target-type-name target-type-description
            target-type-fields target-type-channel target-type-layout
            target-type-wrapper target-type-start target-type-check
            target-field target-field? target-field-name target-field-type
            target-field-required? target-field-default target-field-description
            shared-directory-field spare-trees-field
            register-plugin! registered-target-types lookup-target-type
            load-all-plugins plugin-files))

(define symbol
  (checked "a symbol such as 'local" symbol?))

(define a-procedure
  (checked "a procedure" procedure?))

(define-record-type* <target-field> target-field target-field?
  "A field that targets of a type have beside the common ones."
  (name target-field-name (type symbol))
  (type target-field-type (type (checked "a type of (azml types)" type?)) (default text))
  (required? target-field-required? (type boolean) (default #f))
  (default target-field-default (default #f))
  (description target-field-description (type text) (default "")))

;; A folder of that machine, whose home folder is another.
(define shared-directory-field
  (target-field
   (name 'shared-directory)
   (type (optional (checked "a folder, \"/...\" or \"~/...\""
                            (lambda (value)
                              (and (string? value)
                                   (or (string-prefix? "/" value)
                                       (string-prefix? "~/" value)))))))
   (description "the folder that runs share; else one for each project")))

;; Where files are dear.
(define spare-trees-field
  (target-field
   (name 'spare-trees)
   (type (one-of 'yes 'no))
   (default 'yes)
   (description "whether a source tree is kept ready there for the next run")))

(define-record-type* <target-type> target-type target-type?
  "A kind of compute target."
  (printer (lambda (record port)
             (display "#<target-type " port)
             (display (target-type-name record) port)
             (display ">" port)))
  (name target-type-name (type symbol))
  (description target-type-description (type text) (default ""))
  (fields target-type-fields
          (type (list-of (checked "a target-field" target-field?))) (default '()))
  ;; TARGET -> channel: ((kind . local) (argv . (PROGRAM ARGUMENT ...))), or ((kind . ssh)
  ;; (address . HOST) ...), see `azml__connection_open' (src/channel/connection.h).
  (channel target-type-channel (type a-procedure))
  ;; TARGET PROJECT -> ((root . PATH) (runs . PATH) (objects . PATH)) on the machine, each
  ;; optional; PROJECT is the alist of this project's places.
  (layout target-type-layout (type a-procedure)
          (default (lambda (target project)
                     (let ((root (struct-ref target 3)))
                       (if root (list (cons 'root root)) '())))))
  ;; TARGET JOB -> #f, or ((argv . #(STRING ...)) (stop . #(STRING ...))), put around the
  ;; command; JOB is job.json as far as it is known.
  (wrapper target-type-wrapper (type a-procedure) (default (lambda (target job) #f)))
  ;; 'direct: serve starts the runner itself; or TARGET JOB -> the command that starts it,
  ;; for batch systems: targets of such a type are refused in this version.
  (start target-type-start
         (type (checked "'direct or a procedure"
                        (lambda (value) (or (eq? value 'direct) (procedure? value)))))
         (default 'direct))
  ;; TARGET -> #f, or what is wrong with it, one line.
  (check target-type-check (type a-procedure) (default (lambda (target) #f))))

;; The version of what is above; a plugin names the one that it was written for.
(define %api 1)

(define-record-type* <plugin> plugin plugin?
  "What a plugin brings."
  (name plugin-name (type name-text))
  (api plugin-api (type integer))
  (target-types plugin-target-types
                (type (list-of (checked "a target-type" target-type?))) (default '())))

;; Name -> target type; file -> 'loaded, or the text of its error.
(define %types '())
(define %files '())

(define (register-plugin! plugin)
  "Make the target types of PLUGIN known.  One that is already known by its name is
replaced.  Raise unsupported if PLUGIN was written for another version."
  (unless (eqv? (plugin-api plugin) %api)
    (raise-located-error
     (record-location plugin)
     (string-append "plugin '" (plugin-name plugin) "' is for version "
                    (number->string (plugin-api plugin)) " of the plugin interface")
     #:code 'unsupported
     #:hint (string-append "this azml-guile has version " (number->string %api))))
  (for-each (lambda (type)
              (set! %types (acons (target-type-name type) type
                                  (assq-remove! %types (target-type-name type)))))
            (plugin-target-types plugin)))

(define (registered-target-types)
  "Return the target types that are known now."
  (map cdr %types))

(define (find-plugin name)
  "Return the file of the plugin NAME, or #f."
  (let loop ((folders (plugin-path)))
    (and (pair? folders)
         (let ((file (string-append (car folders) "/" name ".scm")))
           (if (%file-status file) file (loop (cdr folders)))))))

(define (plugin-files)
  "Return the files of all plugins; where two have one name, the first on the path."
  (let loop ((folders (plugin-path)) (names '()) (files '()))
    (if (null? folders)
        (reverse files)
        (let inner ((rest (if (%file-status (car folders))
                              (%file-list (car folders))
                              '()))
                    (names names) (files files))
          (cond ((null? rest) (loop (cdr folders) names files))
                ((and (string-suffix? ".scm" (car rest))
                      (not (string-prefix? "." (car rest)))
                      (not (member (car rest) names)))
                 (inner (cdr rest) (cons (car rest) names)
                        (cons (string-append (car folders) "/" (car rest)) files)))
                (else (inner (cdr rest) names files)))))))

(define (compiled-file file)
  "Return the object of the plugin FILE, if there is one that is not older."
  (let ((name (string-append (basename file ".scm") ".go"))
        (age (lambda (file) (assq-ref (%file-status file) 'mtime))))
    (let loop ((folders (if (builtin-plugin? file) (plugin-object-path) '())))
      (and (pair? folders)
           (let ((object (string-append (car folders) "/" name)))
             (if (and (%file-status object) (>= (age object) (age file)))
                 object
                 (loop (cdr folders))))))))

(define (load-plugin file)
  "Load the plugin FILE unless it was loaded before.  An error is raised again each time."
  (unless (assoc file %files)
    (set! %files (acons file 'loading %files))
    (let ((object (compiled-file file)))
      (call-with-conversion
       (lambda (condition)
         (set! %files (alist-delete* file %files))
         (raise-exception condition))
       (lambda ()
         (save-module-excursion
          (lambda ()
            (if object
                (load-compiled object)
                (evaluate-file file))))
         (set! %files (acons file 'loaded (alist-delete* file %files))))))))

(define (alist-delete* key alist)
  (cond ((null? alist) '())
        ((equal? (caar alist) key) (alist-delete* key (cdr alist)))
        (else (cons (car alist) (alist-delete* key (cdr alist))))))

(define (load-all-plugins)
  "Load all plugins.  Return the list of those that failed, (FILE . MESSAGE); they disable
nothing else."
  (let loop ((files (plugin-files)) (failures '()))
    (if (null? files)
        (reverse failures)
        (let ((failure
               (with-exception-handler
                   (lambda (condition)
                     (cons (car files) (condition->text condition)))
                 (lambda ()
                   (load-plugin (car files))
                   #f)
                 #:unwind? #t)))
          (loop (cdr files) (if failure (cons failure failures) failures))))))

(define* (lookup-target-type name #:optional location)
  "Return the target type NAME, a symbol, loading its plugin.  Raise not-found, at LOCATION,
if no plugin brings it; a plugin NAME that fails raises its own error."
  (or (assq-ref %types name)
      (let ((file (find-plugin (symbol->string name))))
        (when file
          (load-plugin file))
        (assq-ref %types name))
      (let ((failures (load-all-plugins)))
        (or (assq-ref %types name)
            (raise-located-error
             location
             (string-append "no plugin brings the target type '" (symbol->string name) "'"
                            (string-concatenate
                             (map (lambda (failure)
                                    (string-append "; plugin " (car failure)
                                                   " was not loaded: " (cdr failure)))
                                  failures)))
             #:code 'not-found
             #:hint (did-you-mean
                     (symbol->string name)
                     (map (lambda (pair) (symbol->string (car pair))) %types)
                     (string-append
                      "the types are "
                      (string-join (map (lambda (pair) (symbol->string (car pair)))
                                        %types)
                                   ", "))))))))
