;;; gpu.scm: what an experiment asks for in GPUs.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml gpu)
  #:use-module (azml records)
  #:use-module (azml types)
  #:export (gpu-request gpu-request? gpu-request-count gpu-request-memory
            gpu-request-model gpu-request-capability gpu-request-optional?
            gpu-request-require-use? gpu-request-foreign-memory
            gpus-type gpu-request->json text->gpu-request))

(define count-type
  (checked "a number of GPUs, or 'all"
           (lambda (value)
             (or (eq? value 'all)
                 (and (exact-integer? value) (<= 0 value 1024))))))

(define capability-type
  (checked "a compute capability such as \"8.0\""
           (lambda (value)
             (and (string? value)
                  (let ((parts (string-split value #\.)))
                    (and (<= 1 (length parts) 2)
                         (and-map (lambda (part)
                                    (and (string->number part)
                                         (string-every char-numeric? part)
                                         (<= 1 (string-length part) 2)))
                                  parts)))))))

(define-record-type* <gpu-request> gpu-request gpu-request?
  "A number of GPUs, of a model, with memory and of a compute capability if that matters."
  (printer (lambda (record port)
             (display "#<gpu-request " port)
             (display (gpu-request-count record) port)
             (when (gpu-request-model record)
               (display " x " port)
               (display (gpu-request-model record) port))
             (when (gpu-request-memory record)
               (display " of " port)
               (display (gpu-request-memory record) port)
               (display " bytes" port))
             (display ">" port)))
  (count gpu-request-count (type count-type) (default 1))
  (memory gpu-request-memory (type (optional memory-size)) (default #f))
  (model gpu-request-model (type (optional text)) (default #f))
  (capability gpu-request-capability (type (optional capability-type)) (default #f))
  (optional? gpu-request-optional? (type boolean) (default #f))
  (require-use? gpu-request-require-use? (type boolean) (default #f))
  (foreign-memory gpu-request-foreign-memory (type (optional memory-size)) (default #f)))

;; #f: nothing is said about GPUs; a gpu-request; or a number of GPUs, 0 to hide them.
(define gpus-type
  (make-type "a gpu-request, a number of GPUs, or 'all"
             (lambda (value)
               (cond ((or (not value) (gpu-request? value)) value)
                     ((equal? value "all") ;as files and command lines say it
                      (gpu-request (count 'all)))
                     ((or (eq? value 'all)
                          (and (exact-integer? value) (<= 0 value 1024)))
                      (gpu-request (count value)))
                     (else (bad value))))))

(define (text->gpu-request text)
  "Return the gpu-request that TEXT, as it stands on a command line, means: \"2\", \"all\", \"0\",
\"A100\", \"A100:2\" or \"4090\", which is too much for a number; #f if it means none."
  (define (model text n)
    (and n
         (not (string-null? text))
         (or (string-any char-alphabetic? text) (string-every char-numeric? text))
         (gpu-request (count n) (model text))))
  (define (number text)
    (cond ((string=? text "all") 'all)
          ((and (string-every char-numeric? text) (string->number text))
           => (lambda (n) (and (<= n 1024) n)))
          (else #f)))
  (let ((colon (string-rindex text #\:)))
    (cond ((string-null? text) #f)
          ((number text) => (lambda (n) (gpu-request (count n))))
          (colon (model (substring text 0 colon) (number (substring text (+ colon 1)))))
          (else (model text 1)))))

(define (gpu-request->json request)
  "Return the gpu-request REQUEST as a JSON object."
  (define (pair key value)
    (if value (list (cons key value)) '()))
  (let ((count (gpu-request-count request)))
    (append (pair 'count (if (symbol? count) (symbol->string count) count))
            (pair 'memory (gpu-request-memory request))
            (pair 'model (gpu-request-model request))
            (pair 'capability (gpu-request-capability request))
            (pair 'optional (gpu-request-optional? request))
            (pair 'require_use (gpu-request-require-use? request))
            (pair 'foreign (gpu-request-foreign-memory request)))))
