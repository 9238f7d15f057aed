#!/bin/sh
# test-remote-outputs.sh: outputs over the size limit of a target stay there, which is said,
# until they are asked for.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/remote.sh"

AS=other sshd_start gpu1 'MaxSessions 1'
mkdir project
cd project || exit 99
cat >job.sh <<'END'
head -c 1000 /dev/zero >outputs/fits
head -c 1001 /dev/zero >outputs/over
mkdir outputs/deep
head -c 5000 /dev/zero >outputs/deep/model
: >outputs/empty
exit ${1-0}
END

# here: the outputs of the run that came.
here ()
{
  (cd ".azml/runs/$run/outputs" && find . -type f | sort | tr '\n' ' ')
}

# begin OPTION...: one run; sets $run.
begin ()
{
  remote_runs >../before
  capture azml-guile run -c gpu1 "$@" -- sh job.sh
  run=$(remote_runs | comm -13 ../before -)
}

everything='./deep/model ./empty ./fits ./over '
for DOOR in libssh openssh; do
  azml-guile computetarget detach gpu1 2>"$err_file"
  remote_attach gpu1 gpu1
  begin
  is "$status $(here)" "0 $everything" "$DOOR: without a limit all outputs come"
  azml-guile computetarget update gpu1 output-limit=1000 2>"$err_file" || diag "$(err)"
  begin
  is "$status $(here)" '0 ./empty ./fits ' "$DOOR: with one those that are not over it"
  like "$(err)" 'left where they are, over the size limit: (deep/model, over|over, deep/model)' \
    "$DOOR: the others are named"
  like "$(err)" "hint: azml-guile history outputs $(echo "$run" | cut -c 1-6) --fetch --all" \
    "$DOOR: and how to fetch them"
  capture azml-guile history outputs "$run"
  is "$status $(out | grep -c outputs/)" '0 2' "$DOOR: history outputs lists what is here"
  like "$(err)" 'not here: .*deep/model.*--fetch --all brings them' "$DOOR: and says what is not"
  capture azml-guile history outputs "$run" --json
  is "$(json "$out_file" 'sorted(j["left"]), len(j["files"])')" "(['deep/model', 'over'], 2)" \
    "$DOOR: in JSON, too"
  capture azml-guile history outputs "$run" --fetch
  is "$status $(here)" '0 ./empty ./fits ' "$DOOR: --fetch keeps to the limit"
  like "$(err)" 'left where they are' "$DOOR: which it says"
  capture azml-guile history refresh "$run"
  is "$(here)" './empty ./fits ' "$DOOR: so does history refresh"
  capture azml-guile history outputs "$run" --fetch --all
  is "$status $(here)" "0 $everything" "$DOOR: --fetch --all brings all"
  ok "$DOOR: as they are there" diff -r ".azml/runs/$run/outputs" "$(remote_there "$run")/outputs"
  unlike "$(err)" 'left where|not here' "$DOOR: and nothing is left to say"
  is "$(json ".azml/runs/$run/sync.json" 'j["outputs"]')" "{'state': 'fetched'}" \
    "$DOOR: sync.json knows"
done

# What a command asks for by name and did not come is told as that.
begin --output outputs/over=wanted
is "$status" 125 'an output over the limit that --output wants'
like "$(err)" "'outputs/over' of run .* was left where it is, over the size limit" 'is told as that'
like "$(err)" '^hint: .*--fetch --all' 'with what to do'
not_ok 'and nothing is written' test -e wanted

# Nobody followed: the end, and a clone.
begin -d
remote_reaches "$run" completed
capture azml-guile history refresh
is "$(here)" './empty ./fits ' 'one that nobody followed keeps to the limit'
like "$(err)" 'left where they are, over the size limit' 'and it is said'
mkdir ../clone ../clone/.azml
cp .azml/project ../clone/.azml
cp .azml/targets.json ../clone/.azml
cd ../clone || exit 99
azml-guile history fetch gpu1 2>"$err_file" || diag "$(err)"
azml-guile history outputs "$run" --fetch 2>"$err_file" >"$out_file" || diag "$(err)"
is "$(here)" './empty ./fits ' 'so does a fresh clone'
azml-guile history outputs "$run" --fetch --all 2>"$err_file" >"$out_file" || diag "$(err)"
is "$(here)" "$everything" 'which can have all, too'

# The runs of other projects of this user are there for the asking.
mkdir ../stranger
cp -r .azml ../stranger/.azml
cd ../stranger || exit 99
rm -rf .azml/runs .azml/project .azml/index*
capture azml-guile history fetch gpu1
like "$(err)" '^0 runs there' 'history fetch in another project'
count=$(ls "$remote_root/runs" | wc -l)
capture azml-guile history fetch --all gpu1
is "$status $(remote_runs | wc -l)" "0 $count" 'history fetch --all: all of the user'
capture azml-guile history outputs "$run" --fetch --all
is "$status $(here)" "0 $everything" 'with outputs'

done_testing
