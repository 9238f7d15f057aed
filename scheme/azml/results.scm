;;; results.scm: what several runs of one command came to.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml results)
  #:use-module (azml console)
  #:use-module (azml follow)
  #:use-module (azml history)
  #:use-module (azml launch)
  #:use-module (azml text)
  #:autoload (azml report) (write-json run-document)
  #:export (first-failure
            say-total
            write-results))

(define (first-failure codes)
  "Return the first of the exit codes CODES that is not 0, or 0."
  (cond ((null? codes) 0)
        ((zero? (car codes)) (first-failure (cdr codes)))
        (else (car codes))))

(define (say-total total codes)
  "Say how many of TOTAL runs completed: CODES are the exit codes of those that were started."
  (let ((good (length (filter zero? codes))))
    (say (format-count (length codes) "run") ": " (number->string good) " completed"
         (if (= good (length codes))
             ""
             (string-append ", " (number->string (- (length codes) good)) " not"))
         (if (< (length codes) total)
             (string-append ", " (number->string (- total (length codes))) " not started")
             ""))))

(define (write-results project total launched)
  "Write what became of the runs LAUNCHED, of TOTAL in PROJECT, as JSON: an object where one was
asked for, else an array."
  (let ((documents (map (lambda (launched)
                          (run-document (load-run project (launched-id launched))))
                        (filter (lambda (launched)
                                  (tracked-accepted? (launched-tracked launched)))
                                launched))))
    (write-json (if (= 1 total)
                    (car documents)
                    (list->vector documents)))))
