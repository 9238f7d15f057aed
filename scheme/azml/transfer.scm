;;; transfer.scm: snapshots on their way to a target.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; A run can be asked for when the target has its snapshot.  The first that needs one sends
;;; its manifest, learns what is missing, sends that, and what the others want to ask goes
;;; right behind it, without waiting.
;;; Code:

(define-module (azml transfer)
  #:use-module (azml structure)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml json)
  #:autoload (azml mend) (mend-contents)
  #:use-module (azml session)
  #:use-module (azml text)
  #:export (with-snapshot
            snapshot-lost!
            snapshot-begun!
            snapshot-failure
            transfer-unfinished?
            transfer-text))

(define-structure <transfer>
  (make-transfer digest state request objects bytes start waiting)
  transfer?
  (digest transfer-digest)
  (state transfer-state set-transfer-state!)       ;asking, sending, present, or a fail
  (request transfer-request set-transfer-request!) ;the put that is going on
  (objects transfer-objects)
  (bytes transfer-bytes set-transfer-bytes!)       ;what is sent of it
  (start transfer-start set-transfer-start!)       ;of the sending, in internal time units
  (waiting transfer-waiting set-transfer-waiting!)) ;(READY . FAILED) of who needs it

;; The transfers of each session.
(define %transfers (make-weak-key-hash-table))

(define (find-transfer session digest)
  (let loop ((rest (hashq-ref %transfers session '())))
    (cond ((null? rest) #f)
          ((equal? (transfer-digest (car rest)) digest) (car rest))
          (else (loop (cdr rest))))))

(define (snapshot-lost! session digest)
  "Forget that the other side of SESSION has the snapshot DIGEST."
  (hashq-set! %transfers session
              (filter (lambda (transfer) (not (equal? (transfer-digest transfer) digest)))
                      (hashq-ref %transfers session '()))))

;; Why contents could not be sent: ((DIGEST . FAIL) ...) of each session.  What was asked for
;; behind them fails, too, and only because they are not there.
(define %failures (make-weak-key-hash-table))

(define (snapshot-failure session digest)
  "Return why the snapshot DIGEST could not be sent over SESSION, a fail; #f if nothing is known."
  (assoc-ref (hashq-ref %failures session '()) digest))

;; What was sent of contents while they were digested, for as long as this process may send it:
;; snapshot to (DIGEST . NAME) ...
(define %begun (make-hash-table))

(define (snapshot-begun! digest begun)
  "Remember that of contents of the snapshot DIGEST some bytes were sent under the names that
BEGUN, what `%snapshot-take' said, gives them."
  (hash-set! %begun digest begun))

(define (plain session)
  (lambda (operation arguments handler)
    (session-request! session operation arguments handler)))

(define (behind session put)
  (lambda (operation arguments handler)
    (session-request-after! session put operation arguments handler)))

(define (settle! transfer state choose)
  ;; Let those go on who waited: CHOOSE makes a call of (READY . FAILED).
  (let ((waiting (reverse (transfer-waiting transfer))))
    (set-transfer-state! transfer state)
    (set-transfer-waiting! transfer '())
    (for-each choose waiting)))

(define (fail! session transfer failure)
  (snapshot-lost! session (transfer-digest transfer))
  (hashq-set! %failures session (acons (transfer-digest transfer) failure
                                       (hashq-ref %failures session '())))
  (settle! transfer failure (lambda (pair) ((cdr pair) failure))))

(define (offsets-of reply)
  ;; What the other side has of contents that it lacks: (DIGEST . BYTES).
  (filter (lambda (pair) (and (exact-integer? (cdr pair)) (positive? (cdr pair))))
          (let ((partial (json-ref reply 'partial)))
            (if (and (pair? partial) (and-map pair? partial)) partial '()))))

(define (why-refused transfer digests offsets failure)
  ;; Why DIGESTS could not be sent, a fail like FAILURE; #f if they are to be sent again.
  (cond ((and (pair? offsets) (equal? (json-ref failure 'code) "not-found"))
         ;; What was to go on is not there any more: another client has completed it.
         #f)
        ((eq? 'sending (transfer-state transfer))
         (mend-contents (transfer-objects transfer) (transfer-digest transfer) digests
                        failure))
        (else failure)))

(define (put! session transfer digests offsets on-reply)
  ;; Send DIGESTS, those that OFFSETS names from there on; call ON-REPLY with the list of what
  ;; is still missing, and the offsets of what is there in part.
  (let* ((parts '())
         (add! (lambda (value)
                 (let ((part (json-ref value 'missing)))
                   (when (vector? part)
                     (set! parts (append (vector->list part) parts))))))
         (id (%session-put (session-handle session) (transfer-objects transfer)
                           (transfer-digest transfer) (list->vector digests) offsets
                           (hash-ref %begun (transfer-digest transfer)))))
    (set-transfer-request! transfer id)
    (session-handle! session id
                     (lambda (kind stream value)
                       (case kind
                         ((event) (add! value))
                         ((reply)
                          (add! value)
                          (on-reply parts (offsets-of value)))
                         ((fail)
                          (let ((failure (why-refused transfer digests offsets value)))
                            (if failure
                                (fail! session transfer failure)
                                ;; What waits behind this asks again.
                                (snapshot-lost! session (transfer-digest transfer))))))))
    id))

(define (pick transfer missing)
  ;; (DIGESTS . BYTES) of what is asked for by MISSING; a fail if it is not of the snapshot:
  ;; the store has more than a machine is meant to see.
  (with-exception-handler
      (lambda (condition)
        `((code . ,(symbol->string (azml-error-code condition)))
          (message . ,(azml-error-message condition))))
    (lambda ()
      (%snapshot-pick (transfer-objects transfer) (transfer-digest transfer)
                      (list->vector missing)))
    #:unwind? #t
    #:unwind-for-type &azml-error))

(define (send-asked! session transfer missing offsets)
  (let ((picked (pick transfer missing)))
    (if (vector? (car picked))
        (begin
          (set-transfer-bytes! transfer
                               (max 0 (- (cdr picked) (apply + (map cdr offsets)))))
          (send! session transfer (vector->list (car picked)) offsets))
        (fail! session transfer picked))))

(define (send! session transfer missing offsets)
  (set-transfer-start! transfer (get-internal-real-time))
  (let ((put (put! session transfer missing offsets
                   (lambda (still-missing offsets)
                     (set-transfer-state! transfer 'present)
                     (when (pair? still-missing)
                       (snapshot-lost! session (transfer-digest transfer)))))))
    (settle! transfer 'sending
             (lambda (pair) ((car pair) (behind session put))))))

(define (with-snapshot session objects digest ready failed)
  "Call READY with a procedure that sends a request (operation, arguments, handler) over
SESSION once the snapshot DIGEST of the store OBJECTS is there, or will be before the request
is; FAILED with the fail if it cannot be sent."
  (let ((known (find-transfer session digest)))
    (cond
     ((not known)
      (let ((transfer (make-transfer digest 'asking #f objects 0 (get-internal-real-time)
                                     (list (cons ready failed)))))
        (hashq-set! %transfers session
                    (cons transfer (hashq-ref %transfers session '())))
        (put! session transfer (list digest) '()
              (lambda (missing offsets)
                (if (null? missing)
                    (settle! transfer 'present
                             (lambda (pair) ((car pair) (plain session))))
                    (send-asked! session transfer missing offsets))))))
     (else
      (case (transfer-state known)
        ((present) (ready (plain session)))
        ((sending) (ready (behind session (transfer-request known))))
        (else
         (set-transfer-waiting! known
                                (cons (cons ready failed) (transfer-waiting known)))))))))

(define (transfer-unfinished? session)
  "Return true if contents, and the requests behind them, wait to be sent over SESSION."
  (or-map (lambda (transfer)
            (case (transfer-state transfer)
              ((asking) #t)
              ((sending) (and (%session-put-bytes (session-handle session)
                                                  (transfer-request transfer))
                              #t))
              (else #f)))
          (hashq-ref %transfers session '())))

;;; What is seen of it

(define (sending-text transfer sent total)
  (let* ((seconds (/ (- (get-internal-real-time) (transfer-start transfer))
                     internal-time-units-per-second))
         (rate (if (positive? seconds) (/ sent seconds) 0)))
    (cons (string-append "sending " (format-bytes total))
          (if (and (positive? rate) (positive? total))
              (string-append (number->string (min 100 (quotient (* 100 sent) total))) "%  "
                             (format-bytes (inexact->exact (floor rate))) "/s  "
                             (format-seconds (exact->inexact
                                              (/ (max 0 (- total sent)) rate)))
                             " left")
              ""))))

(define (begun-text transfer)
  ;; The same while the other side takes what was sent before it was asked; #f: nothing was.
  (let ((begun (hash-ref %begun (transfer-digest transfer)))
        (size (lambda (hex)
                (json-ref (or (%file-status (string-append (transfer-objects transfer) "/"
                                                           (substring hex 0 2) "/"
                                                           (substring hex 2)))
                              '((size . 0)))
                          'size))))
    (and begun
         (cons (string-append
                "sending "
                (format-bytes (apply + (map (lambda (pair) (size (symbol->string (car pair))))
                                            begun))))
               ""))))

(define (early-text session transfer)
  ;; The same while contents that were found early are sent, behind which it is asked what
  ;; else is missing; #f: none are.
  (let ((going (%session-putting (session-handle session))))
    (and going
         (not (eqv? (car going) (transfer-request transfer)))
         (sending-text transfer (cadr going) (caddr going)))))

(define (transfer-text session)
  "Return what is to be told of the contents that SESSION sends now: a pair of a text that
stays and one that changes; #f if it sends none."
  (let loop ((rest (hashq-ref %transfers session '())))
    (cond ((null? rest) #f)
          ((and (eq? (transfer-state (car rest)) 'asking)
               (or (begun-text (car rest)) (early-text session (car rest)))))
          ((eq? (transfer-state (car rest)) 'sending)
           (let ((sent (%session-put-bytes (session-handle session)
                                           (transfer-request (car rest)))))
             (if sent
                 (sending-text (car rest) sent (transfer-bytes (car rest)))
                 (cons (string-append "sending "
                                      (format-bytes (transfer-bytes (car rest))))
                       "100%"))))
          (else (loop (cdr rest))))))
