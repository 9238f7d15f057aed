;;; report.scm: all that is recorded of one run.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml report)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml json)
  #:use-module (azml summary)
  #:use-module (azml text)
  #:export (write-json
            run-document
            show-run))

(define (write-json value)
  "Write VALUE to the standard output as one line of JSON."
  (display (%json-write value))
  (newline))

(define (run-document record)
  "Return RECORD, from `load-run', with its metrics and outputs, as JSON for programs."
  (let ((directory (json-ref record 'directory)))
    `((id . ,(json-ref record 'id))
      (state . ,(or (json-ref record 'status 'state) "submitting"))
      (directory . ,directory)
      (run . ,(json-ref record 'run))
      (status . ,(or (json-ref record 'status) 'null))
      (metrics . ,(or (json-ref (%metrics-summary directory) 'metrics) '()))
      (outputs . ,(list->vector
                   (map (lambda (file) `((path . ,(car file)) (bytes . ,(cdr file))))
                        (output-files directory)))))))

(define (line name text)
  (when (and (string? text) (not (string-null? text)))
    (display (string-append
              "  " (paint 'dim (string-pad-right name 11) (current-output-port)) "  "
              text "\n"))))

(define (parameters-text parameters)
  (string-join (map (lambda (pair)
                      (string-append (printable (symbol->string (car pair))) "="
                                     (shell-quote (format-value (cdr pair)))))
                    parameters)
               " "))

(define (git-text git)
  (and git
       (string-append (let ((commit (or (json-ref git 'commit) "")))
                        (printable (substring commit 0 (min 12 (string-length commit)))))
                      (let ((branch (json-ref git 'branch)))
                        (if branch (string-append " on " (printable branch)) "")))))

(define (inputs-text inputs)
  (and (vector? inputs)
       (string-join (map (lambda (input)
                           (string-append (printable (json-ref input 'name)) " = "
                                          (printable (json-ref input 'path))))
                         (vector->list inputs))
                    ", ")))

(define (snapshot-text snapshot)
  (and snapshot
       (string-append (format-count (json-ref snapshot 'files) "file") ", "
                      (format-bytes (json-ref snapshot 'bytes)) ", "
                      (substring (json-ref snapshot 'digest) 0 12))))

(define (show-asked run)
  (let ((words (json-ref run 'command)))
    (line "command" (and (vector? words)
                         (printable (command->string (vector->list words)))))
    (line "parameters" (parameters-text (or (json-ref run 'parameters) '())))
    (line "target" (and=> (json-ref run 'target 'name) printable))
    (line "recipe" (and=> (json-ref run 'recipe) printable))
    (line "source" (snapshot-text (json-ref run 'snapshot)))
    (line "git" (git-text (json-ref run 'git)))
    (line "inputs" (inputs-text (json-ref run 'inputs)))
    (line "submitted" (string-append
                       (printable (or (json-ref run 'submitted) ""))
                       (let ((user (json-ref run 'user))
                             (host (json-ref run 'host)))
                         (if (and user host)
                             (printable (string-append " by " user " on " host))
                             ""))))
    (line "alias" (and=> (json-ref run 'alias) printable))))

(define* (show-run record #:key (json? #f))
  "Write all that RECORD, from `load-run', says to the standard output, as JSON if JSON?
holds.  Return the exit code."
  (if json?
      (write-json (run-document record))
      (let ((run (json-ref record 'run))
            (status (or (json-ref record 'status) '((state . "submitting")))))
        ;; The summary is written to the standard error after a run; here it is the data.
        (parameterize ((current-error-port (current-output-port)))
          (print-summary run status (json-ref record 'directory)))
        (newline)
        (show-asked run)
        (line "log" (string-append (json-ref record 'directory) "/log"))))
  0)
