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

# What cannot be read there keeps nothing else from coming, and is named with the reason.
cd ../project || exit 99
kept=$run
azml-guile computetarget update gpu1 output-limit=100000 2>"$err_file"
cat >locked.sh <<'END'
mkdir outputs/closed outputs/open outputs/empty
echo 1 >outputs/closed/inside; echo 2 >outputs/open/secret; echo 3 >outputs/open/model
chmod 000 outputs/closed outputs/open/secret
exit ${1-0}
END
remote_runs >../before
capture azml-guile run -c gpu1 -- sh locked.sh 3
run=$(remote_runs | comm -13 ../before -)
is "$status $(here)" '3 ./open/model ' 'outputs that cannot be read there: the others come'
like "$(err)" 'cannot be read on its machine: .*closed \(Permission denied\)' 'a folder is named'
like "$(err)" 'cannot be read on its machine: .*open/secret \(Permission denied\)' 'and a file'
like "$(err)" "hint: give yourself the right .*history outputs $(echo "$run" | cut -c 1-6) --fetch" \
  'with what to do'
ok 'an empty folder is none of them' test -d ".azml/runs/$run/outputs/empty"
is "$(json ".azml/runs/$run/sync.json" 'j["outputs"]["state"]')" partial 'sync.json knows'
capture azml-guile history outputs "$run"
is "$status" 0 'history outputs lists what is here'
like "$(err)" 'not here, because it cannot be read on its machine: .*closed' 'and what is not'
unlike "$(err)" '--all brings them' 'which --all would not bring'
capture azml-guile history outputs "$run" --fetch --json
is "$status" 1 '--fetch is an error as long as something cannot be read'
is "$(json "$out_file" 'sorted((e["path"], e["error"]) for e in j["unread"])')" \
  "[('closed', 'Permission denied'), ('open/secret', 'Permission denied')]" 'the reason is in JSON'
is "$(json "$out_file" '[e["path"] for e in j["files"]]')" "['open/model']" 'with what is here'
capture azml-guile run -c gpu1 --output outputs/open/secret=wanted -- sh locked.sh
is "$status" 125 'an output that --output wants'
like "$(err)" "'outputs/open/secret' of run .* cannot be read on its machine: Permission denied" \
  'is told as that'
capture azml-guile run -c gpu1 --output outputs/closed/inside=wanted -- sh locked.sh
like "$(err)" "'outputs/closed/inside' of run .* on its machine: the folder 'outputs/closed': Perm" \
  'and one in a folder, with that'
chmod -R u+rwX "$remote_root"/runs/*/outputs
capture azml-guile history outputs "$run" --fetch
is "$status $(here)" '0 ./closed/inside ./open/model ./open/secret ' \
  'with the right to read it, all comes'
run=$kept

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
