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
;; are keys, as some settings are, and everybody may read a command line: they go by a file that
;; has no name any more when something is written to it.  Its settings take the place of those of
;; spark-defaults.conf, which it therefore begins with; the script of a distribution may know that
;; file where we cannot ask.
(define properties-file "/dev/fd/9")

;; The name that it has before; the runner removes this file at the latest when the run ends.
(define private "\"$AZML_RUN_DIR/private\"")

(define (file-lines program)
  ;; The setup lines that make the file, with what the spark-submit PROGRAM would read.
  (list
   (string-append "(umask 077 && : >" private ") && exec 9<>" private " && rm -f " private)
   (string-append
    "for azml_folder in \"$SPARK_CONF_DIR\" \"$SPARK_HOME/conf\""
    " \"$(dirname \"$(readlink -f \"$(command -v " (shell-quote program) ")\")\")/../conf\""
    " /etc/spark3/conf /etc/spark2/conf /etc/spark/conf; do"
    " if test -f \"$azml_folder/spark-defaults.conf\"; then"
    " { cat \"$azml_folder/spark-defaults.conf\" && echo; } >&9 || exit 125; break;"
    " fi; done")
   ;; Properties have \\, \n and \r for a backslash and line ends, and lose blanks in front.
   (string-append
    "azml_cr=$(printf '\\r'); azml_put () { printf '%s=' \"$1\" && sed -e ':a' -e '$!N' -e '$!ba'"
    " -e 's/\\\\/&&/g' -e 's/\\n/\\\\n/g' -e \"s/$azml_cr/\\\\\\\\r/g\" -e 's/^[[:blank:]]/\\\\&/'"
    " || exit 125; }")))

(define (variable-lines names)
  ;; Those that write the variables NAMES of the run to it.  YARN writes the driver's between
  ;; double quotes into a script of sh.
  (list
   (string-append
    "for azml_name in " (string-join names " ") "; do"
    " eval \"azml_value=\\$$azml_name\";"
    " printf '%s\\n' \"$azml_value\" | sed -e 's/[\\\\$\"`]/\\\\&/g' |"
    " azml_put spark.yarn.appMasterEnv.$azml_name >&9 || exit 125;"
    " printf '%s\\n' \"$azml_value\" | azml_put spark.executorEnv.$azml_name >&9 || exit 125;"
    " done; unset azml_name azml_value")))

(define (escape-key text)
  (string-concatenate
   (map (lambda (c) (if (memv c '(#\space #\tab #\: #\= #\# #\! #\\)) (string #\\ c) (string c)))
        (string->list text))))

(define (setting-line name setting)
  ;; The one that writes SETTING, (PROPERTY . VALUE), whose value is that of the variable NAME.
  (string-append "printf '%s\\n' \"$" (symbol->string name) "\" | azml_put "
                 (shell-quote (escape-key (car setting))) " >&9"))

;; Others cannot be asked for by sh, and hardly by anybody.
(define (shell-name? name)
  (and (string-every (char-set-adjoin
                      (char-set-intersection char-set:ascii char-set:letter+digit) #\_)
                     name)
       (not (char-numeric? (string-ref name 0)))))

(define (named settings)
  ;; SETTINGS, each with the variable that takes its value to the lines above: a setup line
  ;; stands in a command line itself.
  (map (lambda (setting n)
         (cons (string->symbol (string-append "azml_spark_" (number->string n))) setting))
       settings (iota (length settings) 1)))

(define* (spark-command machine values script arguments #:optional (variables '()))
  "Return the fields that execute SCRIPT with ARGUMENTS by the spark-submit of MACHINE, the
values of a .compute file; VALUES are those of a file of Spark packages.  On a cluster the
master is YARN's, unless VALUES name another.  VARIABLES, an alist with symbols as keys, are those
that the script is to see, wherever its driver is.  The run needs those of `spark-variables', too."
  (let* ((program (or (json-ref machine 'sparkSubmitLocation) "spark-submit"))
         (yarn? (and (equal? (json-ref machine 'type) "cluster")
                     (not (json-ref values 'configuration 'spark.master))))
         (mode (or (json-ref machine 'yarnDeployMode) "cluster"))
         (names (if (and yarn? (string=? mode "cluster"))
                    (filter shell-name? (map symbol->string (map car variables)))
                    '()))
         (secrets (named (spark-secrets values)))
         (lines (append (if (null? names) '() (variable-lines names))
                        (map (lambda (pair) (setting-line (car pair) (cdr pair))) secrets))))
    `((command
       ,(list-form
         (append (list program)
                 (if yarn? (list "--master" "yarn" "--deploy-mode" mode) '())
                 (if (null? lines) '() (list "--properties-file" properties-file))
                 (spark-options values)
                 (list script)
                 arguments)))
      ,@(if (null? lines)
            '()
            `((setup ,(list-form (append (file-lines program) lines))))))))

(define (spark-variables machine values variables)
  "Return VARIABLES, an alist with symbols as keys, with the one that gives Spark the Python
which MACHINE, the values of a .compute file, names, and those in which `spark-command' finds what
is secret in VALUES, those of a file of Spark packages."
  (let ((python (json-ref machine 'pythonLocation)))
    (append variables
            (if (or (not python) (string=? python "python") (assq 'PYSPARK_PYTHON variables))
                '()
                `((PYSPARK_PYTHON . ,python)))
            (map (lambda (pair) (cons (car pair) (cddr pair)))
                 (named (spark-secrets values))))))

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
