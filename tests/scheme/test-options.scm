;;; test-options.scm: command lines, and what they are told to mean.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(use-modules (azml-test) (azml help) (azml options) (azml program))

(define try
  (command "try" "Try things."
           #:usage '("[options] WORD...")
           #:examples '(("try a" . "one"))
           #:options '((jobs #\j "jobs" "N" "how many")
                       (detach #\d "detach" #f "leave it")
                       (dry-run #\n "dry-run" #f "look only")
                       (depth #f "depth" "N" "how deep"))))

(define (parsed . words)
  (call-with-values (lambda () (parse-options try words)) list))

(define (parsing)
  (test-equal "options and operands may be mixed"
    '(((jobs . "2") (detach . #t)) ("a" "b") #f)
    (parsed "a" "-j" "2" "b" "--detach"))
  (test-equal "letters may be joined, with their argument"
    '(((detach . #t) (dry-run . #t) (jobs . "4")) () #f)
    (parsed "-dnj4"))
  (test-equal "long options: = or the next word, and what is not ambiguous"
    '(((jobs . "3") (jobs . "4") (depth . "")) () #f)
    (parsed "--jobs=3" "--jo" "4" "--depth="))
  (test-equal "what follows -- is not touched"
    '(() ("a") ("-j" "--" "--jobs" "x=y"))
    (parsed "a" "--" "-j" "--" "--jobs" "x=y"))
  (test-equal "- alone is an operand" '(() ("-") #f) (parsed "-"))
  (test-equal "the last one counts, all can be had" '("3" ("2" "3"))
    (let ((options '((jobs . "2") (detach . #t) (jobs . "3"))))
      (list (option-ref options 'jobs) (option-refs options 'jobs)))))

(define (mistakes)
  (define (mistake . words)
    (error-text (error-of (apply parsed words))))
  (test-equal "an unknown option"
    "usage: unknown option '--detatch' | did you mean '--detach'?"
    (mistake "--detatch"))
  (test-equal "nothing near" "usage: unknown option '--xyzzy' | see: azml-guile try --help"
    (mistake "--xyzzy"))
  (test-equal "ambiguous"
    "usage: option '--de' is ambiguous | it may mean --detach, --depth" (mistake "--de"))
  (test-equal "an unknown letter"
    "usage: unknown option '-x' | see: azml-guile try --help" (mistake "-dx"))
  (test-equal "an argument that is missing"
    "usage: option '--jobs' needs an argument | see: azml-guile try --help"
    (mistake "--jobs"))
  (test-equal "one too many"
    "usage: option '--detach' takes no argument | see: azml-guile try --help"
    (mistake "--detach=yes"))
  (test-equal "numbers are checked"
    "usage: option '--jobs': '0' is not a whole number of at least 1"
    (error-text (error-of (option-number '((jobs . "0")) 'jobs #:least 1))))
  (test-equal "and read" '(5 1/2 7)
    (list (option-number '((jobs . "5")) 'jobs)
          (option-number '((grace . "1/2")) 'grace #:integer? #f)
          (option-number '() 'jobs #:default 7))))

(define (help)
  (let ((text (call-with-output-string (lambda (port) (show-help try port)))))
    (test-assert "the help begins with the usage"
      (string-prefix? "Usage: azml-guile try [options] WORD...\n" text))
    (test-assert "it has every option, and --help"
      (and-map (lambda (name) (string-contains text name))
               '("-j, --jobs=N" "-d, --detach" "    --depth=N" "-h, --help")))
    (test-assert "examples come before options"
      (< (string-contains text "Examples:") (string-contains text "Options:"))))
  (let* ((many (command "many" "Have many options."
                        #:options '((jobs #\j "jobs" "N" "how many")
                                    (depth #f "depth" "N" "how deep")
                                    (width #f "width" "N" "how wide"))
                        #:seldom '(depth width)))
         (help (lambda (all?)
                 (call-with-output-string
                  (lambda (port) (show-help many port #:all? all?))))))
    (test-assert "what is seldom needed is named"
      (string-contains (help #f) "\nSee --help-all for --depth, --width.\n"))
    (test-assert "and described if all is asked for"
      (let ((text (help #t)))
        (and (string-contains text "how deep")
             (string-contains text "      --help-all")
             (not (string-contains text "See --help-all")))))))

(define (programs)
  (call-with-scratch
   (lambda (folder)
     (define (file name mode)
       (let ((file (string-append folder "/" name)))
         (write-file file "#!/bin/sh\n")
         (chmod file mode)))
     (define (script name)
       (call-with-values (lambda () (script->command folder name)) list))
     (define (typed . words)
       (call-with-values (lambda () (words->command folder words)) list))
     (file "train.py" #o644)
     (file "tool" #o755)
     (file "plain.sh" #o644)
     (file "data" #o644)
     (test-equal "a Python script" '(("python3" "train.py") "python") (script "train.py"))
     (test-equal "an executable" '(("./tool") #f) (script "tool"))
     (test-equal "a shell script" '(("sh" "plain.sh") #f) (script "plain.sh"))
     (test-equal "typed: a script with arguments"
       '(("python3" "train.py" "-x" "--") "python" "train.py") (typed "train.py" "-x" "--"))
     (test-equal "typed: a program" '(("true" "a") #f #f) (typed "true" "a"))
     (test-equal "typed: an absolute name" '(("/bin/sh" "-c" "x") #f #f)
       (typed "/bin/sh" "-c" "x"))
     (test-assert "typed: what is outside of the source is absolute there"
       (string-prefix? "/" (caar (let ((inner (string-append folder "/inner")))
                                   (mkdir inner)
                                   (call-with-values
                                       (lambda () (words->command inner '("../tool")))
                                     list)))))
     (test-equal "a script that is not there"
       (string-append "not-found: r.scm:1:2: there is no script 'trian.py' in " folder
                      " | did you mean 'train.py'?")
       (error-text (error-of (script->command folder "trian.py" "r.scm:1:2"))))
     (test-equal "one that cannot be executed" "denied: 'data' is not executable"
       (car (string-split* (error-text (error-of (script "data"))) " | ")))
     (test-equal "a program that is not there" "not-found: there is no program 'toool'"
       (car (string-split* (error-text (error-of (typed "toool"))) " | "))))))

(define (string-split* text separator)
  (let ((place (string-contains text separator)))
    (if place
        (list (substring text 0 place)
              (substring text (+ place (string-length separator))))
        (list text))))

(run-tests "options"
  (lambda ()
    (parsing)
    (mistakes)
    (help)
    (programs)))
