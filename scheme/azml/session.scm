;;; session.scm: a connection to a target's runner, shared by many requests.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; Requests are sent without waiting, and a handler is called for each message that
;;; comes back: (HANDLER KIND STREAM VALUE) with KIND data, event, reply or fail.  So one
;;; session carries any number of runs at the same time.
;;; Code:

(define-module (azml session)
  #:use-module (azml structure)
  #:use-module (azml core)
  #:export (make-session
            session?
            session-handle
            session-hello
            session-request!
            session-request-after!
            session-handle!
            session-call
            session-pump!
            session-close!))

(define-structure <session>
  (%make-session handle handlers)
  session?
  (handle session-handle)
  (handlers session-handlers))

(define (make-session handle)
  "Return a session around HANDLE, which %session-open returned."
  (%make-session handle (make-hash-table)))

(define (session-hello session)
  "Return what the runner of SESSION said of itself and its machine, a JSON object; '() if it
has not answered yet."
  (or (%session-hello (session-handle session)) '()))

(define (session-request! session operation arguments handler)
  "Send the request OPERATION with the alist ARGUMENTS; call HANDLER for each message that
answers it.  Return the id of the request."
  (let ((id (%session-send (session-handle session) operation arguments)))
    (hashv-set! (session-handlers session) id handler)
    id))

(define (session-request-after! session put operation arguments handler)
  "Send the request OPERATION as `session-request!' does with ARGUMENTS and HANDLER, but
behind all data of the request PUT."
  (let ((id (%session-send-after (session-handle session) put operation arguments)))
    (hashv-set! (session-handlers session) id handler)
    id))

(define (session-handle! session id handler)
  "Call HANDLER for each message that answers request ID of SESSION."
  (hashv-set! (session-handlers session) id handler))

(define (session-call session operation arguments)
  "Send the request OPERATION with ARGUMENTS, wait for its reply and return it."
  (%session-call (session-handle session) operation arguments))

(define (session-pump! session timeout)
  "Wait up to TIMEOUT milliseconds, -1 for ever, for one message and hand it to its
handler.  Return true if one came."
  (let ((message (%session-next (session-handle session) timeout)))
    (and message
         (let* ((kind (car message))
                (id (cadr message))
                (handler (hashv-ref (session-handlers session) id)))
           (when (memq kind '(reply fail))
             (hashv-remove! (session-handlers session) id))
           (when handler
             (handler kind (caddr message) (cadddr message)))
           #t))))

(define (session-close! session)
  "End SESSION.  Runs do not depend on it."
  (%session-free (session-handle session)))
