;;; test-workbench-keys.scm: every key of Workbench's files and of its successors' does
;;; something, or it is said that it does not.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; A file is read, and made a recipe, with a key and without it.  The key is honoured if the
;;; recipes differ, told if a problem of the file, or a comment of the recipe, names it.

(use-modules (azml-test) (azml json) (azml workbench file) (azml workbench recipe))

(define (lines . texts)
  (string-append (string-join texts "\n") "\n"))

(define* (recipe file #:optional (words '("train.py")))
  (with-error-to-string
   (lambda ()
     (display (call-with-output-string
               (lambda (port)
                 (display (value-or-error (workbench-file->recipe file #:words words))
                          port)))
              (current-error-port)))))

(define (words-of file)
  ;; What reading FILE says.
  (string-join (map (lambda (problem) (json-ref problem 'message))
                    (workbench-problems (read-workbench-file file #:check? #f)))
               "\n"))

(define (code text)
  ;; The recipe TEXT without its comments.
  (string-join (filter (lambda (line) (not (string-prefix? ";;" line)))
                       (string-split text #\newline))
               "\n"))

(define* (check-key file base key text import #:optional (words '("train.py")))
  ;; FILE of BASE and the lines TEXT of KEY, seen by the recipe of the file IMPORT.
  (write-file file base)
  (let ((without (recipe import words)))
    (write-file file (string-append base text))
    (let ((said (words-of file)) (with (recipe import words)))
      (write-file file base)
      (test-assert (string-append file ": " key " means something, or is said not to")
        (or (not (string=? (code with) (code without)))
            (string-contains said (string-append "'" key "'")))))))

(define compute-keys
  ;; Each with a value that is not its default.
  '(("address" . "example.org") ("username" . "me")
    ("password" . "AzureMlSecret=a#b#00112233445566778899aabbccddeeff")
    ("privateKey" . "AzureMlSecret=a#b#00112233445566778899aabbccddeeff")
    ("baseDockerImage" . "python:3.11-slim") ("sharedVolumes" . "false")
    ("nvidiaDocker" . "true") ("nativeSharedDirectory" . "/data/share/")
    ("pythonLocation" . "/usr/bin/python3") ("sparkSubmitLocation" . "/opt/spark-submit")
    ("userManagedEnvironment" . #f) ("yarnDeployMode" . "client")
    ("cluster" . "True") ("native" . "True") ("subscriptionId" . "x")
    ("resourceGroup" . "x") ("clusterName" . "x") ("workspaceName" . "x")))

(define (compute)
  (for-each
   (lambda (type)
     (for-each
      (lambda (pair)
        (let* ((key (car pair))
               (value (or (cdr pair)
                          (if (member type '("local" "remote")) "false" "true")))
               (spark? (member key '("sparkSubmitLocation" "yarnDeployMode"))))
          (write-file "aml_config/run.runconfig"
                      (lines "Target: box"
                             (if spark? "Framework: PySpark" "Framework: Python")))
          (check-key "aml_config/box.compute" (lines (string-append "type: " type)) key
                     (lines (string-append key ": " value)) "aml_config/run.runconfig")))
      compute-keys))
   '("local" "docker" "localdocker" "remote" "remotedocker" "virtualmachine" "cluster")))

(define (run-configuration)
  (write-file "aml_config/box.compute" (lines "type: docker" "baseDockerImage: python:3.11-slim"))
  (for-each
   (lambda (row)
     (check-key "aml_config/run.runconfig"
                (lines "Target: box" (string-append "Framework: " (caddr row)))
                (car row) (lines (string-append (car row) ": " (cadr row)))
                "aml_config/run.runconfig"))
   '(("EnvironmentVariables" "{A: b}" "Python")
     ("CondaDependenciesFile" "other.yml" "Python")
     ("CondaFile" "other.yml" "Python")
     ("SparkDependenciesFile" "spark.yml" "PySpark")
     ("PrepareEnvironment" "false" "Python") ("TrackedRun" "false" "Python")
     ("UseSampling" "true" "Python") ("DataSourceSettings" "{a: b}" "Python")
     ("DataSourceSubstitutions" "{a.dsource: b.dsource}" "Python")
     ("Description" "a text" "Python") ("ManagedEnvironment" "false" "Python")))
  (write-file "aml_config/run.runconfig" (lines "Target: box" "Framework: Python"))
  (check-key "aml_config/run.runconfig" (lines "Framework: Python") "Target"
             (lines "Target: box") "aml_config/run.runconfig")
  (check-key "aml_config/run.runconfig" (lines "Target: box") "Framework"
             (lines "Framework: Python") "aml_config/run.runconfig"))

(define (conda)
  (for-each
   (lambda (pair)
     (check-key "conda.yml" (lines "dependencies: [scipy]") (car pair)
                (lines (string-append (car pair) ": " (cdr pair))) "conda.yml"))
   '(("channels" . "[conda-forge]") ("variables" . "{A: b}") ("prefix" . "/opt/x"))))

;; A key below others is written in braces behind the top one.
(define (check-row file base top path text)
  (check-key file base (car (reverse (string-split path #\.)))
             (lines (string-append top ": " text)) file #f))

(define (sdk-v1)
  (write-file "aml_config/conda_dependencies.yml" (lines "dependencies: [scipy]"))
  (for-each
   (lambda (row)
     (write-file "v1.runconfig" "")
     (check-row "v1.runconfig" (lines "script: a.py" (string-append "framework: " (caddr row)))
                (car (string-split (car row) #\.)) (car row) (cadr row)))
   '(("arguments" "[-x]" "Python") ("target" "gpu-cluster" "Python")
     ("communicator" "OpenMpi" "Python") ("prepareEnvironment" "false" "Python")
     ("autoPrepareEnvironment" "false" "Python") ("maxRunDurationSeconds" "60" "Python")
     ("nodeCount" "2" "Python") ("environmentVariables" "{A: b}" "Python")
     ("environment.name" "{name: x}" "Python") ("environment.version" "{version: '1'}" "Python")
     ("environment.environmentVariables" "{environmentVariables: {A: b}}" "Python")
     ("environment.python.userManagedDependencies" "{python: {condaDependenciesFile: aml_config/conda_dependencies.yml}}" "Python")
     ("environment.python.interpreterPath" "{python: {interpreterPath: /usr/bin/python3}}" "Python")
     ("environment.python.baseCondaEnvironment" "{python: {baseCondaEnvironment: x}}" "Python")
     ("environment.docker.enabled" "{docker: {enabled: true, baseImage: 'python:3.11'}}" "Python")
     ("environment.docker.baseDockerfile" "{docker: {baseDockerfile: Dockerfile}}" "Python")
     ("environment.docker.baseImageRegistry" "{docker: {enabled: false, baseImageRegistry: {address: x}}}" "Python")
     ("environment.spark.packages" "{spark: {packages: [{group: g, artifact: a, version: '1'}]}}" "PySpark")
     ("environment.spark.repositories" "{spark: {repositories: [https://r.example.org]}}" "PySpark")
     ("environment.spark.precachePackages" "{spark: {precachePackages: true}}" "PySpark")
     ("environment.databricks" "{databricks: {jarLibraries: []}}" "Python")
     ("history" "{outputCollection: true}" "Python")
     ("spark.configuration" "{configuration: {spark.app.name: x}}" "PySpark")
     ("hdi.yarnDeployMode" "{yarnDeployMode: cluster}" "PySpark")
     ("tensorflow" "{workerCount: 1}" "Python") ("mpi" "{processCountPerNode: 1}" "Python")
     ("batchai" "{nodeCount: 1}" "Python") ("containerInstance" "{region: x}" "Python")
     ("dataReferences" "{x: {mode: mount}}" "Python")
     ("sourceDirectoryDataStore" "x" "Python") ("amlcompute" "{vmSize: x}" "Python")))
  (for-each
   (lambda (row)
     (let ((base (lambda (more)
                   (lines "script: a.py" "environment:"
                          (string-append "  docker: {enabled: true, baseImage: 'python:3.11'"
                                         more "}")))))
       (write-file "v1.runconfig" (base ""))
       (let ((without (recipe "v1.runconfig")))
         (write-file "v1.runconfig" (base (string-append ", " (car row) ": " (cdr row))))
         (test-assert (string-append "v1.runconfig: docker." (car row))
           (not (string=? (code without) (code (recipe "v1.runconfig"))))))))
   '(("sharedVolumes" . "false") ("gpuSupport" . "true") ("shmSize" . "2g")
     ("arguments" . "[--init]"))))

(define (cli-v2)
  (for-each
   (lambda (row)
     (check-row "job.yml" (lines "command: python a.py" "code: .")
                (car (string-split (car row) #\.)) (car row) (cdr row)))
   '(("name" . "x") ("display_name" . "x") ("experiment_name" . "x")
     ("description" . "x") ("tags" . "{a: b}") ("component" . "x")
     ("environment_variables" . "{A: b}") ("compute" . "'azureml:gpu-cluster'")
     ("environment" . "'azureml:x:1'")
     ("environment.image" . "{image: 'python:3.11'}")
     ("environment.conda_file" . "{conda_file: aml_config/conda_dependencies.yml}")
     ("environment.build" . "{build: {path: .}}")
     ("resources.instance_count" . "{instance_count: 2}")
     ("resources.instance_type" . "{instance_type: x}")
     ("resources.shm_size" . "{shm_size: 2g}")
     ("resources.docker_args" . "{docker_args: --init}")
     ("limits.timeout" . "{timeout: 60}") ("distribution" . "{type: mpi}")
     ("inputs" . "{x: {type: uri_folder, path: /data, mode: download}}")
     ("inputs" . "{x: {type: uri_folder, path: 'azureml:data:1'}}")
     ("outputs.y" . "{y: {type: uri_folder, mode: upload}}")
     ("identity" . "{type: managed}") ("services" . "{}")))
  (write-file "job.yml" (lines "command: python a.py" "inputs:" "  data:"
                               "    path: https://store.example.org/data?sig=0123"))
  (let ((said (words-of "job.yml")))
    (test-assert "job.yml: an input at an address is told"
      (string-contains said "the input 'data' is not on this machine"))
    (test-assert "job.yml: without the address, which may hold a key"
      (not (string-contains said "0123"))))
  (for-each
   (lambda (row)
     (check-row "job.yml" (lines "command: python a.py" "environment: {image: 'python:3.11'}")
                "resources" (car row) (cdr row)))
   '(("resources.shm_size" . "{shm_size: 2g}")
     ("resources.docker_args" . "{docker_args: --init --rm}"))))

(run-tests "workbench keys"
  (lambda ()
    (call-with-scratch
     (lambda (folder)
       (mkdir "aml_config")
       (mkdir "data")
       (write-file "train.py" "print(1)\n")
       (write-file "aml_config/conda_dependencies.yml" (lines "dependencies: [scipy]"))
       (write-file "other.yml" (lines "dependencies: [numpy]"))
       (write-file "spark.yml" (lines "configuration: {a.b: c}"))
       (compute)
       (run-configuration)
       (conda)
       (sdk-v1)
       (cli-v2)))))
