;;; test-recipes.scm: recipes, good ones, and each kind of mistake with its place.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(use-modules (azml-test) (azml core) (azml errors) (azml experiment) (azml environment)
             (azml records) (azml recipe) (azml target) (srfi srfi-1) (rnrs bytevectors))

(define head "(use-modules (azml))\n")

(define (recipe . lines)
  "Load a recipe of LINES after the first line, (use-modules (azml))."
  (write-file "r.scm" head (string-join lines "\n"))
  (load-recipe "r.scm"))

(define (names experiments)
  (map experiment-name experiments))

(define (mistake . lines)
  (error-text (error-of (apply recipe lines))))

(define-syntax-rule (test-mistake name expected line ...)
  (test-equal name expected (mistake line ...)))

(define good "(define a (experiment (name \"a\") (script \"a.py\")))")

(define (requirements)
  (define (packages . lines)
    (write-file "requirements.txt" (string-join lines "\n"))
    (environment-pip
     (experiment-environment
      (car (select-experiments
            (recipe "(experiment (name \"a\") (script \"a.py\")"
                    " (environment (environment (pip (pip-requirements \"requirements.txt\")))))"))))))
  (test-equal "packages, comments and blank lines" '("numpy" "scikit-learn>=1.2,<2" "six")
    (packages "# all" "numpy" "" "scikit-learn>=1.2,<2  # or later" "  six\r"))
  (test-equal "an address with a fragment, and a mark of the file's beginning"
    '("a @ git+https://host/a#egg=a" "b; python_version < '3.12'")
    (packages "\ufeffa @ git+https://host/a#egg=a" "b; \\" "python_version < '3.12'"))
  (mkdir "parts")
  (write-file "parts/more.txt" "-r deep.txt\nsix\n")
  (write-file "parts/deep.txt" "./wheel.whl\n")
  (test-equal "other files, and what lies beside them"
    (list (string-append (getcwd) "/parts/./wheel.whl") "six" "numpy")
    (packages "-r parts/more.txt" "numpy"))
  (test-equal "an option"
    "unsupported: r.scm:3:33: requirements.txt:2: the option '--hash=sha256:00' is not taken from a file of requirements | options of pip are for the field pip-options of a recipe's environment"
    (error-text (error-of (packages "numpy" "six==1 --hash=sha256:00"))))
  (test-equal "the source itself as a package"
    "leave it out: the run works in a copy of the source, whose modules can be imported; for a folder src, set PYTHONPATH among the variables of the environment"
    (azml-error-hint (error-of (packages "-e ."))))
  (test-equal "a file that names itself" "invalid"
    (car (string-split (error-text (error-of (packages "-r requirements.txt"))) #\:)))
  (delete-file "requirements.txt")
  (test-mistake "no such file"
    "not-found: r.scm:2:7: there is no file 'none.txt' of requirements"
    "(list (pip-requirements \"none.txt\"))"))

(define (selection)
  (test-equal "an experiment as the last expression" '("a")
    (names (select-experiments (recipe good "a"))))
  (test-equal "a list of them" '("b" "a")
    (names (select-experiments
            (recipe good "(define b (experiment (inherit a) (name \"b\")))" "(list b a)"))))
  (test-equal "one definition" '("a")
    (names (select-experiments (recipe good))))
  (test-equal "a name picks one" '("b")
    (names (select-experiments
            (recipe good "(define b (experiment (inherit a) (name \"b\")))" "a") "b")))
  (test-equal "several definitions"
    (string-append "usage: r.scm: the recipe defines several experiments: a, b"
                   " | name one: azml-guile run r.scm a")
    (error-text
     (error-of (select-experiments
                (recipe good "(define b (experiment (inherit a) (name \"b\")))")))))
  (test-equal "in the order in which they are written" '("a" "z" "m")
    (names (recipe-experiments
            (recipe good "(define zz (experiment (inherit a) (name \"z\")))"
                    "(define mm (experiment (inherit a) (name \"m\")))"))))
  (test-equal "a name that is none"
    "not-found: r.scm: there is no experiment 'digts' | did you mean 'digits'?"
    (error-text
     (error-of (select-experiments
                (recipe "(experiment (name \"digits\") (script \"x.py\"))") "digts"))))
  (test-equal "no experiment at all" 'not-found
    (azml-error-code (error-of (select-experiments (recipe "(define x 5)")))))
  (test-equal "an empty recipe" 'not-found
    (azml-error-code (error-of (select-experiments (recipe "")))))
  (test-equal "two names for one experiment" '("a")
    (names (recipe-experiments (recipe good "(define b a)" "a"))))
  (test-equal "targets and environments by the names of variables" '("t" "e")
    (let ((r (recipe "(define t (compute-target (name \"box\")))"
                     "(define e (environment (pip '(\"numpy\"))))")))
      (list (caar (recipe-targets r)) (caar (recipe-environments r)))))
  (test-equal "a target by its own name" "box"
    (compute-target-name
     (find-target (recipe "(define t (compute-target (name \"box\")))") "box")))
  (test-equal "a target that is none"
    "not-found: r.scm: there is no target 'bx' | the recipe declares none"
    (error-text (error-of (find-target (recipe good) "bx"))))
  (test-equal "recipes do not see each other's definitions" 'invalid
    (begin
      (recipe "(define secret-number 5)")
      (azml-error-code (error-of (recipe "(display secret-number)"))))))

(define (bytes)
  (define (load-text . texts)
    (apply write-file "r.scm" texts)
    (names (select-experiments (load-recipe "r.scm"))))
  (test-equal "a byte order mark" '("a") (load-text "\ufeff" head good))
  (test-equal "line ends of Windows" '("a")
    (load-text (string-join (string-split (string-append head good "\n") #\newline)
                            "\r\n")))
  (test-equal "a line of #! and comments" '("a")
    (load-text "#!/usr/bin/env azml-guile\n!#\n#| block |# ; line\n" head good))
  (test-equal "letters beyond ASCII" "α"
    (begin
      (load-text head "(define e (experiment (name \"x\") (script \"x.py\")"
                 " (description \"α\")))")
      (experiment-description (car (recipe-experiments (load-recipe "r.scm"))))))
  (test-equal "a byte that is not UTF-8 stays that byte" #vu8(255)
    (begin
      (call-with-output-file "r.scm"
        (lambda (port)
          (display head port)
          (display "(experiment (name \"x\") (script \"x.py\") (description \"" port)
          (force-output port)
          ((@ (ice-9 binary-ports) put-bytevector) port #vu8(255))
          (display "\"))" port))
        #:binary #t)
      (%string->bytes
       (experiment-description (car (recipe-experiments (load-recipe "r.scm")))))))
  (test-equal "a recipe that does not exist" 'not-found
    (azml-error-code (error-of (load-recipe "none.scm"))))
  (test-assert "a folder is no recipe"
    (azml-error? (error-of (load-recipe ".")))))

(define (fields)
  (test-mistake "unknown field"
    "invalid: r.scm:3:3: unknown field 'scrpt' of experiment | did you mean 'script'?"
    "(experiment (name \"a\")" "  (scrpt \"a.py\"))")
  (test-equal "unknown field, far from all" "invalid: r.scm:2:14: unknown field 'foobar' of environment"
    (let ((text (mistake "(environment (foobar 1))")))
      (string-trim-right (substring text 0 (string-index text #\|)))))
  (test-mistake "missing field"
    "invalid: r.scm:3:2: experiment lacks the field 'name'"
    "" " (experiment (script \"a.py\"))")
  (test-mistake "neither script nor command"
    "invalid: r.scm:2:1: experiment: lacks the field 'script' (or 'command')"
    "(experiment (name \"a\"))")
  (test-mistake "duplicate field"
    "invalid: r.scm:3:2: field 'name' of experiment is given twice | the first is at r.scm:2:13"
    "(experiment (name \"a\")" " (name \"b\") (script \"a.py\"))")
  (test-mistake "wrong type"
    "invalid: r.scm:3:2: field 'script' of experiment: expected the script's path in the source folder, a string, got train | a text stands in quotation marks: \"train\""
    "(experiment (name \"a\")" " (script 'train))")
  (test-mistake "a text as others quote it"
    "invalid: r.scm:2:13: field 'name' of experiment: expected a name: letters, digits, '.', '_', '-', not starting with '-' or '.', got a' | a text stands in quotation marks: \"a\""
    "(experiment (name 'a') (script \"a.py\"))")
  (test-mistake "a command as one text"
    "invalid: r.scm:2:24: field 'command' of experiment: expected a list, each element a string, got \"python3 a.py\" | each word is an element: '(\"python3\" \"a.py\")"
    "(experiment (name \"a\") (command \"python3 a.py\"))")
  (test-mistake "a target by its name"
    "invalid: r.scm:2:37: field 'target' of experiment: expected a compute-target, got \"g\" | one that is kept is chosen by its name at a run: azml-guile run -c g ...; a recipe has records: (compute-target (name \"g\") ...)"
    "(experiment (name \"a\") (script \"a\") (target \"g\"))")
  (test-mistake "fields in place of a record"
    "invalid: r.scm:2:13: field 'environment' of experiment takes one value | the value is a record: (environment (environment (python ...) ...))"
    "(experiment (environment (python \"3.11\") (pip '(\"numpy\"))))")
  (test-mistake "wrong type inside of a list"
    "invalid: r.scm:2:14: field 'pip' of environment: expected a list, each element a package as a string such as \"numpy>=1.26\", got 5"
    "(environment (pip '(\"numpy\" 5)))")
  (test-mistake "a version as a number"
    "invalid: r.scm:2:14: field 'python' of environment: expected a version as a string such as \"3.11\", got 3.1"
    "(environment (python 3.10))")
  (test-mistake "two values in a field"
    "invalid: r.scm:2:14: field 'pip' of environment takes one value | a list is written (list A B) or '(A B)"
    "(environment (pip \"a\" \"b\"))")
  (test-mistake "no field at all"
    "invalid: r.scm:2:14: this is not a field of environment: \"numpy\" | a field is written (NAME VALUE)"
    "(environment \"numpy\")")
  (test-mistake "inherit from something else"
    "invalid: r.scm:2:1: experiment: expected a record of the same type to inherit from, got 5"
    "(experiment (inherit 5))")
  (test-mistake "a field of another target type"
    "invalid: r.scm:2:28: unknown field 'adress' of a compute-target of type local | the fields are name, type, root, setup, variables, gpus-per-run, inherit, shared-directory, spare-trees"
    "(compute-target (name \"x\") (adress \"h\"))")
  (test-mistake "a target type that is none"
    "not-found: r.scm:2:1: no plugin brings the target type 'loca' | did you mean 'local'?"
    "(compute-target (name \"x\") (type 'loca))")
  (test-mistake "a bad pattern" "invalid: r.scm:2:1: metric-pattern: bad pattern: Unmatched ( or \\("
    "(metric-pattern (name \"loss\") (pattern \"loss: (\"))")
  (test-mistake "two inputs of one name" "invalid: r.scm:2:42: field 'inputs' of experiment: expected a list of inputs such as (list (local-path \"/data/images\")), each with another name, got #<input x \"/b/x\">"
    "(experiment (name \"a\") (script \"a.py\")   (inputs (list (local-path \"/a/x\") (local-path \"/b/x\"))))")
  (test-mistake "two experiments of one name"
    "invalid: r.scm:3:11: two experiments are called 'a' | the other one is at r.scm:2:11"
    good "(define b (experiment (name \"a\") (script \"b.py\")))"))

(define (language)
  (test-mistake "a form that is not closed"
    "format: r.scm:3:1: this form is not closed: unexpected end of input while searching for: ) | a parenthesis or a quotation mark is missing"
    "" "(define a (list 1 2)" "(define b 3)")
  (test-mistake "a string that is not closed"
    "format: r.scm:2:1: this form is not closed: unexpected end of input while reading string | a parenthesis or a quotation mark is missing"
    "(display \"abc)")
  (test-mistake "a parenthesis too many"
    "format: r.scm:2:15: unexpected \")\" | there is one parenthesis too many"
    "(define a 5)  )")
  (test-mistake "an unknown escape"
    "format: r.scm:2:12: invalid character in escape sequence: #\\q"
    "(display \"\\q\")")
  (test-mistake "a syntax error"
    "invalid: r.scm:3:3: let: bad let in (let ((x)) x)"
    "(define (f)" "  (let ((x)) x))")
  (test-mistake "an unbound variable"
    "invalid: r.scm:3:13: unbound variable 'epcohs' | did you mean 'epochs'?"
    "(define epochs 5)" "(display (+ epcohs 1))")
  (test-mistake "a text without quotation marks"
    "invalid: r.scm:2:32: unbound variable 'a.py' | a text stands in quotation marks: \"a.py\""
    "(experiment (name \"a\") (script a.py))")
  (test-mistake "quotation marks of a word processor"
    "invalid: r.scm:2:19: unbound variable '“a”' | the quotation marks of a text are straight: \"a\""
    "(experiment (name “a”) (script \"a.py\"))")
  (test-mistake "a boolean of Python"
    "invalid: r.scm:2:9: unbound variable 'True' | a boolean is #t or #f: #t"
    "(vector True)")
  (test-mistake "another language"
    "invalid: r.scm:2:1: source expression failed to match any pattern in import | a recipe is Scheme, not Python: it begins with (use-modules (azml))"
    "import azml")
  (test-mistake "pairs without a quote"
    "invalid: r.scm:2:1: source expression failed to match any pattern in (lr . 0.1) | pairs are data, and quoted: (parameters '((lr . 0.1) (epochs . 5)))"
    "(experiment (name \"a\") (script \"a.py\") (parameters ((lr . 0.1))))")
  (test-mistake "a misspelt record"
    "invalid: r.scm:2:2: unbound variable 'experimnt' | did you mean 'experiment'?"
    "(experimnt (name \"a\") (script \"a.py\"))")
  (test-mistake "an unbound variable in a procedure"
    "invalid: r.scm:3:9: unbound variable 'undefined-thing'"
    "(define (f x)" "  (+ x  undefined-thing))" "(f 1)")
  (test-equal "without (use-modules (azml))"
    "invalid: r.scm:1:2: unbound variable 'experiment' | write (use-modules (azml)) at the top of the file"
    (begin
      (write-file "r.scm" "(experiment (name \"a\") (script \"a.py\"))")
      (error-text (error-of (load-recipe "r.scm")))))
  (test-mistake "a wrong type at run time"
    "scheme: r.scm:3:10: In procedure car: Wrong type argument in position 1 (expecting pair): 5"
    "(define (f x)" "  (+ 1   (car x)))" "(list 1 (f 5))")
  (test-mistake "the outer call, when that is wrong"
    "scheme: r.scm:2:10: In procedure +: Wrong type argument in position 2: \"a\""
    "(display (+ (string-length \"xyz\") \"a\"))")
  (test-mistake "after a call that came back"
    "scheme: r.scm:4:1: In procedure vector-ref: Argument 2 out of range: 9"
    "(define (f x) (string-length x))" "(f \"a\")" "(vector-ref (vector 1 2) (+ 8 (f \"a\")))")
  (test-mistake "an error of the recipe's own"
    "scheme: r.scm:2:1: no data for 2026"
    "(error \"no data for\" 2026)")
  (test-mistake "what is raised and is no condition"
    "scheme: r.scm:2:1: raised 5"
    "(raise-exception 5)")
  (test-mistake "an error of azml gets the place of the call"
    "invalid: r.scm:3:4: input 5: the path is a string"
    "(define (f)" "   (local-path 5))" "(f)")
  (test-mistake "a module that is none"
    "scheme: r.scm:2:1: no code for module (no such module)"
    "(use-modules (no such module))")
  (test-equal "what the recipe catches itself is no error" '("a")
    (names (select-experiments
            (recipe "(catch #t (lambda () (car 5)) (lambda _ #f))"
                    "(false-if-exception (car 5))" good))))
  (test-equal "a recipe may call exit" '(quit 3)
    (catch 'quit
      (lambda () (recipe "(exit 3)"))
      list))
  (test-equal "loops, closures, macros of the recipe" '("n0" "n1" "n2")
    (names
     (select-experiments
      (recipe "(define-syntax-rule (e n) (experiment (name n) (script \"a.py\")))"
              "(define (make i) (let* ((n (number->string i)) (m (string-append \"n\" n)))"
              "  (e m)))"
              "(let loop ((i 0) (all '()))"
              "  (if (= i 3) (reverse all) (loop (+ i 1) (cons (make i) all))))"))))
  (test-equal "load and include find what is beside the recipe" '("b5" "sub/r.scm:1:60")
    (begin
      (mkdir "sub")
      (write-file "sub/lib.scm" "(define lib 5)\n")
      (write-file "sub/more.scm" "(define name-of (string-append \"b\" (number->string lib)))\n")
      (write-file "sub/r.scm" "(use-modules (azml)) (load \"lib.scm\") (include \"more.scm\") "
                  "(experiment (name name-of) (script \"a.py\"))")
      (let ((e (car (recipe-experiments (load-recipe "sub/r.scm")))))
        (list (experiment-name e) (location->string (experiment-location e))))))
  (mistakes-elsewhere)
  (test-equal "a recipe may define modules" '("e" "f")
    (names
     (recipe-experiments
      (recipe "(define e (experiment (name \"e\") (script \"a.py\")))"
              "(define-module (of the recipe) #:use-module (azml))"
              "(define f (experiment (name \"f\") (script \"a.py\")))"))))
  (test-mistake "signs of formats in a file's name do no harm"
    "format: r~A.scm:1:1: this form is not closed: unexpected end of input while searching for: ) | a parenthesis or a quotation mark is missing"
    "(begin (call-with-output-file \"r~A.scm\" (lambda (port) (display \"(car\" port)))"
    "((@ (azml recipe) load-recipe) \"r~A.scm\"))")
  (test-mistake "a recursion without an end"
    "too-large: r.scm:2:20: the recursion is too deep, or has no end"
    "(define (f x) (+ 1 (f x)))" "(f 1)")
  (test-equal "deep recursion is fine" '("n100000")
    (names
     (select-experiments
      (recipe "(define (count n) (if (= n 0) 0 (+ 1 (count (- n 1)))))"
              "(experiment (name (string-append \"n\" (number->string (count 100000))))"
              "            (script \"a.py\"))")))))

;; Mistakes in a file that the recipe sub/r.scm loads or includes.
(define (mistakes-elsewhere)
  (define (mistake-in lines . calls)
    (write-file "sub/lib.scm" (string-join lines "\n"))
    (write-file "sub/r.scm" head (string-join calls "\n"))
    (error-text (error-of (load-recipe "sub/r.scm"))))
  (define-syntax-rule (test-elsewhere name expected lines call ...)
    (test-equal name expected (mistake-in lines call ...)))
  (test-elsewhere "a mistake in a loaded file"
    "scheme: sub/lib.scm:2:3: In procedure vector-ref: Argument 2 out of range: 7"
    '("(define a 5)" "  (vector-ref (vector a) 7)") "(load \"lib.scm\")")
  (test-elsewhere "a form that is not closed there"
    "format: sub/lib.scm:2:1: this form is not closed: unexpected end of input while searching for: ) | a parenthesis or a quotation mark is missing"
    '("(define a 5)" "(define b (list a") "(load \"lib.scm\")")
  (test-elsewhere "a field that is unknown there"
    "invalid: sub/lib.scm:1:13: unknown field 'nam' of experiment | did you mean 'name'?"
    '("(experiment (nam \"a\"))") "(load \"lib.scm\")")
  (test-elsewhere "a procedure of it that is called later"
    "scheme: sub/lib.scm:2:3: In procedure car: Wrong type argument in position 1 (expecting pair): 3"
    '("(define (first-of x)" "  (car x))") "(load \"lib.scm\")" "(list (first-of 3))")
  (test-elsewhere "a name that is unbound in it"
    "invalid: sub/lib.scm:1:18: unbound variable 'nowhere'"
    '("(define (f x) (+ nowhere x))") "(load \"lib.scm\")" "(f 3)")
  (test-elsewhere "in an included file"
    "scheme: sub/lib.scm:2:3: In procedure car: Wrong type argument in position 1 (expecting pair): 3"
    '("(define (first-of x)" "  (car x))") "(include \"lib.scm\")" "(list (first-of 3))")
  (test-elsewhere "the recipe's own mistake after it"
    "scheme: sub/r.scm:3:1: In procedure vector-ref: Argument 2 out of range: 5"
    '("(define a 5)") "(load \"lib.scm\")" "(vector-ref (vector 1) a)")
  (test-elsewhere "a file that is not there"
    (string-append "not-found: sub/r.scm:2:1: open '" (getcwd)
                   "/sub/none.scm': No such file or directory")
    '() "(load \"none.scm\")")
  (test-elsewhere "files that load each other"
    "too-large: sub/lib.scm:1:1: files load each other without an end"
    '("(load \"r.scm\")") "(load \"lib.scm\")")
  (test-equal "what a recipe loads is below the folder that it was given with" "sub/more.scm:1:1"
    (begin
      (write-file "sub/more.scm" "(experiment (name \"a\") (script \"a.py\"))\n")
      (write-file "sub/r.scm" head "(chdir \"/\") (load \"more.scm\")")
      (let* ((folder (getcwd))
             (recipe (load-recipe "sub/r.scm")))
        (chdir folder)
        (location->string (experiment-location (car (recipe-experiments recipe)))))))
  (test-assert "and load is Guile's own afterwards"
    (eq? load-in-vicinity (@@ (azml evaluate) load-plainly))))

(define (values-of-fields)
  (define (first . lines)
    (car (recipe-experiments (apply recipe lines))))
  (define (with field)
    (first (string-append "(experiment (name \"a\") (script \"a.py\") " field ")")))
  (test-equal "the command" '("python3" "a.py" "in" "3" "--lr" "0.125" "--v")
    (experiment-argv (with "(arguments (list \"in\" 3)) (parameters '((lr . 1/8) (v . #t)))")))
  (test-equal "a script that is no Python" '("./a.sh")
    (experiment-argv (first "(experiment (name \"a\") (script \"a.sh\"))")))
  (test-equal "a command" '("make" "-s" "--j" "2")
    (experiment-argv
     (first "(experiment (name \"a\") (command '(\"make\" \"-s\")) (parameters '((j . 2))))")))
  (test-equal "a duration" '(5400 90 2.5)
    (map (lambda (text) (experiment-time-limit (with (string-append "(time-limit " text ")"))))
         '("\"1.5h\"" "\"90s\"" "2.5")))
  (test-equal "inherited fields stay, others change" '("b" "a.py" ((lr . 2)))
    (let ((b (cadr (recipe-experiments
                    (recipe good "(define b (experiment (inherit a) (name \"b\")
                                                        (parameters '((lr . 2)))))")))))
      (list (experiment-name b) (experiment-script b) (experiment-parameters b))))
  (test-equal "how it prints" "#<experiment a: python3 a.py --lr 0.1, on box>"
    (object->string
     (with "(parameters '((lr . 0.1))) (target (compute-target (name \"box\")))")))
  (test-equal "how an environment prints" "#<environment python 3.11, pip: numpy>"
    (object->string
     (cdar (recipe-environments
            (recipe "(define e (environment (python \"3.11\") (pip '(\"numpy\"))))")))))
  (test-equal "the specification of an environment"
    "{\"python\":\"3.11\",\"pip\":[\"numpy\"],\"builder\":\"venv\",\"variables\":{\"A\":\"1\"}}"
    (%json-write
     (environment->json
      (environment (python "3.11") (pip '("numpy")) (builder 'venv)
                   (variables '((A . 1)))))))
  (test-equal "where it is written" '("r.scm" 2 11)
    (experiment-location (first good))))

(define base
  (string-append head "
(define base 1)
(define digits
  (experiment
   (name \"digits\")
   (script \"train.py\")
   (parameters '((lr . 0.005) (epochs . 20)))
   (environment (environment (pip '(\"scikit-learn>=1.2,<2\"))))))
(define (variant i)
  (experiment
   (inherit digits)
   (name (string-append \"digits-\" (number->string (+ i base))))))
(map variant '(1 2 3))
"))

(define (mutate text state)
  "Return TEXT with a few characters left out, doubled, swapped or replaced."
  (let loop ((times (+ 1 (random 3 state))) (text text))
    (if (zero? times)
        text
        (let* ((i (random (- (string-length text) 2) state))
               (before (substring text 0 i))
               (after (substring text (+ i 1))))
          (loop (- times 1)
                (case (random 4 state)
                  ((0) (string-append before after))
                  ((1) (string-append before (make-string 2 (string-ref text i)) after))
                  ((2) (string-append before (substring after 0 1)
                                      (string (string-ref text i)) (substring after 1)))
                  (else (string-append
                         before
                         (string (string-ref "()'\"#;.`,@ax0 \n\\" (random 16 state)))
                         after))))))))

(define (located? condition)
  (and (azml-error? condition)
       (string-prefix? "r.scm:" (azml-error-message condition))))

(define (mutations)
  (let ((state (seed->random-state 2026)) (good 0) (wrong 0) (strange '()))
    (do ((i 0 (+ i 1)))
        ((= i 400))
      (let* ((text (mutate base state))
             (result (begin
                       (write-file "r.scm" text)
                       (value-or-error (load-recipe "r.scm")))))
        (cond ((recipe? result) (set! good (+ good 1)))
              ((located? result) (set! wrong (+ wrong 1)))
              (else (set! strange (cons (list text (error-text result)) strange))))))
    (test-equal "whatever is wrong in a recipe, the error has a place" '() strange)
    (test-assert "many mistakes were tried" (and (> wrong 100) (> good 10)))))

(define (interrupts)
  (test-equal "an endless loop is interruptible" 'user-interrupt
    ;; As Ctrl-C in a plain guile; the program's way is tried in tests/cli.
    (dynamic-wind
      (lambda () (sigaction SIGALRM (lambda (signal) (throw 'user-interrupt))))
      (lambda ()
        (setitimer ITIMER_REAL 0 0 0 300000)
        (let ((condition (error-of (recipe "(let loop () (loop))"))))
          (if (string-contains (error-text condition) "user-interrupt")
              'user-interrupt
              condition)))
      (lambda () (sigaction SIGALRM SIG_DFL)))))

(run-tests "recipes"
  (lambda ()
    (call-with-scratch
     (lambda (folder)
       (selection)
       (requirements)
       (bytes)
       (fields)
       (language)
       (values-of-fields)
       (mutations)
       (interrupts)))))
