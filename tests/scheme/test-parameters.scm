;;; test-parameters.scm: from values to arguments, and from the command line to values.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(use-modules (azml-test) (azml core) (azml errors) (azml flags) (azml parameters) (azml types)
             (srfi srfi-1) (rnrs bytevectors))

(define state (seed->random-state 7))

(define declared
  '((lr . 0.1) (epochs . 5) (name . "net") (fast . #t) (layers . (64 32)) (tags . ())))

(define (override . assignments)
  (call-with-values (lambda () (override-parameters declared assignments))
    (lambda (parameters warnings) parameters)))

(define (warnings . assignments)
  (call-with-values (lambda () (override-parameters declared assignments))
    (lambda (parameters warnings) warnings)))

(define (changed key . assignments)
  (assq-ref (apply override assignments) key))

(define (flags)
  (test-equal "flags of a typed command, numbers as numbers"
    '((lr . 0.1) (epochs . 3) (optimizer . "adam") (seed . -1))
    (words->parameters '("train.py" "--lr" "0.1" "--epochs=3" "--optimizer" "adam"
                         "--seed" "-1")))
  (test-equal "a flag without a value is true, the last of several counts"
    '((fast . #t) (lr . 0.2) (verbose . #t))
    (words->parameters '("train.py" "--lr=1" "--fast" "--lr" "0.2" "--verbose")))
  (test-equal "what is no flag is no parameter" '()
    (words->parameters '("run" "-x" "3" "a=b" "-" "--" "--lr" "1")))
  (test-equal "an empty value and one with an equals sign" '((a . "") (b . "c=d"))
    (words->parameters '("--a=" "--b=c=d")))
  (test-equal "what only looks like a number is a text"
    '((id . "1/2") (hash . "1234567890123456789012345678901234567890"))
    (words->parameters
     '("--id" "1/2" "--hash" "1234567890123456789012345678901234567890"))))

(define (arguments)
  (test-equal "names are verbatim" '("--lr_decay" "0.1" "--max-steps" "3")
    (parameters->arguments '((lr_decay . 0.1) (max-steps . 3))))
  (test-equal "#t is the flag, #f nothing" '("--fast")
    (parameters->arguments '((fast . #t) (slow . #f))))
  (test-equal "a list is its values after one flag" '("--layers" "64" "32.5" "x")
    (parameters->arguments '((layers . (64 32.5 "x")))))
  (test-equal "an empty list is nothing" '() (parameters->arguments '((layers . ()))))
  (test-equal "fractions are their shortest decimal"
    '("0.1" "0.125" "-2.5" "-0.05" "3" "0.3333333333333333" "1000000000000000000000")
    (map parameter-value->string '(1/10 1/8 -5/2 -1/20 6/2 1/3 1000000000000000000000)))
  (test-equal "reals are the shortest text that reads back"
    '("0.1" "0.001" "100.0" "inf" "-inf" "nan")
    (map parameter-value->string '(0.1 1e-3 100.0 +inf.0 -inf.0 +nan.0)))
  (test-assert "random reals read back as the same number"
    (every (lambda (i)
             (let ((x (* (- (random 1.0 state) 0.5)
                         (expt 10.0 (- (random 40 state) 20)))))
               (= x (string->number (parameter-value->string x)))))
           (iota 2000)))
  (test-equal "texts go through untouched"
    '("--a" "it's \"quoted\"" "--b" "two\nlines" "--c" "$(rm -rf /) `x` \\ ; &")
    (parameters->arguments '((a . "it's \"quoted\"") (b . "two\nlines")
                             (c . "$(rm -rf /) `x` \\ ; &"))))
  (test-equal "bytes that are not UTF-8, too" #vu8(97 255 254)
    (%string->bytes (second (parameters->arguments
                             (list (cons 'x (%bytes->string #vu8(97 255 254))))))))
  (test-equal "symbols are texts" '("--mode" "train")
    (parameters->arguments '((mode . train))))
  (test-equal "as JSON" "{\"lr\":0.5,\"l\":[1,\"a\"],\"s\":\"x\",\"t\":true}"
    (%json-write (parameters->json '((lr . 1/2) (l . (1 a)) (s . x) (t . #t))))))

(define (overriding)
  (test-equal "a number for a real becomes a real" 1.0 (changed 'lr "lr=1"))
  (test-equal "an exponent" 0.001 (changed 'lr "lr=1e-3"))
  (test-equal "an integer stays one" 10 (changed 'epochs "epochs=10"))
  (test-equal "a real for an integer is taken" 0.5 (changed 'epochs "epochs=0.5"))
  (test-equal "text is verbatim, signs included" "a=b c\n\"" (changed 'name "name=a=b c\n\""))
  (test-equal "empty text" "" (changed 'name "name="))
  (test-equal "a number for a text is text" "5" (changed 'name "name=5"))
  (test-equal "truth" '(#t #f #t #f)
    (map (lambda (text) (changed 'fast (string-append "fast=" text)))
         '("true" "no" "1" "False")))
  (test-equal "lists" '(1 2 3) (changed 'layers "layers=1,2,3"))
  (test-equal "an empty list" '() (changed 'layers "layers="))
  (test-equal "infinity" +inf.0 (changed 'lr "lr=inf"))
  (test-equal "the order stays" '(lr epochs name fast layers tags)
    (map car (override "tags=x" "lr=2")))
  (test-equal "the last one counts" 3.0 (changed 'lr "lr=2" "lr=3"))
  (test-equal "what is not declared is added as text" "7" (changed 'new "new=7"))
  (test-equal "with a warning that knows what was meant"
    '("parameter 'epoch' is not declared; added as text (did you mean 'epochs'?)")
    (warnings "epoch=7" "lr=1"))
  (test-equal "no number"
    "usage: parameter 'lr': expected a number, got 'fast' | the recipe declares it as 0.1"
    (error-text (error-of (override "lr=fast"))))
  (test-equal "no truth value" 'usage
    (azml-error-code (error-of (override "fast=maybe"))))
  (for-each
   (lambda (text)
     (test-equal (string-append "reserved for sweeps: " text) 'usage
       (azml-error-code (error-of (override text)))))
   '("lr=[0.1,0.2]" "lr=0.1..0.5" "lr=log:1e-5..1e-1" "name=[a]" "new=1..3"))
  (for-each
   (lambda (text)
     (test-equal (string-append "how several values are tried: " text)
       "for several values: end the recipe with a list of experiments, and say run -j2; or: for v in A B; do azml-guile run RECIPE lr=$v; done"
       (azml-error-hint (error-of (override text)))))
   '("lr=[0.1,0.2]" "lr=0.1,0.2"))
  (test-equal "a path with dots is no range" "../data" (changed 'name "name=../data"))
  (test-equal "a version with dots is no range" "v1..v2" (changed 'name "name=v1..v2"))
  (test-equal "what is an assignment" '(#t #t #f #f #f)
    (map assignment? '("a=1" "a.b=" "digits" "--lr=1" "=x"))))

(define (types)
  (define (ok? value) (not (bad? (type-check parameters-type value))))
  (test-equal "strings as names" '((lr . 1)) (type-check parameters-type '(("lr" . 1))))
  (test-assert "what is no alist of parameters"
    (not (any ok? (list 5 '(lr 0.1 5 . 6) '((lr . #\a)) '((1 . 2)) '((lr . 1) (lr . 2))
                        '(("a b" . 1)) '(("-x" . 1)) '(("" . 1)) '((x . ((1 2)))))))))

(run-tests "parameters"
  (lambda ()
    (arguments)
    (flags)
    (overriding)
    (types)))
