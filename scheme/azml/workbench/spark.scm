;;; spark.scm: the framework PySpark, which is spark-submit and what it needs.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml workbench spark)
  #:use-module (azml experiment)
  #:use-module (azml json)
  #:use-module (azml text)
  #:use-module (azml workbench packages)
  #:export (spark-command spark-variables with-spark-check))

;; Where the driver is on another node, variables reach it by Spark's own settings alone.  Some
;; are keys, and everybody may read a command line: they go by a file that has no name any more
;; when Spark opens it.  Its settings take the place of those of spark-defaults.conf, which it
;; therefore begins with; the script of a distribution may know that file where we cannot ask.
(define properties-file "/dev/fd/9")

(define (properties-lines program names)
  ;; The setup lines that make the file, for the variables NAMES of the run.
  (list
   "azml_file=$(mktemp \"${TMPDIR:-/tmp}/azml-spark.XXXXXX\")"
   (string-append
    "for azml_folder in \"$SPARK_CONF_DIR\" \"$SPARK_HOME/conf\""
    " \"$(dirname \"$(readlink -f \"$(command -v " (shell-quote program) ")\")\")/../conf\""
    " /etc/spark3/conf /etc/spark2/conf /etc/spark/conf; do"
    " if test -f \"$azml_folder/spark-defaults.conf\"; then"
    " cat \"$azml_folder/spark-defaults.conf\" >\"$azml_file\"; echo >>\"$azml_file\"; break;"
    " fi; done")
   ;; Properties have \\ and \n for a backslash and a line end.
   "azml_put () { printf '%s=' \"$1\"; sed -e ':a' -e '$!N' -e '$!ba' -e 's/\\\\/&&/g' -e 's/\\n/\\\\n/g'; }"
   ;; YARN writes the driver's variables between double quotes into a script of sh.
   (string-append
    "for azml_name in " (string-join names " ") "; do"
    " eval \"azml_value=\\$$azml_name\";"
    " printf '%s\\n' \"$azml_value\" | sed -e 's/[\\\\$\"`]/\\\\&/g' |"
    " azml_put spark.yarn.appMasterEnv.$azml_name;"
    " printf '%s\\n' \"$azml_value\" | azml_put spark.executorEnv.$azml_name;"
    " done >>\"$azml_file\"")
   "exec 9<\"$azml_file\" && rm -f \"$azml_file\"; unset azml_file azml_name azml_value"))

;; Others cannot be asked for by sh, and hardly by anybody.
(define (shell-name? name)
  (and (string-every (char-set-adjoin
                      (char-set-intersection char-set:ascii char-set:letter+digit) #\_)
                     name)
       (not (char-numeric? (string-ref name 0)))))

(define* (spark-command machine values script arguments #:optional (variables '()))
  "Return the fields that execute SCRIPT with ARGUMENTS by the spark-submit of MACHINE, the
values of a .compute file; VALUES are those of a file of Spark packages.  On a cluster the
master is YARN's, unless VALUES name another.  VARIABLES, an alist with symbols as keys, are those
that the script is to see, wherever its driver is."
  (let* ((program (or (json-ref machine 'sparkSubmitLocation) "spark-submit"))
         (yarn? (and (equal? (json-ref machine 'type) "cluster")
                     (not (json-ref values 'configuration 'spark.master))))
         (mode (or (json-ref machine 'yarnDeployMode) "cluster"))
         (names (if (and yarn? (string=? mode "cluster"))
                    (filter shell-name? (map symbol->string (map car variables)))
                    '())))
    `((command
       ,(list-form
         (append (list program)
                 (if yarn? (list "--master" "yarn" "--deploy-mode" mode) '())
                 (if (null? names) '() (list "--properties-file" properties-file))
                 (spark-options values)
                 (list script)
                 arguments)))
      ,@(if (null? names)
            '()
            `((setup ,(list-form (properties-lines program names))))))))

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
