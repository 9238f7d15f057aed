#!/bin/sh
# test-lease.sh: what a person sees whose run waits for a GPU.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/lease.sh"

unset SLURM_JOB_ID CUDA_VISIBLE_DEVICES CUDA_DEVICE_ORDER

cat >hold.scm <<'EOM'
(use-modules (azml))
(experiment (name "hold") (command '("sh" "-c" "echo ready; exec sleep 600"))
            (gpus (gpu-request (count 2))))
EOM
cat >short.scm <<'EOM'
(use-modules (azml))
(experiment (name "short") (command '("sh" "-c" "echo saw $CUDA_VISIBLE_DEVICES"))
            (gpus (gpu-request (count 1))))
EOM

capture azml-guile run -d hold.scm
is "$status" 0 'a run takes both GPUs'
holder=$(out | tail -n 1)
holder_is_running ()
{
  grep -q ready ".azml/runs/$holder/log"
}
ok 'and works' wait_until 20 holder_is_running
azml-guile run short.scm >short.out 2>short.err &
client=$!
short=$(printf %s "$holder" | cut -c 1-6)
ok 'the next one says for whom it waits' \
  wait_until 20 grep -q "waiting for 1 GPU: 2 held by run $short of user .* (just now)" short.err
capture azml-guile stop "$holder"
is "$status" 0 'the first is stopped'
wait "$client"
is "$?" 0 'then the other has its turn'
is "$(cat short.out)" "saw $gpu_1" 'and sees its GPU'
is "$(gpu_leases)" 0 'all is free'

# The client that waits is killed: the run is not.  Its files are new: what the one before
# said is not to be taken for its words.
capture azml-guile run -d hold.scm
holder=$(out | tail -n 1)
wait_until 20 holder_is_running
azml-guile run short.scm >second.out 2>second.err &
client=$!
wait_until 20 grep -q 'waiting for 1 GPU' second.err
kill -9 "$client"
wait "$client" 2>/dev/null
waiter=$(last_run)
is "$(state "$waiter")" waiting 'the client is killed, the run waits on'
azml-guile stop "$holder" 2>/dev/null
capture azml-guile attach "$waiter"
is "$status" 0 'another client follows it'
is "$(cat ".azml/runs/$waiter/log")" "saw $gpu_1" 'and it gets its GPU'

done_testing
