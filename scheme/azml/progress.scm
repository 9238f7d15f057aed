;;; progress.scm: signs of life on the standard error.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; On a terminal a phase that takes over a tenth of a second is one line that is drawn
;;; again and wiped at its end; what is shorter would only flicker.  Elsewhere
;;; a phase that takes over a second gets one plain line, and another one at its end if
;;; it has something to say, so that a log file stays readable.
;;; Code:

(define-module (azml progress)
  #:use-module (azml structure)
  #:use-module (azml console)
  #:use-module (azml text)
  #:export (make-progress
            progress-begin!
            progress-detail-text!
            progress-tick!
            progress-clear!
            progress-end!
            progress-say!
            progress-timeout))

(define-structure <progress>
  (%make-progress port terminal? text detail start shown)
  progress?
  (port progress-port)
  (terminal? progress-terminal?)
  (text progress-text set-progress-text!)      ;what goes on, or #f
  (detail progress-detail set-progress-detail!) ;what of it is seen now, or ""
  (start progress-start set-progress-start!)   ;since when, in internal time units
  (shown progress-shown set-progress-shown!))  ;what of it is on the screen, or #f

(define* (make-progress #:key (quiet? #f) (port (current-error-port)))
  "Return a progress line on PORT; with QUIET? one that says nothing."
  (%make-progress (if quiet? #f port)
                  (and (not quiet?) (console-terminal? port))
                  #f "" 0 #f))

(define (elapsed progress)
  (/ (- (get-internal-real-time) (progress-start progress))
     internal-time-units-per-second))

(define (write-out progress . texts)
  (apply write-beside (progress-port progress) texts))

(define (draw! progress)
  (let* ((seconds (elapsed progress))
         (columns (or (console-columns (progress-port progress)) 80))
         (line (cut (string-append
                     (progress-text progress)
                     (if (< seconds 1)
                         ""
                         (string-append " " (number->string
                                             (inexact->exact (floor seconds)))
                                        " s"))
                     (if (string-null? (progress-detail progress)) "" "  ")
                     (progress-detail progress))
                    (- columns 1))))
    (unless (equal? line (progress-shown progress))
      (write-out progress "\r" (paint 'dim line (progress-port progress)) "\x1b[K")
      (set-progress-shown! progress line))))

(define (progress-begin! progress text)
  "Say that TEXT goes on from now on, in place of what went on before."
  (unless (equal? text (progress-text progress))
    (unless (progress-terminal? progress)
      (set-progress-shown! progress #f))
    (set-progress-text! progress text)
    (set-progress-detail! progress "")
    (set-progress-start! progress (get-internal-real-time))
    (when (and (progress-terminal? progress) (progress-shown progress))
      (draw! progress))))

(define (progress-detail-text! progress text)
  "Show TEXT beside what goes on, where PROGRESS is a line that is drawn again."
  (when (and (progress-terminal? progress) (progress-text progress))
    (set-progress-detail! progress text)
    (progress-tick! progress)))

(define (progress-tick! progress)
  "Bring the line up to date with the time that has passed."
  (when (and (progress-port progress) (progress-text progress))
    (cond ((progress-terminal? progress)
           (when (or (progress-shown progress) (>= (elapsed progress) 1/10))
             (draw! progress)))
          ((and (not (progress-shown progress)) (>= (elapsed progress) 1))
           (write-out progress (progress-text progress) " ...\n")
           (set-progress-shown! progress #t)))))

(define (progress-clear! progress)
  "Wipe the line, so that something else can be written; a tick draws it again."
  (when (and (progress-terminal? progress) (progress-shown progress))
    (write-out progress "\r\x1b[K")
    (set-progress-shown! progress #f)))

(define* (progress-end! progress #:optional text)
  "End what goes on.  Say TEXT, if given, unless all took under a second."
  (let ((long? (and (progress-text progress) (>= (elapsed progress) 1))))
    (progress-clear! progress)
    (set-progress-text! progress #f)
    (set-progress-detail! progress "")
    (set-progress-shown! progress #f)
    (when (and text long? (progress-port progress))
      (write-out progress text "\n"))))

(define (progress-say! progress text)
  "Write TEXT as a line of its own; what goes on goes on."
  (progress-clear! progress)
  (when (progress-port progress)
    (write-out progress text "\n")))

(define (progress-timeout progress)
  "Return how many milliseconds may pass before the next tick, -1 for any time."
  (let ((until (lambda (seconds)
                 (max 1 (ceiling (* 1000 (- seconds (elapsed progress))))))))
    (cond ((not (and (progress-port progress) (progress-text progress))) -1)
          ((not (progress-shown progress))
           (until (if (progress-terminal? progress) 1/10 1)))
          ((progress-terminal? progress) 250)
          (else -1))))
