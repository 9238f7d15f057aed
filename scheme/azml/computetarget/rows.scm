;;; rows.scm: kept compute targets as JSON, and as rows of the option -o.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml computetarget rows)
  #:use-module (azml destination)
  #:use-module (azml json)
  #:use-module (azml report)
  #:use-module (azml targets)
  #:autoload (azml workbench format) (write-formatted)
  #:export (stored-field-text
            stored-address-text
            stored-shown-fields
            write-stored-target
            write-stored-targets))

(define (stored-field-text target key)
  "Return the field KEY of TARGET, from `stored-targets', as text: \"\" if it has none."
  (let ((value (assq-ref (stored-target-fields target) key)))
    (cond ((string? value) value)
          ((number? value) (number->string value))
          (else ""))))

(define (stored-address-text target)
  "Return where TARGET is, as \"user@host:port\"."
  (let ((said (lambda (key)
                (let ((text (stored-field-text target key)))
                  (and (not (string-null? text)) text)))))
    (destination->text (stored-field-text target 'address) (said 'username) (said 'port))))

(define (stored-shown-fields target)
  "Return the fields of TARGET, an alist, without a password that somebody wrote into the file."
  (define (shown pair)
    (cond ((memq (car pair) '(password passphrase)) (cons (car pair) "***"))
          ((and (eq? 'address (car pair)) (string? (cdr pair))
                (destination-secret? (cdr pair)))
           (cons 'address (destination->text (cdr pair) #f #f)))
          (else pair)))
  (map shown (stored-target-fields target)))

(define (document target)
  `((name . ,(stored-target-name target))
    (scope . ,(symbol->string (stored-target-scope target)))
    (file . ,(stored-target-file target))
    (fields . ,(map (lambda (pair)
                      (cons (car pair)
                            (if (and (pair? (cdr pair)) (string? (cadr pair)))
                                (list->vector (cdr pair))
                                (cdr pair))))
                    (stored-shown-fields target)))))

;; In tables the titles are the product's.
(define columns '(name type address scope))

(define (row target)
  `((name . ,(stored-target-name target))
    (type . ,(stored-field-text target 'type))
    (address . ,(stored-address-text target))
    (scope . ,(symbol->string (stored-target-scope target)))))

(define (write-stored-target format target)
  "Write TARGET in FORMAT, as `output-format' returns it; nothing if that is #f."
  (cond ((eq? format 'json) (write-json (document target)))
        (format (write-formatted format (row target) columns))))

(define (write-stored-targets format targets)
  "Write the list TARGETS in FORMAT, as `output-format' returns it; nothing if that is #f."
  (cond ((eq? format 'json) (write-json (list->vector (map document targets))))
        (format (write-formatted format (map row targets) columns))))
