;;; connect.scm: sessions to targets.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml connect)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml history)
  #:use-module (azml plugin)
  #:use-module (azml session)
  #:use-module (azml target)
  #:export (connect-to
            connect-here
            forget-session!
            settled-run))

;; The sessions of this process: ((CHANNEL . LAYOUT) . SESSION).  Targets that lead to the
;; same place share one.
(define %sessions '())

(define (channel-argv channel)
  (let ((kind (assq-ref channel 'kind)))
    (if (eq? kind 'local)
        (assq-ref channel 'argv)
        (raise-azml-error 'unsupported
                          (string-append "no channel of the kind '"
                                         (object->string kind) "' in this version")))))

(define (place target fields)
  (let ((type (compute-target-target-type target)))
    (cons ((target-type-channel type) target)
          ((target-type-layout type) target fields))))

(define (connect-to target fields)
  "Return a session to the compute target TARGET for the runs of the project with FIELDS;
the one that there is already, if any.  Does not wait for the other side."
  (let* ((place (place target fields))
         (known (assoc place %sessions)))
    (if known
        (cdr known)
        (let ((session (make-session (%session-open (channel-argv (car place))
                                                    (cdr place)))))
          (set! %sessions (acons place session %sessions))
          session))))

(define (connect-here project)
  "Return a session to this machine for the runs of PROJECT."
  (connect-to (local-target) (%project-fields project)))

(define (forget-session! session)
  "Let nobody else have SESSION, which is lost."
  (set! %sessions (filter (lambda (pair) (not (eq? (cdr pair) session))) %sessions)))

(define (settled-run project text)
  "Return what the directory of the run of PROJECT that TEXT means holds, after the end of a
run whose keeper is gone was written."
  (let ((id (find-run-id project text)))
    (unless (null? (settle-runs! project (list id) (lambda () (connect-here project))))
      (index-refresh! project id))
    (load-run project id)))
