;;; test-binding.scm: strings, JSON, errors, handles between C and Scheme.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(use-modules (azml-test) (azml core) (azml errors)
             (rnrs bytevectors) (srfi srfi-1) (ice-9 exceptions) (ice-9 threads))

(define state (seed->random-state 42))

(define (round-trip bytes)
  (%string->bytes (%bytes->string bytes)))

(define (random-json depth)
  (case (random (if (zero? depth) 6 8) state)
    ((0) (- (random (expt 2 64) state) (expt 2 63)))
    ((1) (let ((x (* (- (random 1.0 state) 0.5) (expt 10.0 (- (random 60 state) 30)))))
           x))
    ((2) (random 2 state))
    ((3) #t)
    ((4) 'null)
    ((5) (%bytes->string (random-bytes state 20)))
    ((6) (list->vector (map (lambda (i) (random-json (- depth 1)))
                            (iota (random 5 state)))))
    (else (map (lambda (i)
                 (cons (string->symbol (string-append "k" (number->string i)))
                       (random-json (- depth 1))))
               (iota (random 5 state))))))

(define (strings)
  (test-assert "every byte string survives the way to Scheme and back"
    (every (lambda (i)
             (let ((bytes (random-bytes state 40)))
               (equal? bytes (round-trip bytes))))
           (iota 5000)))
  (test-assert "two byte strings never become one string"
    (let ((seen (make-hash-table)))
      (every (lambda (i)
               (let* ((bytes (random-bytes state 6))
                      (string (%bytes->string bytes))
                      (other (hash-ref seen string)))
                 (hash-set! seen string bytes)
                 (or (not other) (equal? other bytes))))
             (iota 5000))))
  (test-assert "all single bytes survive"
    (every (lambda (i) (equal? (u8-list->bytevector (list i))
                               (round-trip (u8-list->bytevector (list i)))))
           (iota 256)))
  (test-equal "valid UTF-8 is what it says" "grün ∀ 🙂"
    (%bytes->string (string->utf8 "grün ∀ 🙂")))
  (test-equal "a byte that is not UTF-8 is a private character" (string #\a #\x10ffff #\b)
    (%bytes->string #vu8(97 255 98)))
  (test-equal "UTF-8 of such a character is not taken for the byte"
    #vu8(#xf4 #x8f #xbf #xbf)
    (round-trip #vu8(#xf4 #x8f #xbf #xbf)))
  (test-equal "overlong forms and surrogates are bytes" '(2 3 4)
    (map (lambda (bytes) (string-length (%bytes->string bytes)))
         '(#vu8(#xc0 #x80) #vu8(#xed #xa0 #x80) #vu8(#xf5 #x80 #x80 #x80)))))

(define (json)
  (test-assert "random values survive JSON"
    (every (lambda (i)
             (let ((value (random-json 4)))
               (equal? value (%json-read (%json-write value)))))
           (iota 500)))
  (test-equal "what is written" "{\"a\":[1,2.5,null,true,false],\"b\":{}}"
    (%json-write '((a . #(1 2.5 null #t #f)) (b . ()))))
  (test-equal "order of keys is kept" '(z a m)
    (map car (%json-read "{\"z\":1,\"a\":2,\"m\":3}")))
  (test-equal "numbers that JSON lacks" "[\"NaN\",\"Infinity\",\"-Infinity\"]"
    (%json-write (vector +nan.0 +inf.0 -inf.0)))
  (test-equal "bare NaN is read" #("NaN") (%json-read "[NaN]"))
  (test-equal "a string that is not UTF-8" "{\"bytes\":\"/w==\"}"
    (%json-write (%bytes->string #vu8(255))))
  (test-equal "a key that is not UTF-8" "{\"a%FF\":1}"
    (%json-write (list (cons (%bytes->string #vu8(97 255)) 1))))
  (test-equal "the digest does not depend on the order of keys"
    (%json-digest '((a . 1) (b . #(((d . 2) (c . 3))))))
    (%json-digest '((b . #(((c . 3) (d . 2)))) (a . 1))))
  (test-equal "SHA-256 of {}"
    "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    (%json-digest '()))
  (test-equal "a mistake in JSON has its place" 'format
    (azml-error-code (error-of (%json-read "{\"a\":}"))))
  (test-assert "what is no JSON value is refused"
    (every (lambda (value)
             (eq? 'wrong-type-arg (exception-kind (error-of (%json-write value)))))
           (list 'symbol (list 1 2) (vector (lambda () 1)) (cons 1 2)
                 (let ((loop (list (cons 'a 1)))) (set-cdr! loop loop) loop))))
  (test-assert "deep nesting is refused, not a crash"
    (exception? (error-of (%json-write (fold (lambda (i v) (vector v)) 1 (iota 5000))))))
  (test-assert "so it is when read"
    (azml-error? (error-of (%json-read (string-append (make-string 100000 #\[)
                                                      (make-string 100000 #\])))))))

(define (errors)
  (test-assert "every code of C has a condition type of its own"
    (every (lambda (pair)
             (and (memq (car pair) (azml-condition-codes))
                  (not (eq? (azml-condition-type (car pair)) &azml-error))))
           (%error-codes)))
  (for-each
   (lambda (pair number)
     (let ((condition (error-of (%error-throw number "what happened"))))
       (test-assert (string-append "the error " (symbol->string (car pair))
                                   " arrives as its condition")
         (and ((exception-predicate (azml-condition-type (car pair))) condition)
              (eq? (azml-error-code condition) (car pair))
              (string=? (azml-error-message condition)
                        (if (eq? (car pair) 'no-memory)
                            (azml-error-message condition)
                            "what happened"))
              (eq? (azml-error-origin condition) '%error-throw)
              (string? (cdr pair))))))
   (%error-codes)
   (map (lambda (i) (- (+ i 1))) (iota (length (%error-codes)))))
  (test-equal "bytes in a message are shown" "file \\xff"
    (azml-error-message (error-of (%error-throw -4 (%bytes->string
                                                    #vu8(102 105 108 101 32 255))))))
  (test-equal "an error of the system has errno" (list 'not-found 'os ENOENT)
    (let ((c (error-of (%file-read "/no/such/file"))))
      (list (azml-error-code c) (azml-error-domain c) (azml-error-native c))))
  (test-assert "guard of SRFI-34 sees it"
    (guard (c ((azml-error? c) #t)) (%error-throw -9 "x") #f))
  (test-assert "catch sees it"
    (catch #t (lambda () (%error-throw -9 "x") #f) (lambda arguments #t))))

(define (handles)
  (call-with-scratch
   (lambda (folder)
     (let ((project (%project-open folder #t)))
       (test-assert "a handle prints its kind"
         (string-prefix? "#<azml-project" (object->string project)))
       (test-equal "a handle of another kind is refused" 'wrong-type-arg
         (exception-kind (error-of (%store-unfinished project))))
       (test-equal "so is what is no handle" 'wrong-type-arg
         (exception-kind (error-of (%project-fields "x"))))
       (let ((store (%store-open project)))
         (test-equal "a handle works" #() (%store-unfinished store))
         (%store-close store)
         (test-equal "closing twice is fine" *unspecified*
           (begin (%store-close store) *unspecified*))
         (test-equal "a closed handle says so" "invalid: the store is closed"
           (error-text (error-of (%store-unfinished store)))))
       (test-assert "many handles, closed or not, while memory is collected"
         (every (lambda (i)
                  (let ((store (%store-open project)))
                    (when (odd? i) (%store-close store))
                    (when (zero? (remainder i 20)) (gc))
                    #t))
                (iota 100)))
       (test-assert "threads that open, use and drop handles"
         (let ((threads
                (map (lambda (i)
                       (call-with-new-thread
                        (lambda ()
                          (every (lambda (j)
                                   (let ((p (%project-open folder #f)))
                                     (make-vector 1000 j)
                                     (pair? (%project-fields p))))
                                 (iota 200)))))
                     (iota 4))))
           (every join-thread threads)))
       (test-assert "the collector frees what handles held that nobody refers to"
         (let loop ((tries 0))
           (gc)
           (%sleep 20)
           ;; Conservative: a stale word on a stack may keep a few.
           (or (< (%handle-count) 100)
               (and (< tries 100) (loop (+ tries 1))))))))))

(define (interrupts)
  (test-equal "a set token ends a blocking call" 'cancelled
    (begin
      (%cancel!)
      (let ((condition (error-of (%sleep 60000))))
        (%cancel-reset!)
        (azml-error-code condition))))
  (test-assert "without it the call takes its time"
    (let ((start (%clock-boot-ms)))
      (%sleep 120)
      (>= (- (%clock-boot-ms) start) 120)))
  (test-assert "a signal's handler runs while C works, and its error ends the call"
    (let ((start (%clock-boot-ms)))
      (dynamic-wind
        (lambda ()
          (sigaction SIGALRM (lambda (signal) (throw 'alarm-clock))))
        (lambda ()
          (setitimer ITIMER_REAL 0 0 0 200000)
          (and (eq? 'alarm-clock (exception-kind (error-of (%sleep 60000))))
               (< (- (%clock-boot-ms) start) 30000)))
        (lambda ()
          (sigaction SIGALRM SIG_DFL)))))
  (test-assert "and the next call is not interrupted"
    (begin (%sleep 10) #t)))

(define (files)
  (call-with-scratch
   (lambda (folder)
     (write-file "a b" "text")
     (test-equal "read a file" "text" (%file-read "a b"))
     (test-equal "list a folder" '("a b") (%file-list "."))
     (test-equal "a file's type" 'file (assq-ref (%file-status "a b") 'type))
     (test-equal "no file" #f (%file-status "nothing"))
     (test-equal "a time as text, and back" 1769864759123
       (%time-parse (%time-format 1769864759123)))
     (test-equal "the text of a time" "2026-01-31T13:05:59.123Z"
       (%time-format 1769864759123))
     (test-equal "what is no time" #f (%time-parse "yesterday"))
     (test-assert "ids"
       (every (lambda (i)
                (let ((id (%random-id)))
                  (and (= (string-length id) 12)
                       (string-every (lambda (c) (string-index
                                                  "abcdefghijklmnopqrstuvwxyz0123456789" c))
                                     id))))
              (iota 100))))))

(run-tests "binding"
  (lambda ()
    (strings)
    (json)
    (errors)
    (handles)
    (interrupts)
    (files)))
