;;; delivery.scm: files of a run that has completed, brought to where they are wanted.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; What `run --output FROM=TO' and `run --make-deps FILE' do.  A file appears under its
;;; name complete or not at all, with the time of this machine, and only after the run has
;;; completed: so make may trust its time.
;;; Code:

(define-module (azml delivery)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml json)
  #:use-module (azml options)
  #:use-module (azml text)
  #:export (parse-deliveries
            deliver!
            write-dependencies))

(define (inside? path)
  (and (not (string-null? path))
       (not (string-prefix? "/" path))
       (not (member ".." (string-split path #\/)))))

(define (parse-deliveries texts)
  "Return the list of (FROM . TO) that TEXTS, each FROM=TO, mean; FROM alone goes to a file of
the same name in the working folder.  It is a usage error if FROM leads out of the run
directory."
  (map (lambda (text)
         (let* ((equals (string-index text #\=))
                (from (if equals (substring text 0 equals) text))
                (to (if equals (substring text (+ equals 1)) (basename text))))
           (unless (and (inside? from) (not (string-null? to)))
             (usage-error (string-append "'" (printable text) "' is no FROM=TO")
                          "for instance: --output outputs/model.pkl=model.pkl"))
           (cons from to)))
       texts))

(define (left-there id from)
  (raise-azml-error
   'too-large
   (string-append "'" (printable from) "' of run " (short-id id)
                  " was left where it is, over the size limit of its target")
   #:hint (string-append "azml-guile history outputs " (short-id id)
                         " --fetch --all brings it; the target's field output-limit is"
                         " the limit")))

(define (unread-there id from name why)
  ;; FROM cannot be had because NAME, it or a folder above it, cannot be read there.
  (raise-azml-error
   'denied
   (string-append "'" (printable from) "' of run " (short-id id)
                  " cannot be read on its machine: "
                  (if (string=? name from)
                      ""
                      (string-append "the folder '" (printable name) "': "))
                  (printable why))
   #:hint (string-append "give yourself the right to read it there, then: azml-guile history"
                         " outputs " (short-id id) " --fetch")))

(define (closed-folder directory from)
  ;; The first folder above FROM, below DIRECTORY, that cannot be entered; #f if all can.
  (let loop ((parts (string-split (dirname from) #\/)) (above ""))
    (and (pair? parts)
         (let ((name (string-append above (car parts))))
           (if (access? (string-append directory "/" name) X_OK)
               (loop (cdr parts) (string-append name "/"))
               name)))))

(define (unread-here id directory from condition)
  (let* ((name (or (closed-folder directory from) (raise-exception condition)))
         (folder (string-append directory "/" name))
         (owner (stat:uid (stat folder)))
         (ours? (= owner (getuid))))
    (raise-azml-error
     'denied
     (string-append "'" (printable from) "' of run " (short-id id)
                    " cannot be read: the folder '" (printable name) "' belongs to "
                    (if ours?
                        "you, but may not be entered"
                        (printable (owner-name owner))))
     #:hint (string-append (if ours? "chmod u+rx " "sudo chown -R $USER ")
                           (printable folder)))))

(define (file? id directory from)
  (with-exception-handler
      (lambda (condition)
        (unread-here id directory from condition))
    (lambda ()
      (eq? 'file (assq-ref (or (%file-status (string-append directory "/" from)) '())
                           'type)))
    #:unwind? #t
    #:unwind-for-type &azml-denied))

(define (check! id directory from left unread)
  ;; It is an error if FROM is not there; say why it is not.
  (unless (file? id directory from)
    (for-each (lambda (pair)
                (let ((name (string-append "outputs/" (car pair))))
                  (when (or (string=? name from)
                            (string-prefix? (string-append name "/") from))
                    (unread-there id from name (cdr pair)))))
              unread)
    (when (member from (map (lambda (name) (string-append "outputs/" name)) left))
      (left-there id from))
    (raise-azml-error
     'not-found
     (string-append "run " (short-id id) " left no file '" (printable from) "'")
     #:hint (string-append "azml-guile history outputs " (short-id id)
                           " lists what it left"))))

(define* (deliver! id directory deliveries #:optional (left '()) (unread '()))
  "Copy files of the run ID, whose directory is DIRECTORY, as DELIVERIES, a list of (FROM . TO),
say.  All of them must be there before one of them is written; LEFT are names of outputs that were
left on another machine, UNREAD pairs of those that cannot be read there and the reason."
  (for-each (lambda (delivery)
              (check! id directory (car delivery) left unread))
            deliveries)
  (for-each (lambda (delivery)
              (%file-copy (string-append directory "/" (car delivery)) (cdr delivery)))
            deliveries))

;;; What was read, for make

(define (make-name name)
  ;; NAME as make's dependency files have it.
  (string-concatenate
   (map (lambda (char)
          (case char
            ((#\space #\#) (string #\\ char))
            ((#\$) "$$")
            (else (string char))))
        (string->list name))))

(define (rule-text target names)
  ;; TARGET depends on NAMES, which have rules of their own: one that is removed later is
  ;; no error then.
  (string-append target ":"
                 (string-concatenate
                  (map (lambda (name) (string-append " \\\n  " name)) names))
                 "\n"
                 (string-concatenate
                  (map (lambda (name) (string-append "\n" name ":\n")) names))))

(define (write-dependencies file target source directory)
  "Write to FILE, in make's form, that TARGET depends on those files of the folder SOURCE that
the run with the directory DIRECTORY read, and that none of them needs to be there."
  (let* ((record (false-if-exception
                  (%json-read (%file-read (string-append directory "/reads.json")))))
         (here (string-append (%working-folder) "/"))
         (prefix (let ((folder (string-append source "/")))
                   (cond ((string=? folder here) "")
                         ((string-prefix? here folder)
                          (substring folder (string-length here)))
                         (else folder))))
         (names (map (lambda (name) (make-name (string-append prefix name)))
                     ;; A name with a newline cannot be said to make.
                     (filter (lambda (name) (not (string-index name #\newline)))
                             (vector->list (or (json-ref record 'files) #()))))))
    (%file-replace file (rule-text (make-name target) names))))
