;;; file.scm: files that commands write.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml file)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml text)
  #:export (call-with-whole-file))

(define (call-with-whole-file file procedure)
  "Call PROCEDURE with a port, in UTF-8, that writes FILE, which appears under its name when
it is whole; where it cannot be written, nothing of it is left."
  (let ((aside (string-append file ".tmp")))
    (dynamic-wind
      (lambda () #f)
      (lambda ()
        (catch 'system-error
          (lambda ()
            (call-with-output-file aside procedure #:encoding "UTF-8"))
          (lambda arguments
            (let ((number (system-error-errno arguments)))
              (raise-azml-error (if (= number ENOSPC) 'no-space 'os)
                                (string-append "write '" (printable file) "': "
                                               (strerror number))))))
        (%file-rename aside file))
      (lambda ()
        (false-if-exception (delete-file aside))))))
