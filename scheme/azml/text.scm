;;; text.scm: numbers, sizes, times and commands as a person reads them.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml text)
  #:export (format-bytes
            format-seconds
            format-ago
            format-value
            format-count
            shell-quote
            command->string
            printable
            string-columns
            pad-right
            pad-left
            cut
            short-id
            owner-name))

(define (digits-after number places)
  ;; Decimal text of NUMBER with PLACES digits after the point, by integers: neither the
  ;; locale nor (ice-9 format) has a say.
  (let* ((scale (expt 10 places))
         (whole (inexact->exact (round (* (abs number) scale))))
         (text (number->string whole))
         (text (if (> (string-length text) places)
                   text
                   (string-append (make-string (- (+ places 1) (string-length text)) #\0)
                                  text)))
         (point (- (string-length text) places))
         (sign (if (and (negative? number) (positive? whole)) "-" "")))
    (if (zero? places)
        (string-append sign text)
        (string-append sign (substring text 0 point) "." (substring text point)))))

(define (format-bytes bytes)
  "Return BYTES as a size with a binary unit: \"34 KiB\", \"1.2 GiB\"."
  (let loop ((units '("B" "KiB" "MiB" "GiB" "TiB" "PiB")) (amount bytes))
    (if (or (< amount 1000) (null? (cdr units)))
        (string-append
         (if (or (string=? (car units) "B") (>= amount 9.95))
             (digits-after amount 0)
             (digits-after amount 1))
         " " (car units))
        (loop (cdr units) (/ amount 1024)))))

(define (format-seconds seconds)
  "Return the duration SECONDS for people: \"0.05 s\", \"12.5 s\", \"3 min 20 s\", \"2 h 5 min\"."
  (let ((whole (inexact->exact (round seconds))))
    (cond
     ((< seconds 0.995) (string-append (digits-after seconds 2) " s"))
     ((< seconds 59.95) (string-append (digits-after seconds 1) " s"))
     ((< whole 3600)
      (string-append (number->string (quotient whole 60)) " min "
                     (number->string (remainder whole 60)) " s"))
     ((< whole 172800)
      (string-append (number->string (quotient whole 3600)) " h "
                     (number->string (quotient (remainder whole 3600) 60)) " min"))
     (else
      (string-append (number->string (quotient whole 86400)) " d "
                     (number->string (quotient (remainder whole 86400) 3600)) " h")))))

(define (format-ago ms)
  "Return how long ago something was that happened MS milliseconds before now: \"3 min ago\"."
  (let* ((seconds (quotient (max 0 (inexact->exact (round ms))) 1000))
         (said (lambda (n unit) (string-append (number->string n) " " unit " ago"))))
    (cond ((< seconds 5) "just now")
          ((< seconds 60) (said seconds "s"))
          ((< seconds 3600) (said (quotient seconds 60) "min"))
          ((< seconds 86400) (said (quotient seconds 3600) "h"))
          ((< seconds 5184000) (said (quotient seconds 86400) "d"))
          (else (said (quotient seconds 2592000) "months")))))

(define (trim-zeros text)
  (if (string-index text #\.)
      (string-trim-right (string-trim-right text #\0) #\.)
      text))

(define (scientific number power)
  ;; By exact arithmetic, so that 1e300 does not become 9.9999e299.
  (let* ((exact (inexact->exact number))
         (digits (digits-after (/ exact (expt 10 power)) 3)))
    (cond ((string-prefix? "10." (string-trim digits #\-)) (scientific number (+ power 1)))
          ((string-prefix? "0." (string-trim digits #\-)) (scientific number (- power 1)))
          (else (string-append (trim-zeros digits) "e" (number->string power))))))

(define (format-real number)
  (let ((size (abs number)))
    (cond ((zero? size) "0")
          ((and (integer? number) (< size 1e9))
           (number->string (inexact->exact number)))
          ((or (>= size 1e7) (< size 1e-4))
           (scientific number (inexact->exact (floor (/ (log size) (log 10))))))
          (else
           (let ((before (+ 1 (inexact->exact (floor (/ (log size) (log 10)))))))
             (trim-zeros (digits-after number (max 0 (- (if (< size 1) 4 5) before)))))))))

(define (format-value value)
  "Return VALUE, a metric's or a parameter's, as short text: numbers to five digits."
  (cond ((and (number? value) (or (nan? value) (inf? value)))
         (cond ((nan? value) "NaN")
               ((positive? value) "Infinity")
               (else "-Infinity")))
        ((and (number? value) (exact? value) (integer? value)) (number->string value))
        ((number? value) (format-real (exact->inexact value)))
        ((string? value) (printable value))
        ((eq? value #t) "true")
        ((not value) "false")
        ((eq? value 'null) "")
        ((symbol? value) (symbol->string value))
        ((vector? value)
         (string-append "[" (string-join (map format-value (vector->list value)) ", ")
                        "]"))
        ((list? value) (string-join (map format-value value) ", "))
        (else (printable (object->string value)))))

(define* (format-count n noun #:optional (plural (string-append noun "s")))
  "Return N with NOUN, or with PLURAL unless N is one: \"1 file\", \"3 files\"."
  (string-append (number->string n) " " (if (eqv? n 1) noun plural)))

(define plain-characters
  (string->char-set
   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-"))

(define (shell-quote word)
  "Return WORD so that a shell reads it back as one word."
  (cond ((string-null? word) "''")
        ((string-every plain-characters word) word)
        ((string-any (lambda (char) (or (char<? char #\space) (char>=? char #\x7f))) word)
         (dollar-quote word))
        (else
         (string-append "'" (string-join (string-split word #\') "'\\''") "'"))))

(define (octal byte)
  (string-append "\\" (string-pad (number->string byte 8) 3 #\0)))

(define (dollar-quote word)
  ;; $'...': the one form in which control characters and bytes that are not UTF-8 can be
  ;; shown and typed again.
  (let ((raw? (lambda (code) (and (>= code #x10ff80) (<= code #x10ffff)))))
    (call-with-output-string
      (lambda (port)
        (display "$'" port)
        (string-for-each
         (lambda (char)
           (let ((code (char->integer char)))
             (cond ((raw? code) (display (octal (- code #x10ff00)) port))
                   ((char=? char #\newline) (display "\\n" port))
                   ((char=? char #\tab) (display "\\t" port))
                   ((memv char '(#\' #\\)) (write-char #\\ port) (write-char char port))
                   ((or (< code 32) (= code 127)) (display (octal code) port))
                   (else (write-char char port)))))
         word)
        (display "'" port)))))

(define (command->string argv)
  "Return the list of words ARGV as a line that a shell understands."
  (string-join (map shell-quote argv) " "))

(define (printable text)
  "Return TEXT with control characters and broken bytes made harmless for a terminal."
  (if (string-every (lambda (char)
                      (let ((code (char->integer char)))
                        (and (>= code 32) (not (<= 127 code 159)) (< code #x10ff80))))
                    text)
      text
      (call-with-output-string
        (lambda (port)
          (string-for-each
           (lambda (char)
             (let ((code (char->integer char)))
               (cond ((memv char '(#\newline #\tab #\return)) (write-char #\space port))
                     ((or (< code 32) (<= 127 code 159)) (write-char #\? port))
                     ((>= code #x10ff80)
                      (display "\\x" port)
                      (display (string-pad (number->string (- code #x10ff00) 16) 2 #\0)
                               port))
                     (else (write-char char port)))))
           text)))))

(define (char-columns char)
  (let ((code (char->integer char)))
    (cond ((< code #x300) 1)
          ((or (<= #x300 code #x36f) (<= #x200b code #x200f) (<= #xfe00 code #xfe0f)) 0)
          ((or (<= #x1100 code #x115f) (<= #x2e80 code #xa4cf) (<= #xac00 code #xd7a3)
               (<= #xf900 code #xfaff) (<= #xfe30 code #xfe6f) (<= #xff00 code #xff60)
               (<= #x1f300 code #x1faff) (<= #x20000 code #x3fffd))
           2)
          (else 1))))

(define (string-columns text)
  "Return how many columns of a terminal TEXT takes."
  (string-fold (lambda (char sum) (+ sum (char-columns char))) 0 text))

(define (spaces n)
  (if (positive? n) (make-string n #\space) ""))

(define (pad-right text columns)
  "Return TEXT followed by blanks up to COLUMNS columns."
  (string-append text (spaces (- columns (string-columns text)))))

(define (pad-left text columns)
  "Return TEXT with blanks before it up to COLUMNS columns."
  (string-append (spaces (- columns (string-columns text))) text))

(define* (cut text columns #:optional (mark "..."))
  "Return TEXT, or as much of it as COLUMNS columns hold together with MARK."
  (if (<= (string-columns text) columns)
      text
      (let ((room (max 0 (- columns (string-columns mark)))))
        (let loop ((n 0) (used 0))
          (let ((next (+ used (char-columns (string-ref text n)))))
            (if (> next room)
                (string-append (substring text 0 n)
                               (substring mark 0 (min (string-length mark) columns)))
                (loop (+ n 1) next)))))))

(define (short-id id)
  "Return the beginning of run id ID that people type."
  (substring id 0 (min 6 (string-length id))))

(define (owner-name uid)
  "Return the name of the user with the number UID, or \"user 42\" where that has none."
  (or (false-if-exception (passwd:name (getpwuid uid)))
      (string-append "user " (number->string uid))))
