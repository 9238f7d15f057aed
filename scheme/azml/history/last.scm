;;; last.scm: the latest run as a record.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml history last)
  #:use-module (azml connect)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml options)
  #:use-module (azml workbench format)
  #:use-module (azml workbench record)
  #:autoload (azml workbench query) (refuse-query)
  #:export (%command
            history-last))

(define %command
  (command
   "history last" "Show the latest run as a record of Workbench."
   #:usage '("[-o FORMAT]")
   #:examples '(("history last -o json" . "its fields and metrics"))
   #:options '((output #\o "output" "FORMAT" "json (the default), table or tsv")
               (query #f "query" "JMESPATH" "refused, with what does the same"))))

(define (history-last words)
  "Run the command history last with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (when (option-ref options 'query)
       (refuse-query (option-ref options 'query)))
     (when (pair? operands)
       (usage-error (string-append "'last' takes no '" (car operands) "'")))
     (let* ((project (current-project))
            (record (settled-run project "last")))
       (write-records project (list (json-ref record 'id))
                      (or (output-format options) 'json) #:one? #t)))))
