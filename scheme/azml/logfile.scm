;;; logfile.scm: the log of a run, read from its directory.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml logfile)
  #:use-module (ice-9 binary-ports)
  #:use-module (rnrs bytevectors)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:export (copy-log
            tail-offset))

(define piece (ash 1 18))

(define (call-with-log directory name procedure)
  ;; The value of PROCEDURE for a port on the file NAME of DIRECTORY, #f if there is none.
  (let ((file (string-append directory "/" name)))
    (and (%file-status file)
         (call-with-input-file file procedure #:binary #t))))

(define (check-interrupt)
  (when (%cancelled?)
    (raise-azml-error 'cancelled "interrupted")))

(define* (copy-log directory #:key (name "log") (offset 0) (port (current-output-port)))
  "Copy the file NAME of the run directory DIRECTORY from byte OFFSET on to PORT, byte for
byte.  Return the offset of its end."
  (force-output port)
  (let ((buffer (make-bytevector piece)))
    (or (call-with-log
         directory name
         (lambda (file)
           (setvbuf file 'none)
           (seek file offset SEEK_SET)
           (let loop ((offset offset))
             (check-interrupt)
             (let ((n (get-bytevector-n! file buffer 0 piece)))
               (if (eof-object? n)
                   (begin
                     (force-output port)
                     offset)
                   (begin
                     (put-bytevector port buffer 0 n)
                     (loop (+ offset n))))))))
        offset)))

(define (last-lines-start buffer start lines)
  ;; Look backwards through BUFFER, which begins at byte START of the file, for the newline
  ;; before the last LINES lines.  Return the offset of the line, or how many lines are
  ;; still to be found, negative.
  (let loop ((i (- (bytevector-length buffer) 1)) (lines lines))
    (cond ((< i 0) (- -1 lines))
          ((eqv? (bytevector-u8-ref buffer i) 10)
           (if (zero? lines)
               (+ start i 1)
               (loop (- i 1) (- lines 1))))
          (else (loop (- i 1) lines)))))

(define* (tail-offset directory lines #:key (name "log"))
  "Return the byte at which the last LINES lines of the file NAME of the run directory
DIRECTORY begin."
  (or (call-with-log
       directory name
       (lambda (file)
         (let ((size (seek file 0 SEEK_END)))
           ;; A newline at the very end ends the last line; it does not begin another.
           (let loop ((end (max 0 (- size 1))) (lines (- lines 1)))
             (if (or (zero? end) (< lines 0))
                 (if (< lines 0) size 0)
                 (let* ((start (max 0 (- end piece)))
                        (found (begin
                                 (seek file start SEEK_SET)
                                 (last-lines-start (get-bytevector-n file (- end start))
                                                   start lines))))
                   (if (negative? found)
                       (loop start (- -1 found))
                       found)))))))
      0))
