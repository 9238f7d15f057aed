;;; gpu.scm: the command gpu.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml scripts gpu)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml gpus)
  #:use-module (azml json)
  #:use-module (azml options)
  #:use-module (azml report)
  #:use-module (azml select)
  #:use-module (azml table)
  #:use-module (azml target)
  #:use-module (azml text)
  #:export (%command
            azml-gpu))

(define %command
  (command
   "gpu" "Show the GPUs of a machine, who uses them, and who waits."
   #:usage '("[TARGET] [-r RECIPE] [-w] [--json]")
   #:examples '(("gpu" . "this machine")
                ("gpu gpu1 -r recipe.scm" . "a target of the recipe")
                ("gpu -w" . "again and again"))
   #:options '((recipe #\r "recipe" "FILE" "where the target is declared")
               (watch #\w "watch" #f "show it anew every two seconds, until Ctrl-C")
               (json #f "json" #f "write JSON"))
   #:notes '("Exits with 0 if there is a GPU, with 1 if there is none.")))

(define period 2)
(define waiting-shown 20)

(define (unit value text)
  (if (real? value)
      (string-append (number->string (inexact->exact (round value))) text)
      "?"))

(define (memory-text gpu)
  (let ((used (json-ref gpu 'used_bytes)) (all (json-ref gpu 'memory_bytes)))
    (string-append (if (real? used) (format-bytes used) "?") " of "
                   (if (real? all) (format-bytes all) "?"))))

(define (power-text gpu)
  (let ((limit (json-ref gpu 'power_limit)))
    (string-append (unit (json-ref gpu 'power) "")
                   (if (real? limit) (string-append "/" (unit limit "")) "") " W")))

(define (lease-of answer gpu)
  (or-map (lambda (lease)
            (and (equal? (json-ref lease 'uuid) (json-ref gpu 'uuid)) lease))
          (vector->list (json-ref answer 'leases))))

(define (holder lease)
  ;; Who has the GPU of LEASE, and for how long.
  (string-append
   (if (json-ref lease 'run) (string-append "run " (short-id (json-ref lease 'run))) "somebody")
   (if (json-ref lease 'user) (string-append " of " (printable (json-ref lease 'user))) "")
   (if (real? (json-ref lease 'seconds))
       (string-append " for " (format-seconds (json-ref lease 'seconds)))
       "")))

(define (state-text answer gpu)
  (let ((lease (lease-of answer gpu))
        (processes (json-ref gpu 'processes)))
    (cond ((json-ref gpu 'problem) => printable)
          ((eq? #t (json-ref gpu 'mig)) "MIG mode")
          ((eq? #t (json-ref gpu 'prohibited)) "computing is prohibited")
          (lease (holder lease))
          ((not (vector? processes)) "processes are not told")
          ((or-map (lambda (process) (eq? #t (json-ref process 'compute)))
                   (vector->list processes))
           "used outside of any lease")
          ((not (eq? #t (json-ref answer 'gpu_driver 'pids_visible)))
           "processes cannot be seen")
          (else "free"))))

(define (gpu-row answer gpu)
  (let ((instance? (json-ref gpu 'gpu)))
    (list (string-append (if instance? "  " "") (unit (json-ref gpu 'index) ""))
          (printable (or (json-ref gpu 'model) "?"))
          (memory-text gpu)
          (or (json-ref gpu 'capability) "?")
          (unit (json-ref gpu 'utilisation) " %")
          (unit (json-ref gpu 'temperature) " C")
          (if instance? "" (power-text gpu))
          (printable (or (json-ref gpu 'uuid) "?"))
          (state-text answer gpu))))

(define (process-row gpu process)
  (let ((run (json-ref process 'run)) (memory (json-ref process 'memory)))
    (list (unit (json-ref gpu 'index) "")
          (unit (json-ref process 'pid) "")
          (printable (or (json-ref process 'user) "?"))
          (if run (short-id run) "")
          (if (real? memory) (format-bytes memory) "?")
          (printable (or (json-ref process 'name) "?")))))

(define (process-rows gpus)
  (apply append
         (map (lambda (gpu)
                (let ((processes (json-ref gpu 'processes)))
                  (if (vector? processes)
                      (map (lambda (process) (process-row gpu process))
                           (vector->list processes))
                      '())))
              gpus)))

(define (waiting-row waiting)
  (list (short-id (json-ref waiting 'run))
        (printable (or (json-ref waiting 'user) "?"))
        (unit (json-ref waiting 'count) "")
        (if (real? (json-ref waiting 'seconds))
            (format-seconds (json-ref waiting 'seconds))
            "?")))

(define (show answer)
  (let* ((gpus (vector->list (json-ref answer 'gpus)))
         (driver (json-ref answer 'gpu_driver))
         (processes (process-rows gpus))
         (waiting (vector->list (json-ref answer 'waiting))))
    (when (pair? gpus)
      (display (string-append "driver " (printable (or (json-ref driver 'driver) "?"))
                              ", CUDA " (printable (or (json-ref driver 'cuda) "?"))))
      (newline)
      (print-table '("GPU" "MODEL" "MEMORY USED" "CC" "BUSY" "TEMP" "POWER" "UUID" "STATE")
                   (map (lambda (gpu) (gpu-row answer gpu)) gpus)
                   #:right '(4 5)))
    (when (pair? processes)
      (newline)
      (print-table '("GPU" "PID" "USER" "RUN" "MEMORY" "PROCESS") processes
                   #:right '(1 4)))
    (when (pair? waiting)
      (newline)
      (let ((shown (if (> (length waiting) waiting-shown)
                       (list-head waiting waiting-shown)
                       waiting)))
        (print-table '("WAITING" "USER" "GPUS" "SINCE") (map waiting-row shown)
                     #:right '(2))
        (unless (= (length shown) (length waiting))
          (display (string-append "and " (number->string (- (length waiting) waiting-shown))
                                  " more"))
          (newline))))))

(define (show-once target json?)
  (let* ((answer (gpus target))
         (problem (gpu-problem answer)))
    (cond (json? (write-json answer))
          (else
           (show answer)
           (when problem
             (say problem))))
    (if problem 1 0)))

(define (show-again target)
  ;; A terminal is wiped; elsewhere one table follows the other.
  (let loop ()
    (when (isatty? (current-output-port))
      (display "\x1b[H\x1b[J"))
    (show-once target #f)
    (force-output (current-output-port))
    (sleep period)
    (loop)))

(define (azml-gpu words)
  "Run the command gpu with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (when (and (pair? operands) (pair? (cdr operands)))
       (usage-error "gpu takes one target" "azml-guile gpu TARGET"))
     (let ((target (named-target (if (pair? operands)
                                     (acons 'target (car operands) options)
                                     options))))
       (if (option-ref options 'watch)
           (show-again target)
           (show-once target (option-ref options 'json)))))))
