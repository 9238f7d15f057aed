;;; remote.scm: the target type `remote', a machine that has an SSH server.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml plugins remote)
  #:use-module (azml destination)
  #:use-module (azml plugin)
  #:use-module (azml types)
  #:autoload (azml target) (compute-target-field compute-target-root))

(define port-number
  (make-type "a port, 1 to 65535"
             (lambda (value)
               (if (and (exact-integer? value) (<= 1 value 65535)) value (bad value)))))

(define (word description)
  ;; What begins with a dash would be an option to some.
  (make-type description
             (lambda (value)
               (if (and (string? value) (not (string-null? value))
                        (not (string-prefix? "-" value))
                        (not (string-any (lambda (c) (or (char-whitespace? c)
                                                         (char<? c #\space)))
                                         value)))
                   value
                   (bad value)))))

(define address (word "the name or address of a machine"))

(define (field name type description)
  (target-field (name name) (type type) (required? (eq? name 'address))
                (description description)))

(define fields
  (list
   (field 'address address "the machine: a name, an address, or a Host of ~/.ssh/config")
   (field 'username (optional (word "the name of a user")) "who to be there")
   (field 'port (optional port-number) "of its SSH server")
   (field 'identity-file (optional file-name) "the private key to use")
   (field 'config (optional file-name) "in place of ~/.ssh/config")
   (field 'ssh (optional (one-of 'libssh 'openssh))
          "libssh, or the command ssh for all that it alone can do")
   (field 'host-keys (optional (one-of 'ask 'accept-new 'strict))
          "what to do with a host key that is not known")
   (field 'password-file (optional file-name) "a file of mode 0600 that holds the password")
   (field 'password-command (optional text) "a command that prints the password")
   (field 'connect-timeout (optional positive-integer) "seconds")
   (field 'output-limit (optional positive-integer)
          "bytes; outputs over it are fetched on request only")
   shared-directory-field
   spare-trees-field))

(define (channel target)
  ;; What is not said is looked up in the user's configuration of SSH.
  (let ((value (lambda (name) (compute-target-field target name))))
    `((kind . ssh)
      (address . ,(destination->address (value 'address)))
      (username . ,(value 'username))
      (port . ,(value 'port))
      (identity_file . ,(value 'identity-file))
      (config . ,(value 'config))
      (door . ,(value 'ssh))
      (host_keys . ,(value 'host-keys))
      (password_file . ,(value 'password-file))
      (password_command . ,(value 'password-command))
      (connect_timeout . ,(value 'connect-timeout)))))

(define (check target)
  (let ((value (lambda (name) (compute-target-field target name))))
    (cond ((destination-problem (value 'address) (value 'username) (value 'port)))
          ((and (value 'password-file) (value 'password-command))
           "password-file and password-command do not go together: leave one out")
          ((and (eq? 'openssh (value 'ssh))
                (or (value 'password-file) (value 'password-command)))
           (string-append "the ssh command takes a password from a terminal only: leave out"
                          " ssh=openssh, or the password"))
          (else #f))))

(register-plugin!
 (plugin
  (name "remote")
  (api 1)
  (target-types
   (list (target-type
          (name 'remote)
          (description "a machine that has an SSH server")
          (fields fields)
          (channel channel)
          (check check))))))
