#! /bin/sh
# tests/integration/test-runner-stops.sh: runs that are stopped, by people, by the clock,
# by the kernel.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/integration/runner.sh"

# Says which signals come, and obeys TERM.
cat >"$scratch/polite" <<'EOF'
trap 'echo INT' INT
trap 'echo TERM; exit 7' TERM
echo ready
while :; do sleep 0.05; done
EOF
polite="\"argv\": [\"sh\", \"$scratch/polite\"]"
stubborn='"argv": ["sh", "-c", "trap \"\" TERM INT HUP; echo ready; setsid sleep 1000 & while :; do sleep 0.05; done"], "grace": 0.3'

start_ready ()
{
  run_new "$1"
  run_start
  wait_until 10 run_log_has ready
  run_wait running
}

start_ready "$polite"
capture "$runner" stop "$run_id"
is "$status $(out)" '0 running' 'stop says in which state it found the run'
run_wait
is_run canceled 'cause stopped' 'exit_code 7' 'stop: TERM, and the job ends'
is "$(grep -c TERM "$run_dir/log")" 1 'it got one TERM'
run_is_over 'stopped'
capture "$runner" stop "$run_id"
is "$status $(out)" '0 canceled' 'a run that has ended is left alone'

start_ready "$polite"
capture "$runner" stop --signal=INT --grace=1 "$run_id"
run_wait
is_run canceled 'cause stopped' 'INT, then TERM'
is "$(grep -x -e INT -e TERM "$run_dir/log")" "INT
TERM" 'in this order'

start_ready "$stubborn"
capture "$runner" stop --grace=0.2 "$run_id"
run_wait
is_run canceled 'cause stopped' 'signal 9' 'a job that ignores TERM is killed after the grace period'
run_is_over 'TERM ignored'
like "$(cat "$run_dir/events.jsonl")" '"event":"stop","signal":"TERM","by":"stop"' 'the stop is told'

start_ready "$stubborn"
"$runner" stop --grace=600 "$run_id" >/dev/null
"$runner" stop --signal=KILL "$run_id" >/dev/null
run_wait
is_run canceled 'signal 9' 'a second stop with KILL hurries'
run_is_over 'hurried'

for signal in TERM INT HUP; do
  for who in keeper runner; do
    start_ready "$stubborn"
    kill -$signal "$(run_process $who)"
    run_wait
    is_run canceled 'cause stopped' "$signal to the $who is a stop"
    run_is_over "$signal to the $who"
  done
done

# In the foreground.
run_new "$stubborn"
"$runner" exec "$run_id" &
pid=$!
wait_until 10 run_log_has ready
kill -TERM $pid
status=0
wait $pid || status=$?
is "$status" 143 'exec: 128 + the signal that stopped it'
run_is_over 'stopped exec'

# While it is prepared.
run_new '"argv": ["touch", "ran"], "steps": [{"argv": ["sh", "-c", "echo ready; sleep 1000"]}], "grace": 1'
run_start
wait_until 10 grep -qs ready "$run_dir/prepare.log"
is "$(run_state)" preparing 'a step is preparation'
"$runner" stop "$run_id" >/dev/null
run_wait
is_run canceled 'cause stopped' 'exit_code -' 'stopped while preparing'
not_ok 'the command did not run' test -e "$run_dir/source/ran"
run_is_over 'stopped while preparing'
run_new '"argv": ["true"]'
"$runner" stop "$run_id" >/dev/null
run_exec
is_run canceled 'cause stopped' 'stopped before it started'

# A wrapper that must be told, too.
cat >"$scratch/wrapper" <<'EOF'
trap : TERM
"$@" &
echo $! >"$AZML_RUN_DIR/outputs/pid"
wait
wait
EOF
run_new "\"argv\": [\"setsid\", \"sh\", \"$scratch/polite\"], \"grace\": 5, \"wrapper\": {\"argv\": [\"sh\", \"$scratch/wrapper\"], \"stop\": [\"sh\", \"-c\", \"kill \$(cat outputs/pid); echo told\"]}"
run_start
wait_until 10 run_log_has ready
wait_until 10 test -s "$run_dir/outputs/pid"
"$runner" stop "$run_id" >/dev/null
run_wait
is_run canceled 'cause stopped' 'the stop command of the wrapper'
is "$(cat "$run_dir/prepare.log")" told 'was run'
like "$(cat "$run_dir/log")" '^TERM' 'and its signal arrived'
run_is_over 'wrapper'

# The time limit.
run_new "$polite, \"time_limit\": 2"
run_exec
is "$status" 124 'time limit: 124'
is_run failed 'cause time limit' 'exit_code 7' 'cause time limit'
run_is_over 'time limit'
run_new "$stubborn, \"time_limit\": 2"
run_exec
is_run failed 'cause time limit' 'signal 9' 'time limit, TERM ignored'
run_is_over 'time limit, TERM ignored'
run_new '"argv": ["true"], "time_limit": 100'
run_exec
is_run completed 'cause -' 'a time limit that is not reached'

# A fork bomb: as an ordinary user, whom the limit binds.  A shell that cannot fork ends,
# so the first one begins again.
cat >"$scratch/bomb" <<'EOF'
trap 'exec sh "$0"' EXIT
echo ready
bomb () { sleep 0.02; bomb & bomb & wait; }
bomb 2>/dev/null
EOF
bomb="\"argv\": [\"prlimit\", \"--nproc=300\", \"sh\", \"$scratch/bomb\"], \"grace\": 0.2"
as_user=
if [ "$(id -u)" = 0 ]; then
  if command -v setpriv >/dev/null; then
    as_user='setpriv --reuid=60123 --regid=60123 --clear-groups --'
    chmod 755 "$tap_folder" "$scratch"
    # The build may be where only root may look.
    cp "$runner" "$scratch/azml-runner"
  fi
else
  cp "$runner" "$scratch/azml-runner"
fi
if [ -n "$as_user" ] || [ "$(id -u)" != 0 ]; then
  root_before=$AZML_ROOT
  AZML_ROOT=$scratch/user-root
  mkdir "$AZML_ROOT"
  [ -z "$as_user" ] || chown 60123 "$AZML_ROOT"
  runner_before=$runner
  runner="$scratch/azml-runner"
  run_id=$(run_random_id)
  run_dir=$AZML_ROOT/runs/$run_id
  printf '{"version": 1, "id": "%s", %s}' "$run_id" "$bomb" >"$scratch/job.json"
  printf '{"version": 1, "id": "%s"}' "$run_id" >"$scratch/run.json"
  chmod 644 "$scratch/job.json" "$scratch/run.json"
  $as_user "$runner" accept "$run_id" "$scratch/run.json" "$scratch/job.json"
  $as_user "$runner" start "$run_id"
  wait_until 10 run_log_has ready
  pause 5
  $as_user "$runner" stop --grace=0.2 "$run_id" >/dev/null
  run_wait
  is_run canceled 'cause stopped' 'a fork bomb is stopped'
  run_is_over 'a fork bomb'
  runner=$runner_before
  AZML_ROOT=$root_before
else
  skip 'a fork bomb is stopped' 'no setpriv'
  skip 'a fork bomb: nothing is left' 'no setpriv'
fi

# A full disk: a small file system in memory, where this user may mount one.
full ()
{
  unshare $namespaces sh -c "mount -t tmpfs -o size=1200k none '$scratch/small' && $1"
}
mkdir "$scratch/small"
namespaces=-m
full true 2>/dev/null || namespaces=-rm
if full true 2>/dev/null; then
  AZML_ROOT=$scratch/small/root
  export AZML_ROOT
  run_id=$(run_random_id)
  run_dir=$AZML_ROOT/runs/$run_id
  printf '{"version": 1, "id": "%s", "argv": ["sh", "-c", "echo ready; exec cat /dev/zero >big"]}' "$run_id" >"$scratch/job.json"
  printf '{"version": 1, "id": "%s"}' "$run_id" >"$scratch/run.json"
  capture full "'$runner' accept $run_id '$scratch/run.json' '$scratch/job.json' && { '$runner' exec $run_id; echo \$?; '$runner' stop $run_id; rm '$run_dir/source/big'; cp -R '$run_dir' '$scratch/saved'; }"
  is "$(out)" "1
failed" 'a full disk: the exit code of the job'
  run_dir=$scratch/saved
  is_run failed 'cause disk full' 'exit_code 1' 'cause disk full, and status.json is whole'
  run_is_over 'disk full'
else
  skip 'a full disk: the exit code of the job' 'no file system can be mounted here'
  skip 'cause disk full, and status.json is whole' 'no file system can be mounted here'
  skip 'disk full: nothing is left' 'no file system can be mounted here'
fi

done_testing
