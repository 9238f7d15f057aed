;;; destination.scm: the address of a machine that has an SSH server.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; HOST, USER@HOST, and with a port USER@HOST:PORT, USER@[::1]:PORT and what ssh has for that,
;;; ssh://USER@HOST:PORT.  To ssh a port without "ssh://" is part of the name.
;;; Code:

(define-module (azml destination)
  #:export (destination-secret?
            destination-problem
            destination->address
            destination->text))

(define (after-scheme text)
  ;; What follows "ssh://", without the path that such an address may have; #f if TEXT is
  ;; none.
  (and (string-prefix? "ssh://" text)
       (let ((rest (substring text 6)))
         (substring rest 0 (or (string-index rest #\/) (string-length rest))))))

(define (cut text)
  ;; TEXT as (USER HOST PORT): texts, or #f for what is not said.  A bare address of IPv6 has
  ;; no port.
  (let* ((rest (or (after-scheme text) text))
         (at (string-rindex rest #\@))
         (place (if at (substring rest (+ at 1)) rest))
         (bracket (and (string-prefix? "[" place) (string-index place #\])))
         (colon (string-index place #\: (or bracket 0)))
         (colon (and colon (or bracket (not (string-index place #\: (+ colon 1)))) colon)))
    (list (and at (substring rest 0 at))
          (if bracket
              (substring place 1 bracket)
              (substring place 0 (or colon (string-length place))))
          (and colon (substring place (+ colon 1))))))

(define (port? text)
  (let ((number (and (string-every char-numeric? text) (string->number text))))
    (and number (<= 1 number 65535))))

(define (secret-user? user)
  ;; USER:PASSWORD, as addresses of other kinds have it.
  (and user (string-index user #\:)))

(define (destination-secret? text)
  "Return true if there is a password in the address TEXT."
  (and (secret-user? (car (cut text))) #t))

(define (destination-problem text username port)
  "Return what is wrong with the address TEXT of a machine for which USERNAME and PORT, each or
#f, are said beside it; #f if nothing is.  It never repeats TEXT, which may hold a password."
  (apply
   (lambda (user host own-port)
     (cond ((and (string-contains text "://") (not (after-scheme text)))
            "the address is not one of SSH: HOST, USER@HOST:PORT or ssh://USER@HOST:PORT")
           ((secret-user? user)
            (string-append "a password does not belong into an address, which others see:"
                           " leave it out, it is asked for"))
           ((and user (string-null? user))
            "the address names no user in front of '@'")
           ((or (string-null? host) (string-prefix? "-" host))
            "the address names no machine")
           ((and own-port (not (port? own-port)))
            "the port behind the address is no number from 1 to 65535")
           ((and user username (not (string=? user username)))
            (string-append "the address says user '" user "', the field username '" username
                           "': leave one out"))
           ((and own-port port (not (= port (string->number own-port))))
            (string-append "the address says port " own-port ", the field port "
                           (number->string port) ": leave one out"))
           (else #f)))
   (cut text)))

(define (destination->address text)
  "Return the address TEXT as ssh understands it."
  (if (or (after-scheme text)
          (not (or (list-ref (cut text) 2) (string-index text #\[))))
      text
      (string-append "ssh://" text)))

(define (destination->text text username port)
  "Return the address TEXT with USERNAME and PORT, texts or #f, as a person reads it:
\"user@host:port\".  There is no password in it."
  (apply
   (lambda (user host own-port)
     (let ((user (or username (and user (if (secret-user? user) "***" user))))
           (port (or port own-port)))
       (string-append (if user (string-append user "@") "")
                      (if (and port (string-index host #\:))
                          (string-append "[" host "]")
                          host)
                      (if port (string-append ":" port) ""))))
   (cut text)))
