;;; link.scm: a session that is made again when it is lost.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; Runs do not depend on a session.  Who follows some pumps a link: it hands out the
;;; messages of its session, and where that is lost, says since when, connects again, later
;;; and later, for as long as it takes, and has the runs resumed.
;;; Code:

(define-module (azml link)
  #:use-module (azml structure)
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml progress)
  #:use-module (azml session)
  #:use-module (azml text)
  #:use-module (azml watch)
  #:export (open-link
            link-session
            set-link-session!
            link-place
            link-name
            set-link-hint!
            link-doubt?
            link-asked?
            link-well?
            link-text
            link-lost-ms
            link-pump!
            link-until))

(define-structure <link>
  (make-link place name session lost attempts nonsense mute since lost-at due heard? doubt? hint)
  link?
  (place link-place)                       ;(CHANNEL . LAYOUT)
  (name link-name)                         ;of the target, for the user
  (session link-session set-link-session!) ;#f while there is none
  (lost link-lost set-link-lost!)          ;the one before, until the runs are resumed
  (attempts link-attempts set-link-attempts!) ;that failed since something was heard
  (nonsense link-nonsense set-link-nonsense!) ;how often it spoke nonsense
  (mute link-mute set-link-mute!)          ;how often its program ended and said nothing
  (since link-since set-link-since!)       ;the time of the first of the attempts
  (lost-at link-lost-at set-link-lost-at!) ;the same, of %clock-boot-ms
  (due link-due set-link-due!)             ;when the next one is due, of %clock-boot-ms
  (heard? link-heard? set-link-heard!)     ;the other side was heard, now or before this link
  ;; A session was lost, and a runner may have read what was asked over it.
  (doubt? link-doubt? set-link-doubt!)
  (hint link-hint set-link-hint!))         ;a thunk: what is said when it is lost

(define* (open-link place name #:optional session)
  "Return a link to PLACE, the target called NAME, that begins with SESSION; without one it is
made when the link is pumped."
  (make-link place name session #f 0 0 0 0 0 0 (not session) #f
             (lambda () "the run goes on; connecting again")))

(define (session-reached session)
  (%session-reached (session-handle session)))

(define (link-asked? link)
  "Return true unless it is certain that no runner has read anything that was asked over LINK."
  (or (link-heard? link)
      (link-doubt? link)
      (and (link-session link)
           (not (eq? 'never (session-reached (link-session link)))))))

(define (link-lost-ms link)
  "Return for how long there is no connection, in milliseconds; 0 where there is one."
  (if (zero? (link-attempts link))
      0
      (- (%clock-boot-ms) (link-lost-at link))))

(define (link-well? link)
  "Return true if LINK has a session, and the other side was heard of since one was lost: what
goes on over it can be shown."
  (and (link-session link) (zero? (link-attempts link))))

(define (link-text link)
  "Return what is to be told as long as the machine of LINK has let us in and no runner has
answered, a pair of a text that stays and one that changes; #f when one has."
  (and (null? (session-hello (link-session link)))
       (cons (string-append "waiting for an answer of " (printable (link-name link))) "")))

(define (delay-ms attempts)
  (min 30000 (ash 250 (min attempts 10))))

;; One that speaks nonsense will not do better the tenth time.
(define nonsense-tries 2)

;; Nor will a program that ends before anything was ever heard of a runner.
(define mute-tries 3)

(define (recoverable? link condition)
  (case (azml-error-code condition)
    ((unreachable timeout) #t)
    ;; Counted from the beginning: it may make sense in between.
    ((protocol)
     (set-link-nonsense! link (+ 1 (link-nonsense link)))
     (< (link-nonsense link) nonsense-tries))
    ;; Where it went well before, a name that is not found is a network that is down.
    ((not-found os failed) (positive? (link-attempts link)))
    (else #f)))

(define (clock-text ms)
  (strftime "%H:%M:%S" (localtime (quotient ms 1000))))

(define (minutes-lost link)
  ;; Told at 1, 2, 4, 8 ... minutes.
  (let ((minutes (quotient (- (%clock-utc-ms) (link-since link)) 60000)))
    (if (zero? minutes)
        0
        (ash 1 (- (integer-length minutes) 1)))))

(define (tell-lost! link condition progress)
  (progress-begin!
   progress
   (string-append "no connection to " (printable (link-name link)) " since "
                  (clock-text (link-since link))
                  (let ((minutes (minutes-lost link)))
                    (if (zero? minutes)
                        ""
                        (string-append ", " (format-count minutes "minute"))))
                  "; trying again")))

(define (close-lost! link)
  (when (link-lost link)
    (session-close! (link-lost link))
    (set-link-lost! link #f)))

(define (hopeless? link condition)
  ;; Who never was connected has nothing to come back to.
  (let* ((session (link-session link))
         (reached (if session (session-reached session) 'never)))
    (when (eq? reached 'mute)
      (set-link-mute! link (+ 1 (link-mute link))))
    (unless (eq? reached 'never)
      (set-link-doubt! link #t))
    (and (not (link-heard? link))
         (or (and (not (link-doubt? link)) (not (eq? 'protocol (azml-error-code condition))))
             (>= (link-mute link) mute-tries)))))

(define (lost! link condition progress)
  (when (or (not (recoverable? link condition)) (hopeless? link condition))
    (raise-exception condition))
  (let ((session (link-session link)))
    (when session
      (set-link-session! link #f)
      (forget-session! session)
      (close-lost! link)
      (set-link-lost! link session)))
  (when (zero? (link-attempts link))
    (progress-clear! progress)
    (say-warning (azml-error-message condition) ((link-hint link)))
    (set-link-since! link (%clock-utc-ms))
    (set-link-lost-at! link (%clock-boot-ms)))
  (set-link-due! link (+ (%clock-boot-ms) (delay-ms (link-attempts link))))
  (set-link-attempts! link (+ 1 (link-attempts link)))
  (tell-lost! link condition progress))

(define (heard! link progress)
  (set-link-heard! link #t)
  (when (positive? (link-attempts link))
    (set-link-attempts! link 0)
    (progress-end! progress)
    (say (printable (link-name link)) " answers again")))

(define (reconnect! link progress on-interrupt on-return)
  (let ((wait (- (link-due link) (%clock-boot-ms))))
    (progress-tick! progress)
    (call-interruptibly
     on-interrupt
     (lambda ()
       (if (positive? wait)
           (%sleep (min wait 200))
           (let ((place (link-place link)))
             ;; One that is tried again and again here need not be tried again there, unseen.
             (set-link-session! link (connect-to-place (car place) (cdr place)
                                                       #:patience 0))
             (on-return (link-session link))
             (close-lost! link)))))))

(define* (link-pump! link progress on-interrupt on-return #:key (most -1))
  "Handle one message of LINK, or wait a moment for one, of at most MOST milliseconds unless that
is negative, keeping PROGRESS alive.  Call
ON-INTERRUPT with the number of a signal that came; ON-RETURN with the new session after one
was lost: it resumes the runs."
  (with-exception-handler
      (lambda (condition) (lost! link condition progress))
    (lambda ()
      (if (link-session link)
          (when (pump-once (link-session link) progress on-interrupt most)
            (heard! link progress))
          (reconnect! link progress on-interrupt on-return)))
    #:unwind? #t
    #:unwind-for-type &azml-error))

(define (link-until done? link progress on-interrupt on-return)
  "Pump LINK with PROGRESS, ON-INTERRUPT and ON-RETURN until (DONE?) holds."
  (let loop ()
    (unless (done?)
      (link-pump! link progress on-interrupt on-return)
      (loop))))
