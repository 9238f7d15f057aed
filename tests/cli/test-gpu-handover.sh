#!/bin/sh
# test-gpu-handover.sh: a GPU goes from one run to the next by one call of nvidia-smi.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/cli/gpu.sh"

use=$fixtures/use-gpu
unset SLURM_JOB_ID CUDA_VISIBLE_DEVICES
machine one

# shellcheck disable=SC2317 # wait_until calls it
waits ()
{
  grep -q '"what":"waiting"' ".azml/runs/$1/events.jsonl"
}

# queue N COMMAND...: a run that has the GPU until the file `go' is there, and N behind it.
queue ()
{
  rm -f go
  # shellcheck disable=SC2016 # the job's
  holder=$(azml-guile run -d --gpus 1 -- sh -c \
    'until [ -e "$1" ]; do sleep 0.05; done' sh "$PWD/go")
  wait_until 30 started "$holder"
  n=$1 waiters=
  shift
  while [ "$n" -gt 0 ]; do
    run=$(azml-guile run -d --gpus 1 -- "$@")
    wait_until 30 waits "$run"
    waiters="$waiters $run"
    n=$((n - 1))
  done
  sleep 1.2 # so old may an answer be of which a GPU is taken
}

# over: all of them have ended; nvidia-smi was asked so often since `go'.
over ()
{
  rm -f calls
  touch go
  for run in $holder $waiters; do
    azml-guile attach "$run" >/dev/null 2>&1
  done
  asked=$(grep -vc -e '-lms' calls)
}

# handed_over TIMES N COMMAND...: queue, and over with so many questions. Where a second passes between
# an answer and the next run the answer is too old, as it should be: a busy machine has some attempts.
handed_over ()
{
  wanted=$1
  shift
  for try in 1 2 3 4 5 6; do
    queue "$@"
    over
    [ "$asked" -gt "$wanted" ] || break
    diag "attempt $try: asked $asked times"
  done
}

handed_over 4 3 sleep 2
is "$asked" 4 'four runs one after the other: each asks once, at its end'
is "$(grep -v -e '-lms' calls | grep -vc -- "-q -x -i $(uuid 0)")" 0 'about its GPU'
for run in $holder $waiters; do
  is "$(json ".azml/runs/$run/status.json" 'j["state"], j["gpu"]["left"]')" "('completed', 0)" \
    'and has left it'
done

# What was before its start is known to the one who comes next.
handed_over 2 1 "$use" samples:4 2000 50
is "$asked" 2 'one that computes'
is "$(json ".azml/runs/$run/status.json" 'j["gpu"]["used"], j["gpus"][0]["base_memory"] >> 20')" \
  "('yes', 4)" 'knows what was in use before'

# Somebody comes between: who ends sees him, and so does the one who waits.
queue 1 sleep 0.1
CUDA_VISIBLE_DEVICES=$(uuid 0) AZML_RUN_ID='' "$use" 600 >/dev/null 2>&1 &
stranger=$!
wait_until 20 test -s "$NVIDIA_SMI_PROCESSES/$stranger"
rm -f calls
touch go
# shellcheck disable=SC2317
sees_stranger ()
{
  grep -q '"state":"occupied"' ".azml/runs/$run/events.jsonl"
}
ok 'a GPU on which somebody else is is not handed over' wait_until 20 sees_stranger
kill "$stranger"
wait "$stranger"
for run in $holder $waiters; do
  azml-guile attach "$run" >/dev/null 2>&1
done
is "$(state "$run")" completed 'but had when he is gone'

# A runner that is killed says nothing: who waits asks.
queue 1 sleep 0.1
rm -f calls
kill -9 "$(sed -n 's/^runner \([0-9]*\).*/\1/p' ".azml/runs/$holder/alive")"
for run in $holder $waiters; do
  azml-guile attach "$run" >/dev/null 2>&1
done
is "$(state "$run")" completed 'after a run whose runner was killed the next one goes on'
ok 'having asked' test "$(grep -c -- '-q -x$' calls)" -ge 1

ok 'no nvidia-smi is left' no_smi_is_left calls

done_testing
