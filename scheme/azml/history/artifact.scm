;;; artifact.scm: what runs left, by the names of the product; promoted ones.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; A file that was promoted is copied to assets/NAME/VERSION/ in the project's .azml folder,
;;; where it outlives its run; assets/NAME.link, which belongs to the project's source, names
;;; it.
;;; Code:

(define-module (azml history artifact)
  #:use-module (azml connect)
  #:use-module (azml console)
  #:use-module (azml core)
  #:use-module (azml errors)
  #:use-module (azml history)
  #:use-module (azml json)
  #:use-module (azml options)
  #:use-module (azml text)
  #:use-module (azml workbench file)
  #:use-module (azml workbench format)
  #:use-module (azml workbench record)
  #:autoload (azml history outputs) (fetch-run-outputs)
  #:autoload (azml logfile) (copy-log)
  #:autoload (azml suggest) (did-you-mean)
  #:autoload (azml workbench query) (refuse-query)
  #:export (%info-command
            %download-command
            %promote-command
            copy-to!
            with-outputs
            history-info
            history-download
            history-promote
            asset-download asset-rows))

(define run-option '(run #\r "run" "RUN" "the run (the latest)"))

(define %info-command
  (command
   "history info" "Show a run as a record of Workbench, or print one of its artifacts."
   #:usage '("[-r RUN] [-o FORMAT]"
             "[-r RUN] -a ARTIFACT")
   #:examples '(("history info -r last -a driver_log" . "what the script printed"))
   #:options `(,run-option
               (artifact #\a "artifact" "PATH" "print this artifact")
               (output #\o "output" "FORMAT" "json (the default), table or tsv")
               (query #f "query" "JMESPATH" "refused, with what does the same"))))

(define %download-command
  (command
   "history download" "Copy artifacts of a run into a folder."
   #:usage '("[-r RUN] [-a PATH] -d FOLDER [--overwrite]")
   #:examples '(("history download -r last -a outputs/model.pkl -d ." . "one file"))
   #:options `(,run-option
               (artifact #\a "artifact" "PATH" "this one (all)")
               (folder #\d "destination" "FOLDER" "where to")
               (overwrite #f "overwrite" #f "replace files that are there")
               (output #\o "output" "FORMAT" "write what was copied as json, table or tsv"))))

(define %promote-command
  (command
   "history promote" "Keep a file that a run left, and name it in assets/NAME.link."
   #:usage '("[-r RUN] -a ARTIFACT -n NAME")
   #:examples '(("history promote -r last -a outputs/model.pkl -n model.pkl"
                 . "assets/model.pkl.link"))
   #:options `(,run-option
               (artifact #\a "artifact-path" "PATH" "the file, below outputs; -ap, too")
               (name #\n "name" "NAME" "what to call it")
               (output #\o "output" "FORMAT" "write the asset as json, table or tsv"))))

;;; Artifacts

(define (run-of project options operands)
  (settled-run project (or (option-ref options 'run)
                           (and (pair? operands) (car operands))
                           "last")))

(define (with-outputs project record)
  "Return the record of the run of PROJECT that RECORD is of, after its outputs were fetched, if
they are elsewhere."
  (when (json-ref record 'sync)
    (fetch-run-outputs project record))
  (load-run project (json-ref record 'id)))

(define (artifact-file record name)
  ;; The file of the artifact NAME: "driver_log", "driver_log.txt", "outputs/x".
  (let* ((attachments (run-attachments record))
         (name (if (string-prefix? "./" name) (substring name 2) name))
         (bare (if (member name '("driver_log.txt" "control_log.txt"))
                   (substring name 0 (- (string-length name) 4))
                   name))
         (found (assoc bare attachments)))
    (unless found
      (raise-azml-error 'not-found
                        (string-append "the run has no artifact '" (printable name) "'")
                        #:hint (did-you-mean name (map car attachments)
                                             (string-append
                                              "there are "
                                              (string-join (map car attachments) ", ")))))
    (string-append (json-ref record 'directory) "/" (cdr found))))

(define* (copy-to! file to #:key overwrite?)
  "Copy FILE to the name TO, whose folders are made; one that is there is an error unless
OVERWRITE? holds."
  (when (and (%file-status to) (not overwrite?))
    (raise-azml-error 'exists (string-append "'" (printable to) "' is there already")
                      #:hint "with --overwrite it is replaced"))
  (%folder-make (dirname to))
  (copy-file file to))

(define (history-info words)
  "Run the command history info with the command line WORDS; return the exit code."
  (call-with-command-line
   %info-command words
   (lambda (options operands rest)
     (when (option-ref options 'query)
       (refuse-query (option-ref options 'query)))
     (let* ((project (current-project))
            (record (run-of project options operands))
            (artifact (option-ref options 'artifact)))
       (if artifact
           (let ((file (artifact-file (if (string-prefix? "outputs" artifact)
                                          (with-outputs project record)
                                          record)
                                      artifact)))
             (copy-log (dirname file) #:name (basename file))
             0)
           (write-records project (list (json-ref record 'id))
                          (or (output-format options) 'json) #:one? #t))))))

(define (history-download words)
  "Run the command history download with the command line WORDS; return the exit code."
  (call-with-command-line
   %download-command words
   (lambda (options operands rest)
     (output-format options)            ;misspelt, before anything is done
     (let* ((project (current-project))
            (record (with-outputs project (run-of project options operands)))
            (folder (or (option-ref options 'folder)
                        (usage-error "into which folder?" "name it: -d FOLDER")))
            (wanted (option-ref options 'artifact))
            (names (if wanted (list wanted) (map car (run-attachments record))))
            (copies (map (lambda (name)
                           (string-append folder "/" (if wanted (basename name) name)))
                         names)))
       (for-each (lambda (name to)
                   (copy-to! (artifact-file record name) to
                             #:overwrite? (option-ref options 'overwrite))
                   (say "wrote " (printable to)))
                 names copies)
       (write-result options
                     (map (lambda (name to) `((artifact . ,name) (file . ,to))) names copies)
                     '(artifact file))))))

;;; Assets

(define (asset-folder project name version)
  (string-append (project-field project 'folder) "/assets/" name
                 (if version (string-append "/" version) "")))

(define (next-version folder)
  (let ((versions (filter identity
                          (map string->number
                               (if (%file-status folder) (%file-list folder) '())))))
    (number->string (+ 1 (apply max 0 versions)))))

(define (check-name name)
  (when (or (string-null? name) (string-prefix? "." name) (string-index name #\/))
    (usage-error (string-append "'" (printable name) "' is no name for an asset"))))

(define (split-ap words)
  ;; The product's option of two letters, -ap.
  (map (lambda (word) (if (string=? word "-ap") "--artifact-path" word)) words))

(define (history-promote words)
  "Run the command history promote with the command line WORDS; return the exit code."
  (call-with-command-line
   %promote-command (split-ap words)
   (lambda (options operands rest)
     (output-format options)
     (let* ((project (current-project))
            (artifact (or (option-ref options 'artifact)
                          (usage-error "which file?" "such as: -a outputs/model.pkl")))
            (name (option-ref options 'name (basename artifact)))
            (record (with-outputs project (run-of project options operands)))
            (file (artifact-file record artifact))
            (link (string-append "assets/" name ".link")))
       (check-name name)
       (let ((version (next-version (asset-folder project name #f))))
         (copy-to! file (string-append (asset-folder project name version) "/" name))
         (%folder-make "assets")
         (%file-replace link
                        (string-append (%json-write `((assetSource . "azureml")
                                                      (name . ,name)
                                                      (version . ,version)))
                                       "\n"))
         (say "wrote " link ", version " version)
         (write-result options `((name . ,name) (version . ,version) (link . ,link))
                       '(name version link)))))))

(define (link-part values key link)
  (or (json-ref values key)
      (raise-azml-error 'format
                        (string-append (printable link) ": there is no '"
                                       (symbol->string key) "'")
                        #:hint (string-append "a link is {\"assetSource\":\"azureml\",\"name\":"
                                              "\"model.pkl\",\"version\":\"1\"}"))))

(define (asset-rows project)
  "Return the assets that the files assets/*.link of the working folder name: a list of alists with
name, version, kept (whether the file is here), bytes and link."
  (map (lambda (link)
         (let* ((result (read-workbench-file link #:kind "link" #:check? #f))
                (values (if (eq? #t (json-ref result 'ok)) (workbench-values result) '()))
                (name (or (json-ref values 'name) ""))
                (version (or (json-ref values 'version) ""))
                (status (and project (not (string-null? name)) (not (string-null? version))
                             (not (string-index (string-append name version) #\/))
                             (%file-status (string-append (asset-folder project name version)
                                                          "/" name)))))
           `((name . ,name) (version . ,version) (kept . ,(and status #t))
             (bytes . ,(if status (assq-ref status 'size) 'null))
             (link . ,link))))
       (asset-links)))

(define (asset-links)
  (map (lambda (file) (string-append "assets/" file))
       (filter (lambda (file) (string-suffix? ".link" file))
               (if (%file-status "assets") (sort (%file-list "assets") string<?) '()))))

(define (asset-download link folder overwrite?)
  "Copy the file that the file LINK names into FOLDER, in the place of one that is there with
OVERWRITE?.  Return an alist of its name and version, and the new file."
  (unless (%file-status link)
    (raise-azml-error 'not-found (string-append "there is no link '" (printable link) "'")
                      #:hint (did-you-mean (basename link) (map basename (asset-links))
                                           "azml-guile asset list shows those that there are")))
  (let* ((values (workbench-values (read-workbench-file link #:kind "link")))
         (name (link-part values 'name link))
         (version (link-part values 'version link))
         (to (string-append folder "/" name)))
    (check-name name)
    (check-name version)
    (let ((file (string-append (asset-folder (current-project) name version) "/" name)))
      (unless (%file-status file)
        (raise-azml-error
         'not-found
         (string-append "asset '" (printable name) "', version " version ", is not here")
         #:hint (string-append "what the service of Workbench kept is gone; azml-guile history"
                               " promote keeps a run's file anew")))
      (copy-to! file to #:overwrite? overwrite?)
      (say "wrote " (printable to))
      `((name . ,name) (version . ,version) (file . ,to)))))
