;;; here.scm: checks of this machine: program, project, tools
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml doctor here)
  #:use-module (azml core)
  #:use-module (azml doctor finding)
  #:use-module (azml errors)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml paths)
  #:use-module (azml plugin)
  #:use-module (azml program)
  #:use-module (azml text)
  #:export (checks-here))

;;; The program

(define (check-program circumstances)
  (list (finding 'program "azml-guile" 'ok
                 (string-append (azml-version) ", Guile " (version)))))

(define (check-runner circumstances)
  (let ((hello (circumstances-hello circumstances))
        (failure (circumstances-failure circumstances)))
    (list
     (cond
      (failure
       (finding 'program "runner" 'problem
                (printable (azml-error-message failure))
                #:install (or (azml-error-hint failure)
                              "reinstall azml-guile, or let AZML_RUNNER name the runner")
                #:needed? #t))
      ((not (equal? (json-ref hello 'runner) (azml-version)))
       (finding 'program "runner" 'problem
                (string-append "version " (or (json-ref hello 'runner) "?")
                               " is not that of azml-guile, " (azml-version))
                #:install "install both from the same build"))
      (else
       (finding 'program "runner" 'ok
                (string-append (json-ref hello 'runner)
                               (if (eq? #t (json-ref hello 'static))
                                   ", static"
                                   ", dynamically linked: for this machine only")
                               (let ((program (json-ref hello 'program)))
                                 (if (string? program)
                                     (string-append ", " (printable program))
                                     "")))))))))

(define (check-python-package circumstances)
  (let ((file (string-append (python-directory) "/azml/__init__.py")))
    (if (%file-status file)
        '()
        (list (finding 'program "azml for Python" 'problem
                       (string-append "there is no " (printable file))
                       #:gives "metrics from Python scripts"
                       #:install "reinstall azml-guile, or let AZML_PYTHON_DIR name its folder")))))

(define (type-names)
  (sort (map (lambda (type) (symbol->string (target-type-name type)))
             (registered-target-types))
        string<?))

(define (check-plugins circumstances)
  (let ((failures (load-all-plugins)))
    (cons (finding 'program "target types" (if (null? (type-names)) 'problem 'ok)
                   (string-join (type-names) ", ")
                   #:needed? (null? (type-names)))
          (map (lambda (failure)
                 (finding 'program "plugin" 'problem
                          (string-append (printable (basename (car failure) ".scm"))
                                         " was not loaded: " (printable (cdr failure)))
                          #:install (string-append "correct or remove "
                                                   (printable (car failure)))))
               failures))))

(define (check-ssh circumstances)
  ;; How other machines are reached.
  (let ((module (ssh-module-file))
        (ssh (find-program "ssh")))
    (list
     (cond
      ((and module (%file-status module))
       (finding 'program "SSH" 'ok "built in, by libssh"))
      (module
       (finding 'program "SSH" 'problem
                (string-append "there is no " (printable module))
                #:gives "runs on other machines"
                #:install "reinstall azml-guile, or set AZML_SSH=ssh"))
      (ssh
       (finding 'program "SSH" 'ok
                (string-append "by " (printable ssh) ": this was built without libssh")))
      (else
       (finding 'program "SSH" 'missing
                "there is no ssh command, and this was built without libssh"
                #:gives "runs on other machines"
                #:install (from-packages #t "openssh-client" "OpenSSH")))))))

(define (check-make circumstances)
  (list
   (if (makefile)
       (finding 'program "GNU Make" 'ok
                (string-append "makefiles can include " (printable (makefile))))
       (finding 'program "GNU Make" 'missing "this was built without its header gnumake.h"
                #:gives "recorded runs in the rules of makefiles"
                #:install "install GNU Make with its header, and build azml-guile again"))))

(define plain-characters
  (string->char-set
   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/"))

(define (shell-path file)
  ;; FILE as a word for a shell, with ~ for the home folder where that is shorter.
  (let ((home (%getenv "HOME")))
    (if (and home
             (string-prefix? (string-append home "/") file)
             (string-every plain-characters file))
        (string-append "~" (substring file (string-length home)))
        (shell-quote file))))

(define (completion-files)
  ;; Where the completion of the user's shell is looked for.
  (let* ((home (or (%getenv "HOME") ""))
         (data (or (%getenv "XDG_DATA_HOME") (string-append home "/.local/share")))
         (config (or (%getenv "XDG_CONFIG_HOME") (string-append home "/.config")))
         (bash (or (%getenv "BASH_COMPLETION_USER_DIR")
                   (string-append data "/bash-completion")))
         (shell (basename (or (%getenv "SHELL") "bash"))))
    (cond
     ((string=? shell "zsh")
      (list shell
            (string-append home "/.zfunc/_azml-guile")
            "/usr/local/share/zsh/site-functions/_azml-guile"
            "/usr/share/zsh/vendor-completions/_azml-guile"
            "/usr/share/zsh/site-functions/_azml-guile"))
     ((string=? shell "fish")
      (list shell
            (string-append config "/fish/completions/azml-guile.fish")
            "/usr/local/share/fish/vendor_completions.d/azml-guile.fish"
            "/usr/share/fish/vendor_completions.d/azml-guile.fish"))
     (else
      (list "bash"
            (string-append bash "/completions/azml-guile")
            "/usr/local/share/bash-completion/completions/azml-guile"
            "/usr/share/bash-completion/completions/azml-guile"
            "/etc/bash_completion.d/azml-guile")))))

(define (check-completion circumstances)
  (let* ((files (completion-files))
         (shell (car files))
         (found (filter %file-status (cdr files))))
    (list (if (pair? found)
              (finding 'program "completion" 'ok
                       (string-append shell ", " (printable (car found))))
              (finding 'program "completion" 'missing
                       (string-append "not installed for " shell)
                       #:gives "completion by the Tab key"
                       #:install (completion-command shell (cadr files)))))))

(define (completion-command shell file)
  ;; What installs the completion of SHELL as FILE; without a home there is no such place.
  (if (%getenv "HOME")
      (string-append "mkdir -p " (shell-path (dirname file))
                     " && azml-guile completion " shell " >" (shell-path file))
      (string-append "azml-guile completion " shell)))

;;; The project

(define (check-runs circumstances)
  (let ((place (known circumstances 'places 'runs)))
    (if place
        (list (check-place 'project "runs" place #t))
        '())))

(define (check-index circumstances)
  ;; The index is opened as history would open it.
  (let ((project (existing-project)))
    (list
     (if (not project)
         (finding 'project "index" 'ok "no project yet: the first run makes one here")
         (with-exception-handler
             (lambda (condition)
               (finding 'project "index" 'problem
                        (printable (azml-error-message condition))
                        #:install (or (azml-error-hint condition)
                                      "azml-guile history reindex")))
           (lambda ()
             (index-finding project))
           #:unwind? #t
           #:unwind-for-type &azml-error)))))

(define (run-folders project)
  (let ((folder (project-field project 'runs)))
    (if (%file-status folder)
        (filter (lambda (name) (not (string-prefix? "." name))) (%file-list folder))
        '())))

(define (index-finding project)
  (let* ((file (project-field project 'index))
         (there? (%file-status file))
         (runs (length (run-folders project))))
    (if (and (not there?) (positive? runs))
        (finding 'project "index" 'problem
                 (string-append "there is none of " (format-count runs "run"))
                 #:install "azml-guile history reindex")
        (let ((latest (query-runs project '((limit . 1)))))
          (if (and (zero? (vector-length latest)) (positive? runs))
              (finding 'project "index" 'problem
                       (string-append "it does not know any of " (format-count runs "run"))
                       #:install "azml-guile history reindex")
              (finding 'project "index" 'ok (format-count runs "run")))))))

;;; Tools of this machine

(define (check-git circumstances)
  (let ((git (find-program "git")))
    (list (if git
              (finding 'tools "git" 'ok (printable git))
              (finding 'tools "git" 'missing "not found"
                       #:gives "the commit recorded with each run"
                       #:install (from-packages #t "git" "git"))))))

(define checks-here
  (list check-program check-runner check-python-package check-plugins check-ssh check-make
        check-completion check-runs check-index check-git))
