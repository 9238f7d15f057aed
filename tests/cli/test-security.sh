#!/bin/sh
# test-security.sh: what the manual's chapter Security says of files, secrets and makefiles.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What it says of machines reached by SSH, test-ssh-*.sh and test-remote-place.sh show; of
# completion, test-completion.sh.

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

umask 0
cat >recipe.scm <<'END'
(use-modules (azml))
(experiment
 (name "private")
 (command '("sh" "-c" "echo ${#TOKEN}; echo x >outputs/go
n=0; until [ -e outputs/on ] || [ $n -gt 600 ]; do sleep 0.1; n=$((n + 1)); done"))
 (steps (list (step (name "first") (command '("true")))))
 (variables `(("TOKEN" . ,(secret "MY_TOKEN")))))
END
MY_TOKEN=tok3n-$$-of-mine
export MY_TOKEN
azml-guile run recipe.scm >log 2>&1 &
client=$!
ok 'a run with a secret' wait_until 60 sh -c 'ls .azml/runs/*/outputs/go'
unset MY_TOKEN
run=$(last_run)
folder=.azml/runs/$run
is "$(stat -c %a .azml) $(stat -c %a "$folder")" '700 700' \
  'whatever the umask, the project and the run are for their owner only'
# A run that has begun needs no job.json; where there is one it is private.
printf %s "tok3n-$$-of-mine" >"$tap_folder/token"
is "$(grep -rlFf "$tap_folder/token" .azml recipe.scm log | grep -v '/job\.json$')
$(find .azml -name job.json -perm /077)" '
' 'no file has the secret but a job.json, which is private'
is "$(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ' | grep -cFf "$tap_folder/token")" 0 \
  'no command line has it'
touch "$folder/outputs/on"
wait $client
is "$?" 0 'the run has completed'
is "$(cat "$folder/log")" "$(printf %s "tok3n-$$-of-mine" | wc -c)" 'the script had the secret'
not_ok 'job.json is removed' test -e "$folder/job.json"
is "$(grep -rlFf "$tap_folder/token" .azml)" '' 'the secret is nowhere'

# A recipe is a program; a file of Workbench and a search are not.
azml-guile history list --where '(system "touch evil") = 1' >/dev/null 2>&1
mkdir aml_config
printf 'ArgumentVector:\n  - $file\nTarget: !!python/object/apply:os.system ["touch evil"]\n' \
  >aml_config/local.runconfig
azml-guile runconfiguration show local >/dev/null 2>&1
not_ok 'neither a filter nor a run configuration runs anything' test -e evil

done_testing
