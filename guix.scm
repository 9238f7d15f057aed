;;; guix.scm: build this tree with GNU Guix: guix build -f guix.scm
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(use-modules (guix build-system gnu)
             (guix gexp)
             (guix git-download)
             ((guix licenses) #:prefix license:)
             (guix packages)
             (gnu packages autotools)
             (gnu packages guile)
             (gnu packages man)
             (gnu packages nettle)
             (gnu packages pkg-config)
             (gnu packages python)
             (gnu packages sqlite)
             (gnu packages ssh)
             (gnu packages texinfo)
             (gnu packages web))

(define here (dirname (current-filename)))

(package
  (name "azml-guile")
  (version "0.1.0")
  (source (local-file here "azml-guile-checkout" #:recursive? #t
                      #:select? (git-predicate here)))
  (build-system gnu-build-system)
  (arguments
   ;; The tests need network name spaces, sshd and package indices.
   (list #:tests? #f
         ;; Guix's libraries are shared: the runner is, too, and stays on this machine.
         #:configure-flags #~(list "--disable-static-runner")))
  (native-inputs
   (list autoconf automake help2man libtool pkg-config texinfo))
  (inputs (list guile-3.0 jansson libssh libyaml nettle python sqlite))
  (synopsis "Machine-learning experiments as recipes, recorded, on any machine")
  (description "Experiments, compute targets, environments and GPU set-ups are declared as
Scheme recipes and run on this machine, in containers and over SSH; each run is recorded.")
  (home-page "https://example.org/azml-guile")
  (license license:gpl3+))
