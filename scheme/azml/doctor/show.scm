;;; show.scm: findings on a screen, and as JSON.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml doctor show)
  #:use-module (azml console)
  #:use-module (azml doctor finding)
  #:use-module (azml target)
  #:use-module (azml text)
  #:export (show-findings findings->json))

(define (finding->json finding)
  (append `((section . ,(symbol->string (finding-section finding)))
            (name . ,(finding-name finding))
            (state . ,(symbol->string (finding-state finding)))
            (text . ,(finding-text finding)))
          (filter cdr `((gives . ,(finding-gives finding))
                        (install . ,(finding-install finding))
                        (needed . ,(finding-needed? finding))))))

(define (findings->json findings)
  "Return the list FINDINGS as JSON."
  (list->vector (map finding->json findings)))

(define (state-style state)
  (case state
    ((ok) 'green)
    ((missing) 'yellow)
    (else 'red)))

(define (heading section target)
  (case section
    ((program) "azml-guile")
    ((project) "project")
    ((tools) "this machine")
    (else (string-append "target " (printable (compute-target-name target))))))

(define (write-line . texts)
  (for-each display texts)
  (newline))

(define (show-finding finding width)
  (let* ((port (current-output-port))
         (state (finding-state finding))
         (indent (make-string (+ width 13) #\space)))
    (write-line "  " (paint (state-style state)
                            (string-pad-right (symbol->string state) 7) port)
                "  " (pad-right (finding-name finding) width) "  " (finding-text finding)
                (if (finding-gives finding)
                    (string-append "; for " (finding-gives finding))
                    ""))
    (when (finding-install finding)
      (write-line indent (paint 'bold (finding-install finding) port)))))

(define (show-findings findings target)
  "Write the list FINDINGS, those of targets about the compute target TARGET, to the standard
output."
  (let ((width (apply max (map (lambda (finding) (string-columns (finding-name finding)))
                               findings))))
    (for-each (lambda (section)
                (let ((own (filter (lambda (finding)
                                     (eq? section (finding-section finding)))
                                   findings)))
                  (when (pair? own)
                    (write-line (paint 'bold (heading section target)
                                       (current-output-port)))
                    (for-each (lambda (finding) (show-finding finding width)) own))))
              '(program project tools target))))
