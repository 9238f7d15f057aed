#! /bin/sh
# tests/integration/test-runner-faults.sh: keeper and runner killed at every stage.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/integration/runner.sh"

# A job that leaves all sorts of processes behind, and goes on.
cat >"$scratch/busy" <<'EOF'
setsid sh -c 'sleep 1000' &
(setsid sh -c 'sleep 1000 & sleep 1000' &)
nohup sleep 1000 >/dev/null 2>&1 &
setsid sh -c 'trap "" TERM; : >deaf; while :; do sleep 1000; done' &
while [ ! -e deaf ]; do sleep 0.05; done
echo ready
while :; do sleep 1000; done
EOF
busy="\"argv\": [\"sh\", \"$scratch/busy\"], \"grace\": 0.3"

# What it started is gone when it ends by itself, too.
sed '$d' "$scratch/busy" >"$scratch/quick"
run_new "\"argv\": [\"sh\", \"$scratch/quick\"], \"grace\": 0.3"
run_exec
is "$status" 0 'a job that leaves processes behind ends as it ends'
is_run completed 'exit_code 0' 'and is completed'
run_is_over 'detached processes'
like "$(cat "$run_dir/events.jsonl")" '"event":"killed","signal":"KILL"' 'the kill is told'

# What only finishes its writing may do so.
run_new '"argv": ["bash", "-c", "exec > >(sleep 0.1; tee /dev/null | cat); echo last words"]'
if command -v bash >/dev/null; then
  run_exec
  is "$(cat "$run_dir/log")" 'last words' 'a filter behind the log writes its last line'
else
  skip 'a filter behind the log writes its last line' 'no bash'
fi

# kill -9 while the job runs.
for who in keeper runner; do
  run_new "$busy"
  run_start
  wait_until 10 run_log_has ready
  kill -9 "$(run_process $who)"
  run_wait
  is_run failed 'cause runner killed' "kill -9 of the $who: the end is true"
  run_is_over "kill -9 of the $who"
done

run_new "$busy"
run_start
wait_until 10 run_log_has ready
run_wait running
# Stopped first: the one that is killed later must not see that the other is gone.
kill -STOP "$(run_process keeper)" "$(run_process runner)"
kill -9 "$(run_process keeper)" "$(run_process runner)"
wait_until 5 eval '! run_is_locked'
is "$(run_state)" running 'kill -9 of both: nobody is left to write'
isnt "$(run_processes)" '' 'and detached processes are left'
capture "$runner" settle "$run_id"
is "$status $(out)" "0 $run_id" 'settle says what it settled'
is_run failed 'cause runner killed' 'and writes the end'
run_is_over 'settled'
capture "$runner" settle
is "$status $(out)" '0 ' 'it is settled once'

# Whoever looks at a copy of the folder, made while the run goes on, does not end the run.
run_new "$busy"
run_start
wait_until 10 run_log_has ready
run_wait running
# What it starts has begun.
run_rests ()
{
  run_before=$(run_processes)
  sleep 1
  [ "$(run_processes)" = "$run_before" ]
}
wait_until 20 run_rests
mkdir -p "$scratch/copied/runs"
cp -a "$run_dir" "$scratch/copied/runs/"
capture env AZML_ROOT="$scratch/copied" "$runner" settle "$run_id"
is "$status $(out)" "0 $run_id" 'a copy of a run that goes on is settled'
is "$(run_state) $(run_processes)" "running $run_before" 'and the run is left alone'
run_original=$run_dir
run_dir=$scratch/copied/runs/$run_id
is_run failed 'cause copied' 'the copy says what it is'
run_dir=$run_original
mkdir -p "$scratch/later/runs" "$scratch/moved/runs"
cp -a "$run_dir" "$scratch/later/runs/"
kill -9 "$(run_process keeper)" "$(run_process runner)"
wait_until 5 eval '! run_is_locked'
"$runner" settle "$run_id" >/dev/null
is_run failed 'cause runner killed' 'with its keeper and runner dead the run is settled as ever'
run_is_over 'settled beside its copy'
env AZML_ROOT="$scratch/later" "$runner" settle "$run_id" >/dev/null
run_dir=$scratch/later/runs/$run_id
is_run failed 'cause copied' 'a copy that is looked at after the end of the run says so, too'
like "$(cat "$run_dir/status.json")" 'how it ended is told there' 'and where the end is told'
run_dir=$run_original

# A folder that was moved is the run itself.
run_new "$busy"
run_start
wait_until 10 run_log_has ready
run_wait running
mv "$run_dir" "$scratch/moved/runs/"
run_dir=$scratch/moved/runs/$run_id
kill -9 "$(run_process keeper)" "$(run_process runner)"
wait_until 5 eval '! run_is_locked'
env AZML_ROOT="$scratch/moved" "$runner" settle "$run_id" >/dev/null
is_run failed 'cause runner killed' 'a run whose folder was moved is no copy'
run_is_over 'settled where it was moved to'
run_dir=$run_original

# At named points: POINT ACTION STATE CAUSE; "both" is settled.
simple='"argv": ["sh", "-c", "exit 5"]'
while read -r point action state cause code; do
  # A job that is over before its runner hears of the keeper's death has an exit code, too.
  case $point in
    signed) run_new '"argv": ["sh", "-c", "sleep 1; exit 5"]' ;;
    *) run_new "$simple" ;;
  esac
  AZML_TEST_FAULT=$point:$action "$runner" start "$run_id" 2>/dev/null
  if [ "$action" = both ] || { [ "$point" = locked ] && [ "$action" = self ]; }; then
    wait_until 5 eval '! run_is_locked'
    # A run that nobody took charge of counts as forsaken after a while.
    touch -d '1 minute ago' "$run_dir/status.json"
    run_tries=0
    while ! run_has_ended && [ $run_tries -lt 30 ]; do
      run_tries=$((run_tries + 1))
      "$runner" settle "$run_id" >/dev/null
      run_has_ended || sleep 0.5
    done
  else
    run_wait
  fi
  is_run "$state" "cause $(echo "$cause" | tr _ ' ')" "exit_code $code" "$action killed at $point"
  run_is_over "$action killed at $point"
done <<'EOF'
locked self failed runner_killed -
signed self failed runner_killed -
preparing self failed runner_killed -
preparing parent failed runner_killed -
preparing both failed runner_killed -
waiting self failed runner_killed -
waiting parent failed runner_killed -
running self failed runner_killed -
running both failed runner_killed -
finalizing self failed - 5
finalizing parent failed - 5
finalizing both failed - 5
ending self failed - 5
ending both failed - 5
ended self failed - 5
ended parent failed - 5
ended both failed - 5
EOF

# While the preparation runs a step.
for who in keeper runner; do
  run_new '"argv": ["true"], "steps": [{"argv": ["sh", "-c", "echo ready; setsid sleep 1000 & sleep 1000"]}]'
  run_start
  wait_until 10 grep -q ready "$run_dir/prepare.log"
  kill -9 "$(run_process $who)"
  run_wait
  is_run failed 'cause runner killed' "kill -9 of the $who in a step"
  run_is_over "kill -9 of the $who in a step"
done

# The job itself.
run_new "$busy"
run_start
wait_until 10 run_log_has ready
run_wait running
kill -9 "$(sed -n 's/.*"started","pid":\([0-9]*\).*/\1/p' "$run_dir/events.jsonl")"
run_wait
is_run failed 'cause signal' 'signal 9' 'kill -9 of the job'
run_is_over 'kill -9 of the job'

# Another boot, another host.
run_new "$busy"
run_start
wait_until 10 run_log_has ready
run_wait running
kill -STOP "$(run_process keeper)" "$(run_process runner)"
kill -9 "$(run_process keeper)" "$(run_process runner)"
wait_until 5 eval '! run_is_locked'
run_processes | xargs kill -9
cp "$run_dir/status.json" "$scratch/saved"
sed 's/"host":"[^"]*"/"host":"elsewhere"/' "$scratch/saved" >"$run_dir/status.json"
capture "$runner" settle "$run_id"
is "$(run_state)" running 'a run of another host is left alone'
sed 's/"boot_id":"[^"]*"/"boot_id":"00000000-0000-0000-0000-000000000000"/' "$scratch/saved" \
  >"$run_dir/status.json"
capture "$runner" settle "$run_id"
is_run failed 'cause machine restarted' 'another boot: machine restarted'

# Acceptance.
run_new "$simple"
before=$(cat "$run_dir/status.json")
capture "$runner" accept "$run_id" "$scratch/run.json" "$scratch/job.json"
is "$status" 0 'accepting a run again is fine'
is "$(cat "$run_dir/status.json")" "$before" 'and changes nothing'
capture "$runner" settle "$run_id"
is "$(run_state)" queued 'a run just accepted is not settled'
run_id=$(run_random_id)
mkdir -p "$AZML_ROOT/runs/.new-$run_id/outputs"
capture "$runner" accept "$run_id" "$scratch/run.json" "$scratch/job.json"
is "$status" 0 'a remnant of an accept that was killed is replaced'
ok 'by the run' test -s "$AZML_ROOT/runs/$run_id/run.json"
not_ok 'and gone' test -e "$AZML_ROOT/runs/.new-$run_id"

done_testing
