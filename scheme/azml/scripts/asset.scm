;;; asset.scm: the command asset.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (azml scripts asset)
  #:use-module (azml options)
  #:use-module (azml history artifact)
  #:autoload (azml history) (existing-project)
  #:autoload (azml workbench format) (output-format write-formatted write-result)
  #:export (%command
            azml-asset))

(define %command
  (command
   "asset" "Bring files that were promoted by history promote."
   #:usage '("download -l LINK -d FOLDER [--overwrite]"
             "list [-o FORMAT]")
   #:examples '(("asset download -l assets/model.pkl.link -d ." . "the file that it names"))
   #:options '((link #\l "link-file" "FILE" "assets/NAME.link")
               (folder #\d "destination" "FOLDER" "where to")
               (overwrite #f "overwrite" #f "replace a file that is there")
               (output #\o "output" "FORMAT" "json, table or tsv"))))

(define (show-assets options)
  (let ((format (or (output-format options) 'table)))
    (write-formatted
     format
     (map (lambda (row)
            (if (eq? format 'json)
                row
                (acons 'kept (if (assq-ref row 'kept) "yes" "no") row)))
          (asset-rows (existing-project)))
     '(name version kept bytes link))
    0))

(define (azml-asset words)
  "Run the command asset with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (let ((verb (if (pair? operands) (car operands) "download")))
       (cond
        ((string=? verb "list") (show-assets options))
        ((not (string=? verb "download")) (unknown-verb %command verb '("download" "list")))
        (else
         (output-format options)        ;misspelt, before anything is done
         (write-result options
                       (asset-download
                        (or (option-ref options 'link)
                            (and (pair? operands) (pair? (cdr operands)) (cadr operands))
                            (usage-error "which asset?" "such as: -l assets/model.pkl.link"))
                        (option-ref options 'folder ".")
                        (option-ref options 'overwrite))
                       '(name version file))))))))
