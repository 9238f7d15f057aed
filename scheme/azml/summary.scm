;;; summary.scm: how a run ended, in a few lines.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml summary)
  #:use-module ((srfi srfi-1) #:select (append-map))
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml json)
  #:use-module (azml sparkline)
  #:use-module (azml text)
  #:autoload (azml gpus) (print-gpu-use)
  #:export (outcome-text
            state-style
            signal-name
            output-files
            print-outcome
            print-summary))

(define signal-names
  '((1 . "SIGHUP") (2 . "SIGINT") (3 . "SIGQUIT") (4 . "SIGILL") (5 . "SIGTRAP")
    (6 . "SIGABRT") (7 . "SIGBUS") (8 . "SIGFPE") (9 . "SIGKILL") (10 . "SIGUSR1")
    (11 . "SIGSEGV") (12 . "SIGUSR2") (13 . "SIGPIPE") (14 . "SIGALRM") (15 . "SIGTERM")
    (24 . "SIGXCPU") (25 . "SIGXFSZ")))

(define (signal-name number)
  "Return the name of the signal NUMBER, \"SIGTERM\", or \"signal 40\" for one without."
  (or (assv-ref signal-names number)
      (string-append "signal " (number->string number))))

(define (state-style state)
  "Return the style in which the state named STATE is painted, or #f."
  (cond ((equal? state "completed") 'green)
        ((member state '("failed" "lost")) 'red)
        ((equal? state "canceled") 'yellow)
        ((member state '("running" "finalizing")) 'cyan)
        (else #f)))

(define (outcome-text status)
  "Return how the run of STATUS, a status.json, stands: \"failed with exit code 3\"."
  (let ((state (json-ref status 'state))
        (cause (and=> (json-ref status 'cause) printable))
        (code (json-ref status 'exit_code))
        (signal (json-ref status 'signal)))
    (cond
     ((not (equal? state "failed"))
      (string-append (or state "submitting")
                     (if (and cause (not (equal? cause "stopped")))
                         (string-append ": " cause)
                         "")))
     ((equal? cause "signal")
      (string-append "failed: killed by " (if signal (signal-name signal) "a signal")))
     (cause (string-append "failed: " cause
                           (if (and code (equal? cause "disk full"))
                               (string-append ", exit code " (number->string code))
                               "")))
     (code (string-append "failed with exit code " (number->string code)))
     (signal (string-append "failed: killed by " (signal-name signal)))
     (else "failed"))))

(define (mark state)
  (let ((unicode? (console-unicode?)))
    (cond ((equal? state "completed") (if unicode? "✔ " "* "))
          ((member state '("failed" "lost")) (if unicode? "✘ " "! "))
          ((equal? state "canceled") (if unicode? "■ " "- "))
          (else "  "))))

(define (painted style text)
  (if style (paint style text) text))

(define (print-outcome run status)
  "Say in one line, with the reason where there is one, how RUN (run.json) ended with
STATUS (status.json)."
  (let* ((state (json-ref status 'state))
         (total (or (json-ref status 'durations 'running)
                    (json-ref status 'durations 'total)))
         (message (or (json-ref status 'error 'message) (json-ref status 'message)))
         (hint (json-ref status 'error 'hint)))
    (say (painted (state-style state)
                  (string-append (mark state)
                                 (printable (or (json-ref run 'experiment) "run"))))
         "  " (paint 'dim (json-ref run 'id)) "  "
         (painted (state-style state) (outcome-text status))
         (if total
             (string-append (if (equal? state "completed") " in " " after ")
                            (format-seconds total))
             ""))
    (when (and (string? message) (not (equal? state "completed")))
      (for-each (lambda (line) (say "  " (printable line)))
                (string-split (string-trim-right message) #\newline)))
    ;; What the warning that it was removed has said is not said again.
    (when (and (string? hint) (not (hint-said! hint)))
      (say "  " (paint 'bold "hint:") " " (printable hint)))))

;;; Metrics

(define (metric-cells name metric)
  (let* ((last (json-ref metric 'last))
         (values (json-ref metric 'values))
         (several? (and (vector? values) (> (vector-length values) 1)))
         (spark (if several? (sparkline values #:unicode? (console-unicode?)) "")))
    (list name (cut (format-value last) 40) spark
          (if (and several? (json-ref metric 'min))
              (string-append "min " (format-value (json-ref metric 'min))
                             "  max " (format-value (json-ref metric 'max)))
              ""))))

(define metrics-shown 12)

(define (print-metrics directory)
  (let* ((summary (%metrics-summary directory))
         (metrics (or (json-ref summary 'metrics) '()))
         (rows (map (lambda (pair)
                      (metric-cells (printable (symbol->string (car pair))) (cdr pair)))
                    metrics))
         (shown (if (> (length rows) metrics-shown) (list-head rows metrics-shown) rows)))
    (when (pair? shown)
      (let* ((width (lambda (n)
                      (apply max (map (lambda (row) (string-columns (list-ref row n)))
                                      shown))))
             (widths (map width '(0 1 2))))
        (say)
        (for-each
         (lambda (row)
           (say "  "
                (string-trim-right
                 (string-append
                  (pad-right (list-ref row 0) (max 8 (list-ref widths 0))) "  "
                  (paint 'bold (pad-right (list-ref row 1) (list-ref widths 1))) "  "
                  (if (zero? (list-ref widths 2))
                      ""
                      (string-append
                       (paint 'cyan (pad-right (list-ref row 2) (list-ref widths 2)))
                       "  "))
                  (paint 'dim (list-ref row 3))))))
         shown)
        (when (> (length rows) metrics-shown)
          (say "  and " (number->string (- (length rows) metrics-shown)) " more"))))
    (let ((skipped (or (json-ref summary 'skipped) 0)))
      (unless (zero? skipped)
        (say-warning (string-append (format-count skipped "line")
                                    " of metrics.jsonl cannot be read"))))
    (pair? shown)))

;;; Outputs

(define (warn-unread name message)
  (say-warning (string-append "outputs/" (printable name) " is left out: " message)))

(define* (output-files directory #:optional (unread! warn-unread))
  "Return the files under the folder outputs of the run directory DIRECTORY: a list of
pairs of a name and a size in bytes, by name.  UNREAD! gets the name and the message of what
cannot be looked at."
  (define (look name thunk)
    (with-exception-handler
        (lambda (condition)
          (unread! name (azml-error-message condition))
          #f)
      thunk
      #:unwind? #t
      #:unwind-for-type &azml-error))
  (define (type-of info) (assq-ref (or info '()) 'type))
  (let walk ((folder (string-append directory "/outputs")) (prefix ""))
    (append-map
     (lambda (name)
       (let* ((file (string-append folder "/" name))
              (name (string-append prefix name))
              (info (look name (lambda () (or (%file-status file #f) '())))))
         (cond ((not info) '())
               ((eq? (type-of info) 'folder) (walk file (string-append name "/")))
               (else (list (cons name (or (assq-ref info 'size) 0)))))))
     (or (look prefix
               (lambda ()
                 (if (eq? (type-of (%file-status folder)) 'folder)
                     (%file-list folder)
                     '())))
         '()))))

(define outputs-shown 5)

(define (outputs-text files)
  (let* ((largest (sort files (lambda (a b) (> (cdr a) (cdr b)))))
         (shown (if (> (length largest) outputs-shown)
                    (list-head largest outputs-shown)
                    files))
         (rest (- (length files) (length shown))))
    (string-append
     (string-join (map (lambda (file)
                         (string-append (printable (car file)) " "
                                        (paint 'dim (format-bytes (cdr file)))))
                       shown)
                  ", ")
     (if (zero? rest)
         ""
         (string-append " and " (number->string rest) " more, "
                        (format-bytes (apply + (map cdr files))) " in all")))))

;;; The rest

(define (line name . texts)
  (say "  " (paint 'dim (string-pad-right name 8)) "  " (string-concatenate texts)))

(define (time-text status)
  (let* ((running (json-ref status 'durations 'running))
         (user (json-ref status 'cpu 'user))
         (system (json-ref status 'cpu 'system))
         (memory (or (json-ref status 'memory 'peak_tree)
                     (json-ref status 'memory 'peak_process)))
         (parts (list (and running
                           (string-append (format-seconds running) " wall"))
                      (and user system
                           (string-append (format-seconds (+ user system)) " CPU"))
                      (and memory (string-append "peak memory " (format-bytes memory))))))
    (string-join (filter identity parts) ", ")))

(define (gpu-text run status)
  ;; Said only as far as it is known: a run may be over before the first sample.
  (cond ((json-ref status 'gpu) "")
        ((not (equal? (json-ref run 'target 'type) "local")) ", GPU not sampled")
        ((or-map file-exists? '("/dev/nvidia0" "/dev/nvidiactl" "/dev/kfd" "/dev/dxg"))
         ", GPU not sampled")
        (else ", no GPU on this machine")))

(define (environment-text environment)
  (let ((hash (json-ref environment 'hash))
        (python (json-ref environment 'python))
        (seconds (json-ref environment 'seconds)))
    (string-append
     (if python (string-append "Python " (printable python)) "")
     (if hash
         (string-append
          (if python ", " "")
          "environment " (printable (short-id hash))
          (if (eq? #t (json-ref environment 'built))
              (string-append " built"
                             (if seconds
                                 (string-append " in " (format-seconds seconds))
                                 "")
                             (let ((builder (json-ref environment 'builder)))
                               (if builder (string-append " by " (printable builder)) "")))
              " found"))
         ""))))

(define (shown directory)
  ;; DIRECTORY as it is called from the working folder, if it is below.
  (let ((here (string-append (%working-folder) "/")))
    (if (string-prefix? here directory)
        (substring directory (string-length here))
        directory)))

(define* (print-summary run status directory #:key (shown-directory (shown directory)))
  "Say how RUN (run.json) in DIRECTORY ended with STATUS (status.json): outcome, metrics,
times, GPU, environment, outputs, and the commands that show it again.  SHOWN-DIRECTORY is
how DIRECTORY is called for the user."
  (print-outcome run status)
  (let ((metrics? (print-metrics directory))
        (files (output-files directory))
        (environment (json-ref status 'environment))
        (left (or (json-ref status 'left_in_source) 0))
        (damaged (or (json-ref status 'damaged_objects) 0))
        (mended (or (json-ref status 'mended_objects) 0))
        (id (short-id (json-ref run 'id))))
    (when metrics?
      (say))
    (let ((time (time-text status)))
      (unless (string-null? time)
        (line "used" time (gpu-text run status))))
    (when (json-ref status 'gpu)
      (print-gpu-use status directory line))
    (let ((text (if environment (environment-text environment) "")))
      (unless (string-null? text)
        (line "with" text)))
    (when (pair? files)
      (line "outputs" (outputs-text files))
      (line "" "in " (printable shown-directory) "/outputs"))
    (when (positive? left)
      (line "left" (format-count left "file") " outside outputs, kept in "
            (printable shown-directory) "/source"))
    (when (positive? damaged)
      (say-warning (string-append "the job changed " (format-count damaged "source file")
                                  " in place; the stored copy was dropped")))
    (when (positive? mended)
      (say-warning (string-append (format-count mended "content")
                                  " of the source " (if (= mended 1) "was" "were")
                                  " damaged in the store, and taken from the source folder again")))
    (line "again" "azml-guile history show " id "   azml-guile logs " id)))
