;;; gpu-table.scm: the GPUs of a machine as tables, for a terminal of any width.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml gpu-table)
  #:use-module (azml console)
  #:use-module (azml json)
  #:use-module (azml table)
  #:use-module (azml text)
  #:export (print-gpus))

(define waiting-shown 20)

;; What a narrow terminal goes without, one after the other; --json has it all.
(define spare '("UUID" "CC" "POWER" "TEMP"))
(define longest-problem 24)             ;in a table that must be narrow

(define (unit value text)
  (if (real? value)
      (string-append (number->string (inexact->exact (round value))) text)
      "?"))

(define (list-of value key)
  (vector->list (or (json-ref value key) #())))

;;; GPUs

(define (name-of gpus gpu)
  ;; Its number; of an instance "0:1", as containers name it.
  (let* ((whole (json-ref gpu 'gpu))
         (parent (and whole (or-map (lambda (one) (and (equal? (json-ref one 'uuid) whole) one))
                                    gpus))))
    (string-append (if parent (string-append (unit (json-ref parent 'index) "") ":") "")
                   (unit (json-ref gpu 'index) ""))))

(define (memory-text gpu)
  (let ((used (json-ref gpu 'used_bytes)) (all (json-ref gpu 'memory_bytes)))
    (if (or (real? used) (real? all))
        (string-append (if (real? used) (format-bytes used) "?") " of "
                       (if (real? all) (format-bytes all) "?"))
        "?")))

(define (power-text gpu)
  (let ((power (json-ref gpu 'power)) (limit (json-ref gpu 'power_limit)))
    (cond ((not (or (real? power) (real? limit))) "?")
          ((real? limit) (string-append (unit power "") "/" (unit limit " W")))
          (else (unit power " W")))))

(define (lease-of answer gpu)
  (or-map (lambda (lease)
            (and (equal? (json-ref lease 'uuid) (json-ref gpu 'uuid)) lease))
          (list-of answer 'leases)))

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

(define header '("GPU" "MODEL" "MEMORY USED" "CC" "BUSY" "TEMP" "POWER" "UUID" "STATE"))

(define (gpu-row answer gpus gpu)
  (list (name-of gpus gpu)
        (printable (or (json-ref gpu 'model) "?"))
        (memory-text gpu)
        (or (json-ref gpu 'capability) "?")
        (unit (json-ref gpu 'utilisation) " %")
        (unit (json-ref gpu 'temperature) " C")
        (if (json-ref gpu 'gpu) "" (power-text gpu))
        (printable (or (json-ref gpu 'uuid) "?"))
        (state-text answer gpu)))

(define (index-of name names)
  (let loop ((names names) (i 0))
    (and (pair? names)
         (if (string=? name (car names)) i (loop (cdr names) (+ i 1))))))

(define (width table)
  (+ (* 2 (- (length (car table)) 1))
     (apply + (apply map (lambda cells (apply max (map string-columns cells))) table))))

(define (without table name)
  (let ((i (index-of name (car table))))
    (map (lambda (row) (append (list-head row i) (list-tail row (+ i 1)))) table)))

(define (fit table columns spare)
  ;; TABLE, rows below their header, without those of SPARE that have no room.
  (if (or (null? spare) (<= (width table) columns))
      table
      (fit (without table (car spare)) columns (cdr spare))))

(define (short-state row)
  ;; What is wrong is said in full below the table.
  (let ((state (car (last-pair row))))
    (if (> (string-length state) longest-problem)
        (append (list-head row (- (length row) 1)) '("see below"))
        row)))

(define (print-devices answer gpus columns)
  (let* ((troubled? (lambda (gpu) (json-ref gpu 'problem)))
         (rows (map (lambda (gpu)
                      (let ((row (gpu-row answer gpus gpu)))
                        (if (and columns (troubled? gpu)) (short-state row) row)))
                    gpus))
         (table (if columns (fit (cons header rows) columns spare) (cons header rows))))
    (print-table (car table) (cdr table)
                 #:right (filter identity
                                 (map (lambda (name) (index-of name (car table)))
                                      '("BUSY" "TEMP")))
                 #:flexible 1)
    (when columns
      (for-each (lambda (gpu)
                  (let ((text (state-text answer gpu)))
                    (when (> (string-length text) longest-problem)
                      (display (string-append "GPU " (name-of gpus gpu) ": " text "\n")))))
                (filter troubled? gpus)))))

;;; Processes, and who waits

(define (process-row name process)
  (let ((run (json-ref process 'run)) (memory (json-ref process 'memory)))
    (list name
          (unit (json-ref process 'pid) "")
          (printable (or (json-ref process 'user) "?"))
          (if run (short-id run) "")
          (if (real? memory) (format-bytes memory) "?")
          (printable (or (json-ref process 'name) "?")))))

(define (process-rows gpus)
  (apply append
         (map (lambda (gpu)
                (map (lambda (process) (process-row (name-of gpus gpu) process))
                     (list-of gpu 'processes)))
              gpus)))

(define (waiting-row waiting)
  (list (short-id (json-ref waiting 'run))
        (printable (or (json-ref waiting 'user) "?"))
        (unit (json-ref waiting 'count) "")
        (if (real? (json-ref waiting 'seconds))
            (format-seconds (json-ref waiting 'seconds))
            "?")))

(define (print-waiting waiting)
  (let* ((more (- (length waiting) waiting-shown))
         (shown (if (positive? more) (list-head waiting waiting-shown) waiting)))
    (print-table '("WAITING" "USER" "GPUS" "SINCE") (map waiting-row shown)
                 #:right '(2))
    (when (positive? more)
      (display (string-append "and " (number->string more) " more\n")))))

(define (print-gpus answer)
  "Write ANSWER, what `gpus' returned, to the standard output: the GPUs, the processes on them
and the runs that wait for one."
  (let* ((gpus (list-of answer 'gpus))
         (driver (json-ref answer 'gpu_driver))
         (processes (process-rows gpus))
         (waiting (list-of answer 'waiting)))
    (when (pair? gpus)
      (display (string-append "driver " (printable (or (json-ref driver 'driver) "?"))
                              ", CUDA " (printable (or (json-ref driver 'cuda) "?")) "\n"))
      (print-devices answer gpus (console-columns)))
    (when (pair? processes)
      (newline)
      (print-table '("GPU" "PID" "USER" "RUN" "MEMORY" "PROCESS") processes
                   #:right '(1 4)))
    (when (pair? waiting)
      (newline)
      (print-waiting waiting))))
