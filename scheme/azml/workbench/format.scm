;;; format.scm: rows as the option -o of the product wrote them.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml workbench format)
  #:use-module (azml options)
  #:use-module (azml report)
  #:use-module (azml suggest)
  #:use-module (azml table)
  #:use-module (azml text)
  #:export (output-format write-formatted write-result))

(define formats '("json" "table" "tsv"))

(define (output-format options)
  "Return the format that the option -o among OPTIONS names: json, table, tsv, as a symbol, or
#f."
  (let ((text (option-ref options 'output)))
    (cond ((not text) #f)
          ((string=? text "jsonc") 'json)   ;the product's word for it with colours
          ((member text formats) (string->symbol text))
          (else (usage-error (string-append "there is no format '" text "'")
                             (did-you-mean text formats "there are json, table and tsv"))))))

(define (cell value)
  (cond ((eq? value 'null) "")
        ((boolean? value) (if value "True" "False"))
        ((string? value) value)
        (else (format-value value))))

(define (tab-separated value)
  (string-map (lambda (c) (if (memv c '(#\tab #\newline #\return)) #\space c)) (cell value)))

(define (title key)
  ;; "run_id" stands above its column as "Run_id".
  (let ((text (symbol->string key)))
    (string-append (string-upcase (substring text 0 1)) (substring text 1))))

(define (write-formatted format rows columns)
  "Write ROWS, a list of alists, or one alist, in FORMAT, as `output-format' returns it: as JSON
whole, as table or tsv the COLUMNS, a list of symbols."
  (let ((list? (or (null? rows) (not (symbol? (caar rows))))))
    (if (eq? format 'json)
        (write-json (if list? (list->vector rows) rows))
        (let ((rows (map (lambda (row)
                           (map (lambda (key)
                                  (let ((pair (assq key row))) (if pair (cdr pair) 'null)))
                                columns))
                         (if list? rows (list rows)))))
          (if (eq? format 'tsv)
              (for-each (lambda (row)
                          (display (string-join (map tab-separated row) "\t"))
                          (newline))
                        rows)
              (print-table (map title columns)
                           (map (lambda (row) (map cell row)) rows)))))))

(define (write-result options rows columns)
  "If OPTIONS have -o, write ROWS, what the command has done, with COLUMNS as `write-formatted' does.
Return 0."
  (let ((format (output-format options)))
    (when format
      (write-formatted format rows columns))
    0))
