;;; filter.scm: the filters of JMESPath expressions, as those of --where.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml workbench filter)
  #:use-module (ice-9 regex)
  #:export (key->ours filter->ours constants))

;; Keys of the product's records that have other names here; any other is a metric.
(define keys
  '(("status" . "state") ("duration" . "seconds") ("start_time_utc" . "submitted")
    ("created_utc" . "submitted") ("script_name" . "experiment") ("target" . "target")
    ("run_id" . "id")))

(define plain-key (make-regexp "^[A-Za-z_][A-Za-z0-9_]*$"))

(define (key->ours key)
  "Return what KEY of the product's records is called in --where and --sort."
  (or (assoc-ref keys key)
      (string-append "metrics."
                     (if (regexp-exec plain-key key) key (string-append "\"" key "\"")))))

(define (value->ours key text)
  ;; The text of a value: 'Completed', `0.9` or "x", as a filter has it.
  (let ((bare (string-trim-both text (string->char-set "'`\" "))))
    (cond ((string->number bare) bare)
          ((string=? key "status") (string-downcase bare))
          ((string=? key "script_name")
           (if (string-suffix? ".py" bare) (substring bare 0 (- (string-length bare) 3)) bare))
          ((string-every (char-set-union char-set:letter+digit (string->char-set "_.-")) bare)
           bare)
          (else (string-append "\"" bare "\"")))))

(define comparison
  (make-regexp
   "^ *([A-Za-z_][A-Za-z0-9_]*|\"[^\"]*\") *(==|!=|<=|>=|<|>) *('[^']*'|`[^`]*`|[-0-9.]+) *$"))

(define containment
  (make-regexp "^ *(contains|starts_with|ends_with)\\(([A-Za-z_]+), *('[^']*'|`[^`]*`)\\) *$"))

(define (comparison->ours text)
  ;; One comparison, or #f.
  (let ((match (regexp-exec comparison text)))
    (if match
        (let* ((key (string-trim-both (match:substring match 1) #\"))
               (operator (match:substring match 2))
               (value (match:substring match 3)))
          (cond ((not (string=? value "`null`"))
                 (string-append (key->ours key) " "
                                (if (string=? operator "==") "=" operator) " "
                                (value->ours key value)))
                ((assoc key keys) #f)
                ((string=? operator "!=") (key->ours key))
                ((string=? operator "==") (string-append "not " (key->ours key)))
                (else #f)))
        (containment->ours text))))

(define (containment->ours text)
  (let ((match (regexp-exec containment text)))
    (and match
         (let* ((name (match:substring match 1))
               (bare (value->ours (match:substring match 2) (match:substring match 3)))
               (bare (string-trim-both bare #\")))
           (string-append (key->ours (match:substring match 2)) " ~ \""
                          (if (string=? name "starts_with") "" "*") bare
                          (if (string=? name "ends_with") "" "*") "\"")))))

(define (split-at text separator)
  (let ((at (string-contains text separator)))
    (if at
        (cons (substring text 0 at)
              (split-at (substring text (+ at (string-length separator))) separator))
        (list text))))

(define (filter->ours text)
  "Return the filter of --where that holds where TEXT, what stands in [? ], does; #f where it cannot
be said so."
  (let* ((text (regexp-substitute/global #f "([A-Za-z_0-9\"]) *([!=]=) *null" text
                                         'pre 1 " " 2 " `null`" 'post))
         ;; "and" binds closer than "or", here and there.
         (clauses (map (lambda (part) (map comparison->ours (split-at part "&&")))
                       (split-at text "||"))))
    (and (and-map (lambda (clause) (and-map identity clause)) clauses)
         (string-join (map (lambda (clause) (string-join clause " and ")) clauses)
                      " or "))))

(define sum-regexp (make-regexp "sum\\(`\\[([-+0-9., eE]*)\\]`\\)"))

(define (constants text)
  "Return the JMESPath expression TEXT with the sums of numbers that it writes out in their place:
the language has no other way to subtract."
  (let ((match (regexp-exec sum-regexp text)))
    (if match
        (let ((numbers (map (lambda (part) (string->number (string-trim-both part) 10))
                            (string-split (match:substring match 1) #\,))))
          (if (and-map identity numbers)
              (constants
               (string-append (match:prefix match) "`"
                              (number->string
                               (/ (round (* 1e12 (apply + numbers))) 1e12))
                              "`" (match:suffix match)))
              text))
        text)))
