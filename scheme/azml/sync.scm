;;; sync.scm: what happened to runs on other machines while nobody looked.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; One question for each machine, all at the same time, and no long wait: a machine that
;;; does not answer soon is said to be unreachable, and is left alone for a while by whoever
;;; only wants a list.  The states of its runs stay as they were.
;;; Code:

(define-module (azml sync)
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml follow)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml mirror)
  #:use-module (azml received)
  #:use-module (azml session)
  #:use-module (azml text)
  #:autoload (ice-9 threads) (call-with-new-thread join-thread)
  #:export (sync-copies!
            recently-unreachable?
            write-status!))

;; How long a list waits, how long who asks for nothing else, and for how long a failure
;; counts.
(define patience-ms 3000)
(define explicit-patience-ms 30000)
(define failure-ms 60000)

;; A submit that nobody goes on with, and that the machine does not know, was never accepted;
;; after a moment, for what was sent may still be on its way.
(define young-ms 3000)

;;; Machines that do not answer

(define (failure-file project place)
  (string-append (project-field project 'folder) "/cache/unreachable-" (place-key place)))

(define (read-failure project place)
  (let ((file (failure-file project place)))
    (and (%file-status file)
         (false-if-exception (%json-read (%file-read file))))))

(define (write-file! file text)
  (false-if-exception
   (begin
     (%folder-make (dirname file))
     (call-with-output-file file
       (lambda (port)
         (set-port-encoding! port "UTF-8")
         (display text port))))))

(define (note-failure! project place)
  (let ((since (or (json-ref (or (read-failure project place) '()) 'since)
                   (%clock-utc-ms))))
    (write-file! (failure-file project place)
                 (%json-write `((since . ,since) (last . ,(%clock-utc-ms)))))
    since))

(define (forget-failure! project place)
  (let ((file (failure-file project place)))
    (when (%file-status file)
      (%file-remove file))))

(define (say-unreachable name since why)
  (say-warning
   (string-append (printable name) " is unreachable since "
                  (strftime "%Y-%m-%d %H:%M:%S" (localtime (quotient since 1000)))
                  (if why (string-append ": " why) ""))))

;;; Asking

(define (ask place ids)
  ;; Begin to ask the machine about IDS.  Return a procedure that waits until a deadline and
  ;; returns what it said: (SESSION . RUNS), a condition, or #f for too late.
  (let* ((known (known-session place))
         (answer #f)
         (thread
          (call-with-new-thread
           (lambda ()
             (set! answer
                   (with-exception-handler
                       (lambda (condition) condition)
                     (lambda ()
                       (let ((session (or known (open-session place))))
                         (cons session (ask-session session ids))))
                     #:unwind? #t))))))
    (lambda (deadline)
      (join-thread thread deadline #f)
      (let ((answer answer))
        ;; The session of an answer that is late is in use until it comes.
        (cond ((and known (not (pair? answer))) (forget-session! known))
              ((and (pair? answer) (not known)) (keep-session! place (car answer))))
        answer))))

(define (ask-session session ids)
  (session-call session "list" `((ids . ,(list->vector ids)) (settle . #t))))

(define (soon? ms)
  ;; A deadline for join-thread.
  (let ((at (+ (%clock-utc-ms) ms)))
    (+ (quotient at 1000) (/ (modulo at 1000) 1000.0))))

(define (ask-all groups patience)
  ;; GROUPS: ((PLACE NAME . RECORDS) ...).  Return the answers in that order; wait for them
  ;; for PATIENCE milliseconds.
  (if (and (pair? groups) (null? (cdr groups)) (local-place? (caar groups)))
      (list (answer-now (caar groups) (map (lambda (record) (json-ref record 'id))
                                           (cddar groups))))
      (let ((asked (map (lambda (group)
                          (ask (car group)
                               (map (lambda (record) (json-ref record 'id))
                                    (cddr group))))
                        groups))
            (deadline (soon? patience)))
        (map (lambda (answer) (answer deadline)) asked))))

(define (local-place? place)
  (equal? (json-ref (car place) 'kind) "local"))

(define (answer-now place ids)
  (with-exception-handler
      (lambda (condition)
        (if (azml-cancelled? condition)
            (raise-exception condition)
            condition))
    (lambda ()
      (let ((session (connect-to-place (car place) (cdr place))))
        (cons session (ask-session session ids))))
    #:unwind? #t
    #:unwind-for-type &azml-error))

;;; Writing down what they said

(define (write-status! record status)
  "Make STATUS the status.json of the copy that RECORD is of, unless somebody else is at it.
Return true if it was written."
  (let ((mirror (open-mirror (json-ref record 'directory))))
    (and mirror
         (begin
           (mirror-status! mirror status
                           (terminal-state? (json-ref status 'state)))
           (close-mirror! mirror)
           #t))))

(define (never-accepted record)
  `((version . 1) (id . ,(json-ref record 'id)) (state . "failed")
    (cause . "never accepted")
    (message . "the run was submitted, but its machine never accepted it")
    (log_bytes . 0)))

(define (young? record)
  (let ((status (%file-status (string-append (json-ref record 'directory) "/sync.json"))))
    (or (not status)
        (< (- (%clock-utc-ms) (assq-ref status 'mtime)) young-ms))))

(define (bring-small-files! session record mirror)
  ;; Everything that is followed but the log: what lists and plots show.
  (let ((tracked (track-run session (json-ref record 'id) #:mirror mirror)))
    (tracked-follow! tracked #:log? #f)
    (let loop ()
      (unless (tracked-ended? tracked)
        (session-pump! session -1)
        (loop)))))

(define (note-removed! session name record)
  ;; The machine does not have the run any more: say so where that is not in the copy yet.
  (let ((mirror (open-mirror (json-ref record 'directory)))
        (status (json-ref record 'status))
        (id (short-id (json-ref record 'id))))
    (when mirror
      (let ((removed (mirror-removed! mirror (session-hello session) (json-ref record 'id)
                                      status)))
        (close-mirror! mirror)
        (if removed
            (say-warning (string-append "the folder of run " id " was removed on "
                                        (printable name)
                                        ": what is here of it is all there is")
                         (removed-hint (json-ref record 'id)))
            (say-warning (string-append "run " id " is not on " (printable name)
                                        ", which is another machine now, or has another"
                                        " folder of runs")
                         (string-append "azml-guile stop --forget " id
                                        " calls it lost")))))))

(define (note-found! session record status)
  "Write down what its machine says: STATUS is that of the run that RECORD is of."
  (let ((mirror (open-mirror (json-ref record 'directory))))
    (when mirror
      (when (json-ref record 'sync 'removed)
        (mirror-note! mirror '(removed . #f)))
      (if (terminal-state? (json-ref status 'state))
          (bring-small-files! session record mirror)
          (mirror-status! mirror status #f))
      (mirror-contact! mirror (session-hello session))
      (close-mirror! mirror))))

(define (take-answer! session name record found)
  (let* ((status (and found (checked-status (json-ref found 'status))))
         (before (json-ref record 'status)))
    (cond
     ((and status (or (json-ref record 'sync 'removed)
                      (not (equal? (json-ref status 'state) (json-ref before 'state)))))
      (note-found! session record status))
     (found #t)
     ((not before)
      (unless (young? record)
        (write-status! record (never-accepted record))))
     ((json-ref record 'sync 'removed) #t)
     (else (note-removed! session name record)))))

(define (entries value)
  (if (vector? value) (vector->list value) '()))

(define (take-answers! project group answer)
  (let ((place (car group)) (name (cadr group)))
    (if (and (pair? answer) (session? (car answer)))
        (let ((found (entries (json-ref (cdr answer) 'runs))))
          (forget-failure! project place)
          (for-each
           (lambda (record)
             (take-answer! (car answer) name record
                           (let loop ((found found))
                             (cond ((null? found) #f)
                                   ((equal? (json-ref (car found) 'id)
                                            (json-ref record 'id))
                                    (car found))
                                   (else (loop (cdr found)))))))
           (cddr group)))
        (say-unreachable name (note-failure! project place)
                         (and (azml-error? answer) (azml-error-message answer))))))

(define (group-records records)
  ;; ((PLACE NAME . RECORDS) ...)
  (let loop ((records records) (groups '()))
    (if (null? records)
        (reverse groups)
        (let* ((place (copy-place (car records)))
               (known (assoc place groups)))
          (if known
              (begin
                (set-cdr! (cdr known) (cons (car records) (cddr known)))
                (loop (cdr records) groups))
              (loop (cdr records)
                    (cons (cons* place
                                 (or (json-ref (car records) 'run 'target 'name) "?")
                                 (list (car records)))
                          groups)))))))

(define (unreachable-since project place)
  ;; Since when, if PLACE did not answer a moment ago; else #f.
  (let* ((failure (read-failure project place))
         (last (and failure (json-ref failure 'last)))
         (since (and failure (json-ref failure 'since))))
    (and (integer? last) (integer? since)
         (< -1000 (- (%clock-utc-ms) last) failure-ms)
         since)))

(define (recently-unreachable? project record)
  "Return true if the machine of the run of PROJECT that RECORD is of did not answer a moment
ago."
  (and (unreachable-since project (copy-place record)) #t))

(define (left-alone? project group)
  ;; Whether the machine of GROUP did not answer a moment ago; then that is said again.
  (let ((since (unreachable-since project (car group))))
    (when since
      (say-unreachable (cadr group) since #f))
    since))

(define* (sync-copies! project records #:key explicit?)
  "Ask the machines of the runs of PROJECT that RECORDS, all of copies, are of, what became of
them, and write it into the copies.  One that did not answer a moment ago is not asked, unless
EXPLICIT? holds; then more time is given, too."
  (let* ((groups (group-records records))
         (groups (if explicit?
                     groups
                     (filter (lambda (group) (not (left-alone? project group))) groups))))
    (for-each (lambda (group answer) (take-answers! project group answer))
              groups (ask-all groups (if explicit? explicit-patience-ms patience-ms)))))
