;;; gpus.scm: GPUs of a machine, and what a run did with its own.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml gpus)
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml session)
  #:use-module (azml sparkline)
  #:use-module (azml text)
  #:export (gpus print-gpu-use gpu-problem))

;;; Of a machine

(define (gpus target)
  "Return what the machine of the compute target TARGET has in GPUs, a JSON object: 'gpus', an
array with an object for each GPU and MIG instance; 'gpu_driver', what is true of all of them;
'leases' and 'waiting', who holds one and who waits.  doc/protocol.md has the keys."
  (let* ((session (connect-to target (planned-fields)))
         (probe (session-call session "probe" '((gpus . #t))))
         (table (session-call session "gpus" '())))
    `((gpus . ,(or (json-ref probe 'gpus) #()))
      (gpu_driver . ,(or (json-ref probe 'gpu_driver) '()))
      (leases . ,(or (json-ref table 'leases) #()))
      (waiting . ,(or (json-ref table 'waiting) #())))))

(define (gpu-problem answer)
  "Return in a line why ANSWER, what `gpus' returned, has no GPU; #f if it has."
  (let ((driver (json-ref answer 'gpu_driver)))
    (cond ((json-ref driver 'problem)
           => (lambda (problem) (printable problem)))
          ((positive? (vector-length (json-ref answer 'gpus))) #f)
          ((json-ref driver 'nvidia_smi) "nvidia-smi finds no GPU")
          (else "no nvidia-smi on this machine: it has no NVIDIA GPU, or no driver for it"))))

;;; Of a run

(define (total gpus key)
  ;; The sum of what is known of KEY, #f if nothing is.
  (let ((known (filter real? (map (lambda (gpu) (json-ref gpu key)) gpus))))
    (and (pair? known) (apply + known))))

(define (largest gpus key)
  (let ((known (filter real? (map (lambda (gpu) (json-ref gpu key)) gpus))))
    (and (pair? known) (apply max known))))

(define (mean gpus key)
  (let ((known (filter real? (map (lambda (gpu) (json-ref gpu key)) gpus))))
    (and (pair? known) (/ (apply + known) (length known)))))

(define (percent value)
  (string-append (number->string (inexact->exact (round value))) " %"))

(define (format-energy joules)
  (define (one-digit value)
    (number->string (/ (round (* 10 value)) 10)))
  (cond ((< joules 1000) (string-append (one-digit (exact->inexact joules)) " J"))
        ((< joules 1000000) (string-append (one-digit (/ joules 1000.)) " kJ"))
        (else (string-append (one-digit (/ joules 3600000.)) " kWh"))))

(define (models gpus)
  (let ((names (filter string? (map (lambda (gpu) (json-ref gpu 'model)) gpus))))
    (if (and (pair? names) (and-map (lambda (name) (equal? name (car names))) names))
        (string-append " " (printable (car names)))
        "")))

(define (course directory)
  (let ((values (%gpu-course directory)))
    (if (> (length (filter real? (vector->list values))) 1)
        (string-append "  " (paint 'cyan (sparkline values #:unicode? (console-unicode?)
                                                  #:range '(0 . 100))))
        "")))

(define (use-text gpus directory)
  (let ((memory (largest gpus 'peak_memory))
        (mean (mean gpus 'mean_utilisation))
        (peak (largest gpus 'peak_utilisation))
        (energy (total gpus 'energy)))
    (string-append
     (string-join
      (filter identity
              (list (string-append (format-count (length gpus) "GPU") (models gpus))
                    (and memory (string-append "peak memory " (format-bytes memory)))
                    (and mean peak
                         (string-append "busy " (percent mean) " on average, "
                                        (percent peak) " at most"))
                    (and energy (format-energy energy))))
      ", ")
     (course directory))))

(define (used-gpus status)
  ;; Those that the run was given, or, of one that asked for none, those that it was on.
  (let* ((gpu (json-ref status 'gpu))
         (all (vector->list (or (json-ref status 'gpus) #())))
         (own (filter (lambda (one) (eq? #t (json-ref one 'processes))) all)))
    (if (or (eq? #t (json-ref gpu 'given)) (null? own)) all own)))

(define (texts value)
  (if (vector? value) (map printable (filter string? (vector->list value))) '()))

(define (print-gpu-use status directory line)
  "Say by LINE, a procedure of a name and texts, what the run in DIRECTORY with STATUS
(status.json) did with GPUs, and warn if it had some and did not use them."
  (let* ((gpu (json-ref status 'gpu))
         (used (json-ref gpu 'used))
         (given? (eq? #t (json-ref gpu 'given)))
         (gpus (used-gpus status)))
    (cond ((or given? (equal? used "yes"))
           (when (pair? gpus)
             (line "GPU" (use-text gpus directory))))
          ((equal? used "no") (line "GPU" "not used"))
          (else (line "GPU" "not known whether it was used")))
    (when (and given? (equal? used "no"))
      (say-warning (string-append "the run had "
                                  (format-count (max 1 (length gpus)) "GPU")
                                  " and never put a process on "
                                  (if (> (length gpus) 1) "them" "it")))
      (for-each (lambda (cause) (say "  " cause)) (texts (json-ref gpu 'causes))))
    (when (and given? (equal? used "unknown"))
      (line "" "whether a process of the run was on it cannot be told here"))
    (for-each (lambda (run)
                (say-warning (string-append "it put a process on a GPU that run "
                                            (short-id run) " holds")
                             "(gpus 1) or --gpus 1 asks for one that is free"))
              (texts (json-ref gpu 'shared_with)))
    (let ((killed (or (json-ref gpu 'killed) 0))
          (left (or (json-ref gpu 'left) 0))
          (unverified (json-ref gpu 'unverified)))
      (when (positive? killed)
        (line "" (format-count killed "process" "processes") " left on the GPU, killed"))
      (when (positive? left)
        (say-warning (string-append
                      (format-count left "process" "processes")
                      " of the run cannot be killed and stay on the GPU")))
      (when (string? unverified)
        (say-warning (string-append "whether the run has left its GPU is unknown: "
                                    (printable unverified)))))))
