;;; program.scm: what a script or a command name means.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; The name of a script is resolved when a run is submitted, against the source folder, so
;;; that a misspelt one is an error here and now, with its place in the recipe.
;;; Code:

(define-module (azml program)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:autoload (azml suggest) (nearest)
  #:use-module (azml text)
  #:export (script->command
            check-script
            words->command
            find-program))

(define (status-of file)
  ;; '() for what is not there, or is in a folder that may not be entered.
  (with-exception-handler (lambda (condition) '())
    (lambda () (or (%file-status file) '()))
    #:unwind? #t
    #:unwind-for-type &azml-error))

(define (regular? file)
  (eq? (assq-ref (status-of file) 'type) 'file))

(define (executable? file)
  ;; The bits alone: what access(2) says to root, and to whom the job runs as elsewhere,
  ;; differs.
  (let ((status (status-of file)))
    (and (eq? (assq-ref status 'type) 'file)
         (not (zero? (logand #o111 (assq-ref status 'mode)))))))

(define (inside source name)
  (if (string-prefix? "/" name)
      name
      (string-append source "/" name)))

(define (as-path name)
  (if (string-index name #\/) name (string-append "./" name)))

(define (folder-names folder)
  (if (eq? (assq-ref (status-of folder) 'type) 'folder)
      (filter (lambda (name) (not (string-prefix? "." name))) (%file-list folder))
      '()))

(define (near-file source name)
  ;; A file of SOURCE whose name is close to NAME, or #f.
  (let* ((slash (string-rindex name #\/))
         (folder (if slash (substring name 0 slash) ""))
         (base (if slash (substring name (+ slash 1)) name))
         (meant (nearest base (folder-names (inside source folder)))))
    (and meant
         (if slash (string-append folder "/" meant) meant))))

;; An error about a program carries the exit code that a shell has for it.
(define (place location)
  (if location (string-append location ": ") ""))

(define (missing source name location)
  (let ((meant (near-file source name)))
    (raise-azml-error 'not-found
                      (string-append (place location) "there is no script '" (printable name) "' in "
                                     (printable source))
                      #:hint (and meant
                                  (string-append "did you mean '" (printable meant) "'?"))
                      #:domain 'program #:native 127)))

(define (not-executable name location)
  (raise-azml-error 'denied
                    (string-append (place location) "'" (printable name)
                                   "' is not executable")
                    #:hint (string-append
                            "make it so (chmod +x " (shell-quote name)
                            "), or give a name that ends in .py or .sh")
                    #:domain 'program #:native 126))

(define (known-file source name)
  ;; The command for the file NAME of SOURCE, or #f when its kind is not known.
  (let ((file (inside source name)))
    (cond ((string-suffix? ".py" name) (list "python3" name))
          ((executable? file) (list (as-path name)))
          ((string-suffix? ".sh" name) (list "sh" name))
          (else #f))))

(define (check-script source name location)
  "Raise the error of `script->command' unless the script NAME of the folder SOURCE is there."
  (unless (regular? (inside source name))
    (missing source name location)))

(define* (script->command source name #:optional location)
  "Return two values for the script NAME of the folder SOURCE: the words that execute it, and
its interpreter, \"python\" or #f.  Raise an error that names LOCATION, the place in the
recipe as text, if there is no such script or it cannot be executed: its domain is program
and its native number 127 or 126."
  (check-script source name location)
  (let ((words (or (known-file source name) (not-executable name location))))
    (values words (and (string-suffix? ".py" name) "python"))))

(define (find-program name)
  "Return the file that the program NAME is on PATH, or #f."
  (let loop ((folders (string-split (or (%getenv "PATH") "/usr/local/bin:/usr/bin:/bin")
                                    #\:)))
    (if (null? folders)
        #f
        (let ((file (string-append (if (string-null? (car folders)) "." (car folders))
                                   "/" name)))
          (if (executable? file) file (loop (cdr folders)))))))

;; A run works in a copy of the source folder: what is outside of it has another
;; relative name there.
(define (outside-as-absolute source name)
  (if (and (string-prefix? "../" name) (regular? (inside source name)))
      (%file-real (inside source name))
      name))

(define* (words->command source words #:key (here? #t))
  "Return three values for WORDS, a command as it was typed in the folder SOURCE: the words
to execute, the interpreter, \"python\" or #f, and the script, or #f for a program.  A file
of SOURCE that is a script is executed as one, anything else as a program.  With HERE? the
program must be on this machine's PATH."
  (let* ((name (outside-as-absolute source (car words)))
         (words (cons name (cdr words)))
         (file? (regular? (inside source name)))
         (known (and file? (known-file source name))))
    (cond (known
           (values (append known (cdr words))
                   (and (string-suffix? ".py" name) "python")
                   (and (not (string-prefix? "/" name)) name)))
          ((or (not here?) (and (not (string-index name #\/)) (find-program name)))
           (values words #f #f))
          (file? (not-executable name #f))
          ((string-suffix? ".py" name) (missing source name #f))
          ((string-suffix? ".sh" name) (missing source name #f))
          (else
           (let ((meant (near-file source name)))
             (raise-azml-error
              'not-found
              (string-append "there is no program '" (printable name) "'")
              #:hint (cond (meant (string-append "did you mean '" (printable meant) "'?"))
                           ((and (string=? name "python") (find-program "python3"))
                            "did you mean 'python3'?")
                           (else #f))
              #:domain 'program #:native 127))))))
