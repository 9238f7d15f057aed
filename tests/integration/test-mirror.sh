#! /bin/sh
# tests/integration/test-mirror.sh: a run that is elsewhere, its copy here, and whoever
# follows it.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/mirror.sh"

# far_runs: the run is at work there. A detached one is accepted, no more, when the command ends.
far_runs ()
{
  wait_until 60 grep -q '"state": *"running"' "$(there status.json)" || fail 'a run is at work there'
}

cat >job.sh <<'END'
#! /bin/sh
echo first; echo complaint >&2
azml-runner log loss=1.5
mkdir -p outputs/deep/er
echo model >outputs/deep/er/model; : >outputs/empty; printf 'a\000b' >outputs/bytes
chmod +x outputs/empty; ln -s deep/er/model outputs/link; mkdir outputs/void
[ $# -eq 0 ] || while [ ! -e "$1" ]; do sleep 0.05; done
printf 'last\000\377'
exit 3
END
chmod +x job.sh

# A machine that cannot be reached.
cat >dead <<'END'
#! /bin/sh
echo 'no route to host' >&2
exit 255
END
chmod +x dead

# Follow.
capture on_far -- ./job.sh
is "$status" 3 'the exit code is the one of the run'
printf 'first\ncomplaint\nlast\000\377' >expected
ok 'its log is shown byte for byte' cmp expected "$out_file"
is_same 'the copy is complete'
ok 'files that may be executed still may be' test -x "$(copy outputs/empty)"
is "$(readlink "$(copy outputs/link)")" deep/er/model 'links within the outputs are links'
is "$(json "$(copy sync.json)" 'j["outputs"]["state"], j["offsets"]["log"], j["version"]')" \
  "('fetched', 22, 1)" 'sync.json says how far it came'
ok 'the metrics are known' sh -c 'azml-guile history metrics last | grep -q loss'
not_ok 'no secret is in sync.json' grep -qi -e password -e secret "$(copy sync.json)"
like "$(azml-guile history list)" 'failed: exit 3' 'the index knows the end'
capture azml-guile logs last
ok 'logs shows it again' cmp expected "$out_file"
no_copies

# Detached; several followers; one of them is killed.
go=$scratch/go
id=$(on_far -d -- ./job.sh "$go")
is "$id" "$(the_run)" 'a detached run prints its id'
far_runs
is "$(azml-guile history list --json | "$tap_python" -c 'import json, sys
print(json.load(sys.stdin)[0]["state"])')" running 'the list knows that it runs'
wait_until 60 grep -q complaint "$(there log)"
capture azml-guile logs last
is "$(out)" 'first
complaint' 'logs brings what there is now'
azml-guile attach -q last >one.out 2>one.err &
one=$!
wait_until 10 grep -q complaint one.out
azml-guile attach -q last >two.out 2>two.err &
two=$!
wait_until 10 grep -q complaint two.out
azml-guile logs -f last >three.out 2>three.err &
three=$!
wait_until 10 grep -q complaint three.out
kill -9 $one
wait $one 2>/dev/null
: >"$go"
wait $two
is $? 3 'a second follower takes over and knows the end'
wait $three
is $? 0 'a third one sees the end of the log'
ok 'both saw every byte' sh -c 'cmp expected two.out && cmp expected three.out'
is_same 'and the copy is complete'
no_copies
rm -f "$go"

# What ended while nobody looked.
on_far -d -- ./job.sh >/dev/null
wait_until 10 grep -q '"state": *"failed"' "$(there status.json)"
like "$(azml-guile history list)" 'failed: exit 3.*loss=1.5' \
  'the list settles what ended while nobody looked, with its metrics'
capture azml-guile history outputs last
like "$(err)" 'not all outputs are here' 'outputs are not fetched by a look'
capture azml-guile history refresh
is "$status" 0 'history refresh'
is_same 'brings all there is'
capture azml-guile history refresh
like "$(err)" 'everything is here' 'and is done then'
no_copies
on_far -d -- ./job.sh >/dev/null
wait_until 10 grep -q '"state": *"failed"' "$(there status.json)"
capture azml-guile attach -q last
is "$status" 3 'attach afterwards ends with the exit code'
ok 'and shows the whole log' cmp expected "$out_file"
is_same 'and fetches the outputs'
no_copies

# One whose log cannot be read there does not keep the next from coming.
first=$(on_far -d -q -- ./job.sh)
next=$(on_far -d -q -- ./job.sh)
both_ended ()
{
  [ "$(cat "$far/runs"/*/status.json | grep -c '"state": *"failed"')" = 2 ]
}
wait_until 20 both_ended
mv "$far/runs/$first/log" "$far/log"
ln -s ../../log "$far/runs/$first/log"
capture azml-guile history refresh "$first" "$next"
is "$status" 1 'history refresh where a run cannot be brought'
like "$(err)" "warning: run ${first%??????}: .*log" 'names it, with the reason'
is "$(json ".azml/runs/$next/sync.json" 'j["outputs"]["state"]')" fetched 'and brings the next'
ok 'with all of its log' cmp expected ".azml/runs/$next/log"
mv -f "$far/log" "$far/runs/$first/log"
capture azml-guile history refresh
is "$status" 0 'the first comes when it can be read'
ok 'with all of its log, too' cmp expected ".azml/runs/$first/log"
is "$(json ".azml/runs/$first/sync.json" 'j["outputs"]["state"]')" fetched 'and its outputs'
no_copies

# Removed: there, too, or not at all.
on_far -q -- ./job.sh >/dev/null
run=$(the_run)
capture azml-guile history rm -n last
like "$(err)" 'would remove .* and all of it on far' 'a plan to remove a run'
far_is "$scratch/dead"
capture azml-guile history rm last
isnt "$status" 0 'a run whose machine cannot be reached is not removed'
like "$(err)" '^hint: --here' 'but could be here'
is "$(the_run)" "$run" 'nothing of it is gone'
far_is "$AZML_BUILDDIR/azml-runner"
capture azml-guile history rm last
is "$status $(ls .azml/runs)$(ls "$far/runs")" '0 ' 'history rm: here and there'
on_far -q -- ./job.sh >/dev/null
run=$(the_run)
capture azml-guile history rm --here last
is "$status $(ls .azml/runs) $(ls "$far/runs")" "0  $run" 'history rm --here: only here'
like "$(err)" 'nothing on far' 'which it says'
no_copies

# Stop, from another process.
id=$(on_far -d -- sleep 1000)
capture azml-guile stop last
is "$status" 0 'stop'
is "$(json "$(copy status.json)" 'j["state"]')" canceled 'and the end is known here'
no_copies

# The connection is lost again and again.
azml-guile run -r recipe.scm -c far -- ./job.sh "$go" >lost.out 2>lost.err &
client=$!
for time in 1 2 3; do
  wait_until 10 grep -q complaint lost.out
  wait_until 10 eval '[ "$(grep -c "answers again" lost.err)" = $((time - 1)) ]'
  lose_connection $client
  wait_until 10 eval '[ "$(grep -c "answers again" lost.err)" = $time ]'
done
: >"$go"
wait $client
is $? 3 'a lost connection is not the end of a run'
ok 'and not a byte of its log is lost or doubled' cmp expected lost.out
like "$(cat lost.err)" 'connecting again' 'it is told'
is_same 'the copy is complete after three lost connections'
no_copies
rm -f "$go"

# A machine that cannot be reached for a while.
on_far -d -- ./job.sh "$go" >/dev/null
far_runs
azml-guile history list >/dev/null
far_is "$scratch/dead"
capture azml-guile history list
is "$status" 0 'a list of runs on a machine that cannot be reached'
like "$(err)" 'far is unreachable since [0-9-]* [0-9:]*' 'says since when'
like "$(out)" 'running' 'and leaves their states alone'
capture azml-guile stop last
isnt "$status" 0 'what cannot be reached cannot be stopped'
azml-guile attach -q last >away.out 2>away.err &
client=$!
ok 'attach says since when' wait_until 10 grep -q 'no connection to far since' away.err
far_is "$AZML_BUILDDIR/azml-runner"
ok 'and goes on by itself' wait_until 20 grep -q 'answers again' away.err
: >"$go"
wait $client
is $? 3 'to the end'
ok 'with every byte' cmp expected away.out
is_same 'a machine that was away'
no_copies
rm -f "$go"

# Lost, because somebody says so.
on_far -d -- ./job.sh "$go" >/dev/null
far_is "$scratch/dead"
capture azml-guile stop --forget last
is "$status $(json "$(copy status.json)" 'j["state"]')" '0 lost' 'stop --forget calls it lost'
far_is "$AZML_BUILDDIR/azml-runner"
: >"$go"
wait_until 10 grep -q '"state": *"failed"' "$(there status.json)"
rm -f "$go"

# From a fresh clone.
mkdir clone
cp -r recipe.scm job.sh clone
mkdir clone/.azml
cp .azml/project clone/.azml/project
id=$(the_run)
cd clone || exit 1
capture azml-guile history fetch -r recipe.scm far
is "$status" 0 'history fetch'
is "$(the_run)" "$id" 'finds the runs of the project from a clone'
capture azml-guile attach -q "$id"
is "$status" 3 'which can be followed as if submitted there'
is_same 'the clone has all of it'
capture azml-guile history fetch -r recipe.scm far
like "$(err)" '1 run there, 0 of them new' 'a second time nothing is new'
cd ..
mkdir "$tap_folder/other"
cp recipe.scm "$tap_folder/other"
cd "$tap_folder/other" || exit 1
capture azml-guile history fetch -r recipe.scm far
is "$(ls .azml/runs)" '' 'another project has none of them'
capture azml-guile history fetch -r recipe.scm --all far
is "$(the_run)" "$id" 'unless all are asked for'
cd "$scratch" || exit 1
no_copies

# What a machine tells of a run is all that was said of it.
mkdir deep whole whole/.azml
cp recipe.scm whole
cat >deep/recipe.scm <<'END'
(use-modules (azml))
(experiment
 (name "deep")
 (target (compute-target (name "far") (type 'far)))
 (command '("true" "-v" "3"))
 (parameters '((rate . 0.5) (layers . (1 2))))
 (environment (environment (python "3")))
 (gpus 0)
 (time-limit 1000))
END
capture azml-guile run deep/recipe.scm
is "$status" 0 'a run of a source folder that is not the working folder'
id=$(the_run)
cp ".azml/runs/$id/run.json" said.json
cp .azml/project whole/.azml
cd whole || exit 1
capture azml-guile history fetch -r recipe.scm far
is "$(json ".azml/runs/$id/run.json" 'sorted(j.items())')" \
  "$(json ../said.json 'sorted(j.items())')" 'is fetched with its whole request'
like "$(json ../said.json 'j["source"]')" '/deep$' 'the source folder among it'
cd "$scratch" || exit 1
no_copies

# Several at a time, and with a snapshot of some size.
mkdir many
i=0
while [ $i -lt 300 ]; do
  i=$((i + 1))
  echo $i >many/$i
done
cat >several.scm <<'END'
(use-modules (azml))
(define far (compute-target (name "far") (type 'far)))
(map (lambda (n)
       (experiment (name (string-append "e" (number->string n))) (target far)
                   (command (list "sh" "-c" (string-append "cat many/" (number->string n))))))
     (iota 8 1))
END
capture azml-guile run -j 4 several.scm
is "$status" 0 'several runs at a time'
is "$(sort -n "$out_file" | tr '\n' ' ')" '1 2 3 4 5 6 7 8 ' 'each sees its source'
is "$(cat .azml/runs/*/log | sort -n | tr '\n' ' ')" '1 2 3 4 5 6 7 8 ' 'each log is here'
rm -rf "$far/objects/00" "$far/objects/a1" "$far/objects/b2" "$far/objects/c3"
capture azml-guile run several.scm e1
is "$status $(out | head -n 1)" '0 1' 'objects that vanished there are sent again'

# Not all to one machine that are meant for two.
cat >two.scm <<'END'
(use-modules (azml))
(define far (compute-target (name "far") (type 'far)))
(list (experiment (name "here") (command '("true")))
      (experiment (name "there") (target far) (command '("true"))))
END
runs_before=$(ls .azml/runs)
capture azml-guile run two.scm
is "$status" 125 'experiments of different targets are not run by one command'
like "$(err)" "different compute targets, 'local' and 'far'" 'which says so'
is "$(ls .azml/runs)" "$runs_before" 'and starts none of them'

# A content that came in part, and is gone when it is to go on: another client completed it.
no_copies
cat >thief <<END
#! $(command -v "$tap_python")
import glob, os, subprocess, sys, threading
runner = subprocess.Popen(["$AZML_BUILDDIR/azml-runner", "serve"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
cut = 12 << 20 if os.path.exists("$scratch/cut") else None

def up():
    passed = 0
    while cut is None or passed < cut:
        data = os.read(0, 65536)
        if not data:
            break
        passed += len(data)
        while data:
            data = data[os.write(runner.stdin.fileno(), data):]
    else:
        os.remove("$scratch/cut")
    runner.stdin.close()

threading.Thread(target=up, daemon=True).start()
said = b""
while True:
    data = os.read(runner.stdout.fileno(), 65536)
    if not data:
        break
    said = (said + data)[-100000:]
    if b'"partial"' in said and os.path.exists("$scratch/steal"):
        for part in glob.glob("$far/objects/.part-*"):
            os.remove(part)
        os.remove("$scratch/steal")
    while data:
        data = data[os.write(1, data):]
END
chmod +x thief
far_is "$scratch/thief"
mkdir large
head -c 50331648 /dev/urandom >large/file
cat >large/recipe.scm <<'END'
(use-modules (azml))
(experiment
 (name "large")
 (target (compute-target (name "far") (type 'far)))
 (command '("cksum" "file")))
END
: >"cut"
: >steal
capture azml-guile run -q large/recipe.scm
is "$status" 0 'a part that is gone is no reason to fail'
like "$(err)" 'connecting again' 'though the connection broke'
ok 'and it was gone' test ! -e steal
is "$(out)" "$(cd large && cksum file)" 'the content is whole'
far_is "$AZML_BUILDDIR/azml-runner"

# Withdrawn before it was accepted.
no_copies
cat >slow <<END
#! /bin/sh
sleep 1000
END
chmod +x slow
far_is "$scratch/slow"
azml-guile run -r recipe.scm -c far -- ./job.sh >int.out 2>int.err &
client=$!
wait_until 10 test -d .azml/runs
wait_until 10 eval '[ -n "$(the_run)" ]'
kill -TERM $client
wait $client
is $? 143 'a signal before a run is accepted'
is "$(ls -A .azml/runs)" '' 'leaves nothing of it'

done_testing
