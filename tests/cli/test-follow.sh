#!/bin/sh
# test-follow.sh: runs that outlive their command: logs, attach, stop, kill -9.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

# gate NAME: a command that prints, waits for the file NAME, prints again and ends with 4.
gate ()
{
  printf 'echo before; while [ ! -e "%s/%s" ]; do sleep 0.05; done; echo after; exit 4' \
    "$scratch" "$1"
}

# The client is killed, the run goes on.
azml-guile run -- sh -c "$(gate one)" >one.out 2>one.err &
client=$!
ok 'the log is followed while it is written' wait_until 10 grep -q before one.out
kill -9 "$client"
wait "$client" 2>/dev/null
run=$(last_run)
is "$(state "$run")" running 'after kill -9 of the client the run goes on'
azml-guile attach "$run" >attach.out 2>attach.err &
attached=$!
azml-guile logs -f "$run" >logs.out 2>logs.err &
follower=$!
wait_until 10 grep -q before attach.out
wait_until 10 grep -q before logs.out
: >one
wait "$attached"
is "$?" 4 'attach ends with the exit code of the run'
wait "$follower"
is "$?" 0 'logs -f ends with 0'
is "$(cat attach.out)" "$(printf 'before\nafter')" 'attach shows the log from its beginning'
is "$(cat logs.out)" "$(printf 'before\nafter')" 'so does a second follower'
like "$(cat attach.err)" 'failed with exit code 4' 'attach ends with the summary'
is "$(state "$run")" failed 'the end is recorded'
capture azml-guile attach "$run"
is "$status" 4 'attach to a run that has ended has its exit code'
is "$(out)" "$(printf 'before\nafter')" 'and shows its log'

# Ctrl-C while only looking.
run=$(azml-guile run -d -- sh -c "$(gate two)")
azml-guile logs -f "$run" >looked.out 2>looked.err &
follower=$!
wait_until 10 grep -q before looked.out
kill -TERM "$follower"
wait "$follower"
is "$?" 143 'a signal ends logs -f'
like "$(cat looked.err)" "the run goes on" 'which says that the run goes on'
like "$(cat looked.err)" "azml-guile attach .* azml-guile stop" 'and how to return and stop'
is "$(state "$run")" running 'and leaves it alone'

# logs.
capture azml-guile logs "$run"
is "$(out)" before 'logs shows what there is'
short=$(echo "$run" | cut -c1-6)
capture azml-guile logs "$short"
is "$(out)" before 'the beginning of an id is enough'
capture azml-guile logs last
is "$(out)" before 'so is "last"'
capture azml-guile logs zzzzzzzzzzzz
is "$status" 1 'a run that does not exist is an error'
capture azml-guile logs
is "$status" 2 'no run at all is a usage error'

# stop.
capture azml-guile stop "$run"
is "$status" 0 'stop stops a run'
is "$(state "$run")" canceled 'which is then canceled'
like "$(err)" canceled 'stop says so'
capture azml-guile stop "$run"
is "$status" 0 'stopping it again is no error'
like "$(err)" 'has ended already' 'but said'

# A job that ignores TERM, with a process in a session of its own.
run=$(azml-guile run -d -- sh -c 'trap "" TERM INT; setsid sh -c "echo \$\$ >\"\$0/pid\"; exec sleep 600" "$0" &
while :; do sleep 0.1; done' "$scratch")
wait_until 10 test -s pid
capture azml-guile stop --grace 0.3 "$run"
is "$status" 0 'a job that ignores TERM is killed'
not_ok 'and its detached grandchild is gone' kill -0 "$(cat pid)"
like "$(err)" canceled 'the end is said'
capture azml-guile stop --signal FOO last
is "$status" 2 'a signal that does not exist is a usage error'

# Foreground: signals to the client stop the run.
for signal in INT TERM HUP; do
  rm -f started fg.out fg.err
  # A shell's background jobs ignore INT; env gives it back.
  env --default-signal=INT,TERM,HUP azml-guile run -- \
    sh -c 'trap "echo got it; exit 7" INT TERM; touch "$0/started"; while :; do sleep 0.05; done' \
    "$scratch" >fg.out 2>fg.err &
  client=$!
  wait_until 10 test -e started
  kill -"$signal" "$client"
  wait "$client"
  code=$?
  case $signal in INT) want=130 ;; *) want=143 ;; esac
  is "$code" "$want" "a foreground run that gets $signal ends with $want"
  is "$(grep -c 'got it' fg.out)" 1 'its job got the signal and could end in its own way'
  is "$(state "$(last_run)")" canceled 'and the run is canceled'
done

# A second signal hurries.
rm -f started fg.out fg.err
env --default-signal=INT azml-guile run -- \
  sh -c 'trap "" INT TERM; touch "$0/started"; while :; do sleep 0.05; done' "$scratch" \
  >fg.out 2>fg.err &
client=$!
wait_until 10 test -e started
kill -INT "$client"
wait_until 5 grep -q stopping fg.err
kill -INT "$client"
ok 'a second Ctrl-C does not wait for the grace period' \
  wait_until 5 sh -c "! kill -0 $client"
wait "$client"
is "$?" 130 'the exit code is that of the first signal'

# Both processes in charge are killed: the next command that looks writes the end.
run=$(azml-guile run -d -- sh -c 'echo $$ >"$0/pid2"; exec sleep 600' "$scratch")
wait_until 10 test -s pid2
for pid in $(sed -n 's/^[a-z]* \([0-9]*\) .*/\1/p' ".azml/runs/$run/alive"); do
  kill -9 "$pid"
done
capture azml-guile history list --json
is "$("$tap_python" -c 'import json, sys
print([r["state"] for r in json.load(open(sys.argv[1])) if r["id"] == sys.argv[2]][0])' \
  "$out_file" "$run")" failed 'a run of which nobody is in charge is settled by history'
like "$(azml-guile history show "$run")" 'runner killed' 'with the cause'
ok 'and its job is gone' wait_until 5 sh -c "! kill -0 $(cat pid2)"

# The connection is lost, not the run.
azml-guile run -- sh -c "$(gate three)" >lost.out 2>lost.err &
client=$!
wait_until 10 grep -q before lost.out
for stat in /proc/[0-9]*/stat; do
  { read -r pid name _ parent _ <"$stat"; } 2>/dev/null || continue
  if [ "$parent" = "$client" ] && [ "$name" = '(azml-runner)' ]; then
    kill -9 "$pid"
  fi
done
ok 'a lost connection is told' wait_until 10 grep -q 'connecting again' lost.err
: >three
wait "$client"
is "$?" 4 'but the exit code is the one of the run'
is "$(cat lost.out)" "$(printf 'before\nafter')" 'whose log comes once and whole'

# Before acceptance nothing is left: the runner is held up at its start.
mkdir slow
cat >slow/runner <<END
#!/bin/sh
touch "$scratch/slow/asked"
while [ ! -e "$scratch/slow/go" ]; do sleep 0.05; done
exec "$AZML_RUNNER" "\$@"
END
chmod +x slow/runner
before=$(ls .azml/runs | wc -l)
AZML_RUNNER=$scratch/slow/runner env --default-signal=INT azml-guile run -- touch "$scratch/ran" \
  >fg.out 2>fg.err &
client=$!
wait_until 10 test -e slow/asked
pause 3
kill -INT "$client"
wait "$client"
is "$?" 130 'Ctrl-C before acceptance ends the command'
: >slow/go
pause 5
is "$(ls .azml/runs | wc -l)" "$before" 'and nothing is left'
not_ok 'and nothing ran' test -e ran

done_testing
