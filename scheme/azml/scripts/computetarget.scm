;;; computetarget.scm: the command computetarget.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml scripts computetarget)
  #:use-module (azml computetarget fields)
  #:use-module (azml computetarget rows)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml options)
  #:use-module (azml report)
  #:use-module (azml table)
  #:use-module (azml targets)
  #:use-module (azml text)
  #:autoload (azml doctor) (examine-target works?)
  #:autoload (azml doctor show) (show-findings findings->json)
  #:autoload (azml select) (named-target)
  #:autoload (azml target) (compute-target-name target->json)
  #:autoload (azml workbench format) (output-format)
  #:autoload (azml workbench query) (refuse-query)
  #:autoload (azml workbench stored) (show-workbench-target)
  #:export (%command
            azml-computetarget))

(define %command
  (command
   "computetarget" "Keep machines as compute targets, and look at them."
   #:usage '("[list] [--json | -o FORMAT]"
             "show NAME [--json | -o FORMAT]"
             "check NAME [-r RECIPE] [--json]"
             "attach TYPE -n NAME [options]"
             "update NAME FIELD=VALUE..."
             "detach NAME...")
   #:examples '(("computetarget attach remote -n gpu1 -a gpu1.example.org -u me -k"
                 . "keep a machine, with a key of its own")
                ("computetarget check gpu1" . "what it has, and what is missing")
                ("run -c gpu1 -- train.py" . "run there"))
   #:notes '("azml-guile computetarget attach --help describes that verb; so does update and"
             "detach.  check connects, and exits with 0 if runs work there.")
   #:options '((name #\n "name" "NAME" "the target, as az ml had it (show, check)")
               (recipe #\r "recipe" "FILE" "where the target is declared, for check")
               (json #f "json" #f "write JSON")
               (output #\o "output" "FORMAT" "json, table or tsv (list, show)")
               (query #f "query" "JMESPATH" "refused: give JSON to a program"))
   #:seldom '(name)))

;;; list

(define (visible targets)
  ;; Of two with one name the first counts.
  (let loop ((rest targets) (result '()))
    (cond ((null? rest) (reverse result))
          ((find-stored-target (stored-target-name (car rest)) result)
           (loop (cdr rest) result))
          (else (loop (cdr rest) (cons (car rest) result))))))

(define (say-unreadable target)
  (let ((problem (and (eq? 'workbench (stored-target-scope target))
                      (assq-ref (stored-target-fields target) 'problem))))
    (when problem
      (say-warning (string-append problem " (see: azml-guile computetarget show "
                                  (shell-quote (stored-target-name target)) ")")))))

(define (list-targets format)
  (let ((targets (visible (stored-targets))))
    (for-each say-unreadable targets)
    (cond (format (write-stored-targets format targets))
          ((null? targets)
           (say "no targets yet: azml-guile computetarget attach remote -n NAME -a HOST"))
          (else
           (print-table '("NAME" "TYPE" "ADDRESS" "KEPT FOR")
                        (map (lambda (target)
                               (list (stored-target-name target)
                                     (stored-field-text target 'type)
                                     (stored-address-text target)
                                     (if (eq? 'user (stored-target-scope target))
                                         "all projects"
                                         "this project")))
                             targets)
                        #:flexible 2)))
    0))

;;; show

(define (show-value value)
  (cond ((string? value) (printable value))
        ((and (pair? value) (string? (car value)))
         (string-join (map printable value) "; "))
        ((pair? value)
         (string-join (map (lambda (pair)
                             (string-append (symbol->string (car pair)) "="
                                            (printable (format-value (cdr pair)))))
                           value)
                      " "))
        (else (printable (format-value value)))))

(define (write-fields target)
  (let* ((fields (append (stored-shown-fields target)
                         `((kept-in . ,(stored-target-file target)))))
         (width (apply max 16 (map (lambda (pair)
                                     (string-length (symbol->string (car pair))))
                                   fields))))
    (for-each (lambda (pair)
                (display (string-append (string-pad-right (symbol->string (car pair)) width)
                                        "  " (show-value (cdr pair)) "\n")))
              fields)))

(define (show-target target format)
  (if (or (not (eq? 'workbench (stored-target-scope target)))
          (show-workbench-target (stored-target-file target)))
      (begin
        (if format (write-stored-target format target) (write-fields target))
        0)
      1))

;;; check

(define (check-target target json?)
  (let* ((findings (examine-target target))
         (good? (works? findings)))
    (if json?
        (write-json `((works . ,good?)
                      (target . ,(target->json target))
                      (checks . ,(findings->json findings))))
        (begin
          (show-findings findings target)
          (force-output)                ;"above" is so in a pipe, too
          (unless good?
            (say "azml-guile: " (paint 'red "runs do not work there") ", see above"))))
    (if good? 0 1)))

;;; The command

;; The verbs with options of their own: (VERB . PROCEDURE), of (azml computetarget attach).
(define own-verbs
  '(("attach" . computetarget-attach)
    ("update" . computetarget-update)
    ("detach" . computetarget-detach)))

(define (azml-computetarget words)
  "Run the command computetarget with the command line WORDS; return the exit code."
  (let ((own (and (pair? words) (assoc (car words) own-verbs))))
    (if own
        ((module-ref (resolve-interface '(azml computetarget attach)) (cdr own))
         (cdr words))
        (look-at-targets words))))

(define (look-at-targets words)
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (let ((verb (if (pair? operands) (car operands) "list"))
           (operands (append (option-refs options 'name)
                             (if (pair? operands) (cdr operands) '())))
           (format (if (option-ref options 'json) 'json (output-format options))))
       (when (option-ref options 'query)
         (refuse-query (option-ref options 'query) "computetarget list -o json"))
       (cond ((string=? verb "list")
              (when (pair? operands)
                (usage-error (string-append "'list' takes no '" (car operands) "'")))
              (list-targets format))
             ((string=? verb "show")
              (show-target (the-stored-target (single-operand %command operands "target"))
                           format))
             ((string=? verb "check")
              (check-target
               (named-target (acons 'target (single-operand %command operands "target")
                                    options))
               (eq? format 'json)))
             (else
              (unknown-verb %command verb
                            (append '("list" "show" "check") (map car own-verbs)))))))))
