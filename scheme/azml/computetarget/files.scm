;;; files.scm: compute targets that are kept as files of Workbench.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; In a project with an aml_config, attach writes NAME.compute and NAME.runconfig, as the
;;; product did: its keys, in its order, with its defaults.  Other than there the framework is
;;; Python, and nvidiaDocker says whether the machine has a GPU.  A password makes a key and
;;; is forgotten; the file has a handle in its place, and the key is found by the name.
;;; Code:

(define-module (azml computetarget files)
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml options)
  #:use-module (azml session)
  #:use-module (azml target)
  #:use-module (azml targets)
  #:use-module (azml text)
  #:use-module (azml workbench file)
  #:autoload (azml computetarget key) (install-key!)
  #:autoload (azml workbench retired) (retired-image)
  #:export (workbench-attach?
            attach-files!))

(define types '("remotedocker" "remote" "cluster"))

(define (workbench-attach? type)
  "Return true if a target of TYPE, a word or #f, is kept as files: one of the product's types, in a
project that has an aml_config."
  (and (equal? (workbench-folder) "aml_config")
       (or (not type) (member type types))))

(define (machine fields)
  ;; What is at the other end, whatever the type, as a target of its own.
  (fields->compute-target (append fields '((type . "remote") (connect-timeout . 10)))))

(define (call-with-password password procedure)
  ;; PASSWORD in a file that nobody else can read, for as long as PROCEDURE takes.
  (let* ((folder (or (user-folder)
                     (raise-azml-error 'not-found "no place for a key: HOME is not set")))
         (file (string-append folder "/.password-" (%random-id))))
    (%folder-make folder)
    (dynamic-wind
      (lambda ()
        (close (open file (logior O_WRONLY O_CREAT O_EXCL) #o600))
        (%file-replace file password #t)
        (chmod file #o600))
      (lambda () (procedure file))
      (lambda () (%file-remove file)))))

(define (key-place name)
  (string-append (user-folder) "/keys/" name))

(define (use-key-file! name file)
  ;; The key that the user has is found under the target's name.
  (unless (%file-status file)
    (raise-azml-error 'not-found (string-append "there is no key '" (printable file) "'")))
  (let ((place (key-place name)))
    (%folder-make (dirname place))
    (chmod (dirname place) #o700)
    (when (%file-status place #f)
      (%file-remove place))
    (symlink (%file-real file) place)))

(define (credential! name fields options)
  ;; Make a key open the machine, if that is asked for; return whether one does.
  (let ((password (option-ref options 'password))
        (file (option-ref options 'key-file)))
    (cond (file (use-key-file! name file) #t)
          (password
           (call-with-password
            password
            (lambda (file)
              (install-key! (machine (append fields `((password-file . ,file)))))))
           #t)
          ((option-ref options 'make-key) (install-key! (machine fields)) #t)
          (else #f))))

(define (has-gpus? fields key)
  ;; Whether the machine has GPUs; the symbol unknown if it cannot be asked.
  (with-exception-handler
      (lambda (condition)
        (say-warning (string-append "the machine was not asked for GPUs: "
                                    (azml-error-message condition))
                     (string-append "if it has some: azml-guile computetarget update "
                                    (assq-ref fields 'name) " nvidiaDocker=true"))
        'unknown)
    (lambda ()
      (let* ((target (machine (if key (append fields `((identity-file . ,key))) fields)))
             (gpus (json-ref (session-call (connect-to target (planned-fields)) "probe" '())
                             'gpus)))
        (and (vector? gpus) (positive? (vector-length gpus)))))
    #:unwind? #t
    #:unwind-for-type &azml-error))

(define (write-lines file lines)
  (%file-replace file (string-append (string-join lines "\n") "\n"))
  (say "wrote " file))

;; That of the product, which scripts and documents expect to find there.
(define default-image "microsoft/mmlspark:plus-0.9.9")

;; Such words mean something else to YAML.
(define special-word
  (make-regexp "^([-+.0-9]*|[0-9.]+e[-+0-9]+|0x[0-9a-f]+|null|true|false|yes|no|on|off|y|n)$"
               regexp/icase))
(define plain-word (make-regexp "^[a-z0-9_/]([a-z0-9_./@:+~-]*[a-z0-9_./@+~-])?$" regexp/icase))

(define (yaml-word text)
  ;; TEXT as a value of YAML that is this very text.
  (if (and (regexp-exec plain-word text) (not (regexp-exec special-word text)))
      text
      (string-append "'" (string-join (string-split text #\') "''") "'")))

(define (compute-lines type name options handle gpus)
  (let ((docker? (string=? type "remotedocker"))
        (user (option-ref options 'username)))
    (filter
     string?
     (list (string-append "address: "
                          (yaml-word
                           (string-append (option-ref options 'address)
                                          (let ((port (option-ref options 'port)))
                                            (if port (string-append ":" port) "")))))
           (and docker? (string-append "baseDockerImage: "
                                       (yaml-word (option-ref options 'image default-image))))
           (and (not (string=? type "cluster")) "nativeSharedDirectory: ~/.azureml/share/")
           (and docker? (boolean? gpus)
                (string-append "nvidiaDocker: " (if gpus "true" "false")))
           (and handle (string-append "password: " handle))
           (and docker? "sharedVolumes: true")
           (string-append "type: " type)
           (string-append "userManagedEnvironment: "
                          (if (string=? type "remote") "true" "false"))
           (and user (string-append "username: " (yaml-word user)))
           (and (string=? type "cluster") "yarnDeployMode: cluster")))))

(define (runconfig-lines name)
  (list "ArgumentVector:" "- $file"
        "CondaDependenciesFile: aml_config/conda_dependencies.yml"
        "EnvironmentVariables: null" "Framework: Python" "PrepareEnvironment: false"
        "SparkDependenciesFile: aml_config/spark_dependencies.yml"
        (string-append "Target: " (yaml-word name)) "TrackedRun: true" "UseSampling: true"))

(define (free! file)
  (when (%file-status file)
    (raise-azml-error 'exists (string-append "'" file "' exists")
                      #:hint "computetarget update changes it, detach removes it")))

(define (attach-files! type options)
  "Write aml_config/NAME.compute and NAME.runconfig for a machine of TYPE, remotedocker if #f, as
OPTIONS, those of computetarget attach, describe it.  Return 0."
  (let* ((type (or type "remotedocker"))
         (name (or (option-ref options 'name)
                   (usage-error "what is it to be called?" "name it: -n NAME")))
         (compute (string-append "aml_config/" name ".compute"))
         (runconfig (string-append "aml_config/" name ".runconfig"))
         (port (option-number options 'port))
         (fields `((name . ,name)
                   (address . ,(or (option-ref options 'address)
                                   (usage-error "which machine?" "name it: -a HOST")))
                   ,@(let ((user (option-ref options 'username)))
                       (if user `((username . ,user)) '()))
                   ,@(if port `((port . ,port)) '()))))
    (free! compute)
    (free! runconfig)
    ;; Checked as any target is, before anything is written.
    (machine fields)
    (let* ((key? (credential! name fields options))
           (gpus (and (string=? type "remotedocker")
                      (has-gpus? fields (and key? (key-place name)))))
           (handle (and key?
                        (string-append "AzureMlSecret=" name "#"
                                       (option-ref options 'username "") "#"
                                       (substring (%json-digest (%random-id)) 0 32)))))
      (write-lines compute (compute-lines type name options handle gpus))
      (write-lines runconfig (runconfig-lines name))
      (when (string=? type "remotedocker")
        (warn-of-image compute name (option-ref options 'image default-image)))
      0)))

(define (warn-of-image file name image)
  ;; What the product took is gone: better said now than when an image is built.
  (let ((gone (retired-image image)))
    (when gone
      (say-warning (string-append file ": " (car gone))
                   (string-append (cadr gone) ": azml-guile computetarget update "
                                  (shell-quote name) " baseDockerImage=IMAGE")))))
