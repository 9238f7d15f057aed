#!/bin/sh
# test-gpu-ends.sh: however a run with a GPU ends, the GPU is free, and the run's status says
# so.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/cli/gpu.sh"

use=$fixtures/use-gpu
unset SLURM_JOB_ID CUDA_VISIBLE_DEVICES

# Whoever ends a run in place of its runner has few variables: so each case has an nvidia-smi
# that brings its own.
machine two
two=$NVIDIA_SMI_MACHINE
machine eight
eight=$NVIDIA_SMI_MACHINE

# case_of HOW: the processes of that case are counted from now on, its nvidia-smi is asked.
case_of ()
{
  NVIDIA_SMI_PROCESSES=$scratch/processes.$1
  AZML_NVIDIA_SMI=$scratch/smi.$1
  [ ! -e "$AZML_NVIDIA_SMI" ] || return 0
  mkdir "$NVIDIA_SMI_PROCESSES"
  # Eight of them have the eight GPUs of one machine, the last is on another.
  case $1 in
    unknown) of=$two ;;
    *) of=$eight ;;
  esac
  cat >"$AZML_NVIDIA_SMI" <<END
#!/bin/sh
[ ! -e '$scratch/fails.$1' ] || { echo 'Failed to initialize NVML'; exit 18; }
NVIDIA_SMI_MACHINE='$of' NVIDIA_SMI_PROCESSES='$NVIDIA_SMI_PROCESSES' \\
  NVIDIA_SMI_CALLS='$NVIDIA_SMI_CALLS' exec '$fixtures/nvidia-smi' "\$@"
END
  chmod +x "$AZML_NVIDIA_SMI"
}

# lives PID: it is there, and no zombie that nobody has waited for yet.
lives ()
{
  grep -q '^State:.*[^ZX] (' "/proc/$1/status" 2>/dev/null
}

# gpu_processes: how many processes are on GPUs, as the stand-in counts them.
gpu_processes ()
{
  count=0
  for file in "$NVIDIA_SMI_PROCESSES"/*; do
    [ -e "$file" ] && lives "${file##*/}" && count=$((count + 1))
  done
  echo "$count"
}

# shellcheck disable=SC2317 # wait_until calls it
gpu_is_used ()
{
  [ "$(gpu_processes)" = 2 ]
}

# What gpu.jsonl has is what whoever ends the run can tell.
# shellcheck disable=SC2317
use_is_sampled ()
{
  grep -q '"processes":2' ".azml/runs/$1/gpu.jsonl"
}

# process_of WHO RUN: the pid of its keeper or runner.
process_of ()
{
  sed -n "s/^$1 \\([0-9]*\\).*/\\1/p" ".azml/runs/$2/alive"
}

# status_of RUN EXPRESSION: of its status.json.
status_of ()
{
  json ".azml/runs/$1/status.json" "$2"
}

# All at once, each with processes of its own on a GPU of its own.

all='stop limit crash kill keeper runner both reboot unknown'
for how in $all; do
  case_of "$how"
  # One that ignores the polite signal; a time limit comes with the usual grace.
  script="trap '' TERM; $use 600 1000 50 & $use 600" option=
  case $how in
    limit) script="$use 600 1000 50 & $use 600" option=--time-limit=4 ;;
    crash) script="$use 600 1000 50 & $use 600 & sleep 4; kill -SEGV \$\$" ;;
    *) ;;
  esac
  azml-guile run -d $option --gpus 1 -- sh -c "$script" >"$how"
done
for how in stop kill keeper runner both reboot unknown; do
  case_of "$how"
  wait_until 60 gpu_is_used
  wait_until 60 use_is_sampled "$(cat "$how")"
done

# What another daemon started for the run, as Docker does, is below no runner.
case_of runner
AZML_RUN_ID=$(cat runner) CUDA_VISIBLE_DEVICES=$(status_of "$(cat runner)" 'j["gpus"][0]["uuid"]') \
  "$use" 600 >/dev/null 2>&1 &
daemon=$!
wait_until 60 test -s "$NVIDIA_SMI_PROCESSES/$daemon"

case_of stop
azml-guile stop --grace=1 "$(cat stop)" >/dev/null 2>&1
case_of kill
azml-guile stop --signal=KILL "$(cat kill)" >/dev/null 2>&1
case_of keeper
kill -9 "$(process_of keeper "$(cat keeper)")"
case_of runner
kill -9 "$(process_of runner "$(cat runner)")"
case_of both
kill -9 "$(process_of keeper "$(cat both)")" "$(process_of runner "$(cat both)")"

# After a reboot no process is there, and no name that the kernel kept.
case_of reboot
run=$(cat reboot)
# Neither is to see that the other is gone, and to write the end.
kill -STOP "$(process_of keeper "$run")" "$(process_of runner "$run")"
kill -9 "$(process_of keeper "$run")" "$(process_of runner "$run")"
printf 'AZML_RUN_ID=%s' "$run" >carried # in a file: grep has a command line, too
grep -lzxFf carried /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3 >carriers
xargs kill -9 <carriers 2>/dev/null
"$tap_python" - ".azml/runs/$run/status.json" <<'END'
import json, sys
status = json.load(open(sys.argv[1]))
status["boot_id"] = "00000000-0000-0000-0000-000000000000"
json.dump(status, open(sys.argv[1], "w"))
END
like "$(cat ".azml/runs/$run/status.json")" '"state": *"running"' \
  'reboot: a run was going on'

# nvidia-smi does not answer any more when it is asked whether all is well.
case_of unknown
touch fails.unknown
azml-guile stop --signal=KILL "$(cat unknown)" >/dev/null 2>&1

for how in $all; do
  case_of "$how"
  run=$(cat "$how")
  azml-guile attach "$run" >/dev/null 2>"$how.err"
  is "$(gpu_processes)" 0 "$how: no process of the run is on a GPU"
  is "$("$AZML_BUILDDIR/azml-runner" gpus | grep -c "by run $run ")" 0 "$how: it holds none"
  case $how in
    unknown) expected=None ;;
    *) expected=0 ;;
  esac
  is "$(status_of "$run" 'j["gpu"].get("left")')" $expected "$how: as its status says"
done
for how in keeper runner both; do
  is "$(status_of "$(cat "$how")" 'j["state"], j["cause"]')" "('failed', 'runner killed')" \
    "$how: the run has failed"
  is "$(status_of "$(cat "$how")" 'j["gpu"]["used"], j["gpu"]["processes"], j["gpu"]["given"]')" \
    "('yes', 'yes', True)" "$how: and it is known that it used its GPU"
done
run=$(cat reboot)
is "$(status_of "$run" 'j["state"], j["cause"], j["gpu"]["used"]')" \
  "('failed', 'machine restarted', 'yes')" 'reboot: whoever looks next writes the end'
is "$(status_of "$(cat runner)" 'j["gpu"]["killed"] > 0')" True \
  'runner: what a daemon started for the run is killed on its GPU'
wait "$daemon"
is "$?" 137 'runner: and gone'
is "$(status_of "$(cat both)" 'j["gpus"][0]["peak_memory"] >> 20, j["gpus"][0]["peak_utilisation"]')" \
  '(2000, 100)' 'both: its samples are not lost'
like "$(azml-guile history show "$(cat both)" 2>&1)" 'GPU .*A100.*peak memory 2.0 GiB, busy ' \
  'both: history show has them'
like "$(cat both.err)" 'GPU .*A100.*peak memory 2.0 GiB, busy ' 'both: and the summary'

# All are free: who asks for all gets them at once.
case_of stop
# shellcheck disable=SC2016 # the variable is the job's
is "$(azml-guile run -q --gpus all -- sh -c 'echo "$CUDA_VISIBLE_DEVICES"' | tr ',' '\n' | wc -l)" 8 \
  'all eight are there for the next one'
ok 'no nvidia-smi is left' no_smi_is_left "$NVIDIA_SMI_CALLS"

done_testing
