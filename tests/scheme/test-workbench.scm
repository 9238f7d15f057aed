;;; test-workbench.scm: files of Workbench as recipes; what is wrong with GPU set-ups.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(use-modules (azml-test) (azml core) (azml errors) (azml environment) (azml experiment)
             (azml json) (azml recipe) (azml target)
             (azml workbench assign) (azml workbench file) (azml workbench forms)
             (azml workbench lint) (azml workbench recipe) (azml workbench retired)
             (azml workbench select) (azml workbench successor))

(define (lines . texts)
  (string-append (string-join texts "\n") "\n"))

(define (project)
  (mkdir "aml_config")
  (write-file "train.py" (lines "import os" "import tensorflow as tf"))
  (write-file "aml_config/here.compute"
              (lines "type: \"local\"" "pythonLocation: \"python3\""))
  (write-file "aml_config/here.runconfig"
              (lines "ArgumentVector: [\"train.py\", 234, \"-v\"]" "Target: here"
                     "EnvironmentVariables: {A: x y, B: 1}" "Framework: Python"))
  (write-file "aml_config/spark.runconfig" (lines "Target: here"))
  (write-file "aml_config/spark_dependencies.yml"
              (lines "configuration: {\"spark.app.name\": Example}"
                     "repositories: [https://r.example.org]"
                     "packages: [{group: g, artifact: a, version: '1'}]"))
  (write-file "aml_config/gpu.compute"
              (lines "type: remotedocker" "address: gpu.example.org" "username: me"
                     "baseDockerImage: microsoft/mmlspark:plus-gpu-0.9.9"))
  (write-file "aml_config/cpu.compute"
              (lines "type: docker" "baseDockerImage: python:3.11-slim"
                     "nvidiaDocker: true"))
  (write-file "aml_config/cpu.runconfig"
              (lines "Target: cpu" "Framework: PySpark"
                     "CondaDependenciesFile: conda.yml"))
  (write-file "conda.yml"
              (lines "dependencies:" "- python=3.5.2" "- tensorflow" "- pip:"
                     "  - cntk-gpu" "  - numpy")))

(define (fields file . keywords)
  (assq-ref (apply runconfig->parts (read-workbench-file file) keywords) 'fields))

(define (configurations)
  (test-equal "a run configuration as fields of an experiment"
    '((command (list "python3" "train.py" "234" "-v"))
      (variables '(("A" . "x y") ("B" . "1"))))
    (fields "aml_config/here.runconfig"))
  (test-equal "words that are typed take the place of its own"
    '(command (list "python3" "other.py" "-x"))
    (car (fields "aml_config/here.runconfig" #:words '("other.py" "-x"))))
  (test-equal "without Framework it is PySpark, by spark-submit with its packages"
    '((command (list "spark-submit" "--packages" "g:a:1" "--repositories"
                     "https://r.example.org" "--conf" "spark.app.name=Example"
                     "train.py"))
      (variables '(("PYSPARK_PYTHON" . "python3"))))
    (fields "aml_config/spark.runconfig" #:words '("train.py")))
  (test-equal "$file alone names no script" 'usage
    (azml-error-code (error-of (fields "aml_config/spark.runconfig"))))
  (call-with-values (lambda () (workbench-configuration "here" '("train.py")))
    (lambda (e target)
      (test-equal "as records" '(("python3" "train.py") "here" local)
        (list (experiment-command e) (compute-target-name target)
              (compute-target-type target)))))
  (test-equal "a name with its extension" "here"
    (call-with-values (lambda () (workbench-configuration "here.runconfig" '("train.py")))
      (lambda (e target) (compute-target-name target))))
  (write-file "aml_config/later.runconfig"
              (lines "script: train.py" "arguments: [-x]" "target: local" "environment:"
                     "  python: {condaDependenciesFile: conda.yml}"))
  (call-with-values (lambda () (workbench-configuration "later" #f))
    (lambda (e target)
      (test-equal "a run configuration of SDK v1" '("train.py" ("-x") "3.5.2" "local")
        (list (experiment-script e) (experiment-arguments e)
              (environment-python (experiment-environment e))
              (compute-target-name target)))))
  (test-equal "and on another target" "here"
    (call-with-values (lambda () (workbench-configuration "later" #f #:target "here"))
      (lambda (e target) (compute-target-name target))))
  (delete-file "aml_config/later.runconfig")
  (test-equal "a name that no file has" '(#f #f)
    (call-with-values (lambda () (workbench-configuration "nowhere" '("train.py"))) list))
  (test-equal "a target that no file declares"
    "not-found: there is no compute target 'her' | did you mean 'here'?"
    (begin
      (write-file "aml_config/lost.runconfig" (lines "Target: her" "Framework: Python"))
      (let ((text (error-text
                   (error-of (fields "aml_config/lost.runconfig" #:words '("x.py"))))))
        (delete-file "aml_config/lost.runconfig")
        text)))
  (test-equal "a target's fields"
    '(compute-target (name "gpu") (type 'remotedocker) (address "gpu.example.org")
                     (username "me")
                     (base-docker-image "microsoft/mmlspark:plus-gpu-0.9.9"))
    (compute->form (read-workbench-file "aml_config/gpu.compute") "gpu")))

(define (recipes)
  (let ((text (workbench-file->recipe "aml_config/here.runconfig")))
    (write-file "recipe.scm" text)
    (let ((e (car (recipe-experiments (load-recipe "recipe.scm")))))
      (test-equal "the recipe of a run configuration can be read"
        '("here" ("python3" "train.py" "234" "-v") (("A" . "x y") ("B" . "1")) "here")
        (list (experiment-name e) (experiment-command e) (experiment-variables e)
              (compute-target-name (experiment-target e))))))
  (write-file "v1.runconfig"
              (lines "script: train.py" "arguments: [--epochs, 3]" "target: local"
                     "framework: Python" "maxRunDurationSeconds: 60"
                     "environment:" "  environmentVariables: {A: b}"
                     "  python:" "    condaDependenciesFile: conda.yml"
                     "history: {outputCollection: true}"))
  (let ((text (workbench-file->recipe "v1.runconfig")))
    (test-assert "what is ignored is said in a comment"
      (string-contains text ";; Line 10: 'history' is ignored: every run is recorded"))
    (write-file "recipe.scm" text)
    (let ((e (car (recipe-experiments (load-recipe "recipe.scm")))))
      (test-equal "the recipe of a run configuration of SDK v1"
        '("train.py" ("--epochs" "3") 60 (("A" . "b")) "3.5.2" ("tensorflow")
          ("cntk-gpu" "numpy"))
        (list (experiment-script e) (experiment-arguments e) (experiment-time-limit e)
              (experiment-variables e)
              (environment-python (experiment-environment e))
              (environment-conda (experiment-environment e))
              (environment-pip (experiment-environment e))))))
  (write-file "job.yml"
              (lines "type: command" "command: >-"
                     "  python train.py --rate ${{inputs.rate}}"
                     "  --data ${{inputs.data}} --out ${{outputs.model}}"
                     "inputs:" "  rate: 0.01" "  data: {type: uri_folder, path: /data/x}"
                     "environment_variables: {N: 4}" "limits: {timeout: 90}"
                     "experiment_name: digits two"))
  (write-file "recipe.scm" (workbench-file->recipe "job.yml"))
  (let ((e (car (recipe-experiments (load-recipe "recipe.scm")))))
    (test-equal "the recipe of a command job"
      '("digits-two"
        ("python" "train.py" "--rate" "0.01" "--data" "../inputs/data" "--out"
         "outputs/model")
        90 (("N" . "4")) 1)
      (list (experiment-name e) (experiment-command e) (experiment-time-limit e)
            (experiment-variables e) (length (experiment-inputs e)))))
  (test-equal "a command that needs a shell" '("sh" "-c" "a && b") (split-command "a && b")))

(define (found findings)
  (map (lambda (finding) (list (cadr (car finding)) (cadr finding))) findings))

(define (lints)
  (test-equal "an image for GPUs without nvidiaDocker, and one that is gone"
    '((4 "an image for GPUs without 'nvidiaDocker: true': the run sees no GPU")
      (4 "the images microsoft/mmlspark are gone"))
    (found (lint-compute (read-workbench-file "aml_config/gpu.compute"))))
  (test-equal "nvidiaDocker with an image for CPUs"
    '((3 "'nvidiaDocker: true' with 'python:3.11-slim', which does not look like an image for GPUs"))
    (found (lint-compute (read-workbench-file "aml_config/cpu.compute"))))
  (test-equal "a configuration with all that it names"
    '((3 "'nvidiaDocker: true' with 'python:3.11-slim', which does not look like an image for GPUs")
      (2 "Python 3.5.2 has had no fixes for years; few packages have builds for it")
      (3 "'tensorflow' brings no CUDA: it runs on the CPU unless the image has it")
      (5 "'cntk-gpu' has no wheels any more: its development ended in 2019")
      (2 "PySpark for a script of deep learning: Spark is started and not used"))
    (found (lint-configuration (read-workbench-file "aml_config/cpu.runconfig"))))
  (test-equal "PySpark for a script that imports tensorflow"
    '((1 "PySpark for a script of deep learning: Spark is started and not used"))
    (found (lint-configuration (read-workbench-file "aml_config/spark.runconfig")
                               #:words '("train.py"))))
  (test-equal "a project, each finding once" 7 (length (lint-project))))

(define (tables)
  (for-each
   (lambda (row)
     (test-equal (string-append "replacement of " (car row)) (cdr row)
       (let ((found (or (retired-package (car row)) (retired-image (car row)))))
         (and found (cadr found)))))
   '(("tensorflow-gpu==1.2.0" . "tensorflow[and-cuda] has the GPU in it")
     ("tensorflow" . #f)
     ("https://cntk.ai/PythonWheel/GPU/cntk-2.1-cp35-cp35m-linux_x86_64.whl"
      . "port the script to PyTorch (torch)")
     ("azure-ml-api-sdk==0.1.0a6" . "leave it out: azureml.logging is provided")
     ("https://azuremldownloads.example.net/azureml.assets-1.0.0-py3-none-any.whl?sv=1"
      . "leave it out")
     ("python=3.5.2" . "python=3.11") ("python=3.10" . #f) ("python-dateutil" . #f)
     ("sklearn" . "scikit-learn") ("scikit-learn" . #f)
     ("cntk==2.2" . "port the script to PyTorch (torch)")
     ("cntk_gpu" . "port the script to PyTorch (torch)")
     ("https://cntk.ai/PythonWheel/other.tar.gz" . "port the script to PyTorch (torch)")
     ("azureml-requirements" . "leave it out: azureml.logging is provided")
     ("azureml.datacollector" . "leave it out")
     ("https://azuremldownloads.example.net/tool-1.0-py3-none-any.whl?sv=1"
      . "leave it out, or name the package")
     ("microsoft/mmlspark:plus-0.9.9"
      . "mcr.microsoft.com/mmlspark/release, or python:3.11-slim where no Spark is needed")
     ("microsoft/mmlspark:plus-gpu-0.9.9"
      . "pytorch/pytorch:2.4.1-cuda12.4-cudnn9-runtime, or tensorflow/tensorflow:2.17.0-gpu")
     ("nvidia/cuda:8.0-cudnn6-devel-ubuntu16.04"
      . "pytorch/pytorch:2.4.1-cuda12.4-cudnn9-runtime, or tensorflow/tensorflow:2.17.0-gpu")
     ("microsoft/cntk:2.2-cpu-python3.5" . "python:3.11-slim")
     ("nvidia/cuda:9.0-base"
      . "pytorch/pytorch:2.4.1-cuda12.4-cudnn9-runtime, or tensorflow/tensorflow:2.17.0-gpu")
     ("mcr.microsoft.com/azureml/base:0.2.4"
      . "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04")
     ("mcr.microsoft.com/azureml/base-gpu:intelmpi2018.3-cuda9.0-cudnn7-ubuntu16.04"
      . "mcr.microsoft.com/azureml/openmpi4.1.0-cuda11.8-cudnn8-ubuntu22.04")
     ("python:3.11-slim" . #f)))
  (test-equal "the CPU's build of CNTK" "take the package's build for GPUs"
    (cadr (cpu-package-advice "https://x.org/CPU-Only/cntk-2.1-cp35-cp35m-linux_x86_64.whl"))))

(define (edits)
  (write-file "aml_config/edit.compute" "type: docker # c\r\nbaseDockerImage: \"a\"\r\n")
  (test-equal "words as changes" '((("a") . #t) (("b" "c") . "1") (("d") . #("x" "y")) (("e")))
    (words->changes '("a=true" "b.c=1" "d=[x, y]" "e=")))
  (update-compute-file "edit" '("nvidiaDocker=true" "baseDockerImage=b:gpu"))
  (test-equal "only the values change"
    "type: docker # c\r\nbaseDockerImage: \"b:gpu\"\r\nnvidiaDocker: true\r\n"
    (%file-read "aml_config/edit.compute"))
  (test-equal "a value that breaks the file is not written"
    "format: aml_config/edit.compute:1:7: there is no type 'dokcer' | did you mean 'docker'?"
    (error-text (error-of (update-compute-file "edit" '("type=dokcer")))))
  (test-assert "the file is as it was"
    (string-prefix? "type: docker # c\r\n" (%file-read "aml_config/edit.compute")))
  (test-equal "a target that is not there"
    "not-found: there is no compute target 'edti' | did you mean 'edit'?"
    (error-text (error-of (update-compute-file "edti" '("a=b")))))
  (delete-file "aml_config/edit.compute"))

;; What the keys of targets come to.
(define (targets)
  (define (target text name)
    (write-file (string-append "aml_config/" name ".compute") text)
    (let ((form (compute->form (read-workbench-file
                                (string-append "aml_config/" name ".compute"))
                               name)))
      (delete-file (string-append "aml_config/" name ".compute"))
      (cddr form)))
  (define (environment-with text)
    (write-file "aml_config/e.compute" text)
    (write-file "aml_config/e.runconfig"
                (lines "Target: e" "Framework: Python" "CondaDependenciesFile: conda.yml"))
    (let ((environment (assq-ref (runconfig->parts (read-workbench-file
                                                    "aml_config/e.runconfig")
                                                   #:words '("x.py"))
                                 'environment)))
      (delete-file "aml_config/e.compute")
      (delete-file "aml_config/e.runconfig")
      (and environment #t)))
  (mkdir ".azureml")
  (write-file ".azureml/project.json"
              (lines "{\"Id\": \"1\", \"Scope\": \"/x/accounts/A/workspaces/W/projects/P\"}"))
  (test-equal "the share of a project that the product knew"
    '((type 'local) (shared-directory "~/.azureml/share/A/W/P/"))
    (target (lines "type: local") "share"))
  (test-equal "another base" '((type 'local) (shared-directory "/data/A/W/P/"))
    (target (lines "type: local" "nativeSharedDirectory: /data") "share"))
  (test-equal "a cluster has none"
    '((type 'cluster) (address "h") (username "u"))
    (target (lines "type: cluster" "address: h" "username: u") "share"))
  (delete-file ".azureml/project.json")
  (rmdir ".azureml")
  (test-equal "without project.json each project has its own" '((type 'local))
    (target (lines "type: local") "share"))
  (test-equal "sharedVolumes: false"
    '((type 'docker) (base-docker-image "a") (shared-volumes #f))
    (target (lines "type: docker" "baseDockerImage: a" "sharedVolumes: false") "s"))
  (test-equal "sharedVolumes: true"
    '((type 'docker) (base-docker-image "a"))
    (target (lines "type: docker" "baseDockerImage: a" "sharedVolumes: true") "s"))
  (test-equal "sharedVolumes: false says what that means"
    "'sharedVolumes: false' copies all files into the container, and back when the run has ended, which takes longer"
    (begin
      (write-file "aml_config/s.compute"
                  (lines "type: docker" "baseDockerImage: a" "sharedVolumes: false"))
      (let ((result (read-workbench-file "aml_config/s.compute")))
        (delete-file "aml_config/s.compute")
        (json-ref (car (workbench-problems result '("note"))) 'message))))
  (test-equal "who has packages"
    '(#f #t #f #f #t #f #t #t)
    (map environment-with
         (list (lines "type: local") (lines "type: local" "userManagedEnvironment: false")
               (lines "type: local" "userManagedEnvironment: true")
               (lines "type: remote" "address: h" "username: u")
               (lines "type: remotedocker" "address: h" "username: u" "baseDockerImage: i")
               (lines "type: remotedocker" "address: h" "username: u" "baseDockerImage: i"
                      "userManagedEnvironment: true")
               (lines "type: cluster" "address: h" "username: u")
               (lines "type: docker" "baseDockerImage: i")))))

;; Each file that there is, through all that takes one: the outcome is a recipe or an error
;; with its place, and never anything else.
(define (take file)
  (define (attempt procedure)
    (with-exception-handler
        (lambda (condition)
          (if (azml-error? condition)
              'refused
              (list file condition)))
      procedure #:unwind? #t))
  (filter pair?
          (list (attempt (lambda () (workbench-file->recipe file #:words '("x.py")) 'made))
                (attempt (lambda ()
                           (let ((result (read-workbench-file file #:check? #f)))
                             (when (json-ref result 'ok)
                               (case (string->symbol (json-ref result 'kind))
                                 ((compute) (lint-compute result))
                                 ((conda) (lint-packages result #:gpus? #t))
                                 ((runconfig)
                                  (lint-configuration result
                                                      #:project (dirname file)))
                                 (else '())))
                             'linted)))
                (attempt (lambda ()
                           (edit-workbench-file file '((("aNewKey") . "x"))) 'changed)))))

(define (all-files folder)
  (apply append
         (map (lambda (name)
                (let ((file (string-append folder "/" name)))
                  (if (eq? 'folder (assq-ref (%file-status file) 'type))
                      (all-files file)
                      (list file))))
              (%file-list folder))))

(define (copied folder name)
  (system* "cp" "-r" folder name)
  (system* "chmod" "-R" "u+w" name)
  (all-files name))

(define (every-file)
  (for-each
   (lambda (place name)
     (when (and place (%file-status place))
       (let ((files (copied place name)))
         (test-assert (string-append "there are files: " name) (> (length files) 50))
         (test-equal (string-append "each is taken or refused: " name) '()
           (apply append (map take files))))))
   (list (string-append (getenv "AZML_SRCDIR") "/tests/fixtures/workbench")
         (getenv "AZML_WORKBENCH_SAMPLES"))
   '("fixtures" "samples")))

(run-tests "workbench"
  (lambda ()
    (call-with-scratch
     (lambda (folder)
       (project)
       (configurations)
       (recipes)
       (lints)
       (tables)
       (edits)
       (targets)
       (every-file)))))
