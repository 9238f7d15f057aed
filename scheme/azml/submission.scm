;;; submission.scm: an experiment becomes run.json and job.json.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; doc/run-directory.md is the reference for both documents.  Keys without a value are
;;; left out.  Nothing secret may enter run.json; variables go into job.json alone.
;;;
;;; What can be wrong is found while a submission is made; the documents are made when it
;;; is submitted, so that thousands of them cost little and each has its own time.
;;; Code:

(define-module (azml submission)
  #:use-module (azml structure)
  #:use-module (azml core)
  #:use-module (azml environment)
  #:use-module (azml experiment)
  #:use-module (azml git)
  #:use-module (azml gpu)
  #:use-module (azml gpu-need)
  #:use-module (azml input)
  #:use-module (azml json)
  #:use-module (azml parameters)
  #:use-module (azml paths)
  #:use-module (azml plugin)
  #:use-module (azml program)
  #:use-module (azml records)
  #:autoload (azml flags) (words->parameters)
  #:autoload (azml secret) (secret? secret-value)
  #:use-module (azml target)
  #:export (make-submission
            submission?
            submission-name
            submission-experiment
            submission-target
            submission-source
            submission-command
            submission-recipe
            submission-environment
            submission-gpus
            submission-gpu-warnings
            set-submission-default-gpus!
            submission-snapshot
            set-submission-snapshot!
            submission-files
            set-submission-files!
            set-submission-reads!
            submission-id
            set-submission-noticed!
            submission-prepares?
            submission-documents))

(define-structure <submission>
  (%make-submission experiment target source command interpreter script recipe snapshot
                    files reads id noticed default-gpus)
  submission?
  (experiment submission-experiment)
  (target submission-target)
  (source submission-source)           ;absolute name of the source folder
  (command submission-command)         ;list of words
  (interpreter submission-interpreter) ;"python" or #f
  (script submission-script)           ;name inside the source folder, or #f
  (recipe submission-recipe)           ;file name, or #f
  (snapshot submission-snapshot set-submission-snapshot!) ;report of %snapshot-take
  (files submission-files set-submission-files!) ;those of the source folder that count: a
                                                 ;list, #t for what git tracks, #f for all
  (reads submission-reads set-submission-reads!) ;whether reads.json is wanted
  (id submission-id set-submission-id!)          ;of the run, once its documents are made
  (noticed submission-noticed set-submission-noticed!) ;called with run.json then, or #f
  (default-gpus submission-default-gpus set-submission-default-gpus!)) ;a gpu-request, or #f

(define (submission-name submission)
  "Return the name of the experiment of SUBMISSION."
  (experiment-name (submission-experiment submission)))

(define (submission-environment submission)
  "Return the environment of SUBMISSION as JSON."
  (environment->json (experiment-environment (submission-experiment submission))))

(define (submission-gpus submission)
  "Return the gpu-request of SUBMISSION: the experiment's, else the target's for each run, else
what was set for it; #f if nobody says anything about GPUs."
  (or (experiment-gpu-need (submission-experiment submission)
                           (submission-target submission))
      (submission-default-gpus submission)))

(define (submission-gpu-warnings submission)
  "Return texts about packages of the environment of SUBMISSION that cannot use the GPUs which
it asks for."
  (experiment-gpu-warnings (submission-experiment submission)
                           (submission-target submission)))

(define (source-folder experiment folder)
  (let ((source (experiment-source experiment)))
    (%file-real (cond ((not source) folder)
                      ((string-prefix? "/" source) source)
                      (else (string-append folder "/" source))))))

(define* (make-submission experiment target #:key recipe words
                          (folder (if recipe (dirname recipe) (%working-folder))))
  "Return the submission of EXPERIMENT to the compute target TARGET; RECIPE is the file it
comes from, FOLDER what its relative names begin from.  WORDS is a command that was typed
and takes the place of the experiment's script.  Raise an error if the script does not exist
or cannot be executed."
  (let* ((source (source-folder experiment folder))
         (more (append (experiment-arguments experiment)
                       (parameters->arguments (experiment-parameters experiment))))
         (make (lambda (command interpreter script)
                 (%make-submission experiment target source command interpreter script
                                   recipe #f #f #f #f #f #f))))
    (cond
     (words
      (call-with-values
          (lambda ()
            (words->command source words
                            #:here? (eq? (compute-target-type target) 'local)))
        make))
     ((pair? (experiment-command experiment))
      (make (append (experiment-command experiment) more) #f #f))
     (else
      (let ((script (experiment-script experiment)))
        (call-with-values
            (lambda ()
              (script->command source script
                               (let ((place (record-field-location experiment 'script)))
                                 ;; A module of ours has no place to tell.
                                 (and place (%file-status (car place))
                                      (location->string place)))))
          (lambda (command interpreter)
            (make (append command more) interpreter script))))))))

;;; The documents

(define (given . pairs)
  ;; PAIRS without those whose value is unknown or empty.
  (filter (lambda (pair) (not (member (cdr pair) '(#f () #())))) pairs))

(define %last-ms 0)

(define (next-ms)
  ;; The time in milliseconds, no time twice: an alias is made of it.
  (set! %last-ms (max (%clock-utc-ms) (+ %last-ms 1)))
  %last-ms)

(define %user #f)

(define (user-name)
  (unless %user
    (set! %user (or (false-if-exception (passwd:name (getpwuid (getuid))))
                    (%getenv "LOGNAME")
                    (number->string (getuid)))))
  %user)

(define (input-fact input)
  ;; Where an input is and what it was when the run was submitted.
  (let ((status (or (%file-status (input-path input)) '())))
    (append `((name . ,(input-name input)) (path . ,(input-path input)))
            (if (eq? (assq-ref status 'type) 'file)
                `((size . ,(assq-ref status 'size)))
                '())
            (if (pair? status)
                `((mtime . ,(%time-format (assq-ref status 'mtime))))
                '()))))

(define (snapshot-fact snapshot)
  (and snapshot
       `((digest . ,(json-ref snapshot 'digest))
         (files . ,(json-ref snapshot 'files))
         (bytes . ,(json-ref snapshot 'bytes)))))

(define (submission-parameters submission)
  ;; Those of the experiment; of a command that was typed, its flags.
  (let* ((experiment (submission-experiment submission))
         (parameters (experiment-parameters experiment)))
    (if (and (null? parameters) (pair? (experiment-command experiment)))
        (words->parameters (cdr (experiment-command experiment)))
        parameters)))

(define (run-document submission project id spec inputs)
  (let* ((experiment (submission-experiment submission))
         (target (submission-target submission))
         (ms (next-ms))
         (name (basename (json-ref project 'root))))
    (given
     '(version . 1)
     `(id . ,id)
     `(alias . ,(string-append name "_" (number->string ms)))
     `(project . ,(json-ref project 'id))
     `(project_name . ,name)
     `(experiment . ,(experiment-name experiment))
     `(command . ,(list->vector (submission-command submission)))
     `(script . ,(submission-script submission))
     `(parameters . ,(parameters->json (submission-parameters submission)))
     `(target . ,(target->json target))
     `(environment . ,(specification-fact spec))
     `(snapshot . ,(snapshot-fact (submission-snapshot submission)))
     `(inputs . ,(list->vector (map input-fact inputs)))
     `(gpus . ,(and=> (submission-gpus submission) gpu-request->json))
     `(time_limit . ,(experiment-time-limit experiment))
     `(recipe . ,(submission-recipe submission))
     `(git . ,(git-description (submission-source submission)))
     `(submitted . ,(%time-format ms))
     `(user . ,(user-name))
     `(host . ,(gethostname))
     `(directory . ,(%working-folder))
     `(source . ,(let ((source (submission-source submission)))
                   (and (not (string=? source (%working-folder))) source)))
     `(client . ,(string-append "azml-guile " (azml-version))))))

(define (variables . alists)
  ;; The later ones win; secrets become what they stand for.
  (let loop ((pairs (apply append alists)) (result '()))
    (if (null? pairs)
        (reverse result)
        (let ((key (string->symbol (caar pairs)))
              (value (cdar pairs)))
          (loop (cdr pairs)
                (acons key (if (string? value) value (secret-value value))
                       (assq-remove! result key)))))))

(define (step->json step)
  `((name . ,(step-name step)) (argv . ,(list->vector (step-command step)))))

(define (pattern->json pattern)
  `((name . ,(metric-pattern-name pattern))
    (pattern . ,(metric-pattern-pattern pattern))))

(define (package-place target)
  ;; On this machine the package is where it was installed; elsewhere it was placed beside
  ;; the runner, which knows where that is.
  (let ((channel ((target-type-channel (compute-target-target-type target)) target)))
    (if (eq? 'local (assq-ref channel 'kind))
        (python-directory)
        "python")))

(define (no-spare-trees? target)
  (or (equal? (%getenv "AZML_SPARE_TREES") "0")
      (eq? 'no (compute-target-field target 'spare-trees))))

(define (job-document submission id spec inputs)
  (let* ((experiment (submission-experiment submission))
         (target (submission-target submission))
         (vector-of (lambda (procedure list) (list->vector (map procedure list))))
         (job
          (given
           '(version . 1)
           `(id . ,id)
           `(argv . ,(list->vector (submission-command submission)))
           `(interpreter . ,(submission-interpreter submission))
           `(snapshot . ,(and=> (submission-snapshot submission)
                                (lambda (snapshot) (json-ref snapshot 'digest))))
           `(environment . ,spec)
           `(variables . ,(variables (compute-target-variables target)
                                     (experiment-variables experiment)))
           `(setup . ,(list->vector (append (compute-target-setup target)
                                            (experiment-setup experiment))))
           `(steps . ,(vector-of step->json (experiment-steps experiment)))
           `(record_reads . ,(submission-reads submission))
           `(no_spare . ,(no-spare-trees? target))
           `(inputs . ,(vector-of (lambda (input)
                                    `((name . ,(input-name input))
                                      (path . ,(input-path input))))
                                  inputs))
           `(metric_patterns . ,(vector-of pattern->json
                                           (experiment-metric-patterns experiment)))
           `(gpus . ,(and=> (submission-gpus submission) gpu-request->json))
           `(time_limit . ,(experiment-time-limit experiment))
           `(grace . ,(experiment-grace experiment))
           `(working_directory . ,(experiment-working-directory experiment))
           `(share . ,(compute-target-field target 'shared-directory))
           `(python_path . ,(vector (package-place target)))))
         (wrapper ((target-type-wrapper (compute-target-target-type target)) target job)))
    (if wrapper
        (append job `((wrapper . ,wrapper)))
        job)))

(define (submission-documents submission project id)
  "Return two values for SUBMISSION in the project with the fields PROJECT, as the run ID:
run.json and job.json."
  (let* ((spec (submission-environment submission))
         (inputs (experiment-inputs (submission-experiment submission))))
    (let ((run (run-document submission project id spec inputs)))
      (set-submission-id! submission id)
      (when (submission-noticed submission)
        ((submission-noticed submission) run))
      (values run (job-document submission id spec inputs)))))

(define (submission-prepares? submission)
  "Return true if SUBMISSION has a preparation that may take time."
  (let ((spec (submission-environment submission)))
    (or (assq 'pip spec) (assq 'conda spec)
        (submission-gpus submission)
        (pair? (experiment-steps (submission-experiment submission)))
        (compute-target-field (submission-target submission) 'base-docker-image))))
