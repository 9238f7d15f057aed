;;; mirror.scm: the copies, here, of runs that are on other machines.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; A copy is a run directory with sync.json, which says where the run is and how far the
;;; copy has come.  Who has it open holds its lock and is alone in writing it.
;;; Code:

(define-module (azml mirror)
  #:use-module ((srfi srfi-1) #:select (filter-map))
  #:use-module (azml core)
  #:use-module (azml json)
  #:use-module (azml text)
  #:export (place-key
            create-mirror
            open-mirror
            close-mirror!
            mirror-note!
            mirror-contact!
            mirror-status!
            mirror-removed!
            removed-hint
            copy?
            copy-place
            copy-complete?
            only-here?
            outputs-state
            outputs-left
            outputs-unread))

(define (place->json place)
  `((channel . ,(car place)) (layout . ,(cdr place))))

(define (place-key place)
  "Return a short name for PLACE that is the same each time."
  (substring (%json-digest (place->json place)) 0 16))

;;; Copies

(define (create-mirror runs id run place)
  "Make the copy of run ID, asked for by RUN (run.json), at PLACE in the folder RUNS.  Return
it open."
  (%mirror-new runs id run `((version . 1) ,@(place->json place))))

(define (open-mirror directory)
  "Return the copy in DIRECTORY open, or #f if somebody else has it."
  (%mirror-open directory))

(define (close-mirror! mirror)
  "Give up the lock on MIRROR."
  (%mirror-close mirror))

(define (mirror-note! mirror . pairs)
  "Put PAIRS into sync.json of MIRROR, in place of those with the same keys."
  (%mirror-update mirror
                  (append (filter (lambda (pair) (not (assq (car pair) pairs)))
                                  (%mirror-sync mirror))
                          pairs)))

(define followed '("log" "metrics.jsonl" "events.jsonl" "prepare.log" "gpu.jsonl"))

(define (text-or-null value)
  (if (and (string? value) (<= (string-length value) 4096)) value 'null))

(define (mirror-contact! mirror hello . pairs)
  "Note in sync.json of MIRROR that its machine, which greeted with HELLO, was heard of now,
how far the copy has come, and PAIRS."
  (let ((offset (json-ref hello 'clock_offset_ms)))
    (apply mirror-note! mirror
           `(last_contact . ,(%time-format (%clock-utc-ms)))
           `(offsets . ,(map (lambda (name)
                               (cons (string->symbol name) (%mirror-size mirror name)))
                             followed))
           (append
            (if (and (exact-integer? offset)
                     (not (json-ref (%mirror-sync mirror) 'host)))
                `((clock_offset_ms . ,offset)
                  (host . ,(text-or-null (json-ref hello 'host)))
                  (runs . ,(text-or-null (json-ref hello 'runs))))
                '())
            pairs))))

(define (mirror-status! mirror status last?)
  "Make STATUS the status.json of MIRROR; with LAST? it is on the disk."
  (%mirror-status mirror status last?))

;;; Runs that are not there any more

(define (removed-hint id)
  "Return what to do where run ID is not on its machine any more."
  (string-append "if it comes back, as on a disk that was not mounted, azml-guile history refresh "
                 (short-id id) " brings the rest"))

(define (removed-status status id)
  ;; What STATUS of run ID, which was going on when it was heard of, becomes.
  `((state . "failed") (cause . "removed")
    (error . ((message . ,(string-append "its folder was removed on its machine; it was "
                                         (json-ref status 'state)
                                         " when it was last heard of"))
              (hint . ,(removed-hint id))))
    ,@(filter (lambda (pair)
                (not (memq (car pair) '(state cause error message log_bytes))))
              status)))

(define (same-machine? mirror hello)
  ;; Whether who greeted with HELLO is who had the run: a name may lead to another machine by now.
  (and-map (lambda (key)
             (let ((before (json-ref (%mirror-sync mirror) key)))
               (or (not (string? before)) (equal? before (json-ref hello key)))))
           '(host runs)))

(define (mirror-removed! mirror hello id status)
  "Write down that the machine of MIRROR, which greeted with HELLO, does not have run ID any more,
whose last STATUS was this.  Return its status now; #f, and nothing is written, if it is another
machine."
  (and (same-machine? mirror hello)
       (let ((new (if (member (json-ref status 'state) '("completed" "failed" "canceled"))
                      status
                      (removed-status status id))))
         (mirror-note! mirror `(removed . ,(%time-format (%clock-utc-ms))))
         (unless (eq? new status)
           (mirror-status! mirror new #t))
         new)))

(define (copy? record)
  "Return true if RECORD, from `load-run', is of a copy."
  (and (json-ref record 'sync) #t))

(define (copy-place record)
  "Return the place of the run whose copy RECORD is of."
  (cons (or (json-ref record 'sync 'channel) '())
        (or (json-ref record 'sync 'layout) '())))

(define (copy-complete? record)
  "Return true if the log of the run that RECORD is of, which has ended, is here as a whole."
  (let ((wanted (json-ref record 'status 'log_bytes))
        (file (%file-status (string-append (json-ref record 'directory) "/log"))))
    (or (not (copy? record))
        (not (number? wanted))
        (>= (or (assq-ref (or file '()) 'size) 0) wanted))))

(define (only-here? record)
  "Return true if there is nothing of the run whose copy RECORD is of on its machine: it never was
there, was removed, or was given up."
  (and (copy? record)
       (or (equal? (json-ref record 'status 'state) "lost")
           (equal? (json-ref record 'status 'cause) "never accepted")
           (and (json-ref record 'sync 'removed) #t))))

(define (outputs-state record)
  "Return what is known of the outputs of the run that RECORD is of: fetched, partial (some
were left out), none (nobody has fetched them); #t if it is no copy."
  (or (not (copy? record))
      (string->symbol (or (json-ref record 'sync 'outputs 'state) "none"))))

(define (left-entries record)
  (let ((left (json-ref record 'sync 'outputs 'left)))
    (if (vector? left) (vector->list left) '())))

(define (outputs-left record)
  "Return the outputs of the run that RECORD is of that were left where they are: a list of their
names below outputs/."
  (filter string?
          (map (lambda (entry) (if (pair? entry) (json-ref entry 'path) entry))
               (left-entries record))))

(define (outputs-unread record)
  "Return those of `outputs-left' for RECORD that could not be read there: pairs of a name and the
reason."
  (filter-map (lambda (entry)
                (let ((path (and (pair? entry) (json-ref entry 'path)))
                      (why (and (pair? entry) (json-ref entry 'error))))
                  (and (string? path) (string? why) (cons path why))))
              (left-entries record)))
