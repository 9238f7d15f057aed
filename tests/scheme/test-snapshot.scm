;;; test-snapshot.scm: snapshots as Scheme sees them.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(use-modules (azml-test) (azml core) (azml errors) (srfi srfi-1))

(define* (take source #:key (cache #f) (dry-run? #f))
  (%snapshot-take source "objects" cache dry-run?))

(define (ref report key)
  (assq-ref report key))

(define (prepare)
  (mkdir "src")
  (write-file "src/train.py" "print ('hello')\n")
  (write-file "src/model.tmp" "left out")
  (write-file "src/.azmlignore" "*.tmp\n")
  (symlink "train.py" "src/link")
  ;; A name that is not UTF-8, and a FIFO with a newline in its name.
  (system "cd src && : > \"$(printf 'bad\\377.tmp')\" && mkfifo 'a
b'"))

(define (reports)
  (let ((report (take "src" #:dry-run? #t)))
    (test-equal "only looking: files" 3 (ref report 'files))
    (test-equal "bytes" 22 (ref report 'bytes))
    (test-equal "no digest" #f (ref report 'digest))
    (test-equal "what is left out, bytes that are not UTF-8 too"
      (list (string-append "bad" (string #\x10ffff) ".tmp") "model.tmp")
      (vector->list (ref report 'ignored)))
    (test-equal "by which file" ".azmlignore" (ref report 'ignore_file))
    (test-equal "what is no file" '("a\nb") (vector->list (ref report 'special)))
    (test-assert "nothing is stored" (not (file-exists? "objects"))))
  (let ((report (take "src" #:cache "cache/snapshot")))
    (test-assert "taken" (string? (ref report 'digest)))
    (test-equal "two files were read" 2 (ref report 'digested))
    (test-equal "the largest" '((path . "train.py") (bytes . 16))
      (vector-ref (ref report 'largest) 0))
    (test-equal "the same again" (ref report 'digest) (ref (take "src") 'digest))
    (test-equal "from another place" (ref report 'digest)
      (ref (take (string-append (getcwd) "/src")) 'digest))))

(define (caches)
  (let ((count (lambda () (length (%file-list "cache")))))
    (test-equal "a cache" 1 (count))
    (mkdir "other")
    (write-file "other/file" "content")
    (take "other" #:cache "cache/snapshot")
    (take "other/../src" #:cache "cache/snapshot")
    (test-equal "another source has one of its own" 2 (count))))

(define (failures)
  (test-equal "no such folder"
    "not-found: open the source folder 'nowhere': No such file or directory"
    (error-text (error-of (take "nowhere"))))
  (test-equal "a file is no folder" 'not-found
    (azml-error-code (error-of (take "src/train.py"))))
  (test-assert "a wrong type is an error of Scheme's"
    (not (azml-error? (error-of (take 42)))))
  (test-assert "so is a name with a NUL"
    (exception? (error-of (take "a\0b")))))

(run-tests "snapshot"
  (lambda ()
    (call-with-scratch
     (lambda (folder)
       (prepare)
       (reports)
       (caches)
       (failures)
       ;; Guile cannot name this one.
       (system "rm src/bad*")))))
