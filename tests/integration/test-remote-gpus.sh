#!/bin/sh
# test-remote-gpus.sh: GPUs of another machine, behind a real SSH server, as another user.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/remote.sh"
. "$AZML_SRCDIR/tests/cli/gpu.sh"

unset SLURM_JOB_ID CUDA_VISIBLE_DEVICES
# The other user may not look into our folders.
cp "$fixtures/use-gpu" "$fixtures/nvidia-smi" "$scratch"
use=$scratch/use-gpu
AZML_NVIDIA_SMI=$scratch/nvidia-smi
machine two
chmod 1777 "$NVIDIA_SMI_PROCESSES"
remote_start gpu1 "SetEnv AZML_NVIDIA_SMI=$AZML_NVIDIA_SMI NVIDIA_SMI_MACHINE=$NVIDIA_SMI_MACHINE NVIDIA_SMI_PROCESSES=$NVIDIA_SMI_PROCESSES"
there=$NVIDIA_SMI_PROCESSES
# This machine has none.
AZML_NVIDIA_SMI=
unset NVIDIA_SMI_PROCESSES NVIDIA_SMI_CALLS
mkdir project
cd project || exit 99

# What there is.

capture azml-guile gpu
is "$status" 1 'this machine has no GPU'
capture azml-guile gpu gpu1
is "$status" 0 'the other has'
like "$(out)" '^driver 550.127.08, CUDA 12.4' 'its driver'
is "$(out | grep -c 'A100-SXM4-40GB .*free$')" 2 'both of its GPUs'
azml-guile gpu gpu1 --json >all.json
is "$(json all.json 'j["gpus"][1]["uuid"]')" "$(uuid 1)" 'in JSON'
capture_stdin azml-guile repl <<END
(define target (compute-target (name "gpu1") (type 'remote) (address "gpu1") (ssh 'openssh)
  (config "$ssh_home/.ssh/config")))
(length (vector->list (assq-ref (gpus target) 'gpus)))
END
like "$(out)" '= 2$' 'and in the REPL'
azml-guile computetarget check gpu1 >checked 2>&1
like "$(cat checked)" 'GPUs .* 2 x NVIDIA A100-SXM4-40GB [(]40 GiB[)], driver' \
  'check tells them, too, those that are the same once'
for word in cores memory:GiB disk:free Python uv conda containers Slurm missing 'a run gets'; do
  like "$(cat checked)" "${word#*:}" "what it tells: ${word%:*}"
done
ok 'and that is one screen' [ "$(fold -w 80 checked | wc -l)" -le 24 ] || diag "$(cat checked)"

# -w keeps them fresh.

azml-guile gpu gpu1 -w >watched 2>&1 &
watching=$!
id=$(azml-guile run -d -c gpu1 --gpus 2 -- sh -c 'echo ready; exec sleep 600')
short=$(echo "$id" | cut -c1-6)
ok 'gpu -w shows what has changed' wait_until 60 grep -q "run $short of " watched
# shellcheck disable=SC2317 # wait_until calls it
watched_thrice ()
{
  [ "$(grep -c ^driver watched)" -ge 3 ]
}
ok 'again and again' wait_until 60 watched_thrice
is "$(grep -ciE 'error|azml-guile:|backtrace' watched)" 0 'without a word'
# shellcheck disable=SC2046 # the pid of ssh
kill $(cat "/proc/$watching/task/$watching/children")
before=$(grep -c ^driver watched)
# shellcheck disable=SC2317
watched_more ()
{
  [ "$(grep -c ^driver watched)" -ge $((before + 2)) ]
}
ok 'a connection that breaks is made anew' wait_until 60 watched_more
kill "$watching"
wait "$watching"
is "$?" 143 'until it is stopped'
unlike "$(cat watched)" 'backtrace|Backtrace' 'in plain words'

# Requests and leases.

capture azml-guile run -c gpu1 --gpus 3 -- true
is "$status" 125 'what it can never give is refused'
like "$(err)" 'never give 3 GPUs; it has: 2 x NVIDIA A100' 'with what it has'
azml-guile run -c gpu1 --gpus 1 -- "$use" samples:5 2000 70 >used.out 2>used.err &
client=$!
ok 'who must wait is told for whom' \
  wait_until 60 grep -q "waiting for 1 GPU: 2 held by run $short of user" used.err
like "$(azml-guile gpu gpu1)" '^WAITING' 'gpu shows the queue'
azml-guile stop --grace=1 "$id" >/dev/null 2>&1
wait "$client"
is "$?" 0 'then it has its turn'
is "$(cat used.out)" "on $(uuid 0)" 'with one GPU'

# Samples and proof.

run=$(last_run)
like "$(cat used.err)" 'GPU  .*1 GPU NVIDIA A100.*peak memory 2.0 GiB, busy .* 70 % at most' \
  'the summary tells how it was used'
is "$(json ".azml/runs/$run/status.json" 'j["gpu"]["used"] + j["gpu"]["processes"]')" yesyes \
  'by a process of the run'
ok 'all samples have come' cmp ".azml/runs/$run/gpu.jsonl" "$(remote_there "$run")/gpu.jsonl"
like "$(azml-guile history show "$run" 2>&1)" 'peak memory 2.0 GiB, busy ' 'history show has it'
is "$(ls "$there")" '' 'no process is left'
capture azml-guile run -c gpu1 --gpus 1 -- sh -c "$idle"
is "$(json "$(run_folder)/status.json" 'j["gpu"]["used"]')" no 'one that does not use its GPU'
like "$(err)" 'never put a process on it' 'is warned about'
unlike "$(azml-guile gpu gpu1)" 'run .* of ' 'and all is free'

done_testing
