;;; stop.scm: the command stop.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml scripts stop)
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml follow)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml link)
  #:use-module (azml options)
  #:use-module (azml progress)
  #:use-module (azml session)
  #:use-module (azml summary)
  #:use-module (azml text)
  #:use-module (azml view)
  #:use-module (azml watch)
  #:autoload (azml mirror) (copy-place)
  #:autoload (azml sync) (sync-copies! write-status!)
  #:export (%command
            azml-stop))

(define %command
  (command
   "stop" "Stop runs, and wait until all their processes are gone."
   #:usage '("[options] RUN...")
   #:examples '(("stop last" . "TERM, and after ten seconds KILL")
                ("stop --signal INT --grace 60 k3v9" . "as Ctrl-C, with a minute to save")
                ("stop --signal KILL k3v9" . "at once"))
   #:options '((signal #\s "signal" "NAME" "begin with the signal NAME (TERM)")
               (grace #\g "grace" "SECONDS" "KILL what is left after SECONDS (10)")
               (forget #f "forget" #f
                       "call a run lost whose machine will not come back"))
   #:notes '("RUN is the beginning of an id, an alias, or \"last\".")))

(define (signal-name options)
  (let* ((text (string-upcase (option-ref options 'signal "TERM")))
         (name (if (string-prefix? "SIG" text) (substring text 3) text)))
    (if (assoc-ref signal-numbers name)
        name
        (usage-error (string-append "there is no signal '" text "'")
                     (string-append "there are "
                                    (string-join (map car signal-numbers) ", "))))))

(define (stop-at-link link records signal grace)
  ;; Return the exit code.
  (let* ((progress (make-progress))
         (tracked (map (lambda (record)
                         (track-run (link-session link) (json-ref record 'id)))
                       records))
         (stop (lambda ()
                 (for-each (lambda (tracked)
                             (unless (tracked-ended? tracked)
                               (tracked-follow! tracked)
                               (tracked-stop! tracked signal #:grace grace)))
                           tracked)))
         (left #f))
    (stop)
    (progress-begin! progress
                     (string-append "stopping "
                                    (string-join (map (lambda (tracked)
                                                        (short-id (tracked-id tracked)))
                                                      tracked)
                                                 ", ")))
    (link-until (lambda () (or left (and-map tracked-ended? tracked)))
                link progress
                (lambda (signal) (set! left (+ 128 signal)))
                (lambda (session)
                  (for-each (lambda (tracked) (set-tracked-session! tracked session))
                            tracked)
                  (stop)))
    (progress-end! progress)
    (for-each (lambda (tracked)
                (when (tracked-failure tracked)
                  (raise-failure (tracked-failure tracked))))
              tracked)
    (or left 0)))

(define (stop-runs project records signal grace)
  ;; Those of one machine together.  Return the exit code.
  (let loop ((records records) (code 0))
    (if (or (null? records) (not (zero? code)))
        code
        (let* ((first (car records))
               (sync (json-ref first 'sync))
               (same? (lambda (record)
                        (let ((other (json-ref record 'sync)))
                          (if (and sync other)
                              (equal? (copy-place first) (copy-place record))
                              (eq? sync other)))))
               (link (run-link project first))
               (place (link-place link)))
          (unless (link-session link)
            ;; To stop is to be sure of it: a machine that does not answer is an error.
            (set-link-session! link (connect-to-place (car place) (cdr place)))
            (session-call (link-session link) "list" '((ids . #()))))
          (let ((code (stop-at-link link (filter same? records) signal grace)))
            (when sync
              (sync-copies! project (filter same? records) #:explicit? #t))
            (loop (filter (lambda (record) (not (same? record))) records) code))))))

(define (forget-run project record)
  ;; Only what nobody is in charge of, and what settling could not judge from here.
  (when (eq? #t (json-ref record 'alive))
    (raise-azml-error 'busy
                      (string-append "run " (short-id (json-ref record 'id))
                                     " is alive")
                      #:hint (string-append "stop it: azml-guile stop "
                                            (short-id (json-ref record 'id)))))
  (let* ((file (string-append (json-ref record 'directory) "/status.json"))
         (aside (string-append file ".tmp"))
         (status (acons 'state "lost"
                        (filter (lambda (pair) (not (memq (car pair) '(state cause))))
                                (or (json-ref record 'status) '())))))
    (if (json-ref record 'sync)
        (unless (write-status! record status)
          (raise-azml-error 'busy (string-append "another program follows run "
                                                 (short-id (json-ref record 'id)))))
        (begin
          (call-with-output-file aside
            (lambda (port)
              (set-port-encoding! port "UTF-8")
              (display (%json-write status) port)
              (newline port)))
          (rename-file aside file)))))

(define (ended-run project id)
  ;; The run ID as it is known here: another program that follows it may be the one that brings
  ;; its end.
  (let loop ((tries 100))
    (let ((record (load-run project id)))
      (if (or (zero? tries)
              (not (json-ref record 'sync))
              (terminal-state? (run-state-of record)))
          record
          (begin
            (%sleep 50)
            (loop (- tries 1)))))))

(define (say-ended project record code)
  (let ((record ((if (zero? code) ended-run load-run) project (json-ref record 'id))))
    (index-refresh! project (json-ref record 'id))
    (print-outcome (json-ref record 'run) (json-ref record 'status))))

(define (azml-stop words)
  "Run the command stop with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (when (null? operands)
       (usage-error "which run?" "for instance: azml-guile stop last"))
     (let* ((project (current-project))
            (signal (signal-name options))
            (grace (option-number options 'grace #:default 10 #:integer? #f))
            (records (map (lambda (text) (settled-run project text)) operands))
            (ended? (lambda (record) (terminal-state? (run-state-of record))))
            (running (filter (lambda (record) (not (ended? record))) records)))
       (for-each (lambda (record)
                   (when (ended? record)
                     (say "run " (short-id (json-ref record 'id)) " has ended already")))
                 records)
       (let ((code (cond ((null? running) 0)
                         ((option-ref options 'forget)
                          (for-each (lambda (record) (forget-run project record)) running)
                          0)
                         (else (stop-runs project running signal grace)))))
         (for-each (lambda (record) (say-ended project record code)) records)
         code)))))
