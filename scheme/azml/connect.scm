;;; connect.scm: sessions to targets.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml connect)
  #:use-module (azml core)
  #:use-module (azml history)
  #:use-module (azml paths)
  #:use-module (azml plugin)
  #:use-module (azml session)
  #:use-module (azml target)
  #:autoload (azml sync) (sync-copies!)
  #:export (connect-to
            connect-to-place
            known-session
            open-session
            keep-session!
            target-place
            place-shared?
            connect-here
            forget-session!
            settled-run))

;; The sessions of this process: ((CHANNEL . LAYOUT) . SESSION).  Targets that lead to the
;; same place share one.
(define %sessions '())

(define (json value)
  ;; VALUE, what a plugin wrote, with symbols as texts and lists of texts as arrays.
  (cond ((symbol? value) (symbol->string value))
        ((and (pair? value) (string? (car value))) (list->vector value))
        (else value)))

(define (target-place target fields)
  "Return the place that the compute target TARGET leads to, (CHANNEL . LAYOUT), for the project
with FIELDS.  Both are objects of JSON without anything secret: they may be kept, and given
to `connect-to-place' by another process."
  (let ((type (compute-target-target-type target)))
    (cons (map (lambda (pair) (cons (car pair) (json (cdr pair))))
               (filter cdr ((target-type-channel type) target)))
          (filter cdr ((target-type-layout type) target fields)))))

(define (place-shared? place fields)
  "Return true if the run directories of PLACE are those of the project with FIELDS, so that
there is one of each run and not a copy."
  (let ((runs (assq-ref (cdr place) 'runs)))
    (and runs (equal? runs (assq-ref fields 'runs)))))

(define (known-session place)
  "Return the session to PLACE that there is already, or #f.  One that has ended since somebody
last listened is forgotten: a REPL may have slept for hours."
  (let ((session (assoc-ref %sessions place)))
    (and session
         (or (and (%session-well? (session-handle session)) session)
             (begin
               (forget-session! session)
               #f)))))

(define (open-session place)
  "Return a new session to PLACE, of which nobody else knows."
  (make-session (%session-open (car place) (cdr place) (runner-file) (python-directory))))

(define (keep-session! place session)
  "Let all who ask for a session to PLACE have SESSION.  Return it."
  (set! %sessions (acons place session %sessions))
  session)

(define* (connect-to-place channel layout #:key patience)
  "Return a session to the place (CHANNEL . LAYOUT); the one that there is already, if any.  A
machine that lets in no more for now is tried again for PATIENCE seconds, if given."
  (let ((place (cons channel layout)))
    (or (known-session place)
        (keep-session! place
                       (open-session (if patience
                                         (cons (acons 'patience patience channel) layout)
                                         place))))))

(define (connect-to target fields)
  "Return a session to the compute target TARGET for the runs of the project with FIELDS;
the one that there is already, if any.  Does not wait for the other side where its channel need
not."
  (let ((place (target-place target fields)))
    (connect-to-place (car place) (cdr place))))

(define (connect-here project)
  "Return a session to this machine for the runs of PROJECT."
  (connect-to (local-target) (%project-fields project)))

(define (forget-session! session)
  "Let nobody else have SESSION, which is lost."
  (set! %sessions (filter (lambda (pair) (not (eq? (cdr pair) session))) %sessions)))

(define (settled-run project text)
  "Return what the directory of the run of PROJECT that TEXT means holds, after the end of a
run whose keeper is gone was written, and after a machine elsewhere was asked."
  (let ((id (find-run-id project text)))
    (unless (null? (settle-runs! project (list id) (lambda () (connect-here project))
                                 (lambda (records) (sync-copies! project records))))
      (index-refresh! project id))
    (load-run project id)))
