;;; source.scm: the stored sources of two runs, compared.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml history source)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml json)
  #:use-module (azml text)
  #:export (source-changes
            print-source-diff))

(define (files objects digest)
  ;; The files of a snapshot, (PATH . ENTRY) sorted by path; none where it has none.
  (if digest
      (map (lambda (entry) (cons (json-ref entry 'path) entry))
           (vector->list (%snapshot-files objects digest)))
      '()))

(define (same? a b)
  (and (equal? (json-ref a 'type) (json-ref b 'type))
       (equal? (json-ref a 'digest) (json-ref b 'digest))
       (equal? (json-ref a 'target) (json-ref b 'target))))

(define (source-changes objects a b)
  "Return what differs between the snapshots with the digests A and B (#f: none) of the
object store OBJECTS: a list of (PATH CHANGE BEFORE AFTER), CHANGE being added, removed or
changed, BEFORE and AFTER entries of `%snapshot-files' or #f."
  (let loop ((before (files objects a)) (after (files objects b)) (found '()))
    (let* ((x (and (pair? before) (car before)))
           (y (and (pair? after) (car after))))
      (cond ((not (or x y)) (reverse found))
            ((or (not y) (and x (string<? (car x) (car y))))
             (loop (cdr before) after
                   (cons (list (car x) 'removed (cdr x) #f) found)))
            ((or (not x) (string<? (car y) (car x)))
             (loop before (cdr after)
                   (cons (list (car y) 'added #f (cdr y)) found)))
            ((same? (cdr x) (cdr y)) (loop (cdr before) (cdr after) found))
            (else
             (loop (cdr before) (cdr after)
                   (cons (list (car x) 'changed (cdr x) (cdr y)) found)))))))

(define (object-file objects entry)
  (let ((digest (and entry (json-ref entry 'digest))))
    (if digest
        (string-append objects "/" (substring digest 0 2) "/" (substring digest 2))
        "/dev/null")))

(define (print-diff objects change)
  ;; By the diff program, which knows lines, context and binary files.
  (let* ((path (printable (car change)))
         (label (lambda (side entry)
                  (string-append "--label=" (if entry (string-append side "/" path)
                                                "/dev/null"))))
         (status (begin
                   (force-output (current-output-port))
                   (system* "diff" "-u"
                            (label "a" (caddr change)) (label "b" (cadddr change))
                            (object-file objects (caddr change))
                            (object-file objects (cadddr change))))))
    (unless (memv (status:exit-val status) '(0 1))
      (raise-azml-error 'failed "the program diff failed"
                        #:hint "with --brief the files are only named"))))

(define (mode-text change)
  (let ((type (lambda (entry) (and entry (json-ref entry 'type)))))
    (if (and (caddr change) (cadddr change)
             (not (equal? (type (caddr change)) (type (cadddr change)))))
        (string-append " (" (type (caddr change)) " -> " (type (cadddr change)) ")")
        "")))

(define* (print-source-diff objects a b #:key (brief? #f))
  "Write what differs between the snapshots A and B of OBJECTS to the standard output: the
names of the files and, unless BRIEF? holds, their lines.  Return true if anything does."
  (let ((changes (source-changes objects a b))
        (port (current-output-port)))
    (for-each (lambda (change)
                (display (string-append
                          (paint 'bold (string-pad-right
                                        (string-upcase (symbol->string (cadr change))) 8)
                                 port)
                          " " (printable (car change)) (mode-text change) "\n")))
              changes)
    (unless brief?
      (for-each (lambda (change) (print-diff objects change)) changes))
    (pair? changes)))
