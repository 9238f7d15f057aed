;;; test-modules.scm: what holds for all modules.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(use-modules (azml-test) (azml core) (azml commands) (azml records) (azml types)
             (srfi srfi-1) (ice-9 ftw) (ice-9 popen) (ice-9 textual-ports))

(define source
  (string-append (getenv "AZML_SRCDIR") "/scheme"))

(define (modules folder name)
  "Return the names of the modules in FOLDER, whose own name is NAME."
  (map (lambda (file)
         (append name (list (string->symbol (basename file ".scm")))))
       (scandir folder (lambda (file) (and (string-suffix? ".scm" file)
                                           (not (string-prefix? "." file)))))))

(define all-modules
  (append '((azml))
          (modules (string-append source "/azml") '(azml))
          (modules (string-append source "/azml/scripts") '(azml scripts))))

(define (exports module)
  (module-map cons (resolve-interface module)))

(define (documented? pair)
  (let ((value (and (variable-bound? (cdr pair)) (variable-ref (cdr pair)))))
    (or (not (procedure? value))
        (parameter? value)
        (let ((doc (procedure-documentation value)))
          (and (string? doc) (char-upper-case? (string-ref doc 0)))))))

(define (docstrings)
  (for-each
   (lambda (module)
     (unless (equal? module '(azml core)) ;primitives: src/guile says what they do
       (test-equal (string-append (object->string module)
                                  ": every exported procedure has a docstring")
         '()
         (map car (remove documented? (exports module))))))
   all-modules))

(define (primitives)
  (test-equal "every primitive that (azml core) exports is defined" '()
    (map car (remove (lambda (pair) (variable-bound? (cdr pair)))
                     (exports '(azml core)))))
  (test-equal "every primitive that is defined is exported" '()
    (let ((exported (map car (exports '(azml core)))))
      (filter (lambda (name)
                (and (string-prefix? "%" (symbol->string name))
                     (not (memq name '(%module-public-interface)))
                     (not (memq name exported))))
              (hash-map->list (lambda (name variable) name)
                              (module-obarray (resolve-module '(azml core))))))))

(define (run-guile . arguments)
  "Return what a plain guile with ARGUMENTS prints."
  (let* ((port (apply open-pipe* OPEN_READ "guile" "--no-auto-compile" arguments))
         (text (get-string-all port)))
    (close-pipe port)
    text))

(define (plain-guile)
  (test-equal "(use-modules (azml)) in a plain guile"
    "#<experiment e: python3 train.py --lr 0.1>"
    (run-guile "-c" "(use-modules (azml))
(write (experiment (name \"e\") (script \"train.py\") (parameters '((lr . 1/10)))))"))
  (test-equal "the acting procedures are there, and loaded only when they are used"
    "(#f #t #t)"
    (run-guile "-c" "(use-modules (azml))
(define (loaded?) (and (resolve-module '(azml run) #f #:ensure #f) #t))
(define before (loaded?))
(write (list before (procedure? submit) (loaded?)))"))
  (test-equal "every name that (azml) offers exists" '()
    (remove (lambda (name) (module-variable (resolve-interface '(azml)) name))
            '(experiment compute-target environment local-path gpu-request metric-pattern
              step secret submit follow run cancel metrics outputs)))
  (test-equal "a mistake at the REPL has its message"
    "unknown field 'nam' of experiment"
    (run-guile "-c" "(use-modules (azml))
(with-exception-handler
  (lambda (c)
    (let ((m (azml-error-message c)))
      (display (substring m (string-contains m \"unknown\")))))
  (lambda () (eval '(experiment (nam 1)) (current-module)))
  #:unwind? #t)"))
  (test-equal "a file of the current folder is not taken for a module" ""
    (call-with-scratch
     (lambda (folder)
       (mkdir "azml")
       (write-file "azml/errors.scm" "(display \"hijacked\")")
       (run-guile "-c" "(use-modules (azml errors))")))))

(define (command-table)
  (for-each
   (lambda (name)
     (unless (string=? name "help")
       (let* ((module (resolve-module `(azml scripts ,(string->symbol name)) #:ensure #f))
              (entry (and module
                          (module-variable module
                                           (symbol-append 'azml- (string->symbol name))))))
         (test-assert (string-append "the command " name " has its script and its synopsis")
           (and entry
                (procedure? (variable-ref entry))
                (string? (command-synopsis name))
                (assoc (command-category name) command-categories))))))
   (commands))
  (test-equal "every script is a command" '()
    (remove (lambda (module) (member (symbol->string (last module)) (commands)))
            (modules (string-append source "/azml/scripts") '(azml scripts)))))

(define-record-type* <point> point point?
  "A place."
  (x point-x (type integer))
  (y point-y (type integer) (default 0)))

(define (records)
  (test-equal "accessors and defaults" '(1 0)
    (let ((p (point (x 1)))) (list (point-x p) (point-y p))))
  (test-equal "inherit copies" '(1 5 1 0)
    (let* ((p (point (x 1))) (q (point (inherit p) (y 5))))
      (list (point-x q) (point-y q) (point-x p) (point-y p))))
  (test-equal "a field's name is no variable" 7
    (let ((x 7)) (point-x (point (x x)))))
  (test-equal "an accessor refuses other records" 'wrong-type-arg
    (exception-kind (error-of (point-x 5))))
  (test-assert "code expanded with another definition is refused"
    (string-contains
     (error-text (error-of (build-record %point-descriptor 5 #f #f '() '())))
     "compiled with another version"))
  (test-assert "what it is"
    (and (point? (point (x 1))) (not (point? 5)) (not (point? (current-output-port))))))

(run-tests "modules"
  (lambda ()
    (docstrings)
    (primitives)
    (plain-guile)
    (command-table)
    (records)))
