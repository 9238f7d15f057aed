;;; make.scm: what a run under GNU Make is told, and does.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; $(azml.run) says --make='TARGET: PREREQUISITES'.  The prerequisites are the source
;;; of the run where git does not say which files are: what was built already must not make
;;; every run look new.
;;;
;;; With AZML_MAKE_DETACH=1 an interrupted make leaves its run alone, and writes down
;;; which one it is: the next make that wants the same (snapshot, command, target) takes
;;; it up again, also if it has ended meanwhile.
;;; Code:

(define-module (azml make)
  #:use-module (azml core)
  #:use-module (azml json)
  #:export (parse-rule
            rule-target
            source-files
            detach-under-make?
            remember-run!
            remembered-run
            forget-run!))

(define (parse-rule text)
  "Return (TARGET . WORDS) for TEXT, \"TARGET: WORD...\"; #f if it is no such thing."
  (let ((colon (string-contains text ": ")))
    (cond (colon
           (cons (substring text 0 colon)
                 (string-tokenize (substring text (+ colon 2)))))
          ((string-suffix? ":" text)
           (list (substring text 0 (- (string-length text) 1))))
          (else #f))))

(define (rule-target rule)
  "Return the target of RULE, from `parse-rule', or #f."
  (and (pair? rule) (not (string-null? (car rule))) (car rule)))

(define (file? name)
  (eq? 'file (assq-ref (or (%file-status name) '()) 'type)))

;; make writes a name with a blank as two words: where the first one is no file, and it is
;; one with those that follow, it is that.
(define (existing-files words)
  (define (longer name rest)
    ;; NAME and the first words of REST that together are a file, and what remains.
    (and (pair? rest)
         (let ((joined (string-append name " " (car rest))))
           (if (file? joined)
               (cons joined (cdr rest))
               (longer joined (cdr rest))))))
  (let loop ((words words) (files '()))
    (if (null? words)
        (reverse files)
        (let ((found (if (file? (car words))
                         words
                         (longer (car words) (cdr words)))))
          (if found
              (loop (cdr found) (cons (car found) files))
              ;; A phony prerequisite, or a folder.
              (loop (cdr words) files))))))

(define (in-repository? folder)
  (or (and (%file-status (string-append folder "/.git")) #t)
      (let ((slash (string-rindex folder #\/)))
        (and slash (positive? slash)
             (in-repository? (substring folder 0 slash))))))

(define (inside folder names)
  ;; Those of NAMES, called from the working folder, that are below FOLDER, as they are
  ;; called from there.
  (let ((prefix (string-append folder "/")))
    (filter identity
            (map (lambda (name)
                   (let ((real (string-append (%file-real (dirname name)) "/"
                                              (basename name))))
                     (and (string-prefix? prefix real)
                          (substring real (string-length prefix)))))
                 names))))

(define (source-files folder rule named)
  "Return which files of the source folder FOLDER a run takes: NAMED, a list of names, if there
are any, \".\" meaning all; else, under make with RULE (or #f), #t for what git tracks where
there is a repository, or the list of the prerequisites; #f for the whole folder."
  (cond ((member "." named) #f)
        ((pair? named) (inside folder named))
        ((not rule) #f)
        ((in-repository? folder) #t)
        (else (inside folder (existing-files (cdr rule))))))

;;; Runs that an interrupted make left

(define (detach-under-make? rule)
  "Return true if an interrupted make with RULE (or #f) leaves its run alone."
  (and rule (equal? (%getenv "AZML_MAKE_DETACH") "1")))

(define (note-file fields run)
  ;; The file in the project with FIELDS that says which run does what RUN, a run.json, asks.
  (string-append (json-ref fields 'folder) "/cache/make-"
                 (substring (%json-digest
                             `((snapshot . ,(json-ref run 'snapshot 'digest))
                               (command . ,(json-ref run 'command))
                               (target . ,(json-ref run 'target 'name))))
                            0 16)))

(define (remember-run! fields run)
  "Write into the project with FIELDS that RUN, a run.json, is on its way."
  (let ((file (note-file fields run)))
    (%folder-make (dirname file))
    (%file-replace file (json-ref run 'id))))

(define (remembered-run fields run)
  "Return the id of the run that an interrupted make left and that does what RUN, a run.json,
asks, or #f."
  (let* ((file (note-file fields run))
         (id (and (%file-status file) (false-if-exception (%file-read file)))))
    (and (string? id)
         (%file-status (string-append (json-ref fields 'runs) "/" id "/run.json"))
         id)))

(define (forget-run! fields run)
  "Write into the project with FIELDS that RUN, a run.json, is taken up no more."
  (false-if-exception (%file-remove (note-file fields run))))
