;;; submit.scm: what `experiment submit' and `prepare' mean, as a submission.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml workbench submit)
  #:use-module (azml core)
  #:use-module (azml experiment)
  #:use-module (azml options)
  #:use-module (azml select)
  #:use-module (azml submission)
  #:use-module (azml target)
  #:use-module (azml workbench file)
  #:use-module (azml workbench select)
  #:autoload (azml env image) (preparation)
  #:autoload (azml errors) (raise-azml-error)
  #:autoload (azml suggest) (did-you-mean)
  #:export (workbench-submission))

(define (kept name)
  ;; The compute target NAME, wherever it is kept.
  (named-target `((target . ,name))))

;; The run configuration that the options name: -c, else one that is called like -t.
(define (configuration-name name target)
  (cond (name name)
        ((and target (workbench-file target "runconfig")) target)
        (target #f)
        (else
         (let ((names (workbench-names "runconfig")))
           (usage-error "which run configuration?"
                        (if (null? names)
                            "name it: -c local"
                            (string-append "name it: -c, of "
                                           (string-join names ", "))))))))

(define (unknown name)
  (raise-azml-error
   'not-found (string-append "there is no run configuration '" name "'")
   #:hint (did-you-mean name (workbench-names "runconfig")
                        "runconfiguration list shows them")))

;; A target without a run configuration of its name: the script, as it is.
(define (plain name target words)
  (let ((target (cond (target (kept target))
                      ((or (string=? name "local") (workbench-file name "compute"))
                       (kept name))
                      ((string-suffix? ".runconfig" name) (unknown name))
                      (else (kept name)))))
    (unless (pair? words)
      (usage-error "which script?" "for instance: experiment submit -c local train.py"))
    (values (experiment (name "configured") (script (car words)) (arguments (cdr words)))
            target)))

(define (configured name target words overrides)
  ;; -t may name a file, or what is kept elsewhere.
  (let ((file? (and target (or (string=? target "local")
                               (workbench-file target "compute")))))
    (call-with-values
        (lambda ()
          (workbench-configuration name words #:target (and file? target)
                                   #:overrides overrides))
      (lambda (e own)
        (if e
            (values e (if (and target (not file?)) (kept target) own))
            (plain name target words))))))

(define (script-of e)
  ;; The words of the experiment E from the script on.
  (let loop ((words (if (experiment-script e)
                        (list (experiment-script e))
                        (experiment-command e))))
    (cond ((null? words) (experiment-command e))
          ((string-suffix? ".py" (car words)) words)
          (else (loop (cdr words))))))

(define* (workbench-submission name words #:key target conda spark prepare?)
  "Return the submission of WORDS, a script and its arguments, or of what the run configuration
names if it is #f, by the run configuration NAME, or #f, and on the compute target TARGET, if
that is given.  CONDA and SPARK are dependency files in place of those that it names.  With
PREPARE? there is no script: only the environment matters."
  (let ((name (configuration-name name target))
        (words (if prepare? '("-") words))
        (overrides (append (if conda `((CondaDependenciesFile . ,conda)) '())
                           (if spark `((SparkDependenciesFile . ,spark)) '()))))
    (for-each (lambda (file)
                (unless (%file-status file)
                  (raise-azml-error 'not-found
                                    (string-append "there is no file '" file "'"))))
              (filter (lambda (file) file) (list conda spark)))
    (call-with-values
        (lambda ()
          (if name
              (configured name target words overrides)
              (plain #f target words)))
      (lambda (e target)
        (make-submission
         (if prepare?
             (preparation e)
             (experiment (inherit e) (name (name-of (script-of e)))))
         target #:folder (%working-folder))))))
