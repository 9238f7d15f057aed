;;; plan.scm: what a run would do.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml plan)
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml environment)
  #:use-module (azml experiment)
  #:use-module (azml gpu)
  #:use-module (azml history)
  #:use-module (azml input)
  #:use-module (azml json)
  #:use-module (azml launch)
  #:use-module (azml progress)
  #:use-module (azml report)
  #:use-module (azml session)
  #:use-module (azml submission)
  #:use-module (azml target)
  #:use-module (azml text)
  #:export (show-plans))

(define (environment-plan submission fields)
  ;; What the target says about the environment, '() where none is asked for: a probe may
  ;; take a while, for it starts every Python that it finds.
  (let ((spec (submission-environment submission)))
    (if (null? spec)
        '()
        (let ((progress (make-progress)))
          (progress-begin! progress
                           (string-append "asking "
                                          (compute-target-name
                                           (submission-target submission))))
          (let ((reply (session-call (connect-to (submission-target submission) fields)
                                     "probe" `((environment . ,spec)))))
            (progress-end! progress)
            (without-secrets (or (json-ref reply 'environment) '())))))))

(define (plan submission fields)
  ;; The plan as JSON.
  (let* ((experiment (submission-experiment submission))
         (snapshot (plan-snapshot (submission-source submission) fields
                                  (submission-files submission)))
         (environment (environment-plan submission fields)))
    `((experiment . ,(submission-name submission))
      (target . ,(target->json (submission-target submission)))
      (command . ,(list->vector (submission-command submission)))
      (source . ,(submission-source submission))
      (snapshot . ,snapshot)
      (environment . ,environment)
      (inputs . ,(list->vector (map input-path (experiment-inputs experiment))))
      ,@(let ((gpus (submission-gpus submission)))
          (if gpus `((gpus . ,(gpu-request->json gpus))) '()))
      ,@(let ((limit (experiment-time-limit experiment)))
          (if limit `((time_limit . ,limit)) '())))))

(define (line name . texts)
  (display (string-append
            "  " (paint 'dim (string-pad-right name 11) (current-output-port)) "  "
            (string-concatenate texts) "\n")))

(define (list-some texts most)
  (let ((n (length texts)))
    (if (> n most)
        (string-append (string-join (list-head texts most) ", ") " and "
                       (number->string (- n most)) " more")
        (string-join texts ", "))))

(define (show-snapshot source snapshot)
  (let ((ignored (vector->list (or (json-ref snapshot 'ignored) #())))
        (count (or (json-ref snapshot 'ignored_count) 0))
        (special (vector->list (or (json-ref snapshot 'special) #())))
        (largest (vector->list (or (json-ref snapshot 'largest) #()))))
    (line "source" (printable source) ": "
          (format-count (json-ref snapshot 'files) "file") ", "
          (format-bytes (json-ref snapshot 'bytes)))
    (when (pair? largest)
      (line "largest"
            (list-some (map (lambda (entry)
                              (string-append (printable (json-ref entry 'path)) " "
                                             (format-bytes (json-ref entry 'bytes))))
                            largest)
                       3)))
    (when (positive? count)
      (line "ignored" (number->string count) " by "
            (printable (or (json-ref snapshot 'ignore_file) "azml-guile")) ": "
            (list-some (map printable ignored) 6)))
    (when (pair? special)
      (line "left out" "not files: " (list-some (map printable special) 6)))))

(define (show-steps environment)
  (for-each (lambda (step)
              (line "" (printable (command->string (vector->list step)))))
            (vector->list (or (json-ref environment 'steps) #()))))

(define (python-text environment)
  (let ((python (json-ref environment 'python)))
    (if (string? python) (string-append "Python " python) "")))

(define (show-environment environment)
  (let ((state (json-ref environment 'state))
        (hash (json-ref environment 'hash))
        (failure (json-ref environment 'error))
        (builder (json-ref environment 'builder)))
    (cond
     ((pair? failure)
      (line "environment" (paint 'red "cannot be built: " (current-output-port))
            (printable (or (json-ref failure 'message) "")))
      (when (string? (json-ref failure 'hint))
        (line "" "hint: " (printable (json-ref failure 'hint)))))
     ((equal? state "complete")
      (line "environment" (short-id hash) ", found; " (python-text environment)))
     ((string? hash)
      (line "environment" (short-id hash) ", will be built"
            (if (string? builder) (string-append " with " builder) "") "; "
            (python-text environment))
      (show-steps environment))
     (else
      (line "environment" "none; "
            (let ((python (python-text environment)))
              (if (string-null? python) "the machine's own programs" python)))))))

(define (gpus-text gpus)
  ;; The request GPUS, as JSON, in words.
  (let ((count (json-ref gpus 'count)) (memory (json-ref gpus 'memory)))
    (define (part before key)
      (if (json-ref gpus key)
          (string-append before (printable (json-ref gpus key)))
          ""))
    (if (eqv? count 0)
        "none, they are hidden"
        (string-append
         (if (string? count) count (number->string count))
         (part " of model " 'model)
         (if memory (string-append " with " (format-bytes memory)) "")
         (part " of capability " 'capability)
         (if (json-ref gpus 'optional) ", if the machine has that" "")
         (if (json-ref gpus 'require_use) ", to be used" "")))))

(define (show-plan plan)
  (let ((target (json-ref plan 'target)))
    (display (paint 'bold (json-ref plan 'experiment) (current-output-port)))
    (newline)
    (line "target" (printable (json-ref target 'name))
          (if (equal? (json-ref target 'name) (json-ref target 'type))
              ""
              (string-append " (" (json-ref target 'type) ")")))
    (line "command" (command->string (vector->list (json-ref plan 'command))))
    (show-snapshot (json-ref plan 'source) (json-ref plan 'snapshot))
    (show-environment (json-ref plan 'environment))
    (for-each (lambda (path) (line "input" (printable path)))
              (vector->list (json-ref plan 'inputs)))
    (when (json-ref plan 'gpus)
      (line "GPUs" (gpus-text (json-ref plan 'gpus))))
    (when (json-ref plan 'time_limit)
      (line "time limit" (format-seconds (json-ref plan 'time_limit))))))

(define* (show-plans submissions #:key json?)
  "Write what running SUBMISSIONS would do to the standard output, as JSON if JSON? holds.
Nothing is stored or started.  Return the exit code: 125 if an environment cannot be had."
  (let* ((fields (planned-fields))
         (plans (map (lambda (submission) (plan submission fields)) submissions)))
    (if json?
        (write-json (if (= 1 (length plans)) (car plans) (list->vector plans)))
        (for-each show-plan plans))
    (if (or-map (lambda (plan) (pair? (json-ref plan 'environment 'error))) plans)
        125
        0)))
