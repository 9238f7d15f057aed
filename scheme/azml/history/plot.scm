;;; plot.scm: a metric of runs, as a picture.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml history plot)
  #:use-module (azml connect)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml options)
  #:use-module (azml report)
  #:use-module (azml text)
  #:autoload (azml chart) (print-chart)
  #:autoload (azml svg) (write-svg-chart)
  #:export (%command
            history-plot))

(define %command
  (command
   "history plot" "Draw a metric of one run or of several."
   #:usage '("[options] RUN... METRIC")
   #:examples '(("history plot last loss" . "in the terminal")
                ("history plot k3v9 m2p7 accuracy -o a.svg" . "two runs, as a picture"))
   #:options '((output #\o "output" "FILE" "write an SVG picture to FILE")
               (json #f "json" #f "write the points as JSON"))
   #:notes '("The x axis is the step where every point has one, else the number of the point.")))

(define (number-of value)
  (cond ((number? value) value)
        ((and (vector? value) (positive? (vector-length value)))
         (number-of (vector-ref value (- (vector-length value) 1))))
        (else #f)))

(define (usable? number)
  (and number (not (nan? number)) (not (inf? number))))

(define (points record metric)
  ;; The points of METRIC that can be drawn: ((X . Y) ...).
  (let* ((all (vector->list (json-ref (%metrics-read (json-ref record 'directory) metric)
                                      'points)))
         (steps? (and-map (lambda (point) (usable? (number-of (json-ref point 'step))))
                          all)))
    (let loop ((all all) (i 1) (found '()))
      (if (null? all)
          (reverse found)
          (let ((y (number-of (json-ref (car all) 'value))))
            (loop (cdr all) (+ i 1)
                  (if (usable? y)
                      (acons (if steps? (json-ref (car all) 'step) i) y found)
                      found)))))))

(define (series project text metric)
  ;; (RECORD . POINTS) of the run that TEXT means.
  (let* ((record (settled-run project text))
         (found (points record metric)))
    (when (null? found)
      (raise-azml-error
       'not-found
       (string-append "run " (short-id (json-ref record 'id)) " has no numbers of '"
                      (printable metric) "'")
       #:hint (logged-hint record metric)))
    (cons record found)))

(define (labelled series)
  ;; (LABEL . POINTS), for a picture.
  (let ((record (car series)))
    (cons (string-append (short-id (json-ref record 'id)) " "
                         (printable (or (json-ref record 'run 'experiment) "")))
          (cdr series))))

(define (plot-document metric all)
  `((metric . ,metric)
    (runs . ,(list->vector
              (map (lambda (series)
                     `((id . ,(json-ref (car series) 'id))
                       (experiment . ,(or (json-ref (car series) 'run 'experiment) 'null))
                       (points . ,(list->vector
                                   (map (lambda (point) (vector (car point) (cdr point)))
                                        (cdr series))))))
                   all)))))

(define (history-plot words)
  "Run the command history plot with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (when (< (length operands) 2)
       (usage-error "which run, and which metric?" "for instance: history plot last loss"))
     (let* ((project (current-project))
            (metric (list-ref operands (- (length operands) 1)))
            (all (map (lambda (text) (series project text metric))
                      (list-head operands (- (length operands) 1))))
            (file (option-ref options 'output)))
       (cond ((option-ref options 'json) (write-json (plot-document metric all)))
             ((not file) (print-chart metric (map labelled all)))
             ((string-suffix? ".svg" file) (write-svg-chart metric (map labelled all) file))
             (else (usage-error (string-append "'" file "' is not an .svg file")
                                "SVG is what can be written")))
       0))))
