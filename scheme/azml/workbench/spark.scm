;;; spark.scm: the framework PySpark, which is spark-submit and what it needs.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml workbench spark)
  #:use-module (azml experiment)
  #:use-module (azml json)
  #:use-module (azml text)
  #:use-module (azml workbench packages)
  #:export (spark-command spark-variables with-spark-check))

(define (spark-command machine values script arguments)
  "Return the field that executes SCRIPT with ARGUMENTS by the spark-submit of MACHINE, the
values of a .compute file; VALUES are those of a file of Spark packages.  On a cluster the
master is YARN's, unless VALUES name another."
  (let ((cluster? (equal? (json-ref machine 'type) "cluster"))
        (master (json-ref values 'configuration 'spark.master)))
    `((command
       ,(list-form
         (append (list (or (json-ref machine 'sparkSubmitLocation) "spark-submit"))
                 (if (and cluster? (not master))
                     (list "--master" "yarn" "--deploy-mode"
                           (or (json-ref machine 'yarnDeployMode) "cluster"))
                     '())
                 (spark-options values)
                 (list script)
                 arguments))))))

(define (spark-variables machine variables)
  "Return VARIABLES, an alist with symbols as keys, with the one that gives Spark the Python
which MACHINE, the values of a .compute file, names."
  (let ((python (json-ref machine 'pythonLocation)))
    (if (or (not python) (string=? python "python") (assq 'PYSPARK_PYTHON variables))
        variables
        (append variables `((PYSPARK_PYTHON . ,python))))))

;; Said where the run is, whichever machine or image that may be, before Spark's own words
;; about it, which name neither the cause nor the cure.
(define (check-lines program)
  (let ((say (lambda (text) (string-append "{ echo " (shell-quote text) " >&2; exit 127; }")))
        (slash (string-rindex program #\/)))
    ;; The one of pip finds Spark by the Python beside it.
    `(,@(if slash
            (list (string-append "PATH=" (shell-quote (substring program 0 slash))
                                 ":$PATH; export PATH"))
            '())
      ,(string-append
        "command -v " (shell-quote program) " >/dev/null 2>&1 || "
        (say (string-append
              "Framework PySpark: there is no '" program "' here.  Install Spark (pip install"
              " pyspark) and name it by sparkSubmitLocation, or write 'Framework: Python'"
              " where the script needs no Spark.")))
      ,(string-append
        "command -v java >/dev/null 2>&1 || test -x \"$JAVA_HOME/bin/java\" || "
        (say (string-append
              "Framework PySpark: there is no Java here, and Spark needs it.  Install one"
              " (apt install default-jre-headless), or set JAVA_HOME to its folder."))))))

(define (with-spark-check e)
  "Return the experiment E; if it is a command of spark-submit, it says what is missing where that
or Java is."
  (let ((command (experiment-command e)))
    (if (and (pair? command) (string-suffix? "spark-submit" (car command)))
        (experiment (inherit e)
                    (setup (append (experiment-setup e) (check-lines (car command)))))
        e)))
