#! /bin/sh
# tests/integration/test-runner-memory.sh: the kernel's out-of-memory killer, at work in
# a control group with a small limit.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/integration/runner.sh"

# What a waiting keeper and runner cost.
pss ()
{
  awk '/^Pss:/ { print $2 }' "/proc/$1/smaps_rollup"
}
run_new '"argv": ["sleep", "1000"]'
run_start
run_wait running
keeper=$(run_process keeper)
process=$(run_process runner)
if [ -r "/proc/$keeper/smaps_rollup" ] && ! grep -q asan "/proc/$keeper/maps"; then
  rest_is_small ()
  {
    sum=$(($(pss "$keeper") + $(pss "$process")))
    [ "$sum" -lt 160 ]
  }
  sleep 1
  wait_until 10 rest_is_small
  diag "keeper and runner wait with $sum kB"
  ok 'keeper and runner wait with less than 160 kB' test "$sum" -lt 160
else
  skip 'keeper and runner wait with less than 160 kB' 'it cannot be measured here'
fi
"$runner" stop --signal=KILL "$run_id" >/dev/null
run_wait
is_run canceled 'signal 9' 'stopped while at rest'
run_is_over 'stopped while at rest'

# Who rests must still wake.
for who in keeper runner; do
  run_new '"argv": ["sh", "-c", "setsid sleep 1000 & sleep 1000"]'
  run_start
  run_wait running
  sleep 1.5
  kill -9 "$(run_process $who)"
  run_wait
  is_run failed 'cause runner killed' "kill -9 of the $who at rest"
  run_is_over "kill -9 of the $who at rest"
done
run_new '"argv": ["sh", "-c", "sleep 1.5; exit 3"]'
run_exec
is "$status" 3 'the exit code after a rest'

# A control group of either version, where this user may make one.
group=
for try in /sys/fs/cgroup/memory /sys/fs/cgroup; do
  if mkdir "$try/azml-test-$$" 2>/dev/null; then
    group=$try/azml-test-$$
    if { echo 67108864 >"$group/memory.limit_in_bytes"; } 2>/dev/null \
      || { echo 67108864 >"$group/memory.max"; } 2>/dev/null; then
      { echo 0 >"$group/memory.swap.max"; } 2>/dev/null
      break
    fi
    rmdir "$group"
    group=
  fi
done
group_remove ()
{
  [ -z "$group" ] || rmdir "$group" 2>/dev/null
}
at_end group_remove

# limited COMMAND ARG...: COMMAND in the group.
limited ()
{
  sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" "$@"
}

if [ -z "$group" ] || ! limited true 2>/dev/null; then
  for name in 'exit code 137' 'cause out of memory' 'of a child, told by its shell' 'a child of a job that lives on' \
    'the event tells it' 'nothing is left' "somebody else's is not the cause"; do
    skip "out of memory: $name" 'no control group with a limit can be made here'
  done
  done_testing
fi

# Somebody else's process is killed for memory when the job is killed by hand.
run_new '"argv": ["sh", "-c", "echo ready; sleep 1000"]'
run_start
wait_until 10 run_log_has ready
run_wait running
limited tail /dev/zero 2>/dev/null
kill -9 "$(sed -n 's/.*"started","pid":\([0-9]*\).*/\1/p' "$run_dir/events.jsonl")"
run_wait
is_run failed 'cause signal' 'signal 9' "out of memory: somebody else's is not the cause"

# tail keeps what has no line end.
run_new '"argv": ["tail", "/dev/zero"]'
capture limited "$runner" exec "$run_id"
is "$status" 137 'out of memory: exit code 137'
is_run failed 'cause out of memory' 'signal 9' 'out of memory: cause out of memory'
run_is_over 'out of memory'

run_new '"argv": ["sh", "-c", "tail /dev/zero; exit $?"]'
capture limited "$runner" exec "$run_id"
is_run failed 'cause out of memory' 'exit_code 137' 'out of memory: of a child, told by its shell'

# The event is of a process that was seen: it lives for more than one look.
run_new '"argv": ["sh", "-c", "sh -c \"sleep 4; exec tail /dev/zero\"; sleep 1.5; echo lives"]'
capture limited "$runner" exec "$run_id"
is "$status $(tail -n 1 "$run_dir/log")" '0 lives' 'out of memory: a child of a job that lives on'
like "$(cat "$run_dir/events.jsonl")" '"event":"memory"' 'out of memory: the event tells it'
run_is_over 'out of memory: a child'

done_testing
