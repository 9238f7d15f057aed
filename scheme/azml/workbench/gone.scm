;;; gone.scm: what az ml had, and what does it here.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml workbench gone)
  #:export (gone-command gone-verb))

(define no-service
  "there is no service, and no login: a project is a folder (azml-guile project create)")

(define no-web-service
  "models are not served here; azml-guile history promote keeps one")

(define submit "azml-guile experiment submit -c NAME SCRIPT runs a run configuration")

(define commands
  `(("ml" . "leave 'ml' out: az ml experiment submit is azml-guile experiment submit")
    ("workspace" . ,no-service)
    ("account" . ,no-service)
    ("login" . ,no-service)
    ("logout" . ,no-service)
    ("folder" . ,no-service)
    ("notebook" . "start Jupyter by itself in the project: jupyter notebook")
    ("datasource" . "data sources belong to the product; the script reads its data itself")
    ("model" . ,no-web-service)
    ("service" . ,no-web-service)
    ("image" . ,no-web-service)
    ("manifest" . ,no-web-service)))

;; (COMMAND VERB . HINT)
(define verbs
  `(("run" "submit" . ,submit)
    ("run" "submit-script" . ,submit)
    ("run" "prepare" . "azml-guile experiment prepare -c NAME builds the environment")
    ("run" "cancel" . "azml-guile stop, or experiment cancel")
    ("run" "list" . "azml-guile history lists the runs")
    ("project" "list" . "a project is a folder: go there, and azml-guile history lists its runs")
    ("project" "show" . "a project is a folder: go there, and azml-guile history lists its runs")
    ("project" "delete" . "a project is a folder: remove it; history rm removes runs")
    ("project" "update" . "git keeps the address: git remote set-url origin URL")
    ("computetarget" "setup"
     . "machines are not made here; computetarget attach keeps one that there is")
    ("computetarget" "create"
     . "machines are not made here; computetarget attach keeps one that there is")
    ("computetarget" "delete" . "azml-guile computetarget detach NAME")
    ("experiment" "list" . "azml-guile history lists the runs")
    ("experiment" "submit-script" . ,submit)))

(define (gone-command name)
  "Return the hint for the command NAME of az ml that there is not here, or #f."
  (assoc-ref commands name))

(define (gone-verb command verb)
  "Return the hint for VERB of the command COMMAND of az ml that there is not here, or #f."
  (or-map (lambda (row)
            (and (string=? command (car row)) (string=? verb (cadr row)) (cddr row)))
          verbs))
