;;; run.scm: runs as objects, for the REPL and for programs.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml run)
  #:use-module (azml structure)
  #:use-module (srfi srfi-9 gnu)
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml experiment)
  #:use-module (azml follow)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml launch)
  #:use-module (azml link)
  #:use-module (azml progress)
  #:use-module (azml session)
  #:use-module (azml submission)
  #:use-module (azml target)
  #:use-module (azml text)
  #:use-module (azml view)
  #:use-module (azml watch)
  #:autoload (azml parameters) (parameters-type)
  #:autoload (azml types) (type-check bad?)
  #:autoload (azml logfile) (copy-log)
  #:autoload (azml withdraw) (abandon! lost-hint)
  #:autoload (azml summary) (outcome-text output-files print-summary)
  #:export (run-object?
            run-id
            run-directory
            submit
            follow
            run
            attach
            wait
            cancel
            runs
            run-record
            run-state
            run-status
            run-ended?
            run-log
            metrics
            metric-points
            outputs))

(define-structure <run>
  (make-run id project directory)
  run-object?
  (id run-id)
  (project run-project)
  (directory run-directory))

(define (run-record run)
  "Return what RUN was asked to do, its run.json, as an alist."
  (json-ref (load-run (run-project run) (run-id run)) 'run))

(define (settled run)
  ;; What is recorded of RUN, after the end of one whose keeper is gone was written.
  (settled-run (run-project run) (run-id run)))

(define (run-status run)
  "Return how RUN stands, its status.json, as an alist."
  (or (json-ref (settled run) 'status) '((state . "submitting"))))

(define (run-state run)
  "Return the state of RUN, a symbol such as running or completed."
  (string->symbol (json-ref (run-status run) 'state)))

(define (run-ended? run)
  "Return true if RUN has ended."
  (terminal-state? (symbol->string (run-state run))))

(define (run->text run)
  (let* ((record (false-if-exception (load-run (run-project run) (run-id run))))
         (status (and record (json-ref record 'status)))
         (seconds (and status (json-ref status 'durations 'running))))
    (string-append (if record (printable (or (json-ref record 'run 'experiment) "?")) "?")
                   " " (run-id run) " "
                   (cond ((not record) "gone")
                         (status (outcome-text status))
                         (else "submitting"))
                   (if seconds (string-append ", " (format-seconds seconds)) ""))))

(set-record-type-printer! <run>
  (lambda (run port)
    (display (string-append "#<run " (run->text run) ">") port)))

(define (object-of project record)
  (make-run (json-ref record 'id) project (json-ref record 'directory)))

(define (attach text)
  "Return the run of the project of the working folder that TEXT, the beginning of an id, an
alias or \"last\", means."
  (let ((project (current-project)))
    (object-of project (load-run project (find-run-id project text)))))

(define* (runs #:key where sort reverse? (limit 20) experiment state)
  "Return a list of the runs of the project of the working folder, the latest first, at most
LIMIT (#f: all).  WHERE is a filter such as \"metrics.accuracy > 0.9\", SORT a key such as
\"seconds\", REVERSE? turns the order round; EXPERIMENT and STATE are names."
  (let ((project (current-project)))
    (refresh-unfinished! project (lambda () (connect-here project)))
    (map (lambda (row)
           (make-run (json-ref row 'id) project
                     (string-append (project-field project 'runs) "/"
                                    (json-ref row 'id))))
         (vector->list
          (query-runs project
                      (filter cdr `((where . ,where) (sort . ,sort)
                                    (reverse . ,(and reverse? #t)) (limit . ,limit)
                                    (experiment . ,experiment)
                                    (state . ,(and=> state
                                                     (lambda (state)
                                                       (if (symbol? state)
                                                           (symbol->string state)
                                                           state)))))))))))

;;; Acting

(define (changed e parameters)
  ;; The experiment E with PARAMETERS in place of those of the same names.
  (if (null? parameters)
      e
      (let* ((given (type-check parameters-type parameters))
             (given (if (bad? given)
                        (raise-azml-error 'invalid "the parameters are no alist of values")
                        given))
             (kept (filter (lambda (pair) (not (assq (car pair) given)))
                           (experiment-parameters e))))
        (experiment (inherit e) (parameters (append kept given))))))

(define* (submit experiment #:key (parameters '()) target)
  "Submit EXPERIMENT, with PARAMETERS (an alist) in place of its own ones of the same names,
to the compute target TARGET, by default its own, and return the run once it is accepted."
  (let* ((project (current-project #:create? #t))
         (fields (%project-fields project))
         (target (or target (experiment-target experiment) (local-target)))
         (place (experiment-location experiment))
         (file (and place (car place)))
         (submission (make-submission
                      (changed experiment parameters) target
                      #:folder (if (and file (%file-status file))
                                   (dirname file)
                                   (%working-folder))))
         (place (target-place target fields))
         (place (and (not (place-shared? place fields)) place)))
    (for-each say-warning (submission-gpu-warnings submission))
    (snapshot-submissions! (list submission) fields (connect-to target fields))
    (let* ((session (connect-to target fields))
           (link (open-link (target-place target fields) (compute-target-name target)
                            session))
           (launched (launch! submission project session #:place place #:follow? #f))
           (tracked (launched-tracked launched))
           (mirror (tracked-mirror tracked)))
      (set-link-hint! link (lambda () (lost-hint (list launched))))
      (await-acceptance link launched)
      (when mirror
        (when (tracked-failure tracked)
          (%mirror-remove mirror))
        (%mirror-close mirror))
      (when (tracked-failure tracked)
        (raise-failure (tracked-failure tracked)))
      (index-put! project (launched-run launched) #f)
      (make-run (launched-id launched) project (launched-directory launched)))))

(define (await-acceptance link launched)
  ;; However long it takes; what is given up is withdrawn, or it is said that it may go on.
  (let* ((tracked (launched-tracked launched))
         (progress (make-progress))
         (known? (lambda () (or (tracked-accepted? tracked) (tracked-failure tracked)))))
    (with-exception-handler
        (lambda (condition)
          (when (tracked-mirror tracked)
            (abandon! link (list launched) (lambda (launched) (known?)) progress)
            (%mirror-close (tracked-mirror tracked)))
          (raise-exception condition))
      (lambda ()
        (link-until known? link progress
                    (lambda (signal) (raise-azml-error 'cancelled "interrupted"))
                    (lambda (session) (tracked-resume! tracked session #:follow? #f)))
        (progress-end! progress))
      #:unwind? #t
      #:unwind-for-type &azml-error)))

(define (follow-run run on-log progress)
  (let ((record (load-run (run-project run) (run-id run))))
    (view-run (run-project run) record
              #:on-log on-log
              #:on-event (and progress (event-teller progress))
              #:progress (or progress (make-progress #:quiet? #t))
              #:interrupt (lambda (signal)
                            (raise-azml-error 'cancelled "interrupted")))
    (json-ref (load-run (run-project run) (run-id run)) 'status)))

(define* (follow run #:key (summary? #t))
  "Write the log of RUN to the standard output until it has ended, then, with SUMMARY?, its
summary to the standard error.  Return RUN.  An interrupt leaves the run alone."
  (define (tell-of-interrupt condition)
    ;; In Guile's REPL an interrupt is thrown as `signal'.
    (when (or (azml-cancelled? condition)
              (and (exception? condition) (eq? (exception-kind condition) 'signal)))
      (let ((attach (string-append "(attach \"" (short-id (run-id run)) "\")")))
        (say "the run goes on: (follow " attach ") returns to it, (cancel " attach ") stops it")))
    (raise-exception condition))
  (with-exception-handler tell-of-interrupt
    (lambda () (follow-to-end run summary?))
    #:unwind? #t))

(define (follow-to-end run summary?)
  (let* ((progress (make-progress))
         (status (if (run-is-whole? (settled run))
                     (begin
                       (copy-log (run-directory run))
                       (run-status run))
                     (follow-run run (log-writer progress) progress))))
    (when summary?
      (end-log-line (run-directory run))
      (print-summary (run-record run) status (run-directory run)))
    run))

(define* (run experiment #:key (parameters '()) target)
  "Submit EXPERIMENT as `submit' does with PARAMETERS and TARGET, follow it to its end, and
return the run."
  (follow (submit experiment #:parameters parameters #:target target)))

(define (wait run)
  "Wait until RUN has ended and return RUN."
  (unless (run-ended? run)
    (follow-run run #f #f))
  run)

(define* (cancel run #:key (signal "TERM") (grace 10))
  "Stop RUN: the signal named SIGNAL now, KILL after GRACE seconds.  Return RUN once all its
processes are gone."
  (unless (run-ended? run)
    (let* ((link (run-link (run-project run) (load-run (run-project run) (run-id run))))
           (place (link-place link))
           (session (or (link-session link)
                        (connect-to-place (car place) (cdr place)))))
      (tracked-stop! (track-run session (run-id run)) signal #:grace grace)
      (follow-run run #f #f)))
  run)

;;; Looking

(define* (run-log run #:key (port (current-output-port)))
  "Write the log of RUN, as far as there is one now, to PORT."
  (copy-log (run-directory run) #:port port)
  *unspecified*)

(define* (metrics run #:optional name)
  "Return the metrics of RUN: an alist of names, symbols, and last values; with NAME the last
value of that metric, or #f, which is also what a metric is that was logged as False."
  (let ((all (map (lambda (pair) (cons (car pair) (json-ref (cdr pair) 'last)))
                  (or (json-ref (%metrics-summary (run-directory run)) 'metrics) '()))))
    (if name
        (assq-ref all (if (string? name) (string->symbol name) name))
        all)))

(define (metric-points run name)
  "Return all points of the metric NAME of RUN: a list of alists of value, step and time."
  (vector->list
   (json-ref (%metrics-read (run-directory run)
                            (if (symbol? name) (symbol->string name) name))
             'points)))

(define (outputs run)
  "Return the files that RUN left under outputs/: an alist of absolute names and sizes."
  (map (lambda (file)
         (cons (string-append (run-directory run) "/outputs/" (car file)) (cdr file)))
       (output-files (run-directory run))))
