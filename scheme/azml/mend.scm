;;; mend.scm: contents of a snapshot that are damaged here.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; A content that a disk or an editor changed in the store is refused wherever it is sent, and
;;; would be for ever: it is there, so nobody stores it again.  Once one is refused, those that
;;; were sent are read, and what is damaged is made again from the source folder.
;;; Code:

(define-module (azml mend)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml json)
  #:use-module (azml text)
  #:export (snapshot-taken!
            mend-contents))

;; From which folders snapshots were taken, as far as this process knows.
(define %sources (make-hash-table))

;; How often contents of a snapshot were refused.
(define %refusals (make-hash-table))

(define (snapshot-taken! digest source)
  "Remember that the snapshot DIGEST is of the folder SOURCE: a content of it that is damaged by
now is looked for there."
  (hash-set! %sources digest source))

(define (names paths)
  (let ((n (vector-length paths)))
    (string-append "'"
                   (string-join (list-head (vector->list paths) (min n 3)) "', '")
                   "'"
                   (if (> n 3)
                       (string-append " and " (number->string (- n 3)) " more")
                       ""))))

(define (lost-failure paths source)
  `((code . "corrupt")
    (message . ,(string-append "the stored content of " (names paths)
                               " was damaged, and is removed; "
                               (or source "the source folder")
                               " has it no more"))
    (hint . "run it again: what is in the source folder is stored anew")))

(define (said condition)
  `((code . ,(symbol->string (azml-error-code condition)))
    (message . ,(azml-error-message condition))
    ,@(if (azml-error-hint condition) `((hint . ,(azml-error-hint condition))) '())))

(define (look objects snapshot digests source)
  ;; What `%snapshot-mend' says, or a fail.
  (with-exception-handler said
    (lambda ()
      ;; No folder has this name.
      (%snapshot-mend objects snapshot (list->vector digests) (or source "")))
    #:unwind? #t
    #:unwind-for-type &azml-error))

(define (mend-contents objects snapshot digests failure)
  "Contents of SNAPSHOT, those with DIGESTS in the store OBJECTS, could not be sent because of
FAILURE, a fail.  Mend them if it is for damage; return #f if they are to be sent again, and else
a fail that says why not."
  (let ((source (hash-ref %sources snapshot))
        (times (hash-ref %refusals snapshot 0)))
    (if (or (not (member (json-ref failure 'code) '("corrupt" "not-found" "os")))
            ;; What was refused and is not damaged here may have been damaged there.
            (> times 1))
        failure
        (let* ((report (look objects snapshot digests source))
               (mended (json-ref report 'mended))
               (lost (json-ref report 'lost)))
          (hash-set! %refusals snapshot (+ times 1))
          (when (and mended (positive? (vector-length mended)))
            (console-clear-line!)
            (say-warning (string-append "the stored content of " (names mended)
                                        " was damaged: it is taken from " source " again")))
          (cond ((not lost) report)
                ((positive? (vector-length lost)) (lost-failure lost source))
                (else #f))))))
