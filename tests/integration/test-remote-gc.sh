#!/bin/sh
# test-remote-gc.sh: what is removed on another machine: runners of other versions, runs,
# what no run refers to; and source trees that are not kept there.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/remote.sh"

# The client of one version after the other: the runner is the program, some bytes longer.
cp "$AZML_RUNNER" one
for version in two three four; do
  cat one >$version
  echo $version >>$version
done
chmod 755 one two three four
version ()
{
  AZML_RUNNER=$scratch/$1
  export AZML_RUNNER
}

runners ()
{
  find "$remote_root" -maxdepth 1 -name '*runner-*' -exec basename {} ';' | sort
}

# placed NAME: the folder of the latest runner.
placed ()
{
  find "$remote_root" -maxdepth 1 -name 'runner-*' -newer stamp
}

unused ()
{
  touch -d "$2" "$1"
}

mkdir project
cd project || exit 99
go=$scratch/go
version one
AS=other sshd_start gpu1 'MaxSessions 1'
remote_attach gpu1 gpu1
capture azml-guile run -c gpu1 -q -- echo one
is "$status $(out)" '0 one' 'a run by the first version'
first=$remote_root/$(runners)

version two
touch stamp
azml-guile run -c gpu1 -d -- sh -c 'while [ ! -e "$0" ]; do sleep 0.1; done; azml-runner log x=1' \
  "$go" >id 2>"$err_file"
second=$(placed)
isnt "$second" '' 'another version is placed for its run'
remote_reaches "$(cat id)" running

unused "$first" '2 days ago'
unused "$second" '40 days ago'
version three
touch stamp
capture azml-guile run -c gpu1 -q -- echo three
third=$(placed)
is "$(runners | wc -l)" 3 'a third one: what was used two days ago stays, and what a run has'
unused "$first" '40 days ago'
version four
touch stamp
capture azml-guile run -c gpu1 -q -- echo four
is "$status $(out)" '0 four' 'a fourth one'
fourth=$(placed)
not_ok 'removes what was not used for a month' test -e "$first"
ok 'but not what a run has, however old it is' test -x "$second/azml-runner"

# Left by who was killed while it placed one, or just being placed.
mkdir "$remote_root/.new-runner-left" "$remote_root/.new-runner-young"
echo part >"$remote_root/.new-runner-left/azml-runner"
chown -R --reference="$remote_root" "$remote_root/.new-runner-left"
unused "$remote_root/.new-runner-left" '2 hours ago'
unused "$third" '2 hours ago'
before=$(runners)
capture azml-guile history gc -c gpu1 -n --json
is "$(json "$out_file" 'sorted(r["name"] for r in j["removed"] if r["what"] == "runner")')" \
  "['.new-runner-left', '$(basename "$third")']" 'gc there names what was not used for an hour'
is "$(runners)" "$before" 'and leaves it with -n'
capture azml-guile history gc -c gpu1
is "$status" 0 'gc there'
rmdir "$remote_root/.new-runner-young"
is "$(runners)" "$(basename -a "$second" "$fourth" | sort)" \
  'removes it, and neither what a run has nor what is in use'
: >"$go"
remote_reaches "$(cat id)" completed
ok 'the run had its runner to its end' grep -q '"x"' "$(remote_there "$(cat id)")/metrics.jsonl"
version one
capture azml-guile run -c gpu1 -q -- echo again
is "$status $(out)" '0 again' 'a version that was removed is placed again'
ok 'a runner that is used is not old' [ -n "$(find "$remote_root" -maxdepth 1 -name 'runner-*' \
  -newer stamp -name "$(basename "$first")")" ]

# A run that goes on on another host, which shares the folder, keeps them all.
wait_until 20 eval '[ -z "$(remote_processes)" ]'
not_ok 'that removed what the run had' test -e "$second"
other=$remote_root/runs/aaaaaaaaaaaa
mkdir "$other"
echo '{"version":1,"id":"aaaaaaaaaaaa","state":"running","host":"another.example"}' \
  >"$other/status.json"
echo '{"version":1,"id":"aaaaaaaaaaaa"}' >"$other/run.json"
unused "$fourth" '40 days ago'
azml-guile history gc -c gpu1 >"$out_file" 2>"$err_file"
ok 'where a run of another host goes on, no runner is removed' test -e "$fourth"
rm -r "$other"
azml-guile history gc -c gpu1 >"$out_file" 2>"$err_file"
not_ok 'when it is over, it is' test -e "$fourth"

# Runs, by a policy, here and there.
azml-guile history refresh 2>"$err_file"
azml-guile run -q -- true 2>"$err_file" || diag "$(err)"
count=$(ls "$remote_root/runs" | wc -l)
here=$(ls .azml/runs | wc -l)
capture azml-guile history gc -c gpu1 --keep 1
is "$status" 0 'gc of the runs of a target, but the latest'
is "$(ls "$remote_root/runs" | wc -l)" 1 "leaves one of $count there"
is "$(azml-guile history list --json --limit 0 | json /dev/stdin \
  'sorted(r["target"] for r in j)')" "['gpu1', 'local']" \
  "and of $here here that and the one of this machine"
like "$(err)" 'all of it on gpu1' 'and says so'

# A source tree is kept for the next run unless the target, or a variable, says no.
mkdir work
i=0
while [ $i -lt 400 ]; do
  echo $i >work/file-$i
  i=$((i + 1))
done
cat >recipe.scm <<'E2'
(use-modules (azml))
(experiment (name "many") (source "work") (command '("true")))
E2
spares ()
{
  wait_until 20 eval '[ -z "$(remote_processes)" ]'
  ls "$remote_root/runs/.spare" 2>/dev/null | wc -l
}
remote_attach lean gpu1 spare-trees=no
azml-guile run -q -c lean recipe.scm 2>"$err_file" || diag "$(err)"
is "$(spares)" 0 'a target that says so has no tree made for the next run'
AZML_SPARE_TREES=0 azml-guile run -q -c gpu1 recipe.scm 2>"$err_file" || diag "$(err)"
is "$(spares)" 0 'nor one for which the variable does'
azml-guile run -q -c gpu1 recipe.scm 2>"$err_file" || diag "$(err)"
is "$(spares)" 1 'another has'
spare=$(ls "$remote_root/runs/.spare")
azml-guile run -q -c lean recipe.scm 2>"$err_file" || diag "$(err)"
is "$(spares) $(ls "$remote_root/runs/.spare")" "1 $spare" 'which is not taken, either'

done_testing
