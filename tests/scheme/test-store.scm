;;; test-store.scm: projects, the index and metrics through the binding.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(use-modules (azml-test) (azml core) (azml errors)
             (srfi srfi-1) (srfi srfi-64) (ice-9 threads))

(define (ref alist key) (assq-ref alist key))

(define-syntax-rule (test-error-code name code body)
  (test-equal name code
    (let ((condition (error-of body)))
      (cond ((eq? condition 'no-error) condition)
            ((azml-error? condition) (azml-error-code condition))
            (else 'wrong-type)))))

(define odd-name
  ;; The last character stands for the byte 255.
  (string-append "café " (string #\x10ffff)))

(define (make-run! project id . metrics)
  ;; A run directory with values METRICS of "loss"; return its run.json.
  (let* ((folder (string-append (ref (%project-fields project) 'runs) "/" id))
         (run `((id . ,id) (experiment . "digits") (submitted . "2026-01-01T00:00:00.000Z")
                (parameters . ((lr . 0.1) (name . ,odd-name))))))
    (mkdir folder)
    (write-file (string-append folder "/run.json") (%json-write run))
    (write-file (string-append folder "/status.json") "{\"state\": \"completed\"}")
    (write-file (string-append folder "/metrics.jsonl")
                (string-concatenate
                 (map (lambda (value)
                        (string-append "{\"name\": \"loss\", \"value\": " value "}\n"))
                      metrics)))
    run))

(define (project-folder project id)
  (string-append (ref (%project-fields project) 'runs) "/" id))

(define (projects folder)
  (test-error-code "no project yet" 'not-found (%project-open folder #f))
  (let ((project (%project-open folder #t)))
    (test-equal "a project's parts" '(root folder id runs objects index)
      (map car (%project-fields project)))
    (make-run! project "aaaaaaaaaaaa" "1" "0.5")
    (make-run! project "abbbbbbbbbbb" "NaN")
    (test-equal "a run by its prefix" "abbbbbbbbbbb" (%project-find-run project "ab"))
    (test-error-code "a prefix of two" 'ambiguous (%project-find-run project "a"))
    (test-error-code "a prefix of none" 'not-found (%project-find-run project "zz"))
    (test-equal "a run with its status" "completed"
      (ref (ref (%project-run project "aaaaaaaaaaaa") 'status) 'state))
    (test-equal "nobody is in charge of it" #f
      (ref (%project-run project "aaaaaaaaaaaa") 'alive))
    project))

(define (metrics project)
  (let ((folder (project-folder project "aaaaaaaaaaaa")))
    (test-equal "the points of a metric" '(1 0.5)
      (map (lambda (point) (ref point 'value))
           (vector->list (ref (%metrics-read folder "loss") 'points))))
    (test-equal "no points of another" #()
      (ref (%metrics-read folder "accuracy") 'points))
    (test-equal "a summary" '((last . 0.5) (min . 0.5) (max . 1.0) (count . 2)
                              (values . #(1.0 0.5)))
      (ref (ref (%metrics-summary folder) 'metrics) 'loss))
    (test-equal "NaN is a string" "NaN"
      (ref (ref (ref (%metrics-summary (project-folder project "abbbbbbbbbbb")) 'metrics)
                'loss)
           'last))
    (test-error-code "no such folder" 'not-found (%metrics-summary "/no/such/folder"))))

(define (index project)
  (let ((store (%store-open project)))
    (define (ids query)
      (map (lambda (row) (ref row 'id)) (vector->list (%store-query store query))))
    (test-equal "the index is made from the directories" '("abbbbbbbbbbb" "aaaaaaaaaaaa")
      (ids '()))
    (test-equal "a filter" '("aaaaaaaaaaaa") (ids '((where . "metrics.loss < 0.6"))))
    (test-equal "a parameter with a byte that is not UTF-8 is kept" odd-name
      (ref (ref (vector-ref (%store-query store '((limit . 1))) 0) 'parameters) 'name))
    (test-error-code "a wrong filter" 'invalid (ids '((where . "loss <"))))
    (test-error-code "a query that is no text" 'invalid (ids '((where . 3))))
    (%store-put store '((id . "cccccccccccc") (submitted . "2026-02-01T00:00:00.000Z")) #f)
    (test-equal "a run that is being submitted is unfinished" #("cccccccccccc")
      (%store-unfinished store))
    (%store-refresh store "cccccccccccc")
    (test-equal "and gone when it never came" #() (%store-unfinished store))
    (%store-expect store #("dddddddddddd" "eeeeeeeeeeee"))
    (test-equal "runs that are expected are unfinished" #("dddddddddddd" "eeeeeeeeeeee")
      (%store-unfinished store))
    (%store-refresh store "dddddddddddd")
    (test-equal "as long as they may come" #("dddddddddddd" "eeeeeeeeeeee")
      (%store-unfinished store))
    (mkdir (project-folder project "dddddddddddd"))
    (%store-put-all store (vector (vector '((id . "dddddddddddd"))
                                          '((state . "completed")))
                                  (vector '((id . "eeeeeeeeeeee")) #f)))
    (test-equal "and until they have rows" #("eeeeeeeeeeee") (%store-unfinished store))
    (test-equal "several can be written at once" '("dddddddddddd")
      (ids '((state . "completed") (where . "id = dddddddddddd"))))
    (rmdir (project-folder project "dddddddddddd"))
    (test-equal "one without a directory is no run any more" '()
      (begin
        (%store-unfinished store)
        (ids '((where . "id = dddddddddddd")))))
    (%store-remove store "eeeeeeeeeeee")
    (test-error-code "of all or none" 'format
      (%store-put-all store (vector (vector '((id . "dddddddddddd")) #f) #(1 2))))
    (test-equal "nothing of them stays" #() (%store-unfinished store))
    (%store-remove store "aaaaaaaaaaaa")
    (test-equal "a row is removed" '("abbbbbbbbbbb") (ids '()))
    (test-equal "a reindex finds it again" 2 (ref (%store-reindex store) 'runs))
    (test-assert "of two threads each gets its answer or is told that the index is busy"
      (every (lambda (thread) (every identity (join-thread thread)))
             (map (lambda (thread)
                    (call-with-new-thread
                     (lambda ()
                       (map (lambda (i)
                              (let ((answer (error-of (ids '()))))
                                (or (eq? answer 'no-error)
                                    (eq? 'busy (azml-error-code answer)))))
                            (iota 20)))))
                  (iota 2))))
    (%store-close store)
    (test-error-code "a closed index" 'invalid (ids '()))
    (test-error-code "a project is no index" 'wrong-type (%store-query project '()))))

(run-tests "store"
  (lambda ()
    (call-with-scratch
     (lambda (folder)
       (let ((project (projects folder)))
         (metrics project)
         (index project))))))
