;;; test-plugins.scm: target types of plugins, good and broken ones.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(use-modules (azml-test) (azml core) (azml errors) (azml plugin) (azml recipe)
             (azml target) (azml types) (srfi srfi-1))

(define head "(use-modules (azml) (azml types))\n")

(define (recipe . lines)
  (write-file "r.scm" "(use-modules (azml))\n" (string-join lines "\n"))
  (load-recipe "r.scm"))

(define (target . lines)
  (cdar (recipe-targets (apply recipe lines))))

(define box-plugin "
(define (channel target)
  (list (cons 'kind 'local)
        (cons 'argv (list \"ssh\" (compute-target-field target 'address) \"serve\"))))

(register-plugin!
 (plugin
  (name \"box\")
  (api 1)
  (target-types
   (list (target-type
          (name 'box)
          (description \"a machine far away\")
          (fields (list (target-field (name 'address) (required? #t))
                        (target-field (name 'port) (type positive-integer) (default 22))
                        (target-field (name 'image) (type (optional text)) (default #f))))
          (channel channel)
          (wrapper (lambda (target job)
                     (list (cons 'argv (vector \"nice\" \"-n\" \"5\")))))
          (check (lambda (target)
                   (and (string=? (compute-target-field target 'address) \"nowhere\")
                        \"there is no machine nowhere\"))))))))
")

(define (local)
  (let ((here (local-target)))
    (test-equal "the local target" '("local" local)
      (list (compute-target-name here) (compute-target-type here)))
    (test-equal "its channel runs the runner here" 'local
      (assq-ref ((target-type-channel (compute-target-target-type here)) here) 'kind))
    (test-equal "its runs are the project's" "/p/.azml/runs"
      (assq-ref ((target-type-layout (compute-target-target-type here)) here
                 '((runs . "/p/.azml/runs") (objects . "/p/.azml/objects")))
                'runs))
    (test-equal "it puts nothing around the command" #f
      ((target-type-wrapper (compute-target-target-type here)) here '()))
    (test-equal "it is the only type that was loaded for it" '(local)
      (map target-type-name (registered-target-types)))))

(define (of-users)
  (mkdir "plugins")
  (mkdir "more")
  (write-file "plugins/box.scm" head box-plugin)
  (write-file "plugins/broken.scm" head "(define x (car 5))\n")
  (write-file "more/open.scm" "(define (f x)\n  (list x\n")
  (write-file "more/newer.scm" head "(register-plugin! (plugin (name \"newer\") (api 99)))\n")
  (write-file "more/silent.scm" "(define x 5)\n")
  (write-file "more/noise.txt" "not Scheme at all (")
  (setenv "AZML_PLUGIN_PATH" (string-append (getcwd) "/plugins:" (getcwd) "/more"))
  (let ((box (target "(define b (compute-target (name \"b\") (type 'box) (address \"h\")))")))
    (test-equal "a user's target type" '((address . "h") (port . 22) (image . #f))
      (compute-target-fields box))
    (test-equal "its channel" '("ssh" "h" "serve")
      (assq-ref ((target-type-channel (compute-target-target-type box)) box) 'argv))
    (test-equal "its wrapper" '((argv . #("nice" "-n" "5")))
      ((target-type-wrapper (compute-target-target-type box)) box '()))
    (test-equal "what a run records of it"
      '((name . "b") (type . "box") (address . "h") (port . 22))
      (target->json box))
    (test-equal "how it prints" "#<compute-target b (box) address=\"h\" port=22 image=#f>"
      (object->string box)))
  (test-equal "no other plugin was loaded for it" '(box local)
    (sort (map target-type-name (registered-target-types))
          (lambda (a b) (string<? (symbol->string a) (symbol->string b)))))
  (test-equal "a field of its own, of the wrong type"
    "invalid: r.scm:2:56: field 'port' of compute-target: expected an exact integer above 0, got \"x\""
    (error-text
     (error-of (target "(compute-target (name \"b\") (type 'box) (address \"h\")   (port \"x\"))"))))
  (test-equal "a field of its own, misspelt"
    "invalid: r.scm:2:40: unknown field 'adress' of a compute-target of type box | did you mean 'address'?"
    (error-text (error-of (target "(compute-target (name \"b\") (type 'box) (adress \"h\"))"))))
  (test-equal "a required field that is missing"
    "invalid: r.scm:2:1: compute-target of type box lacks the field 'address'"
    (error-text (error-of (target "(compute-target (name \"b\") (type 'box))"))))
  (test-equal "its own check"
    "invalid: r.scm:2:1: compute-target: there is no machine nowhere"
    (error-text (error-of (target "(compute-target (name \"b\") (type 'box) (address \"nowhere\"))"))))
  (write-file "more/batch.scm" head "
(register-plugin!
 (plugin (name \"batch\") (api 1)
         (target-types (list (target-type (name 'batch) (channel (lambda (t) '()))
                                          (start (lambda (t j) '(\"sbatch\"))))))))")
  (test-assert "a way to start that this version has not is refused, not forgotten"
    (string-contains (error-text (error-of (target "(compute-target (name \"b\") (type 'batch))")))
                     "starts the runner by a command of its own"))
  (test-equal "fields are inherited" '("c" "h" 23)
    (let ((c (cdadr (recipe-targets
                     (recipe "(define b (compute-target (name \"b\") (type 'box) (address \"h\")))"
                             "(define c (compute-target (inherit b) (name \"c\") (port 23)))")))))
      (list (compute-target-name c) (compute-target-field c 'address)
            (compute-target-field c 'port)))))

(define (broken)
  (define (file name) (string-append (getcwd) "/" name))
  (test-equal "the plugin of the type that is asked for says what is wrong in it"
    (string-append "scheme: " (file "plugins/broken.scm")
                   ":2:11: In procedure car: Wrong type argument in position 1"
                   " (expecting pair): 5")
    (error-text (error-of (target "(compute-target (name \"b\") (type 'broken))"))))
  (test-equal "it does so again" 'scheme
    (azml-error-code (error-of (target "(compute-target (name \"b\") (type 'broken))"))))
  (let ((failures (load-all-plugins)))
    (test-equal "all plugins that fail are named" (map file '("plugins/broken.scm"
                                                               "more/newer.scm"
                                                               "more/open.scm"))
      (map car failures))
    (test-assert "with their errors"
      (every (lambda (failure text) (string-contains (cdr failure) text))
             failures
             '("In procedure car" "version 99 of the plugin interface" "not closed"))))
  (test-assert "an unknown type names them, too"
    (let ((text (error-text (error-of (target "(compute-target (name \"b\") (type 'bax))")))))
      (and (string-contains text "no plugin brings the target type 'bax'")
           (string-contains text "broken.scm was not loaded")
           (string-contains text "did you mean 'box'?"))))
  (test-equal "and the others work on" '("b" "l")
    (map (lambda (pair) (compute-target-name (cdr pair)))
         (recipe-targets
          (recipe "(define b (compute-target (name \"b\") (type 'box) (address \"h\")))"
                  "(define l (compute-target (name \"l\")))"))))
  (test-equal "a plugin in a later folder does not replace one of the same name" 1
    (begin
      (write-file "more/box.scm" "(car 5)")
      (length (filter (lambda (file) (string-suffix? "/box.scm" file)) (plugin-files))))))

;; Files of this machine that a target names.
(define (files)
  (define (key file text)
    (mkdir (dirname file))
    (write-file file "(use-modules (azml))\n(define t (compute-target (name \"t\") (type 'remote)"
                " (address \"h\") (identity-file \"" text "\")))\n")
    (compute-target-field (cdar (recipe-targets (load-recipe file))) 'identity-file))
  (let ((here (getcwd)))
    (test-equal "a file's name begins from the folder of the recipe"
      (string-append here "/deep/keys/one")
      (key "deep/r.scm" "keys/one"))
    (test-equal "also where that is named as a whole" (string-append here "/whole/keys/one")
      (key (string-append here "/whole/r.scm") "keys/one"))
    (test-equal "one that is whole stays as it is" "/keys/one" (key "root/r.scm" "/keys/one"))
    (test-equal "and one of the home folder is there" (string-append (getenv "HOME") "/keys/one")
      (key "home/r.scm" "~/keys/one"))
    (test-equal "what is inherited begins from where it was written"
      (string-append here "/upper/../deep/keys/one")
      (begin
        (mkdir "upper")
        (write-file "upper/r.scm" "(load \"../deep/r.scm\")\n"
                    "(define u (compute-target (inherit t) (name \"u\")))\n")
        (compute-target-field
         (assoc-ref (recipe-targets (load-recipe "upper/r.scm")) "u") 'identity-file)))
    (test-equal "without a recipe it begins from the working folder"
      (string-append here "/keys/one")
      (compute-target-field (fields->compute-target
                             '((name . "t") (type . "remote") (address . "h")
                               (identity-file . "keys/one")))
                            'identity-file))))

(run-tests "plugins"
  (lambda ()
    (call-with-scratch
     (lambda (folder)
       (local)
       (of-users)
       (broken)
       (files)))))
