;;; fetch.scm: find runs on a target that are not known here.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml history fetch)
  #:use-module ((srfi srfi-1) #:select (filter-map))
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml follow)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml link)
  #:use-module (azml mirror)
  #:use-module (azml options)
  #:use-module (azml progress)
  #:use-module (azml received)
  #:use-module (azml select)
  #:use-module (azml session)
  #:use-module (azml structure)
  #:use-module (azml summary)
  #:use-module (azml text)
  #:use-module ((azml watch) #:select (raise-failure))
  #:export (%command
            history-fetch))

(define %command
  (command
   "history fetch" "Find the runs of this project on a compute target, from any clone of it."
   #:usage '("TARGET [-r RECIPE] [--all]")
   #:examples '(("history fetch gpu1" . "make copies of those that are not known here")
                ("history fetch -r recipe.scm gpu1" . "a target that a recipe declares"))
   #:options '((recipe #\r "recipe" "FILE" "where the target is declared")
               (all #f "all" #f "all my runs there, not only those of this project"))
   #:notes '("Logs and metrics are brought at once; outputs by history refresh or history"
             "outputs RUN --fetch.")))

(define (list-there link arguments progress interrupt left?)
  ;; All runs, whose list may come in parts; from its beginning where the link broke within.
  (let ((parts '()) (done #f) (failure #f))
    (define (add! value)
      (let ((runs (json-ref value 'runs)))
        (when (vector? runs)
          (set! parts (append (reverse (vector->list runs)) parts)))))
    (define (ask! session)
      (set! parts '())
      (session-request! session "list" arguments
                        (lambda (kind stream value)
                          (unless (eq? kind 'fail)
                            (add! value))
                          (case kind
                            ((reply) (set! done #t))
                            ((fail) (set! failure value) (set! done #t))))))
    (ask! (link-session link))
    (progress-begin! progress (string-append "asking " (printable (link-name link))))
    (link-until (lambda () (or done (left?))) link progress interrupt ask!)
    (progress-end! progress)
    (when failure
      (raise-failure failure))
    (reverse parts)))

(define (unknown-runs entries fields)
  ;; Those of ENTRIES, what the machine calls its runs, that can be some and are not here:
  ;; ((RUN . STATUS) ...), each once.
  (let ((seen (make-hash-table)))
    (filter-map
     (lambda (entry)
       (let* ((id (json-ref entry 'id))
              (run (checked-run (json-ref entry 'run) id))
              (status (checked-status (json-ref entry 'status))))
         (and run status
              (not (hash-ref seen id))
              (not (%file-status (string-append (json-ref fields 'runs) "/" id) #f))
              (begin
                (hash-set! seen id #t)
                (cons run status)))))
     entries)))

;; How runs are brought: over a link, as long as the user waits.
(define-structure <bringer>
  (make-bringer project place link progress left)
  bringer?
  (project bringer-project)
  (place bringer-place)
  (link bringer-link)
  (progress bringer-progress)
  (left bringer-left set-bringer-left!)) ;the exit code if the user does not wait any more

(define (bringer-interrupt bringer)
  (lambda (signal) (set-bringer-left! bringer (+ 128 signal))))

(define (bring! bringer id mirror status text)
  ;; Bring what is followed of run ID into MIRROR, saying TEXT.
  (if (terminal-state? (json-ref status 'state))
      (let* ((link (bringer-link bringer))
             (progress (bringer-progress bringer))
             (tracked (track-run (link-session link) id #:mirror mirror)))
        (when (link-session link)
          (tracked-follow! tracked))
        (link-until (lambda ()
                      (when (link-well? link)
                        (progress-begin! progress text))
                      (or (bringer-left bringer) (tracked-ended? tracked)))
                    link progress (bringer-interrupt bringer)
                    (lambda (session) (tracked-resume! tracked session)))
        (progress-end! progress)
        (when (tracked-failure tracked)
          (raise-failure (tracked-failure tracked))))
      (mirror-status! mirror status #f)))

(define (take! bringer run status text)
  ;; Make a copy of RUN, which stands at STATUS, with all but its outputs; nothing of it stays
  ;; if that fails or the user does not wait for it.
  (let* ((id (json-ref run 'id))
         (project (bringer-project bringer))
         (mirror (create-mirror (project-field project 'runs) id run (bringer-place bringer))))
    (with-exception-handler
        (lambda (condition)
          (%mirror-remove mirror)
          (raise-exception condition))
      (lambda () (bring! bringer id mirror status text))
      #:unwind? #t)
    (if (bringer-left bringer)
        (%mirror-remove mirror)
        (begin
          (mirror-contact! mirror (session-hello (link-session (bringer-link bringer))))
          (close-mirror! mirror)
          (index-refresh! project id)
          (print-outcome run status)))))

(define (take-all! bringer new)
  ;; Take the runs NEW, ((RUN . STATUS) ...); return how many are here then.
  (let ((all (number->string (length new))))
    (let loop ((rest new) (n 0))
      (if (or (null? rest) (bringer-left bringer))
          n
          (begin
            (take! bringer (caar rest) (cdar rest)
                   (string-append "bringing run " (short-id (json-ref (caar rest) 'id)) ", "
                                  (number->string (+ n 1)) " of " all))
            (loop (cdr rest) (if (bringer-left bringer) n (+ n 1))))))))

(define (say-found found new)
  (let ((refused (filter (lambda (entry)
                           (not (checked-run (json-ref entry 'run) (json-ref entry 'id))))
                         found)))
    (when (pair? refused)
      (say-warning (string-append (format-count (length refused) "run")
                                  " there cannot be read, and none of them is taken")))
    (say (format-count (length found) "run") " there, "
         (number->string (length new)) " of them new")))

(define (fetch-from bringer fields all?)
  ;; Take what the project with FIELDS lacks; return the exit code.
  (let* ((found (list-there (bringer-link bringer)
                            (if all? '() `((project . ,(json-ref fields 'id))))
                            (bringer-progress bringer) (bringer-interrupt bringer)
                            (lambda () (bringer-left bringer))))
         (new (if (bringer-left bringer) '() (unknown-runs found fields)))
         (taken (take-all! bringer new)))
    (if (bringer-left bringer)
        (say "left: " (format-count taken "run") " of " (number->string (length new))
             " came; the same command again brings the others")
        (say-found found new))
    (or (bringer-left bringer) 0)))

(define (history-fetch words)
  "Run the command history fetch with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (let* ((name (single-operand %command operands "compute target"))
            (project (current-project #:create? #t))
            (fields (%project-fields project))
            (target (named-target (append options (list (cons 'target name)))))
            (place (target-place target fields)))
       (when (place-shared? place fields)
         (raise-azml-error 'invalid
                           (string-append "the runs of '" (printable name)
                                          "' are in this project already")))
       (let* ((link (open-link place name (connect-to-place (car place) (cdr place))))
              (bringer (make-bringer project place link (make-progress) #f)))
         (set-link-hint! link (lambda () "nothing that came is lost; connecting again"))
         (fetch-from bringer fields (option-ref options 'all)))))))
