;;; size.scm: source folders that are large for a snapshot, or hold what is none.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml size)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml json)
  #:use-module (azml text)
  #:autoload (azml session) (session-call)
  #:export (size-check))

(define gigabyte (ash 1 30))

(define (large-question source report free)
  (let ((bytes (json-ref report 'bytes)))
    (say "The source folder " (printable source) " has " (format-bytes bytes) " in "
         (format-count (json-ref report 'files) "file")
         (if free (string-append "; " (format-bytes free) " are free") "") ".")
    (for-each (lambda (entry)
                (say "  " (pad-left (format-bytes (json-ref entry 'bytes)) 9) "  "
                     (printable (json-ref entry 'path))))
              (vector->list (json-ref report 'largest)))
    (say "Leave out what is no source by a line in .azmlignore, such as")
    (let ((largest (json-ref report 'largest)))
      (when (positive? (vector-length largest))
        (say "  /" (printable (json-ref (vector-ref largest 0) 'path)))))
    (say "and name data by (inputs (list (local-path \"...\"))).")))

;; Folders of installed packages that know the place in which they were made: what is in them,
;; and what they are.
(define environments
  '(("/pyvenv.cfg" . "a virtual environment of Python")
    ("/conda-meta" . "an environment of conda")))

(define (status-or-none file)
  ;; '() for what is not there, cannot be reached, or is a link to itself.
  (with-exception-handler (lambda (condition) '())
    (lambda () (or (%file-status file) '()))
    #:unwind? #t
    #:unwind-for-type &azml-error))

(define (environment-folder source name)
  ;; What environment the folder NAME of SOURCE is, or #f.
  (or-map (lambda (pair)
            (and (pair? (status-or-none (string-append source "/" name (car pair))))
                 (cdr pair)))
          environments))

(define (folder-names source)
  (filter (lambda (name)
            ;; A link to a folder is kept as a link.
            (eq? 'folder (assq-ref (or (%file-status (string-append source "/" name) #f) '())
                                   'type)))
          (%file-list source)))

(define (kept? source name ignored)
  ;; Whether anything of the folder NAME of SOURCE is kept; environments often have an ignore file
  ;; that leaves out all that is in them.
  (let ((folder (string-append name "/")))
    (define (left-out? path)
      (or (member path ignored) (member (string-append path "/") ignored)))
    (not (or (member folder ignored)
             (and-map (lambda (below) (left-out? (string-append folder below)))
                      (%file-list (string-append source "/" name)))))))

(define (warn-of-installed source report)
  "Warn of the folders of installed packages that are in SOURCE and not ignored, by REPORT."
  (let ((ignored (vector->list (json-ref report 'ignored)))
        (file (or (json-ref report 'ignore_file) ".azmlignore")))
    (define (warn name what further)
      (when (kept? source name ignored)
        (say-warning
         (string-append "'" (printable name) "' in the source folder is " what
                        ", and kept with each run" (if further "; there it does not work" ""))
         (string-append "a line /" (printable name) "/ in " (printable file) " leaves it out"
                        (or further "")))))
    (for-each
     (lambda (name)
       (cond ((environment-folder source name)
              => (lambda (what)
                   (warn name what (string-append "; packages are named in the recipe, or by"
                                                  " -e requirements.txt"))))
             ;; Of npm nothing stands in a recipe, and a copy may well work.
             ((string=? name "node_modules") (warn name "a folder of npm's packages" #f))))
     (folder-names source))))

(define (size-check session yes?)
  "Return the procedure that asks, unless YES? holds, before a snapshot is taken that is large for
the machine of SESSION, and warns of what is no source; `snapshot-submissions!' calls it."
  (lambda (source look)
    (unless yes?
      (let* ((report (look))
             (bytes (json-ref report 'bytes))
             (free (and (> bytes (ash 1 24))
                        (json-ref (session-call session "probe" '())
                                    'disk_free_bytes))))
        (warn-of-installed source report)
        (when (or (> bytes gigabyte) (and free (> bytes (quotient free 10))))
          (large-question source report free)
          (unless (ask-yes-or-no "Take the snapshot?")
            (raise-azml-error 'too-large "the source folder is large"
                              #:hint "with --yes it is taken without a question")))))))
