;;; received.scm: what another machine says of a run, and what of it can be true.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; Who shows or compares runs relies on the types of doc/run-directory.md.  A machine may say
;;; anything; so only the keys that are known, with values of their shapes, get into a copy.
;;; A shape is a procedure that returns the value as it is taken, or %bad.
;;; Code:

(define-module (azml received)
  #:use-module (azml core)
  #:use-module (azml json)
  #:export (checked-status
            checked-run
            run-id?))

(define %bad (list 'bad))

(define (bad? value) (eq? value %bad))

(define (when-true predicate)
  (lambda (value) (if (predicate value) value %bad)))

(define text-limit 65536)

(define text
  (when-true (lambda (value)
               (and (string? value) (<= (string-length value) text-limit)))))

(define (whole least most)
  (when-true (lambda (value) (and (exact-integer? value) (<= least value most)))))

(define size (whole 0 (ash 1 60)))

(define number (when-true (lambda (value) (and (real? value) (< -1e15 value 1e15)))))
(define amount (when-true (lambda (value) (and (real? value) (<= 0 value) (< value 1e18)))))
(define flag (when-true boolean?))

(define (list-of shape)
  (lambda (value)
    (if (vector? value)
        (let ((items (map shape (vector->list value))))
          (if (memq %bad items) %bad (list->vector items)))
        %bad)))

(define (keep value shape-of)
  ;; The members of the object VALUE that have the shape that SHAPE-OF says for their key; each
  ;; key once.
  (if (or (null? value) (and (pair? value) (and-map pair? value)))
      (let loop ((rest value) (kept '()))
        (if (null? rest)
            (reverse kept)
            (let* ((key (caar rest))
                   (shape (and (not (assq key kept)) (shape-of key)))
                   (item (if shape (shape (cdar rest)) %bad)))
              (loop (cdr rest) (if (bad? item) kept (acons key item kept))))))
      %bad))

(define table-limit 10000)

(define (table shape)
  ;; An object with any keys.
  (lambda (value)
    (if (and (list? value) (> (length value) table-limit))
        %bad
        (keep value (lambda (key) shape)))))

(define (object . shapes)
  (lambda (value)
    (keep value (lambda (key) (assq-ref shapes key)))))

(define (plain depth)
  ;; Anything that is nested no more than DEPTH deep.
  (lambda (value)
    (cond ((or (boolean? value) (eq? value 'null)) value)
          ((string? value) (text value))
          ((real? value) value)
          ((zero? depth) %bad)
          ((vector? value) ((list-of (plain (- depth 1))) value))
          (else
           (let ((kept ((table (plain (- depth 1))) value)))
             ;; Not a part of it: it would be another value.
             (if (and (not (bad? kept)) (= (length kept) (length value))) kept %bad))))))

(define (texts) (list-of text))

;;; status.json

(define states
  '("queued" "preparing" "waiting" "running" "finalizing" "completed" "failed" "canceled"))

(define status-shape
  (object
   (cons 'version size)
   (cons 'id text)
   (cons 'state (when-true (lambda (value) (member value states))))
   (cons 'cause text)
   (cons 'message text)
   (cons 'times (table text))
   (cons 'durations (table amount))
   (cons 'exit_code (whole 0 255))
   (cons 'signal (whole 1 64))
   (cons 'stop (object (cons 'signal text) (cons 'by text)))
   (cons 'error (object (cons 'code text) (cons 'message text) (cons 'hint text)))
   (cons 'cpu (table amount))
   (cons 'memory (table amount))
   (cons 'environment (object (cons 'hash text) (cons 'builder text) (cons 'path text)
                              (cons 'python text) (cons 'built flag)
                              (cons 'seconds amount)))
   (cons 'container (object (cons 'engine text) (cons 'image text) (cons 'base text)
                            (cons 'id text) (cons 'digest text) (cons 'gpu_access text)))
   (cons 'gpus (list-of (table (plain 0))))
   (cons 'gpu (object (cons 'used text) (cons 'processes text) (cons 'samples size)
                      (cons 'given flag) (cons 'causes (texts))
                      (cons 'shared_with (texts)) (cons 'killed size) (cons 'left size)))
   (cons 'log_bytes size)
   (cons 'left_in_source size)
   (cons 'damaged_objects size)
   (cons 'mended_objects size)
   (cons 'boot_id text)
   (cons 'host text)
   (cons 'pid size)
   (cons 'user text)
   (cons 'runner text)))

(define (checked-status value)
  "Return the part of VALUE, which another machine calls a status.json, that can be one; #f if
it has no state."
  (let ((status (and (pair? value) (status-shape value))))
    (and (pair? status)
         (json-ref status 'state)
         status)))

;;; run.json

(define digest
  (when-true (lambda (value)
               (and (string? value) (= 64 (string-length value))
                    (string-every (lambda (c) (string-index "0123456789abcdef" c)) value)))))

(define git-shape
  (object (cons 'commit text) (cons 'branch text)))

(define run-shape
  (object
   (cons 'version size)
   (cons 'id text)
   (cons 'alias text)
   (cons 'project text)
   (cons 'project_name text)
   (cons 'experiment text)
   (cons 'command (texts))
   (cons 'script text)
   (cons 'parameters (table (plain 2)))
   (cons 'target (table (plain 0)))
   (cons 'environment (object (cons 'spec (plain 4)) (cons 'digest text)))
   (cons 'snapshot (lambda (value)
                     (let ((found ((object (cons 'digest digest) (cons 'files size)
                                           (cons 'bytes size))
                                   value)))
                       ;; One is of use with all of it.
                       (if (and (pair? found) (= 3 (length found))) found %bad))))
   (cons 'inputs (list-of (object (cons 'name text) (cons 'path text) (cons 'size size)
                                  (cons 'mtime text))))
   (cons 'gpus (plain 3))
   (cons 'time_limit amount)
   (cons 'recipe text)
   (cons 'git git-shape)
   (cons 'submitted text)
   (cons 'user text)
   (cons 'host text)
   (cons 'directory text)
   (cons 'source text)
   (cons 'client text)))

;; Larger than the longest command line that a system takes.
(define run-limit (ash 4 20))

(define (run-id? text)
  "Return true if TEXT has the form of the id of a run."
  (and (string? text)
       (= 12 (string-length text))
       (string-every (lambda (c) (or (char<=? #\a c #\z) (char<=? #\0 c #\9))) text)))

(define (inputs-are-whole? run)
  (and-map (lambda (input) (and (json-ref input 'name) (json-ref input 'path)))
           (vector->list (or (json-ref run 'inputs) #()))))

(define (checked-run value id)
  "Return the part of VALUE, which another machine calls the run.json of run ID, that can be it;
#f if it is none of that run, or is too large."
  (let ((run (and (run-id? id) (pair? value) (run-shape value))))
    (and (pair? run)
         (equal? id (json-ref run 'id))
         (string? (json-ref run 'experiment))
         (let ((target (json-ref run 'target)))
           (and (string? (json-ref target 'name))
                (string? (json-ref target 'type))))
         (inputs-are-whole? run)
         (<= (string-length (%json-write run)) run-limit)
         run)))
