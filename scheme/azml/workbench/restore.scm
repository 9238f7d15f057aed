;;; restore.scm: the files of a project as a run was given them.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; The product wrote the old state over the new one, whose work was lost.  Here what goes
;;; away is moved into .azml/replaced, and what is ignored (outputs, data) is left alone.
;;; Code:

(define-module (azml workbench restore)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml history)
  #:use-module (azml history source)
  #:use-module (azml json)
  #:use-module (azml text)
  #:autoload (azml launch) (plan-snapshot)
  #:export (restore-plan restore-project!))

(define (source-of run)
  (or (json-ref run 'source) (json-ref run 'directory)))

(define (restore-plan project record)
  "Return how the source folder of the run that RECORD is of differs from what the run was
given: the folder, and a list as `source-changes' returns it, from now to then."
  (let* ((run (json-ref record 'run))
         (fields (%project-fields project))
         (objects (json-ref fields 'objects))
         (folder (source-of run))
         (then (json-ref run 'snapshot 'digest)))
    (unless then
      (raise-azml-error 'not-found "the run had no source"))
    (unless (and (string? folder) (%file-status folder))
      (raise-azml-error 'not-found
                        (string-append "the folder of the run is not here: "
                                       (printable (or folder "it is not known")))
                        #:hint (string-append "azml-guile history checkout "
                                              (json-ref record 'id)
                                              " FOLDER writes the files elsewhere")))
    (let ((now (json-ref (%snapshot-take folder objects #f #f) 'digest)))
      (cons folder (source-changes objects now then)))))

(define (stamp)
  (string-append (strftime "%Y%m%d-%H%M%S" (localtime (current-time))) "-"
                 (substring (%random-id) 0 4)))

(define (move! from to)
  (%folder-make (dirname to))
  (%file-rename from to))

(define (remove-empty! folder top)
  ;; Folders that hold nothing any more, up to TOP.
  (when (and (not (string=? folder top)) (null? (%file-list folder)))
    (rmdir folder)
    (remove-empty! (dirname folder) top)))

(define (restore-project! project record plan)
  "Make the files of PLAN, from `restore-plan', those of the run that RECORD is of.  Return the
folder that holds what was replaced, or #f."
  (let* ((fields (%project-fields project))
         (own (json-ref fields 'folder))
         (folder (car plan))
         (changes (cdr plan))
         (fresh (string-append own "/restore-" (%random-id)))
         (replaced (string-append own "/replaced/" (stamp)))
         (gone (filter (lambda (change) (memq (cadr change) '(removed changed))) changes))
         (come (filter (lambda (change) (memq (cadr change) '(added changed))) changes))
         (here (lambda (change) (string-append folder "/" (car change)))))
    (dynamic-wind
      (lambda () (%folder-make fresh))
      (lambda ()
        (%snapshot-materialise (json-ref fields 'objects)
                               (json-ref record 'run 'snapshot 'digest) fresh)
        (for-each (lambda (change)
                    (move! (here change) (string-append replaced "/" (car change)))
                    (remove-empty! (dirname (here change)) folder))
                  gone)
        (for-each (lambda (change)
                    (move! (string-append fresh "/" (car change)) (here change)))
                  come))
      (lambda () (%file-remove fresh)))
    (and (pair? gone) replaced)))
