;;; main.scm: the program's dispatch of commands.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml main)
  #:use-module (azml core)
  #:export (main))

(define (main arguments)
  "Run the command that ARGUMENTS, the program's name first, ask for.  Return the exit
status."
  (display "azml-guile\n")
  0)
