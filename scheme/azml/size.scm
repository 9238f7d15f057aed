;;; size.scm: source folders that are large for a snapshot.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml size)
  #:use-module (azml console)
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

(define (size-check session yes?)
  "Return the procedure that asks, unless YES? holds, before a snapshot is taken that is large for
the machine of SESSION; `snapshot-submissions!' calls it."
  (lambda (source look)
    (unless yes?
      (let* ((report (look))
             (bytes (json-ref report 'bytes))
             (free (and (> bytes (ash 1 24))
                        (json-ref (session-call session "probe" '())
                                    'disk_free_bytes))))
        (when (or (> bytes gigabyte) (and free (> bytes (quotient free 10))))
          (large-question source report free)
          (unless (ask-yes-or-no "Take the snapshot?")
            (raise-azml-error 'too-large "the source folder is large"
                              #:hint "with --yes it is taken without a question")))))))
