;;; finding.scm: what checks are given, and what they find
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml doctor finding)
  #:use-module (srfi srfi-9)
  #:use-module (azml connect)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml session)
  #:use-module (azml target)
  #:use-module (azml text)
  #:export (finding finding? finding-section finding-name finding-state finding-text
            finding-gives finding-install finding-needed?
            circumstances circumstances? circumstances-target circumstances-hello
            circumstances-probe circumstances-failure
            known here? from-packages check-place))

;;; Findings

(define-record-type <finding>
  (make-finding section name state text gives install needed?)
  finding?
  (section finding-section)
  (name finding-name)
  (state finding-state)
  (text finding-text)
  (gives finding-gives)
  (install finding-install)
  (needed? finding-needed?))

(define* (finding section name state text #:key (gives #f) (install #f) (needed? #f))
  "Return what a check found about NAME, in the SECTION program, project, target or tools.
STATE is ok; missing, for what azml-guile can do without; or problem.  TEXT is one line.  GIVES
says what it is good for, INSTALL is the command that installs it or what to do, NEEDED? is true
if no run works without it."
  (make-finding section name state text gives install needed?))

(define-record-type <circumstances>
  (make-circumstances target hello probe failure)
  circumstances?
  (target circumstances-target)
  (hello circumstances-hello)
  (probe circumstances-probe)
  (failure circumstances-failure))

(define (circumstances target)
  "Return what the runner of the compute target TARGET says of its machine: the answers to hello
and probe, or the error that came instead."
  (with-exception-handler
      (lambda (condition)
        (make-circumstances target '() '() condition))
    (lambda ()
      (let* ((session (connect-to target (planned-fields)))
             (probe (session-call session "probe"
                                  '((modules . #("venv" "ensurepip" "pip"))
                                    (gpus . #t)))))
        (make-circumstances target (or (%session-hello (session-handle session)) '())
                            probe #f)))
    #:unwind? #t
    #:unwind-for-type &azml-error))

(define (known circumstances key . keys)
  "Return what probe said of KEY, and of KEYS below it, in CIRCUMSTANCES; #f if nothing."
  (let ((value (apply json-ref (circumstances-probe circumstances) key keys)))
    (and (not (eq? value 'null)) value)))

;;; What installs something

(define (debian?)
  (and (%file-status "/etc/debian_version") #t))

(define (from-packages here? debian name)
  "Return the command that installs NAME, on a Debian system, if it is HERE?, from the package
DEBIAN; elsewhere what to do."
  (if (and here? (debian?))
      (string-append "apt install " debian)
      (string-append "install " name " with the system's package manager")))

(define (here? circumstances)
  "Return true if CIRCUMSTANCES are those of this machine."
  (eq? 'local (compute-target-type (circumstances-target circumstances))))

;;; Folders

(define little (* 1024 1024 1024))
(define next-to-nothing (* 1024 1024))

(define (check-place section name place needed?)
  "Return the finding NAME of SECTION about PLACE, what probe says of a folder; NEEDED? is true
if no run works where it cannot be written to."
  (let ((path (printable (or (json-ref place 'path) "?")))
        (free (or (json-ref place 'free_bytes) 0)))
    (cond
     ((not (eq? #t (json-ref place 'writable)))
      (finding section name 'problem (string-append path " cannot be written to")
               #:install "change its owner or permissions, or use another folder"
               #:needed? needed?))
     ((< free little)
      (finding section name 'problem
               (string-append path ": only " (format-bytes free) " free")
               #:install "azml-guile history gc and azml-guile env gc make room"
               #:needed? (and needed? (< free next-to-nothing))))
     (else
      (finding section name 'ok
               (string-append path ", " (format-bytes free) " free"))))))
