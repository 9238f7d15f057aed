#!/bin/sh
# test-remote-removed.sh: runs whose folder somebody removed on their machine: none goes on
# for ever here, and what is here of it stays.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/remote.sh"

mkdir project
cd project || exit 99
cat >job.sh <<END
sleep 1000 &
echo first
mkdir -p outputs
echo model >outputs/model
while [ ! -e "$scratch/go" ]; do sleep 0.1; done
echo last
END
AS=other sshd_start gpu1

# begin: a run that is left alone there, with its first line here.
begin ()
{
  rm -f "$scratch/go"
  run=$(azml-guile run -d -q -c gpu1 -- sh job.sh 2>"$err_file")
  wait_until 20 grep -q first "$(remote_there "$run")/log"
  azml-guile logs "$run" >"$out_file" 2>"$err_file"
}

# here EXPRESSION: of its status.json.
here ()
{
  json ".azml/runs/$run/status.json" "$1"
}

# jobs: what runs of the run there.
jobs ()
{
  grep -lzsx "AZML_RUN_ID=$run" /proc/[0-9]*/environ
}

# remove_there: its folder goes, and the job ends.
remove_there ()
{
  rm -rf "$(remote_there "$run")"
  : >"$scratch/go"
}

# listed: history list, to which the machine has answered. It waits for three seconds, and one that
# was late is left alone for a minute.
listed ()
{
  rm -f .azml/cache/unreachable-*
  capture azml-guile history list
  ! grep -q 'unreachable' "$err_file"
}

# settled NAME: what became of it is here, and was said.
settled ()
{
  is "$(here 'j["state"], j["cause"]')" "('failed', 'removed')" "$1: it has failed"
  like "$(here 'j["error"]["message"]')" 'its folder was removed .*; it was running' "$1: and why"
  like "$(err)" "the folder of run .* was removed on gpu1" "$1: which is said"
  like "$(err)" "^ *hint: .*azml-guile history refresh ${run%????????}" "$1: with what to do"
  is "$(err | grep -c 'hint:')" 1 "$1: once"
}

for DOOR in openssh libssh; do
  azml-guile computetarget detach gpu1 2>"$err_file"
  remote_attach gpu1 gpu1

  begin
  remove_there
  capture azml-guile history refresh
  is "$status" 0 "$DOOR: history refresh"
  settled "$DOOR: history refresh"
  capture azml-guile history refresh
  is "$status" 0 "$DOOR: a second time"
  like "$(err)" 'everything is here' "$DOOR: nothing is left to ask"
  capture azml-guile attach "$run"
  is "$status" 125 "$DOOR: attach ends at once"
  is "$(out)" first "$DOOR: and shows what is here of its log"

  begin
  remove_there
  wait_until 30 listed
  settled "$DOOR: history list"
  like "$(out)" 'failed' "$DOOR: history list: has it as failed"

  begin
  remove_there
  capture azml-guile logs -f "$run"
  is "$(out)" first "$DOOR: logs -f shows what is here"
  settled "$DOOR: logs"
done

# Who follows the run at that moment: the one who began it, and another one.
begin
azml-guile attach "$run" >seen 2>seen.err &
client=$!
wait_until 20 grep -q first seen
remove_there
wait $client
is $? 125 'who follows it sees that it has failed' || diag "$(cat seen.err)"
like "$(cat seen.err)" 'failed: removed' 'which is said'
like "$(cat seen.err)" "hint: .*azml-guile history refresh ${run%????????}" 'with what to do'
is "$(here 'j["state"], j["cause"]')" "('failed', 'removed')" 'and written down'
rm -f "$scratch/go" seen
remote_runs >../before
azml-guile run -c gpu1 -- sh job.sh >seen 2>seen.err &
client=$!
run=$(remote_new ../before)
wait_until 20 grep -q first seen
remove_there
wait $client
is $? 125 'who began it, too' || diag "$(cat seen.err)"
like "$(cat seen.err)" 'failed: removed' 'which is said'
unlike "$(cat seen.err)" 'outputs were not fetched' 'and nothing is asked for in vain'
is "$(here 'j["state"], j["cause"]')" "('failed', 'removed')" 'and written down'

# Its job does not go on for nobody: the runner ends it, and the keeper if that is dead.
for who in runner keeper; do
  begin
  isnt "$(jobs)" '' "the job before ($who)"
  pids=$(sed -n 's/^runner \([0-9]*\) .*/\1/p' "$(remote_there "$run")/alive")
  rm -rf "$(remote_there "$run")"
  [ $who = runner ] || kill -9 $pids
  ok "a run whose folder was removed is ended by its $who" wait_until 30 eval '[ -z "$(jobs)" ]' \
    || diag "$(jobs)"
  wait_until 20 eval '[ -z "$(remote_processes)" ]' || fail 'and nobody is left' \
    "$(remote_processes)"
  capture azml-guile history list
  settled "what its $who ended"
done
: >"$scratch/go"

# One that had ended before: how it ended stays true.
run=$(azml-guile run -d -q -c gpu1 -- sh job.sh 2>"$err_file")
remote_reaches "$run" completed
azml-guile history list >"$out_file" 2>"$err_file"
is "$(here 'j["state"]')" completed 'a run that has ended'
rm -rf "$(remote_there "$run")"
capture azml-guile history refresh
is "$status $(here 'j["state"]')" '0 completed' 'and whose folder goes then is what it was'
like "$(err)" 'the folder of run .* was removed on gpu1' 'which is said'
capture azml-guile history refresh
like "$(err)" 'everything is here' 'once'

# A disk that was away for a while.
begin
mv "$remote_root/runs" "$remote_root/away"
mkdir "$remote_root/runs"
chown --reference="$remote_root/away" "$remote_root/runs"
capture azml-guile history refresh
settled 'a disk that is away'
rmdir "$remote_root/runs"
mv "$remote_root/away" "$remote_root/runs"
capture azml-guile history refresh "$run"
is "$status $(here 'j["state"]')" '0 running' 'is there again: the run goes on'
: >"$scratch/go"
capture azml-guile attach "$run"
is "$status" 0 'to its end'
is "$(cat ".azml/runs/$run/outputs/model")" model 'with its outputs'

# A name that leads to another machine now says nothing about the runs of the one before.
begin
mv .azml/runs/"$run"/sync.json sync.json
sed 's/"host": *"[^"]*"/"host":"another"/' sync.json >".azml/runs/$run/sync.json"
rm -rf "$(remote_there "$run")"
: >"$scratch/go"
capture azml-guile history refresh
is "$(here 'j["state"]')" running 'another machine of that name: the state is left alone'
like "$(err)" 'is not on gpu1, which is another machine now' 'which is said'
like "$(err)" 'azml-guile stop --forget' 'with what to do'

done_testing
