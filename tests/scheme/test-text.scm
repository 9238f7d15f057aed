;;; test-text.scm: sizes, times, words for a shell, sparklines, tables, outcomes.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(use-modules (azml-test) (azml core) (azml lease) (azml sparkline) (azml summary) (azml table)
             (azml text) (azml watch) (ice-9 popen) (ice-9 binary-ports)
             (rnrs bytevectors))

(define state (seed->random-state 11))

(define (numbers)
  (test-equal "sizes" '("0 B" "999 B" "1.0 KiB" "1.5 KiB" "34 KiB" "118 MiB" "1.0 GiB")
    (map format-bytes (list 0 999 1000 1536 34567 123456789 (ash 1 30))))
  (test-equal "durations"
    '("0.00 s" "0.05 s" "1.0 s" "12.5 s" "1 min 0 s" "3 min 20 s" "2 h 5 min" "2 d 7 h")
    (map format-seconds '(0 0.05 0.999 12.5 59.97 200 7500 200000)))
  (test-equal "how long ago"
    '("just now" "40 s ago" "3 min ago" "5 h ago" "9 d ago" "4 months ago")
    (map format-ago '(2000 40000 200000 18000000 800000000 10500000000)))
  (test-equal "a clock that went back" "just now" (format-ago -5000))
  (test-equal "values"
    '("0.9722" "0.00012" "1e-5" "1234567" "12346" "-0.5" "3" "1e300" "2.5e-7" "NaN"
      "Infinity" "-Infinity" "x" "true" "[1, 2]")
    (map format-value
         (list 0.97222 0.00012 1e-5 1234567 12345.678 -0.5 3.0 1e300 2.5e-7 +nan.0 +inf.0
               -inf.0 "x" #t #(1 2))))
  (test-equal "counts" '("0 files" "1 file" "2 files")
    (map (lambda (n) (format-count n "file")) '(0 1 2))))

(define (leases)
  (let ((held (lambda (run seconds)
                `((state . "held") (run . ,run) (user . "x") (seconds . ,seconds))))
        (text (lambda (ahead . gpus)
                (waiting-text `((wanted . "2 GPUs") (ahead . ,ahead)
                                (gpus . ,(list->vector gpus)))))))
    (test-equal "who waits says for whom and how long"
      "waiting for 2 GPUs: 2 held by run k3v9x2 of user x (12 min), 1 ahead"
      (text 1 (held "k3v9x2m4q7pz" 725) (held "k3v9x2m4q7pz" 725)))
    (test-equal "or what else is in the way"
      (string-append "waiting for 2 GPUs: 1 held by run aaaa22 of user x (just now), "
                     "1 used by processes outside of any run, "
                     "1 reserved for run bbbb33 of user y")
      (text 0 (held "aaaa22222222" 3) '((state . "occupied")) '((state . "free"))
            '((state . "reserved") (run . "bbbb33333333") (user . "y") (seconds . 900))))
    (test-equal "three reasons are enough"
      (string-append "waiting for 2 GPUs: 1 held by run a of user x (3 h 0 min), "
                     "1 held by run b of user x (1 min), 1 held by run c of user x (1 min), "
                     "others too")
      (text 0 (held "a" 10800) (held "b" 61) (held "c" 62) (held "d" 63)))
    (test-equal "nothing known" "waiting for a GPU" (waiting-text '()))))

(define (from-shell word)
  ;; WORD through a shell and back, as bytes.
  (let* ((port (open-pipe* OPEN_READ "bash" "-c"
                           (string-append "printf %s " (%bytes->string
                                                        (%string->bytes (shell-quote word))))))
         (bytes (get-bytevector-all port)))
    (close-pipe port)
    (if (eof-object? bytes) "" (%bytes->string bytes))))

(define (random-word)
  ;; Bytes without NUL, most of them awkward.
  (let ((choice "a' \"$`\\\n\t*?!~;&|<>(){}[]#%=-éé"))
    (list->string
     (map (lambda (i) (string-ref choice (random (string-length choice) state)))
          (iota (random 12 state))))))

(define (words)
  (test-equal "plain words stay" "train.py --lr=0.1 a/b" (command->string
                                                          '("train.py" "--lr=0.1" "a/b")))
  (test-equal "others are quoted" "'a b' 'it'\\''s' '' $'a\\nb'"
    (command->string '("a b" "it's" "" "a\nb")))
  (test-equal "bytes that are not UTF-8" "$'caf\\351'"
    (shell-quote (%bytes->string #vu8(99 97 102 #xe9))))
  (test-assert "a shell reads back what was quoted"
    (and-map (lambda (i)
               (let ((word (random-word)))
                 (string=? word (from-shell word))))
             (iota 40)))
  (test-equal "nothing reaches the terminal that moves it" "a?[31mb c\\xff"
    (printable (%bytes->string #vu8(97 27 91 51 49 109 98 10 99 255))))
  (test-equal "wide characters count twice" '(2 4 1)
    (map string-columns '("ab" "日本" "é")))
  (test-equal "what is cut says so" '("abcdef" "ab..." "日...")
    (list (cut "abcdef" 6) (cut "abcdef" 5) (cut "日本語" 5))))

(define (sparklines)
  (test-equal "a line that rises" "▁▂▃▄▅▆▇█" (sparkline #(1 2 3 4 5 6 7 8)))
  (test-equal "in ASCII" "_#" (sparkline #(0 0.9) #:unicode? #f #:width 2))
  (test-equal "one that is level" "▄▄▄" (sparkline #(5 5 5)))
  (test-equal "in a range that is known" "▁▄█" (sparkline #(0 45 100) #:range '(0 . 100)))
  (test-equal "a level one has its height there" "▁▁" (sparkline #(0 0) #:range '(0 . 100)))
  (test-equal "what is no number is a blank" "▁ █" (sparkline #(1 "NaN" 2)))
  (test-equal "no numbers at all" "" (sparkline #("NaN")))
  (test-equal "long ones are thinned" 24
    (string-length (sparkline (list->vector (iota 1000)))))
  (test-equal "the greatest reals" "▁█" (sparkline #(-1.7e308 1.7e308))))

(define (table . arguments)
  (call-with-output-string
    (lambda (port)
      (apply print-table (append arguments (list #:port port))))))

(define (tables)
  (unsetenv "COLUMNS")
  (test-equal "columns" "A     NUMBER\nx          1\nlong      20\n"
    (table '("A" "NUMBER") '(("x" "1") ("long" "20")) #:right '(1)))
  (setenv "COLUMNS" "16")
  (test-equal "cut to the width" "A  TEXT        N\nx  long en...  1\n"
    (string-append (table '("A" "TEXT" "N") '(("x" "long enough to cut" "1"))
                          #:flexible 1)))
  (unsetenv "COLUMNS")
  (test-equal "no rows, no heading" "" (table '("A") '())))

(define (outcomes)
  (define (both . pairs)
    (list (outcome-text pairs) (run-exit-code pairs)))
  (test-equal "completed" '("completed" 0)
    (both '(state . "completed") '(exit_code . 0)))
  (test-equal "an exit code" '("failed with exit code 3" 3)
    (both '(state . "failed") '(exit_code . 3)))
  (test-equal "a signal" '("failed: killed by SIGSEGV" 139)
    (both '(state . "failed") '(cause . "signal") '(signal . 11)))
  (test-equal "a time limit" '("failed: time limit" 124)
    (both '(state . "failed") '(cause . "time limit") '(signal . 15)))
  (test-equal "out of memory" '("failed: out of memory" 137)
    (both '(state . "failed") '(cause . "out of memory") '(signal . 9)))
  (test-equal "disk full has the job's code" '("failed: disk full, exit code 5" 5)
    (both '(state . "failed") '(cause . "disk full") '(exit_code . 5)))
  (test-equal "stopped by INT, whatever the job made of it" '("canceled" 130)
    (both '(state . "canceled") '(cause . "stopped") '(exit_code . 0)
          '(stop . ((signal . "INT")))))
  (test-equal "causes before the script" '(127 126 125 125 125 125 125 125 125)
    (map (lambda (cause) (run-exit-code `((state . "failed") (cause . ,cause))))
         '("not found" "not executable" "environment" "preparation" "snapshot"
           "runner killed" "machine restarted" "internal" "copied"))))

(run-tests "text"
  (lambda ()
    (numbers)
    (leases)
    (words)
    (sparklines)
    (tables)
    (outcomes)))
