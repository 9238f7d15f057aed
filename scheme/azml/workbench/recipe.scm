;;; recipe.scm: a file of Workbench or of its successors as a recipe.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml workbench recipe)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml json)
  #:use-module (azml workbench file)
  #:use-module (azml workbench forms)
  #:use-module (azml workbench packages)
  #:autoload (azml workbench successor) (v1->forms job->forms)
  #:export (workbench-file->recipe write-recipe-form identifier name-for))

;;; Writing expressions.

(define (form->string form)
  ;; As people write it: 'x and not (quote x).
  (cond ((and (pair? form) (list? form) (= (length form) 2) (eq? (car form) 'quote))
         (string-append "'" (object->string (cadr form))))
        ((and (pair? form) (list? form))
         (string-append "(" (string-join (map form->string form) " ") ")"))
        (else (object->string form))))

(define (width form)
  (string-length (form->string form)))

(define (form? value)
  (and (pair? value) (list? value) (symbol? (car value)) (not (eq? (car value) 'quote))))

(define (write-recipe-form form port column)
  "Write FORM to PORT, whose line has COLUMN characters already: fields on lines of their own
where one line does not hold all."
  (define (indent n)
    (newline port)
    (display (make-string n #\space) port))
  (cond
   ((or (not (form? form)) (< (+ column (width form)) 80)
        (null? (cdr form)))
    (display (form->string form) port))
   ((memq (car form) '(define))
    (display "(define " port)
    (write (cadr form) port)
    (indent (+ column 2))
    (write-recipe-form (caddr form) port (+ column 2))
    (display ")" port))
   ((eq? (car form) 'list)
    ;; As many on a line as it holds.
    (display "(list" port)
    (let loop ((items (cdr form)) (at (+ column 5)))
      (unless (null? items)
        (let* ((text (form->string (car items))) (length (string-length text)))
          (cond ((< (+ at 1 length) 80)
                 (display " " port)
                 (display text port)
                 (loop (cdr items) (+ at 1 length)))
                (else
                 (indent (+ column 6))
                 (display text port)
                 (loop (cdr items) (+ column 6 length)))))))
    (display ")" port))
   ((and (null? (cddr form)) (form? (cadr form)))
    (let ((head (string-append "(" (symbol->string (car form)) " ")))
      (display head port)
      (write-recipe-form (cadr form) port (+ column (string-length head)))
      (display ")" port)))
   (else
    (display "(" port)
    (write (car form) port)
    (for-each (lambda (item)
                (indent (+ column 2))
                (write-recipe-form item port (+ column 2)))
              (cdr form))
    (display ")" port))))

(define (identifier name)
  "Return a symbol for a variable that holds what is called NAME."
  (let ((text (string-map (lambda (c)
                            (if (or (char-alphabetic? c) (char-numeric? c)
                                    (memv c '(#\- #\_)))
                                (char-downcase c) #\-))
                          name)))
    (string->symbol
     (if (or (string-null? text) (string->number (substring text 0 1)))
         (string-append "x" text)
         text))))

(define (name-for text)
  "Return TEXT as the name of a thing in a recipe: other characters become '-'."
  (let ((name (string-trim (string-map (lambda (c)
                                         (if (or (char-alphabetic? c) (char-numeric? c)
                                                 (memv c '(#\. #\_ #\-)))
                                             c #\-))
                                       text)
                           (string->char-set "-."))))
    (if (string-null? name) "imported" name)))

;;; What each kind becomes.

(define (base-name file)
  (let* ((base (basename file)) (dot (string-rindex base #\.)))
    (if (and dot (positive? dot)) (substring base 0 dot) base)))

(define (project-of file)
  ;; The folder whose aml_config, .azureml or Config holds FILE.
  (let ((folder (dirname file)))
    (cond ((member (basename folder) '("aml_config" ".azureml" "Config"))
           (dirname folder))
          (else folder))))

(define (only-script project)
  ;; The project's script, if there is one only.
  (let ((scripts (filter (lambda (name) (string-suffix? ".py" name))
                         (%file-list project))))
    (and (pair? scripts) (null? (cdr scripts)) scripts)))

(define (of-runconfig result words)
  (let* ((file (json-ref result 'file))
         (project (project-of file))
         (name (name-for (base-name file)))
         (vector (vector->list (json-ref (workbench-values result) 'ArgumentVector)))
         (words (or words
                    (and (member "$file" vector) (only-script project))
                    (and (not (member "$file" vector)) (pair? vector) vector)
                    (raise-azml-error
                     'usage
                     (string-append file ": 'ArgumentVector' names no script")
                     #:hint (string-append "name it: azml-guile import " file
                                           " train.py"))))
         (parts (runconfig->parts result #:project project #:words words))
         (target (json-ref parts 'target))
         (environment (json-ref parts 'environment))
         (description (json-ref (workbench-values result) 'Description)))
    `(,@(if target `((define target ,target)) '())
      ,@(if environment `((define packages ,environment)) '())
      (experiment
       (name ,name)
       ,@(if description `((description ,description)) '())
       ,@(json-ref parts 'fields)
       ,@(if environment '((environment packages)) '())
       ,@(if target '((target target)) '())))))

(define (workbench-forms result words)
  (let ((kind (json-ref result 'kind)) (file (json-ref result 'file)))
    (cond
     ((string=? kind "compute")
      (let ((name (name-for (base-name file))))
        `((define ,(identifier name) ,(compute->form result name)))))
     ((string=? kind "runconfig") (of-runconfig result words))
     ((string=? kind "conda")
      `((define packages ,(or (conda-file->form result) '(environment)))))
     ((string=? kind "v1") (v1->forms result (project-of file) words))
     ((string=? kind "job") (job->forms result))
     (else
      (raise-azml-error 'unsupported
                        (string-append file ": this kind of file makes no recipe")
                        #:hint "import a .runconfig, .compute, conda or job file")))))

(define* (workbench-file->recipe file #:key words kind)
  "Return the text of a recipe that does what FILE, of Workbench or of its successors, says;
WORDS are a script and its arguments in place of the file's.  What is ignored is said in
comments."
  (let* ((result (read-workbench-file file #:kind kind))
         (forms (workbench-forms result words))
         (port (open-output-string)))
    (display (string-append ";; From " (basename file) ".\n") port)
    (for-each (lambda (problem)
                (display (string-append ";; Line "
                                        (number->string (json-ref problem 'line)) ": "
                                        (json-ref problem 'message) ".\n")
                         port))
              (workbench-problems result '("warning" "note")))
    (display "\n(use-modules (azml))\n" port)
    (for-each (lambda (form)
                (newline port)
                (write-recipe-form form port 0)
                (newline port))
              forms)
    (get-output-string port)))
