;;; diagnostics.scm: a run as one file, to be sent to somebody.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; diagnostics.zip holds the project as it ran and all that is recorded of the run, but
;;; neither its outputs nor job.json, which may have secrets.  Files are stored, not packed:
;;; logs and source are small, and no program is needed for it.
;;; Code:

(define-module (azml workbench diagnostics)
  #:use-module (ice-9 binary-ports)
  #:use-module (rnrs bytevectors)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml history)
  #:use-module (azml json)
  #:export (write-diagnostics))

(define crc-table
  (let ((table (make-u32vector 256)))
    (do ((n 0 (+ n 1))) ((= n 256) table)
      (u32vector-set! table n
                      (let loop ((c n) (k 8))
                        (if (zero? k)
                            c
                            (loop (if (odd? c)
                                      (logxor #xedb88320 (ash c -1))
                                      (ash c -1))
                                  (- k 1))))))))

(define (crc-32 bytes)
  (let ((length (bytevector-length bytes)))
    (let loop ((i 0) (c #xffffffff))
      (if (= i length)
          (logxor c #xffffffff)
          (loop (+ i 1)
                (logxor (u32vector-ref crc-table
                                       (logand #xff (logxor c (bytevector-u8-ref bytes i))))
                        (ash c -8)))))))

(define (numbers . widths-and-values)
  ;; Little-endian numbers of 2 or 4 bytes.
  (let ((port+get (call-with-values open-bytevector-output-port cons)))
    (let loop ((rest widths-and-values))
      (unless (null? rest)
        (let ((bytes (make-bytevector (car rest))))
          (bytevector-uint-set! bytes 0 (cadr rest) (endianness little) (car rest))
          (put-bytevector (car port+get) bytes)
          (loop (cddr rest)))))
    ((cdr port+get))))

(define limit (ash 1 31))

(define (common name bytes crc)
  ;; What both headers of an entry have: UTF-8 names, stored, 1980-01-01.
  (let ((size (bytevector-length bytes)))
    (numbers 2 20 2 #x0800 2 0 2 0 2 #x21 4 crc 4 size 4 size
             2 (bytevector-length (string->utf8 name)) 2 0)))

(define (write-zip file entries)
  ;; ENTRIES are (NAME . procedure that returns bytes).
  (call-with-output-file file
    (lambda (port)
      (let loop ((entries entries) (at 0) (central '()) (n 0))
        (if (null? entries)
            (let ((size (apply + (map bytevector-length central))))
              (for-each (lambda (bytes) (put-bytevector port bytes)) (reverse central))
              (put-bytevector port (numbers 4 #x06054b50 2 0 2 0 2 n 2 n 4 size 4 at 2 0)))
            (let* ((name (caar entries))
                   (bytes ((cdar entries)))
                   (head (common name bytes (crc-32 bytes)))
                   (text (string->utf8 name))
                   (parts (list (numbers 4 #x04034b50) head text bytes))
                   (size (apply + (map bytevector-length parts))))
              (when (or (> (+ at size) limit) (> n 65000))
                (raise-azml-error 'too-large "the run is too large for one file"
                                  #:hint "its directory has all: azml-guile history show"))
              (for-each (lambda (part) (put-bytevector port part)) parts)
              (loop (cdr entries) (+ at size)
                    (cons* text
                           (numbers 2 0 2 0 2 0 4 0 4 at)
                           head
                           (numbers 4 #x02014b50 2 20)
                           central)
                    (+ n 1))))))
    #:binary #t))

(define (read-bytes file)
  (let ((bytes (call-with-input-file file get-bytevector-all #:binary #t)))
    (if (eof-object? bytes) (make-bytevector 0) bytes)))

(define (entry name file)
  (cons name (lambda () (read-bytes file))))

(define (tree-entries folder prefix)
  ;; The files below FOLDER; links are left out, outputs among them.
  (apply append
         (map (lambda (name)
                (let* ((file (string-append folder "/" name))
                       (type (assq-ref (or (%file-status file #f) '()) 'type)))
                  (case type
                    ((folder) (tree-entries file (string-append prefix name "/")))
                    ((file) (list (entry (string-append prefix name) file)))
                    (else '()))))
              (sort (%file-list folder) string<?))))

(define recorded
  '(("log" . "driver_log.txt") ("prepare.log" . "prepare_log.txt")
    ("events.jsonl" . "control_log.txt") ("run.json" . "run.json")
    ("status.json" . "status.json") ("metrics.jsonl" . "metrics.jsonl")
    ("gpu.jsonl" . "gpu.jsonl")))

(define (write-diagnostics project record file)
  "Write the project as it was given to the run of PROJECT that RECORD is of, and what is recorded
of the run, to FILE."
  (let* ((directory (json-ref record 'directory))
         (digest (json-ref record 'run 'snapshot 'digest))
         (source (string-append directory "/.diagnostics"))
         (logs (filter (lambda (entry) entry)
                       (map (lambda (pair)
                              (let ((name (string-append directory "/" (car pair))))
                                (and (%file-status name)
                                     (entry (string-append "logs/" (cdr pair)) name))))
                            recorded))))
    (dynamic-wind
      (lambda () #f)
      (lambda ()
        (when digest
          (%folder-make source)
          (%snapshot-materialise (project-field project 'objects) digest source))
        (write-zip file (append logs
                                (if digest (tree-entries source "project/") '()))))
      (lambda ()
        (when (%file-status source)
          (%file-remove source))))))
