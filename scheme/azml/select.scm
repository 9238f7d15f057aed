;;; select.scm: what a command line asks to run.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml select)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml experiment)
  #:use-module (azml gpu)
  #:use-module (azml options)
  #:use-module (azml parameters)
  #:use-module (azml stray)
  #:use-module (azml submission)
  #:use-module (azml target)
  #:use-module (azml text)
  #:use-module ((azml types) #:select (type-check type-description bad? duration name-text))
  #:autoload (azml requirements) (requirements-packages)
  #:autoload (azml suggest) (did-you-mean nearest)
  #:autoload (azml targets) (stored-targets find-stored-target stored-target-name
                             stored-target-scope stored-target->compute-target)
  #:autoload (azml recipe) (load-recipe select-experiments find-target find-environment
                            recipe-targets)
  #:autoload (azml workbench gone) (gone-verb)
  #:autoload (azml workbench select) (workbench-target workbench-configuration
                                    conda-environment evaluate-form)
  #:export (select-submissions
            name-of named-recipe named-target))

(define (near-recipe file)
  ;; The recipe in the folder of FILE whose name is near, or the usual one; #f if there is none.
  (let* ((folder (dirname file))
         (there (if (eq? 'folder (assq-ref (or (%file-status folder) '()) 'type))
                    (filter (lambda (name) (string-suffix? ".scm" name)) (%file-list folder))
                    '()))
         (inside (lambda (name) (if (string=? folder ".") name (string-append folder "/" name))))
         (near (or (nearest (basename file) there)
                   (nearest (string-append (basename file) ".scm") there)
                   (and (string-suffix? ".scm" file) (member "recipe.scm" there) "recipe.scm"))))
    (and near (inside near))))

(define (checked-recipe file)
  ;; The recipe FILE; the usual mistakes get an answer of their own.
  (unless (%file-status file)
    (raise-azml-error 'not-found (string-append "there is no recipe '" (printable file) "'")
                      #:hint (cond ((gone-verb "run" file))
                                   ((near-recipe file)
                                    => (lambda (near)
                                         (string-append "did you mean '" (printable near) "'?")))
                                   ((not (string-suffix? ".scm" file))
                                    (string-append "a command comes after --: azml-guile run -- "
                                                   (shell-quote file) " ..."))
                                   (else "a command without a recipe comes after --"))))
  (when (or (string-suffix? ".py" file) (string-suffix? ".sh" file))
    (usage-error (string-append "'" (printable file) "' is a script, not a recipe")
                 (string-append "without a recipe: azml-guile run -- "
                                (shell-quote file))))
  (load-recipe file))

(define (declared? recipe name)
  (or-map (lambda (pair)
            (or (string=? (car pair) name)
                (string=? (compute-target-name (cdr pair)) name)))
          (recipe-targets recipe)))

(define (chosen-target name recipe experiment)
  ;; The target that the option -c names, else that of EXPERIMENT, else this machine.  A name
  ;; is looked up in the recipe, then among the targets that are kept.
  (cond ((not name) (or (and experiment (experiment-target experiment)) (local-target)))
        ((and (string=? name "local")
              (not (and recipe (assoc name (recipe-targets recipe)))))
         (local-target))
        ((and recipe (declared? recipe name)) (find-target recipe name))
        (else (kept-target name recipe))))

(define (kept-target name recipe)
  (let* ((kept (stored-targets))
         (found (find-stored-target name kept))
         (names (append (if recipe (map car (recipe-targets recipe)) '())
                        (map stored-target-name kept))))
    (if found
        (or (and (eq? 'workbench (stored-target-scope found))
                 (workbench-target name))
            (stored-target->compute-target found))
        (raise-azml-error
         'not-found
         (string-append "there is no compute target '" (printable name) "'")
         #:hint (did-you-mean
                 name (cons "local" names)
                 (if (null? names)
                     (string-append "azml-guile computetarget attach keeps one"
                                    (if recipe "" "; -r RECIPE names a recipe's")
                                    "; or write aml_config/" (printable name)
                                    ".compute")
                     (string-append "there are " (string-join names ", "))))))))

(define (option-typed options key type)
  ;; What TYPE stores for the text given for KEY, or #f.
  (let* ((text (option-ref options key))
         (value (and text (type-check type text))))
    (if (bad? value)
        (usage-error (string-append "option '--" (symbol->string key) "': expected "
                                    (type-description type) ", got '" text "'"))
        value)))

(define (with-limit options e)
  (let ((limit (option-typed options 'time-limit duration)))
    (if limit
        (experiment (inherit e) (time-limit limit))
        e)))

(define (with-gpus options e)
  (let ((text (option-ref options 'gpus)))
    (if text
        (experiment (inherit e)
                    (gpus (or (text->gpu-request text)
                              (usage-error (string-append "'" (printable text)
                                                          "' is no request for GPUs")
                                           "such as: --gpus 2, --gpus A100:2, --gpus all, --gpus 0"))))
        e)))

(define (with-options options e)
  (with-gpus options (with-limit options e)))

(define (named-recipe options)
  "Return the recipe that the option recipe among OPTIONS names, #f if it names none."
  (let ((file (option-ref options 'recipe)))
    (and file (checked-recipe file))))

(define* (named-target options #:optional (recipe (named-recipe options)))
  "Return the compute target that the option target among OPTIONS names, in RECIPE or
elsewhere; this machine, if it names none."
  (chosen-target (option-ref options 'target) recipe #f))

;;; Experiments of a recipe

(define (overridden e assignments)
  (if (null? assignments)
      e
      (call-with-values
          (lambda () (override-parameters (experiment-parameters e) assignments))
        (lambda (changed warnings)
          (for-each say-warning warnings)
          (experiment (inherit e) (parameters changed))))))

(define (of-recipe command options operands)
  (when (null? operands)
    (usage-error "which recipe?"
                 (if (%file-status "recipe.scm")
                     (string-append "for instance: azml-guile " (command-name command)
                                    " recipe.scm")
                     (string-append "see: azml-guile " (command-name command)
                                    " --help"))))
  (let* ((file (car operands))
         (recipe (checked-recipe file))
         (assignments (filter assignment? (cdr operands)))
         (names (filter (lambda (word) (not (assignment? word))) (cdr operands)))
         (experiments (if (null? names)
                          (select-experiments recipe)
                          (apply append
                                 (map (lambda (name) (select-experiments recipe name))
                                      names)))))
    (map (lambda (e)
           (make-submission (with-options options (overridden e assignments))
                            (chosen-target (option-ref options 'target) recipe e)
                            #:recipe file))
         experiments)))

;;; A command

(define name-characters
  (string->char-set
   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"))

(define (name-of words)
  "Return what a run of WORDS, a list of strings, is called: the script's name, else the
program's."
  (let* ((word (if (and (pair? (cdr words))
                        (string-prefix? "python" (basename (car words)))
                        (string-suffix? ".py" (cadr words)))
                   (cadr words)
                   (car words)))
         (base (basename word))
         (dot (string-rindex base #\.))
         (base (if (and dot (positive? dot)) (substring base 0 dot) base))
         (name (string-map (lambda (char)
                             (if (char-set-contains? name-characters char) char #\_))
                           base))
         (name (string-trim name (string->char-set "-."))))
    (if (string-null? name) "command" name)))

(define (configured options words)
  ;; The submission of WORDS by the run configuration of a file that -c names, or #f.
  ;; "local" alone is this machine as it is, also where there is a local.runconfig.
  (let ((name (option-ref options 'target)))
    (and name
         (not (string=? name "local"))
         (call-with-values
             (lambda ()
               (workbench-configuration
                name (if (string-suffix? ".py" (car words)) words '("-"))))
           (lambda (e target)
             (and e
                  (let* ((wanted (option-ref options 'environment))
                         (e (experiment
                             (inherit e)
                             (name (or (option-typed options 'name name-text)
                                       (name-of words)))
                             (environment (if wanted
                                              (named-environment wanted #f)
                                              (experiment-environment e))))))
                    (if (string-suffix? ".py" (car words))
                        (make-submission (with-options options e) target
                                         #:folder (%working-folder))
                        (make-submission
                         (with-options options (experiment (inherit e) (script #f)
                                                         (arguments '()) (setup '())
                                                         (command words)))
                         target #:words words #:folder (%working-folder))))))))))

(define (named-environment name recipe)
  ;; The environment NAME of RECIPE, or that of the file NAME, of conda or of pip.
  (cond ((or (string-suffix? ".yml" name) (string-suffix? ".yaml" name))
         (unless (%file-status name)
           (raise-azml-error 'not-found (string-append "there is no conda file '"
                                                       (printable name) "'")))
         (conda-environment name))
        ((string-suffix? ".txt" name)
         (evaluate-form `(environment (pip ',(requirements-packages name))) name))
        (recipe (find-environment recipe name))
        (else
         (usage-error "option '--environment' needs a recipe, or a file of packages"
                      "name it: -r RECIPE, or -e requirements.txt, -e environment.yml"))))

(define (of-words options words)
  (let* ((file (option-ref options 'recipe))
         (recipe (and file (checked-recipe file)))
         (wanted (option-ref options 'environment))
         (environment (and wanted (named-environment wanted recipe)))
         (e (experiment (name (or (option-typed options 'name name-text) (name-of words)))
                        (command words)
                        (environment environment))))
    (list (or (and (not recipe) (configured options words))
              (make-submission (with-options options e)
                               (chosen-target (option-ref options 'target) recipe #f)
                               #:words words #:folder (%working-folder))))))

(define (select-submissions command options operands rest)
  "Return the submissions that the command line of COMMAND means: OPTIONS, OPERANDS, and
REST, the command after \"--\" or #f.  Warn of what will not be where they run."
  (let ((submissions (submissions-of command options operands rest)))
    (for-each warn-of-strays submissions)
    submissions))

(define (submissions-of command options operands rest)
  (cond ((not rest)
         (for-each (lambda (key)
                     (when (option-ref options key)
                       (usage-error (string-append "option '--" (symbol->string key)
                                                   "' is for a command after --"))))
                   '(recipe environment name))
         (of-recipe command options operands))
        ((pair? operands)
         (usage-error (string-append "'" (car operands)
                                     "' and a command after -- do not go together")
                      "the recipe of a command is named by -r RECIPE"))
        ((null? rest) (usage-error "which command?" "for instance: run -- train.py"))
        (else (of-words options rest))))
