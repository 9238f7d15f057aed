;;; gc.scm: the command env gc.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml env gc)
  #:use-module (azml collect)
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml options)
  #:use-module (azml report)
  #:use-module (azml select)
  #:use-module (azml text)
  #:export (%command
            env-gc))

(define %command
  (command
   "env gc" "Remove environments and images that were never finished, or not used for long."
   #:usage '("[options]")
   #:examples '(("env gc -n --unused 30d" . "what would be removed")
                ("env gc --unused 30d" . "what was not used for 30 days"))
   #:options '((unused #\u "unused" "AGE" "remove what was not used for 12h, 30d, 8w")
               (target #\c "target" "NAME" "on the compute target NAME (local)")
               (recipe #\r "recipe" "FILE" "where the target is declared")
               (dry-run #\n "dry-run" #f "remove nothing, say what would be")
               (json #f "json" #f "write JSON"))
   #:notes '("Without --unused only what an interrupted build left is removed.  An environment"
             "that a run uses, or that is being built, never is.  So it is with the images of"
             "environments, and with the volume azml-cache, where what pip and conda got for"
             "them is kept; containers that a dead run left are removed always.")))

(define (entry-text entry now)
  (let ((used (json-ref entry 'used))
        (what (json-ref entry 'what)))
    (cond ((equal? what "container")
           (string-append "container " (printable (json-ref entry 'name))))
          ((member what '("image" "volume"))
           (string-append what " " (printable (json-ref entry 'name))
                          (if (string? used)
                              (string-append
                               ", used " (format-ago (- now (or (%time-parse used) now))))
                              "")))
          ((not (equal? what "environment"))
           (printable (json-ref entry 'name)))
          ((string? used)
           (string-append "environment " (short-id (json-ref entry 'name))
                          ", used " (format-ago (- now (or (%time-parse used) now)))))
          (else (string-append "environment " (short-id (json-ref entry 'name))
                               ", never finished")))))

(define (count-of entries what)
  (length (filter (lambda (entry) (equal? (json-ref entry 'what) what)) entries)))

(define (say-entries entries dry-run?)
  (let ((verb (if dry-run? "would remove " "removed "))
        (now (%clock-utc-ms)))
    (for-each (lambda (entry)
                (say verb (entry-text entry now) "  " (format-bytes (json-ref entry 'bytes))))
              entries)
    (say verb
         (format-count (count-of entries "environment") "environment")
         (let ((images (count-of entries "image")))
           (if (zero? images)
               ""
               (string-append ", " (format-count images "image"))))
         ", " (format-bytes (total-bytes entries)))))

(define (env-gc words)
  "Run the command env gc with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (when (pair? operands)
       (usage-error (string-append "env gc takes no '" (car operands) "'")
                    "what is removed is chosen by --unused AGE"))
     (let* ((unused (option-age options 'unused))
            (dry-run? (and (option-ref options 'dry-run) #t))
            (entries (collect (connect-to (named-target options) (planned-fields))
                              `((dry_run . ,dry-run?)
                                (age . 0)
                                (environments
                                 . ,(if unused `((unused . ,unused)) '()))))))
       (if (option-ref options 'json)
           (write-json `((dry_run . ,dry-run?) (removed . ,(list->vector entries))))
           (say-entries entries dry-run?))
       0))))
