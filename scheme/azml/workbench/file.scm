;;; file.scm: the files of Workbench, and what is wrong in them.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; A file that was read is an alist, as src/config/file.h has it: file, kind, ok, values
;;; (by the file's own keys, with the product's defaults), places, problems.
;;; Code:

(define-module (azml workbench file)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml json)
  #:use-module (azml records)
  #:use-module (azml text)
  #:export (read-workbench-file try-workbench-file
            workbench-problems workbench-values workbench-location
            show-workbench-problems say-workbench-warnings problem->lines
            raise-workbench-error edit-workbench-file
            workbench-file workbench-names workbench-folder))

(define (workbench-values result)
  "Return the values of the file that RESULT describes, an alist by its own keys."
  (json-ref result 'values))

(define* (workbench-problems result #:optional (severities '("error" "warning" "note")))
  "Return the problems of RESULT, alists, whose severity is one of SEVERITIES."
  (filter (lambda (problem) (member (json-ref problem 'severity) severities))
          (vector->list (json-ref result 'problems))))

(define (workbench-location result key)
  "Return where RESULT has the value of KEY, a symbol: (FILE LINE COLUMN); the file's
beginning if it is not there."
  (let ((place (json-ref result 'places key)))
    (if (vector? place)
        (list (json-ref result 'file) (vector-ref place 0) (vector-ref place 1))
        (list (json-ref result 'file) 1 1))))

(define (problem-location result problem)
  (list (json-ref result 'file) (json-ref problem 'line) (json-ref problem 'column)))

(define (problem->lines result problem)
  "Return the lines that show PROBLEM of RESULT as a compiler does: where and what, the line
with a caret, and what to write instead."
  (let* ((number (number->string (json-ref problem 'line)))
         (margin (make-string (string-length number) #\space))
         (hint (json-ref problem 'hint)))
    (append
     (list (string-append (location->string (problem-location result problem)) ": "
                          (json-ref problem 'severity) ": "
                          (printable (json-ref problem 'message)))
           (string-append "  " number " | " (printable (json-ref problem 'text)))
           (string-append "  " margin " | "
                          (make-string (- (json-ref problem 'caret) 1) #\space) "^"))
     (if hint
         (list (string-append "  hint: " (printable hint)))
         '()))))

(define* (show-workbench-problems result #:key (port (current-output-port))
                                  (severities '("error" "warning" "note")))
  "Write the problems of RESULT that have one of SEVERITIES to PORT."
  (for-each (lambda (problem)
              (for-each (lambda (line) (display line port) (newline port))
                        (problem->lines result problem)))
            (workbench-problems result severities)))

;; The files whose warnings were said in this process.
(define %said '())

(define (say-workbench-warnings result)
  "Write the warnings of RESULT to standard error, once for each file; return RESULT."
  (unless (member (json-ref result 'file) %said)
    (set! %said (cons (json-ref result 'file) %said))
    (show-workbench-problems result #:port (current-error-port)
                             #:severities '("warning")))
  result)

(define (raise-workbench-error result)
  "Raise the first error of RESULT, a condition of the code format, with its line."
  (let* ((errors (workbench-problems result '("error")))
         (first (car errors))
         (lines (problem->lines result first)))
    (raise-azml-error
     'format
     (string-append (location->string (problem-location result first)) ": "
                    (printable (json-ref first 'message)))
     #:hint (let ((hint (json-ref first 'hint))) (and (string? hint) hint))
     #:irritants (list (problem-location result first)
                       (list (cadr lines) (caddr lines))))))

(define* (read-workbench-file file #:key kind (check? #t))
  "Return what FILE holds, of KIND or of the kind that its name says.  Raise format, with
the place and the line, if it cannot be used, unless CHECK? is false."
  (let ((result (%config-read file kind)))
    (when (and check? (not (json-ref result 'ok)))
      (raise-workbench-error result))
    result))

(define* (try-workbench-file file #:key kind)
  "Return what `read-workbench-file' does, or #f if FILE is #f, is no file or cannot be used."
  (with-exception-handler
      (lambda (condition) #f)
    (lambda () (and file (file? file) (read-workbench-file file #:kind kind)))
    #:unwind? #t
    #:unwind-for-type &azml-error))

(define* (edit-workbench-file file changes #:key kind)
  "Change FILE in place: CHANGES are (PATH . VALUE), PATH a list of keys and VALUE JSON, or
(PATH), which removes the key.  Only these values change in the text.  Raise what is wrong
with the values; nothing is written then."
  (%config-edit (if (eq? (assq-ref (or (%file-status file #f) '()) 'type) 'link)
                    (%file-real file)
                    file)
                kind
                (list->vector
                 (map (lambda (change)
                        (append `((path . ,(list->vector (car change))))
                                (if (null? (cdr change))
                                    '()
                                    `((value . ,(cdr change))))))
                      changes))))

;;; Where they are.

(define folders '("aml_config" ".azureml" "Config"))

(define* (workbench-folder #:optional (project "."))
  "Return the folder of the project in PROJECT that holds run configurations and targets, or
#f."
  (or-map (lambda (name)
            (let ((folder (if (string=? project ".")
                              name
                              (string-append project "/" name))))
              (and (eq? (assq-ref (or (%file-status folder) '()) 'type) 'folder)
                   folder)))
          folders))

(define (status-of name)
  ;; What cannot be looked at, as a circle of links, is for who opens it to tell.
  (with-exception-handler
      (lambda (condition) '((type . file)))
    (lambda () (%file-status name))
    #:unwind? #t
    #:unwind-for-type &azml-error))

(define (file? name)
  ;; A folder or a pipe may have such a name, too; who opens a pipe waits.
  (eq? 'file (assq-ref (or (status-of name) '()) 'type)))

(define* (workbench-file name extension #:optional (project "."))
  "Return the file NAME.EXTENSION of the project in PROJECT, or #f; NAME may have the
extension already."
  (let* ((folder (workbench-folder project))
         (end (string-append "." extension))
         (base (if (string-suffix? end name) name (string-append name end))))
    (and folder
         (not (string-index base #\/))
         (let ((file (string-append folder "/" base)))
           (and (status-of file) file)))))

(define* (workbench-names extension #:optional (project "."))
  "Return the names of the files of EXTENSION of the project in PROJECT, in order."
  (let ((folder (workbench-folder project)) (end (string-append "." extension)))
    (map (lambda (file)
           (substring file 0 (- (string-length file) (string-length end))))
         (filter (lambda (file)
                   (and (string-suffix? end file) (not (string-prefix? "." file))
                        (file? (string-append folder "/" file))))
                 (if folder (sort (%file-list folder) string<?) '())))))
