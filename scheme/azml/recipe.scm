;;; recipe.scm: a file that declares experiments.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; A recipe is evaluated in a module of its own.  If its last expression is an experiment, or
;;; a list of them, these run; else the one that it defines.  A name picks one.

(define-module (azml recipe)
  #:use-module (azml environment)
  #:use-module (azml errors)
  #:use-module (azml evaluate)
  #:use-module (azml experiment)
  #:use-module (azml records)
  #:use-module (azml target)
  #:autoload (azml suggest) (did-you-mean)
  #:export (load-recipe recipe? recipe-file recipe-results recipe-definitions
            recipe-experiments recipe-targets recipe-environments
            select-experiments find-experiment find-target find-environment))

(define <recipe>
  (make-record-type 'recipe '(file results definitions targets environments)
                    (lambda (record port)
                      (display "#<recipe " port)
                      (display (struct-ref record 0) port)
                      (display ">" port))))

(define (recipe? object)
  "Return true if OBJECT is a recipe, as `load-recipe' makes it."
  (and (struct? object) (eq? (struct-vtable object) <recipe>)))

(define (recipe-file recipe)
  "Return the file name of RECIPE, as it was given."
  (struct-ref recipe 0))

(define (recipe-results recipe)
  "Return the experiments that the last expression of RECIPE gives; '() if it gives none."
  (struct-ref recipe 1))

(define (recipe-definitions recipe)
  "Return the experiments that RECIPE defines, in the order in which they are written."
  (struct-ref recipe 2))

(define (recipe-targets recipe)
  "Return an alist of the targets of RECIPE: those that it defines, by the names of the
variables, and those of its experiments, by their own."
  (struct-ref recipe 3))

(define (recipe-environments recipe)
  "Return an alist of the environments of RECIPE, by the names of the variables."
  (struct-ref recipe 4))

(define (unique list)
  (let loop ((rest list) (result '()))
    (cond ((null? rest) (reverse result))
          ((memq (car rest) result) (loop (cdr rest) result))
          (else (loop (cdr rest) (cons (car rest) result))))))

(define (recipe-experiments recipe)
  "Return all experiments of RECIPE, each once: the results first."
  (unique (append (recipe-results recipe) (recipe-definitions recipe))))

(define (earlier? a b)
  ;; By place; what has none, or is of another file, comes last, by name.
  (let ((place (lambda (pair)
                 (let ((location (record-location (cdr pair))))
                   (if location
                       (list (cadr location) (caddr location))
                       (list most-positive-fixnum 0))))))
    (let ((x (place a)) (y (place b)))
      (cond ((not (= (car x) (car y))) (< (car x) (car y)))
            ((not (= (cadr x) (cadr y))) (< (cadr x) (cadr y)))
            (else (string<? (car a) (car b)))))))

(define (defined modules good?)
  "Return the alist of the variables of MODULES whose value is GOOD?, in order."
  (let loop ((rest (apply append (map (lambda (module)
                                        (hash-map->list cons (module-obarray module)))
                                      modules)))
             (result '()))
    (if (null? rest)
        (sort result earlier?)
        (let ((variable (cdar rest)))
          (loop (cdr rest)
                (if (and (variable-bound? variable) (good? (variable-ref variable)))
                    (acons (symbol->string (caar rest)) (variable-ref variable) result)
                    result))))))

(define (check-names experiments)
  (let loop ((rest experiments) (seen '()))
    (when (pair? rest)
      (let* ((name (experiment-name (car rest)))
             (other (assoc-ref seen name)))
        (when other
          (raise-located-error
           (experiment-location (car rest))
           (string-append "two experiments are called '" name "'")
           #:hint (string-append "the other one is at "
                                 (location->string (experiment-location other)))))
        (loop (cdr rest) (acons name (car rest) seen))))))

(define (experiments-of value)
  (cond ((experiment? value) (list value))
        ((and (list? value) (and-map experiment? value)) value)
        (else '())))

(define (keep-targets experiments named)
  ;; NAMED and what experiments run on, unless it is there already.
  (let loop ((rest (unique (map experiment-target experiments))) (result '()))
    (cond ((null? rest) (append named (reverse result)))
          ((or (not (car rest)) (or-map (lambda (pair) (eq? (cdr pair) (car rest))) named))
           (loop (cdr rest) result))
          (else
           (loop (cdr rest)
                 (acons (compute-target-name (car rest)) (car rest) result))))))

(define (load-recipe file)
  "Evaluate the recipe FILE.  Return a recipe.  Raise an error with the place of whatever is
wrong in it; two experiments of one name are wrong, too."
  (call-with-values (lambda () (evaluate-file file))
    (lambda (value modules)
      (let* ((results (experiments-of value))
             (definitions (unique (map cdr (defined modules experiment?))))
             (all (unique (append definitions results))))
        (check-names all)
        (make-struct/no-tail <recipe> file results definitions
                             (keep-targets all (defined modules compute-target?))
                             (defined modules environment?))))))

(define (names experiments)
  (map experiment-name experiments))

(define (find-experiment recipe name)
  "Return the experiment of RECIPE called NAME.  Raise not-found if there is none."
  (let ((all (recipe-experiments recipe)))
    (or (or-map (lambda (e) (and (string=? (experiment-name e) name) e)) all)
        (raise-azml-error
         'not-found
         (string-append (recipe-file recipe) ": there is no experiment '" name "'")
         #:hint (did-you-mean name (names all)
                              (if (null? all)
                                  "the recipe declares none"
                                  (string-append "the recipe declares "
                                                 (string-join (names all) ", ")
                                                 "; a parameter is given as "
                                                 name "=VALUE")))))))

(define* (select-experiments recipe #:optional name)
  "Return the list of the experiments that a run of RECIPE means: the one called NAME if
it is given; else the results, else the only definition.  Raise usage if there are several
definitions, not-found if there is none."
  (cond (name (list (find-experiment recipe name)))
        ((pair? (recipe-results recipe)) (recipe-results recipe))
        ((null? (recipe-definitions recipe))
         (raise-azml-error
          'not-found
          (string-append (recipe-file recipe) ": the recipe declares no experiment")
          #:hint "(experiment (name \"x\") (script \"train.py\")) declares one"))
        ((null? (cdr (recipe-definitions recipe))) (recipe-definitions recipe))
        (else
         (raise-azml-error
          'usage
          (string-append (recipe-file recipe) ": the recipe defines several experiments: "
                         (string-join (names (recipe-definitions recipe)) ", "))
          #:hint (string-append "name one: azml-guile run " (recipe-file recipe) " "
                                (car (names (recipe-definitions recipe))))))))

(define (find-named recipe name alist record-name what)
  (let ((found (or (assoc-ref alist name)
                   (or-map (lambda (pair)
                             (and (equal? (record-name (cdr pair)) name) (cdr pair)))
                           alist))))
    (or found
        (raise-azml-error
         'not-found
         (string-append (recipe-file recipe) ": there is no " what " '" name "'")
         #:hint (did-you-mean name (map car alist)
                              (if (null? alist)
                                  (string-append "the recipe declares none")
                                  (string-append "there are "
                                                 (string-join (map car alist) ", "))))))))

(define (find-target recipe name)
  "Return the target of RECIPE whose name, or the variable that holds it, is NAME.  Raise
not-found if there is none."
  (find-named recipe name (recipe-targets recipe) compute-target-name "target"))

(define (find-environment recipe name)
  "Return the environment of RECIPE whose name, or the variable that holds it, is NAME.
Raise not-found if there is none."
  (find-named recipe name (recipe-environments recipe) environment-name "environment"))
