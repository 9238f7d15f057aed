;;; git.scm: which commit a folder is at.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; Commit and branch are read from git's files: that costs microseconds, where starting
;;; git costs milliseconds, for each run.
;;; Code:

(define-module (azml git)
  #:use-module (azml core)
  #:export (git-description))

(define (file-type name)
  (assq-ref (or (%file-status name) '()) 'type))

(define (read-line-of file)
  (and (eq? (file-type file) 'file)
       (let ((text (%file-read file)))
         (string-trim-right (substring text 0 (or (string-index text #\newline)
                                                  (string-length text)))))))

(define (inside folder name)
  (if (string-prefix? "/" name) name (string-append folder "/" name)))

(define (git-folder folder)
  ;; The git folder of the work tree that FOLDER is in, or #f.
  (let* ((name (string-append folder "/.git"))
         (type (file-type name)))
    (cond ((eq? type 'folder) name)
          ((eq? type 'file)
           (let ((line (read-line-of name)))
             (and line (string-prefix? "gitdir: " line)
                  (inside folder (substring line 8)))))
          (else
           (let ((slash (string-rindex folder #\/)))
             (and slash (positive? slash)
                  (git-folder (substring folder 0 slash))))))))

(define (packed-commit common reference)
  (let ((file (string-append common "/packed-refs"))
        (wanted (string-append " " reference)))
    (and (eq? (file-type file) 'file)
         (let loop ((lines (string-split (%file-read file) #\newline)))
           (cond ((null? lines) #f)
                 ((string-suffix? wanted (car lines))
                  (substring (car lines) 0 (string-index (car lines) #\space)))
                 (else (loop (cdr lines))))))))

(define (commit-id? text)
  (and (string? text)
       (memv (string-length text) '(40 64))
       (string-every char-set:hex-digit text)))

(define (describe folder)
  (let* ((head (read-line-of (string-append folder "/HEAD")))
         (common (let ((line (read-line-of (string-append folder "/commondir"))))
                   (if line (inside folder line) folder)))
         (reference (and head (string-prefix? "ref: " head) (substring head 5)))
         (commit (if reference
                     (or (read-line-of (inside folder reference))
                         (read-line-of (inside common reference))
                         (packed-commit common reference))
                     head)))
    (and (commit-id? commit)
         (append `((commit . ,commit))
                 (if (and reference (string-prefix? "refs/heads/" reference))
                     `((branch . ,(substring reference 11)))
                     '())))))

(define (git-description folder)
  "Return an alist of commit and branch for the git work tree that the absolute FOLDER is in,
or #f where there is none that can be read."
  (false-if-exception
   (let ((git (git-folder folder)))
     (and git (describe git)))))
