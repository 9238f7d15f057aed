;;; core.scm: the primitives of the C library.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Each src/guile/NOUN.c defines primitives %NOUN-VERB here; the modules above give
;;; them keywords, checks and documentation.  AZML_NO_EXTENSION is for compiling where
;;; the extension is not built yet, or is another machine's.

(define-module (azml core)
  #:export (;; error.c, blocking.c, signals.c
            %error-codes %error-throw
            %cancel! %cancel-reset! %cancelled? %sleep
            %leave-signals! %call-interruptible %call-with-stack-limit %cancel-count %cancel-signal
            ;; handle.c, string.c, json.c
            %handle? %handle-count %bytes->string %string->bytes
            %json-read %json-write %json-digest
            ;; secret.c, git.c
            %secret-hide %secret-name? %git-find
            ;; clock.c, file.c, paths.c
            %clock-utc-ms %clock-boot-ms %time-format %time-parse %random-id
            %paths
            %file-read %file-status %file-list %file-real %working-folder %getenv
            %file-check-removal %file-remove %file-rename %file-replace %file-copy %folder-make
            ;; config.c
            %config-read %config-edit
            ;; snapshot.c
            %snapshot-take %snapshot-files %snapshot-materialise %snapshot-pick
            %snapshot-mend
            ;; project.c, store.c, metrics.c
            %project-open %project-fields %project-run %project-find-run
            %store-open %store-put %store-put-all %store-expect %store-refresh
            %store-remove %store-unfinished %store-query %store-unlogged %store-reindex
            %store-close
            %metrics-read %metrics-summary
            ;; jobserver.c
            %jobserver-join %jobserver-hold
            ;; gpu.c
            %gpu-course %gpu-cpu-builds
            ;; session.c
            %session-open %session-hello %session-reached %session-well? %session-send %session-data
            %session-close %session-sink %session-sunk %session-next %session-call
            %session-put %session-send-after %session-free
            ;; put.c
            %session-put-bytes %session-putting
            ;; mirror.c, receive.c
            %mirror-new %mirror-open %mirror-close %mirror-flush %mirror-sync
            %mirror-update %mirror-size %mirror-write %mirror-status %mirror-remove
            %session-mirror
            %receiver-new %receiver-wanted %receiver-progress %receiver-end
            %session-receive
            ;; connection.c
            %connection-run))

(unless (getenv "AZML_NO_EXTENSION")
  (load-extension "libguile-azml" "azml_guile_init"))
