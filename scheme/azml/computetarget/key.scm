;;; key.scm: a key pair of azml-guile's own for a machine.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; The password, if the machine asks for one, goes to the SSH channel and nowhere else:
;;; it is used for the one connection that puts the public key in its place.
;;; Code:

(define-module (azml computetarget key)
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml target)
  #:use-module (azml targets)
  #:use-module (azml text)
  #:export (install-key!))

(define (key-file name)
  (let ((folder (user-folder)))
    (unless folder
      (raise-azml-error 'not-found "no place for a key: HOME is not set"))
    (string-append folder "/keys/" name)))

(define (first-line text)
  (car (string-split (string-trim-both text) #\newline)))

(define (make-key! file)
  ;; Return true if a pair was made; one that is there is used again.
  (let ((folder (dirname file)))
    (cond ((%file-status file) #f)
          (else
           (%folder-make folder)
           (chmod folder #o700)
           (let ((end (%connection-run
                       `((kind . "local")
                         (argv . ,(vector "ssh-keygen" "-q" "-t" "ed25519" "-N" ""
                                          "-C" (string-append "azml-guile " (basename file))
                                          "-f" file)))
                       "" "")))
             (unless (eqv? 0 (car end))
               (raise-azml-error 'failed (string-append "ssh-keygen made no key: "
                                                        (first-line (caddr end)))
                                 #:hint "install openssh-client")))
           #t))))

(define (remove-key! file)
  (for-each (lambda (file)
              (when (%file-status file #f)
                (%file-remove file)))
            (list file (string-append file ".pub"))))

;; What puts the key on standard input behind those that are there already, if it is not
;; among them.
(define install-line
  (string-append
   "cd && umask 077 && k=$(cat) && f=.ssh/authorized_keys && mkdir -p .ssh && "
   "{ grep -qxF -e \"$k\" \"$f\" 2>/dev/null || "
   "{ { test -z \"$(tail -c 1 \"$f\" 2>/dev/null)\" || echo >>\"$f\"; } && "
   "printf '%s\\n' \"$k\" >>\"$f\"; }; } && "
   "{ command -v restorecon >/dev/null && restorecon -F .ssh \"$f\"; :; }"))

(define (run-there channel line input what hint)
  (let ((end (%connection-run channel line input)))
    (unless (eqv? 0 (car end))
      (raise-azml-error 'failed
                        (string-append what ": " (first-line (caddr end)))
                        #:hint hint))
    (cadr end)))

(define (without channel . keys)
  (filter (lambda (pair) (not (memq (car pair) keys))) channel))

(define (install-there channel file made?)
  ;; Put the public half of FILE in its place there.  Where that fails a pair that was MADE?
  ;; for it opens nothing, and goes.
  (with-exception-handler
      (lambda (condition)
        (when made?
          (remove-key! file))
        (unless (azml-error? condition) ;an interrupt
          (raise-exception condition))
        (raise-azml-error (azml-error-code condition)
                          (string-append "no key was installed, and nothing is kept: "
                                         (azml-error-message condition))
                          #:hint (azml-error-hint condition)))
    (lambda ()
      (run-there channel install-line (%file-read (string-append file ".pub"))
                 "it was not taken there"
                 (string-append "see whether ~/.ssh/authorized_keys of that account can be"
                                " written, and whether its disk is full")))
    #:unwind? #t))

(define (check-key channel file)
  ;; Nothing but the key may open the door now.
  (with-exception-handler
      (lambda (condition)
        (raise-azml-error (azml-error-code condition)
                          (string-append "the key was installed, but does not open the"
                                         " machine: " (azml-error-message condition))
                          #:hint (string-append "see whether others may write to the home folder,"
                                                " ~/.ssh or authorized_keys there (chmod go-w):"
                                                " its SSH server takes none then; or whether it"
                                                " takes keys from ~/.ssh/authorized_keys at all")))
    (lambda ()
      (run-there `((identity_file . ,file)
                   (only_key . #t)
                   ,@(without channel 'identity_file 'password_file 'password_command))
                 "echo" "" "the key was installed, but nothing can be executed"
                 "see what 'ssh HOST true' says there"))
    #:unwind? #t
    #:unwind-for-type &azml-error))

(define (install-key! target)
  "Make a key pair for the machine of the compute target TARGET, put the public key in its place
there, and check that it opens the machine.  Return the file of the private key."
  (let* ((channel (car (target-place target '())))
         (file (key-file (compute-target-name target))))
    (unless (equal? "ssh" (assq-ref channel 'kind))
      (raise-azml-error 'unsupported
                        (string-append "a target of type "
                                       (symbol->string (compute-target-type target))
                                       " needs no key")))
    (install-there channel file (make-key! file))
    (check-key channel file)
    (say "the key " (printable file) " opens " (printable (compute-target-name target))
         "; the password is not needed any more")
    file))
