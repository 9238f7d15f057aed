;;; checkout.scm: the source of a run, exactly as it ran.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml history checkout)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml options)
  #:use-module (azml text)
  #:export (%command
            history-checkout))

(define %command
  (command
   "history checkout" "Restore the source that a run was given into a new folder."
   #:usage '("RUN FOLDER")
   #:examples '(("history checkout k3v9 /tmp/k3v9" . "every file as it was submitted"))
   #:notes '("FOLDER must not exist, or be empty.  RUN is the beginning of an id, an alias,"
             "or \"last\".")))

(define (check-empty folder)
  (let ((status (%file-status folder)))
    (when (and status
               (not (and (eq? (assq-ref status 'type) 'folder)
                         (null? (%file-list folder)))))
      (raise-azml-error 'exists (string-append "'" folder "' is there and not empty")
                        #:hint "nothing is overwritten: name a new folder"))))

(define (history-checkout words)
  "Run the command history checkout with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (unless (= (length operands) 2)
       (usage-error "which run, and into which folder?"
                    "for instance: history checkout k3v9 /tmp/k3v9"))
     (let* ((project (current-project))
            (record (load-run project (find-run-id project (car operands))))
            (folder (cadr operands))
            (digest (json-ref record 'run 'snapshot 'digest)))
       (unless digest
         (raise-azml-error 'not-found "the run had no source"))
       (check-empty folder)
       (%folder-make folder)
       (let ((report (%snapshot-materialise (project-field project 'objects) digest
                                            folder)))
         (say (format-count (json-ref report 'files) "file") ", "
              (format-bytes (json-ref report 'bytes)) " in " (printable folder)))
       0))))
