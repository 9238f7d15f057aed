;;; fields.scm: fields of compute targets on a command line.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml computetarget fields)
  #:use-module ((azml core) #:select (%working-folder))
  #:use-module (azml errors)
  #:use-module (azml gpu)
  #:use-module (azml options)
  #:use-module (azml plugin)
  #:use-module (azml targets)
  #:use-module (azml text)
  #:use-module (azml types)
  #:autoload (azml suggest) (did-you-mean)
  #:export (assignments->fields
            file-from-here
            merge-fields
            refuse-passwords
            the-stored-target))

(define (field-key text)
  ;; The names of other tools have underscores.
  (string->symbol (string-map (lambda (c) (if (char=? c #\_) #\- c)) text)))

(define (split word)
  (let ((equals (string-index word #\=)))
    (unless equals
      (usage-error (string-append "'" (printable word) "' is not FIELD=VALUE")
                   "for instance port=2222"))
    (cons (field-key (substring word 0 equals)) (substring word (+ equals 1)))))

(define (refuse-password key text)
  ;; To leave one out that is in a file is well.
  (when (and (memq key '(password passphrase)) (not (string-null? text)))
    (usage-error "a password does not belong into a command line, where others see it"
                 "it is asked for; or name password-file=FILE or password-command=COMMAND")))

(define (type-of target-type key)
  ;; The type of what the field KEY of a target of TARGET-TYPE holds, #f if there is none.
  (if (eq? key 'gpus-per-run)
      gpus-type
      (or-map (lambda (field)
                (and (eq? key (target-field-name field)) (target-field-type field)))
              (target-type-fields target-type))))

(define (converted target-type key text)
  ;; TEXT as what the field KEY of TARGET-TYPE takes: a text, else a number.
  (let ((type (type-of target-type key))
        (number (string->number text 10)))
    (if (and type number (bad? (type-check type text)))
        number
        text)))

(define (file-from-here text)
  "Return the file name TEXT of a command line as it is to be kept: what uses the target later
does so in another folder."
  (if (or (string-null? text) (memv (string-ref text 0) '(#\/ #\~)))
      text
      (string-append (%working-folder) "/" text)))

(define (variable text)
  (let ((pair (split text)))
    (cons (string->symbol (substring text 0 (string-index text #\=))) (cdr pair))))

(define (assignments->fields target-type words)
  "Return the alist of fields of TARGET-TYPE that WORDS, each FIELD=VALUE, give; #f as value is
for a field that is to be left out.  Several setup=LINE and variables=NAME=VALUE add up; else the
last counts."
  (let loop ((pairs (map split words)) (fields '()))
    (if (null? pairs)
        (reverse fields)
        (let* ((key (caar pairs))
               (text (cdar pairs))
               (value (case key
                        ((setup) (list text))
                        ((identity-file config password-file) (file-from-here text))
                        ((variables) (list (variable text)))
                        (else (converted target-type key text))))
               (before (assq key fields)))
          (refuse-password key text)
          (loop (cdr pairs)
                (acons key
                       (cond ((string-null? text) #f)
                             ((and before (memq key '(setup variables)) (cdr before))
                              (append (cdr before) value))
                             (else value))
                       (filter (lambda (pair) (not (eq? pair before))) fields)))))))

(define (refuse-passwords words)
  "Raise usage if one of WORDS, KEY=VALUE each, is a password; a credential handle, which a file of
Workbench has in the place of one, is none."
  (for-each (lambda (word)
              (let ((pair (split word)))
                (unless (string-prefix? "AzureMlSecret=" (cdr pair))
                  (refuse-password (car pair) (cdr pair)))))
            words))

(define (merge-fields fields changes)
  "Return the alist FIELDS with CHANGES; those with the value #f are left out."
  (let ((kept (filter (lambda (pair) (not (assq (car pair) changes))) fields)))
    (append kept (filter cdr changes))))

(define (file->name name)
  ;; aml_config/gpu.compute and gpu.compute are gpu.
  (if (string-suffix? ".compute" name)
      (basename name ".compute")
      name))

(define (the-stored-target name)
  "Return the target called NAME, or in the file NAME.compute, that is kept.  Raise not-found if
there is none."
  (let ((targets (stored-targets)))
    (or (find-stored-target name targets)
        (find-stored-target (file->name name) targets)
        (raise-azml-error
         'not-found
         (string-append "no compute target '" (printable name) "' is attached")
         #:hint (did-you-mean name (map stored-target-name targets)
                              "azml-guile computetarget list shows those that are")))))
