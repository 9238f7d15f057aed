;;; collect.scm: have a target's runner remove what nobody needs.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml collect)
  #:use-module (azml errors)
  #:use-module (azml json)
  #:use-module (azml session)
  #:export (collect total-bytes))

(define (collect session arguments)
  "Send gc with ARGUMENTS, an alist, over SESSION; return the list of what was removed, or would
be: alists of what, name and bytes."
  (let* ((parts '())
         (done #f)
         (add! (lambda (value)
                 (set! parts (cons (vector->list (or (json-ref value 'removed) #()))
                                   parts)))))
    (session-request! session "gc" arguments
                      (lambda (kind stream value)
                        (case kind
                          ((event) (add! value))
                          ((reply) (add! value) (set! done #t))
                          ((fail)
                           (raise-azml-error
                            'failed (or (json-ref value 'message) "gc failed")
                            #:hint (let ((hint (json-ref value 'hint)))
                                     (and (string? hint) hint)))))))
    (let loop ()
      (unless done
        (session-pump! session -1)
        (loop)))
    (apply append (reverse parts))))

(define (total-bytes entries)
  "Return how many bytes ENTRIES, from `collect', take together."
  (apply + (map (lambda (entry) (or (json-ref entry 'bytes) 0)) entries)))
