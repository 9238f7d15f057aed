;;; outputs.scm: what a run on another machine left, brought here.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml outputs)
  #:use-module ((srfi srfi-1) #:select (append-map))
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml json)
  #:use-module (azml mirror)
  #:use-module (azml session)
  #:use-module (azml text)
  #:export (bring-outputs!
            outputs-text
            outputs-read?
            say-fetched
            outputs-limit))

(define (outputs-limit run)
  "Return the size, in bytes, over which outputs of RUN (run.json) are left where they are; #f
if all are fetched."
  (let ((limit (json-ref run 'target 'output-limit)))
    (and (exact-integer? limit) (>= limit 0) limit)))

(define (collect-list! session id done)
  ;; Ask what there is; call DONE with it, or with a fail.
  (let ((parts '()))
    (define (add! value)
      (let ((part (json-ref value 'entries)))
        (when (vector? part)
          (set! parts (cons part parts)))))
    (session-request!
     session "fetch" `((id . ,id) (path . "outputs") (list . #t))
     (lambda (kind stream value)
       (case kind
         ((event) (add! value))
         ((reply)
          (add! value)
          (done #f (list->vector (apply append (map vector->list (reverse parts))))))
         ((fail) (done value #f)))))))

(define (failure-of thunk)
  ;; What went wrong in THUNK, as a fail; #f if nothing did.
  (with-exception-handler
      (lambda (condition)
        `((message . ,(or (false-if-exception ((@ (azml errors) azml-error-message)
                                               condition))
                          "what came is not a list of files"))))
    (lambda ()
      (thunk)
      #f)
    #:unwind? #t))

(define %receiver #f)

(define (outputs-text)
  "Return what is to be told of the outputs that are being fetched: a pair of a text that stays
and one that changes; #f if none are."
  (and %receiver
       (let* ((progress (%receiver-progress %receiver))
              (total (cdr progress)))
         (cons (string-append "fetching outputs, " (format-bytes total))
               (if (positive? total)
                   (string-append (number->string (quotient (* 100 (car progress)) total))
                                  "%")
                   "")))))

(define (fetch-outputs! session id directory limit done)
  "Fetch the outputs of run ID, as far as they are not here, over SESSION into the run
directory DIRECTORY; leave out files over LIMIT bytes, unless it is #f.  Call DONE with a fail,
or #f, and with what was done, as %receiver-end returns it."
  (define (finish receiver changed)
    (let* ((report #f)
           (failure (failure-of
                     (lambda () (set! report (%receiver-end receiver changed))))))
      (set! %receiver #f)
      (unless failure
        (%file-remove (string-append directory "/.fetch")))
      (done failure report)))
  (define (receive receiver)
    (let ((wanted (%receiver-wanted receiver)))
      (if (zero? (vector-length wanted))
          (finish receiver #f)
          (let ((request
                 (session-request!
                  session "fetch" `((id . ,id) (path . "outputs") (files . ,wanted))
                  (lambda (kind stream value)
                    (case kind
                      ((reply)
                       (let ((changed (json-ref value 'changed)))
                         (finish receiver (and (vector? changed) changed))))
                      ((fail)
                       (set! %receiver #f)
                       (done value #f)))))))
            (set! %receiver receiver)
            (%session-receive (session-handle session) request 1 receiver)))))
  (collect-list! session id
                 (lambda (failure entries)
                   (let* ((receiver #f)
                          (failure (or failure
                                       (failure-of
                                        (lambda ()
                                          (set! receiver
                                                (%receiver-new directory entries
                                                               limit)))))))
                     (if failure
                         (done failure #f)
                         (receive receiver))))))

(define (bring-outputs! session mirror id directory limit done)
  "Fetch the outputs of run ID as `fetch-outputs!' does with SESSION, DIRECTORY and LIMIT, note
in MIRROR what became of it, and call DONE with the failure and the report."
  (fetch-outputs!
   session id directory limit
   (lambda (failure report)
     (let ((left (and report
                      (append-map (lambda (key) (vector->list (json-ref report key)))
                                  '(over changed unread)))))
       (mirror-contact! mirror (session-hello session)
                        `(outputs . ((state . ,(cond (failure "none")
                                                     ((null? left) "fetched")
                                                     (else "partial")))
                                     ,@(if (pair? left)
                                           `((left . ,(list->vector left)))
                                           '())))))
     (done failure report))))

(define (names entries)
  (let ((n (vector-length entries))
        (name (lambda (entry)
                (let ((why (and (pair? entry) (json-ref entry 'error))))
                  (printable
                   (string-append (or (if (pair? entry) (json-ref entry 'path) entry) "?")
                                  (if why (string-append " (" why ")") "")))))))
    (string-append (string-join (map name (list-head (vector->list entries) (min n 3))) ", ")
                   (if (> n 3)
                       (string-append " and " (number->string (- n 3)) " more")
                       ""))))

(define (outputs-read? report)
  "Return true if by REPORT, as `fetch-outputs!' gives it, all outputs could be read there."
  (zero? (vector-length (or (json-ref report 'unread) #()))))

(define (say-fetched id failure report)
  "Say what of the outputs of run ID is not here, by FAILURE and REPORT, as `fetch-outputs!'
gives them."
  (let ((again (string-append "azml-guile history outputs " (short-id id) " --fetch"))
        (say-some (lambda (key text hint)
                    (let ((entries (json-ref report key)))
                      (when (and (vector? entries) (positive? (vector-length entries)))
                        (say-warning (string-append text (names entries)) hint))))))
    (when failure
      (say-warning (string-append "the outputs were not fetched: "
                                  (printable (or (json-ref failure 'message) "")))
                   (string-append "fetch them again: " again)))
    (say-some 'over "left where they are, over the size limit: "
              (string-append again " --all brings them, too"))
    (say-some 'refused "not taken, because they lead out of the folder outputs: " #f)
    (say-some 'unread "cannot be read on its machine: "
              (string-append "give yourself the right to read it there (chmod -R u+rX), then: "
                             again))
    (say-some 'changed "changed while they were fetched: "
              (string-append "fetch them again: " again))))
