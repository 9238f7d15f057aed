#! /bin/sh
# tests/integration/test-lease.sh: runs that lease GPUs, wait for them, are stopped and
# killed.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/integration/runner.sh"
. "$AZML_SRCDIR/tests/integration/lease.sh"

unset SLURM_JOB_ID CUDA_VISIBLE_DEVICES CUDA_DEVICE_ORDER

show='"argv": ["sh", "-c", "echo saw ${CUDA_VISIBLE_DEVICES-all} ${CUDA_DEVICE_ORDER-any}"]'
hold='"argv": ["sh", "-c", "echo ready; exec sleep 1000"], "grace": 1'

leases_are ()
{
  [ "$(gpu_leases)" = "$1" ]
}

events_have ()
{
  grep -q -e "$1" "$run_dir/events.jsonl"
}

# What a run is given.
run_new "$show"
run_exec
is "$(cat "$run_dir/log")" 'saw all any' 'who asks for nothing sees the machine as it is'
run_new "$show, \"gpus\": {\"count\": 0}"
run_exec
is "$(cat "$run_dir/log")" 'saw any' 'who asks for none sees none'
run_new "$show, \"gpus\": {\"count\": 1}"
run_exec
is "$(cat "$run_dir/log")" "saw $gpu_1 PCI_BUS_ID" 'who asks for one sees one'
like "$(cat "$run_dir/status.json")" "\"gpus\":\\[{\"uuid\":\"$gpu_1\"" 'which the status names'
run_new "$show, \"gpus\": {\"count\": \"all\"}"
run_exec
is "$(cat "$run_dir/log")" "saw $gpu_1,$gpu_2 PCI_BUS_ID" 'all of them'
is "$(gpu_leases)" 0 'at the end of a run its GPUs are free'
run_new '"argv": ["sh", "-c", "echo $0 $*", "@gpus@"], "gpus": {"count": 2},
  "wrapper": {"argv": ["env", "@gpus@"], "gpus": ["G@uuid@=x"]}'
run_exec
is "$(cat "$run_dir/log")" '@gpus@' 'only in the wrapper a word stands for the GPUs'
run_new '"argv": ["sh", "-c", "echo $GIVEN"], "gpus": {"count": 2},
  "wrapper": {"argv": ["env", "@gpus@"], "gpus": ["GIVEN=@uuids@"]}'
run_exec
is "$(cat "$run_dir/log")" "$gpu_1,$gpu_2" 'there they have their place'
run_new "$show, \"gpus\": {\"count\": 3}"
run_exec
is_run failed 'cause gpus' 'what the machine can never give is refused'
is "$status" 125 'before the command began'
run_new "$show, \"gpus\": {\"count\": 1}"
capture env SLURM_JOB_ID=7 CUDA_VISIBLE_DEVICES=3 "$runner" exec "$run_id"
is "$(cat "$run_dir/log")" 'saw 3 any' 'what Slurm has set stays'

# Who waits.
run_new "$hold, \"gpus\": {\"count\": 2}"
run_start
wait_until 10 run_log_has ready
holder=$run_id
is "$(gpu_leases)" 2 'both are held'
like "$("$runner" gpus)" "by run $holder of " 'which everybody can see'
run_new "$show, \"gpus\": {\"count\": 1}, \"time_limit\": 3"
run_start
wait_until 10 events_have '"what":"waiting"'
run_wait waiting
waiter=$run_id
is "$(run_state)" waiting 'another run waits'
like "$(cat "$run_dir/events.jsonl")" "\"state\":\"held\",\"run\":\"$holder\"" \
  'and says for whom'
like "$("$runner" gpus --json)" "\"waiting\":\\[.*\"run\":\"$waiter\".*\"count\":1" \
  'the queue shows it'
run_new "$show, \"gpus\": {\"count\": 1}"
run_start
wait_until 10 events_have '"ahead":1'
"$runner" stop --grace=600 "$run_id" >/dev/null
wait_until 5 run_has_ended
is_run canceled 'cause stopped' 'stop while waiting works at once'
run_is_over 'stopped while waiting'
sleep 3.2
run_id=$holder run_dir=$AZML_ROOT/runs/$holder
"$runner" stop --signal=KILL "$run_id" >/dev/null
run_wait
run_id=$waiter run_dir=$AZML_ROOT/runs/$waiter
run_wait
is_run completed 'the time limit does not count while it waits'
is "$(gpu_leases)" 0 'all is free'

# Who is killed.
for who in keeper runner both job; do
  run_new "$hold, \"gpus\": {\"count\": 1}"
  run_start
  wait_until 10 run_log_has ready
  run_wait running
  holder_dir=$run_dir holder=$run_id
  run_new "$show, \"gpus\": {\"count\": \"all\"}"
  run_start
  wait_until 10 events_have '"what":"waiting"'
  waiter=$run_id waiter_dir=$run_dir
  run_id=$holder run_dir=$holder_dir
  case $who in
    both) kill -9 "$(run_process keeper)" "$(run_process runner)" ;;
    job) kill -9 "$(sed -n 's/.*"started","pid":\([0-9]*\).*/\1/p' "$run_dir/events.jsonl")" ;;
    *) kill -9 "$(run_process "$who")" ;;
  esac
  run_id=$waiter run_dir=$waiter_dir
  run_wait
  is_run completed "$who of the holder is killed: the one that waits goes on"
  "$runner" settle >/dev/null
  ok 'and all is free' wait_until 5 leases_are 0
done
run_new "$hold, \"gpus\": {\"count\": 2}"
run_start
wait_until 10 run_log_has ready
holder=$run_id holder_dir=$run_dir
run_new "$show, \"gpus\": {\"count\": 2}"
run_start
wait_until 10 events_have '"what":"waiting"'
kill -9 "$(run_process runner)"
run_wait
is_run failed 'cause runner killed' 'one that waits may be killed'
unlike "$("$runner" gpus)" "run $run_id" 'and is out of the queue'

# A runner that is stopped keeps nobody from looking.
run_id=$holder run_dir=$holder_dir
kill -STOP "$(run_process runner)" "$(run_process keeper)"
like "$(timeout 60 "$runner" gpus)" "by run $holder of " 'a holder that is stopped is told'
kill -CONT "$(run_process runner)" "$(run_process keeper)"
"$runner" stop --signal=KILL "$run_id" >/dev/null
run_wait

# Somebody outside of any lease.
sleep 1000 &
foreign=$!
gpu_machine "$foreign"
run_new "$show, \"gpus\": {\"count\": 1}"
run_exec
like "$(cat "$run_dir/log")" "$gpu_1" 'a GPU on which somebody computes is passed over'
run_new "$show, \"gpus\": {\"count\": 2, \"foreign\": 1073741824}"
run_exec
is_run completed 'unless enough is free beside him'
run_new "$show, \"gpus\": {\"count\": 2}"
run_start
wait_until 10 events_have '"state":"occupied"'
pass 'who needs it waits'
run_id_2=$run_id run_dir_2=$run_dir
run_new "$show, \"gpus\": {\"count\": 1}"
run_exec
is_run completed 'and stands in nobody'\''s way'
kill "$foreign"
gpu_machine ''
run_id=$run_id_2 run_dir=$run_dir_2
run_wait
is_run completed 'until he is gone'

done_testing
