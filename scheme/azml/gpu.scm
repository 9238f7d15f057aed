;;; gpu.scm: what an experiment asks for in GPUs.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml gpu)
  #:use-module (azml records)
  #:use-module (azml types)
  #:export (gpu-request gpu-request? gpu-request-count gpu-request-memory
            gpu-request-model gpus-type gpu-request->json))

(define-record-type* <gpu-request> gpu-request gpu-request?
  "A number of GPUs, of a model and with memory if that matters."
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
  (count gpu-request-count (type positive-integer) (default 1))
  (memory gpu-request-memory (type (optional memory-size)) (default #f))
  (model gpu-request-model (type (optional text)) (default #f)))

;; #f, a gpu-request, or a number of GPUs.
(define gpus-type
  (make-type "a gpu-request, or a number of GPUs"
             (lambda (value)
               (cond ((or (not value) (gpu-request? value)) value)
                     ((eqv? value 0) #f)
                     ((and (exact-integer? value) (positive? value))
                      (gpu-request (count value)))
                     (else (bad value))))))

(define (gpu-request->json request)
  "Return the gpu-request REQUEST as a JSON object."
  (append (list (cons 'count (gpu-request-count request)))
          (if (gpu-request-memory request)
              (list (cons 'memory (gpu-request-memory request)))
              '())
          (if (gpu-request-model request)
              (list (cons 'model (gpu-request-model request)))
              '())))
