#!/bin/sh
# test-gpu-interrupted.sh: an nvidia-smi that ends while it samples, and one that hangs when
# the run is over.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/cli/gpu.sh"

use=$fixtures/use-gpu
unset SLURM_JOB_ID CUDA_VISIBLE_DEVICES
machine eight

# An nvidia-smi whose streams end at once where there is the file `breaks', and that hangs,
# deaf to polite signals, where there is `hangs', or after one answer where there is `once'.  Whoever ends a run in place of its runner
# has few variables: so it brings its own.
AZML_NVIDIA_SMI=$scratch/smi
cat >"$AZML_NVIDIA_SMI" <<END2
#!/bin/sh
NVIDIA_SMI_MACHINE='$NVIDIA_SMI_MACHINE' NVIDIA_SMI_PROCESSES='$NVIDIA_SMI_PROCESSES'
NVIDIA_SMI_CALLS='$NVIDIA_SMI_CALLS'
export NVIDIA_SMI_MACHINE NVIDIA_SMI_PROCESSES NVIDIA_SMI_CALLS
case " \$* " in
  *' -lms '*)
    if [ -e '$scratch/breaks' ]; then
      echo "\$\$ \$*" >>'$NVIDIA_SMI_CALLS'
      echo 'Unable to determine the device handle for GPU0000:07:00.0: Unknown Error'
      exit 255
    fi
    ;;
  *)
    if [ -e '$scratch/hangs' ]; then
      echo "\$\$ \$*" >>'$NVIDIA_SMI_CALLS'
      trap '' TERM INT
      while :; do sleep 1; done
    fi
    [ ! -e '$scratch/once' ] || mv '$scratch/once' '$scratch/hangs'
    ;;
esac
exec '$fixtures/nvidia-smi' "\$@"
END2
chmod +x "$AZML_NVIDIA_SMI"

# streams QUERY: the pids of those that were started with it.
streams ()
{
  sed -n "s/^\\([0-9]*\\) --query-$1=.*-lms.*/\\1/p" calls
}

# shellcheck disable=SC2317 # wait_until calls them
has_streams ()
{
  [ "$(streams "$1" | wc -l)" -ge "$2" ]
}

# shellcheck disable=SC2317
has_samples ()
{
  [ "$(wc -l <".azml/runs/$1/gpu.jsonl")" -ge "$2" ]
}

samples ()
{
  wc -l <".azml/runs/$1/gpu.jsonl"
}

# A stream of each kind dies once: the samples go on.

azml-guile run --gpus 1 -- "$use" 600 1500 60 >/dev/null 2>seen.err &
client=$!
wait_until 30 eval 'run=$(ls .azml/runs 2>/dev/null) && [ -s ".azml/runs/$run/gpu.jsonl" ]'
for kind in gpu compute-apps; do
  kill -9 "$(streams $kind)"
  ok "$kind: an nvidia-smi that died is started again" wait_until 20 has_streams $kind 2
done
n=$(samples "$run")
ok 'samples go on' wait_until 20 has_samples "$run" $((n + 3))
# shellcheck disable=SC2317 # wait_until calls it
has_process () { tail -n 1 ".azml/runs/$run/gpu.jsonl" | grep '"processes":1,"own":1572864000'; }
ok 'and so do processes' wait_until 20 has_process
is "$(grep -c '"what":"interrupted"' ".azml/runs/$run/events.jsonl")" 1 'that is told once'
azml-guile stop --signal=KILL "$run" >/dev/null 2>&1
wait "$client"
is "$(grep -c 'nvidia-smi ended and is started again' seen.err)" 1 'also to whoever looks'
is "$(json ".azml/runs/$run/status.json" 'j["gpu"]["used"], j["gpu"]["left"]')" "('yes', 0)" \
  'its use is known'

# One that always dies: a few tries, and no verdict.

touch breaks
rm -f calls
capture azml-guile run --gpus 1 -- \
  sh -c "until [ \"\$(grep -c 'query-gpu=.*-lms' '$PWD/calls')\" -ge 3 ]; do sleep 0.1; done"
is "$status" 0 'where no sample can be taken a run goes on'
n=$(streams gpu | wc -l)
ok "after longer and longer pauses it is tried again ($n times)" test "$n" -ge 3 -a "$n" -le 5
is "$(json "$(run_folder)/status.json" 'j["gpu"]["used"]')" unknown 'that tells nothing of its use'
is "$(json "$(run_folder)/status.json" 'j["gpu"]["left"]')" 0 'but what it left'
like "$(grep interrupted "$(run_folder)/events.jsonl")" \
  '"message":"Unable to determine the device handle' 'its last words are told'
rm breaks

# A gap is no proof that nothing was done in it.

rm -f calls
# shellcheck disable=SC2016 # the job's
azml-guile run -d --gpus 1 -- sh -c 'until [ -e "$1" ]; do sleep 0.1; done' sh "$PWD/over" >gap
wait_until 20 has_streams compute-apps 1
wait_until 20 has_samples "$(cat gap)" 4
kill -9 "$(streams compute-apps)"
wait_until 20 has_streams compute-apps 2
wait_until 20 has_samples "$(cat gap)" $(($(samples "$(cat gap)") + 3))
: >over
azml-guile attach "$(cat gap)" >/dev/null 2>&1
is "$(json ".azml/runs/$(cat gap)/status.json" 'j["gpu"]["used"], j["gpu"]["processes"]')" \
  "('unknown', 'unknown')" 'who did not look all the time does not say no'

# One that hangs at the end is not waited for.
unset AZML_NVIDIA_SMI_TIMEOUT

# ends_soon NAME RUN: it ends within a few seconds after `began', and says what is not known.
ends_soon ()
{
  azml-guile attach "$2" >/dev/null 2>"$1.err"
  took=$(($(date +%s) - began))
  given=$(sed -n 's/.*gave no answer in \([0-9]*\).*/\1/p' "$1.err")
  # What else there is to be done may take its time, too.
  ok "$1: it is not waited for ($took s)" test "$took" -le $((${given:-0} + 30))
  # Two seconds, or more where it took more than one before the run.
  is "$(json ".azml/runs/$2/status.json" '"left" in j["gpu"], "gave no answer in" in j["gpu"]["unverified"]')" \
    '(False, True)' "$1: what is left is not known"
  like "$(cat "$1.err")" \
    'warning: whether the run has left its GPU is unknown: .*gave no answer in [0-9.]+ s' \
    "$1: and the summary warns"
}

azml-guile run -d --gpus 1 -- "$use" 600 >stop
azml-guile run -d --gpus 1 -- "$use" 600 >runner
for how in stop runner; do
  wait_until 20 has_samples "$(cat $how)" 1
done
touch hangs
rm -f calls
began=$(date +%s)
azml-guile stop --signal=KILL "$(cat stop)" >/dev/null 2>&1
ends_soon stop "$(cat stop)"
is "$(grep -vc -e -lms calls)" 1 'stop: it is asked once'
began=$(date +%s)
kill -9 "$(sed -n 's/^runner \([0-9]*\).*/\1/p' ".azml/runs/$(cat runner)/alive")"
ends_soon runner "$(cat runner)"
rm hangs

# One that hangs when it is asked again: whom it has told is stopped by then, and is killed.

azml-guile run -d --gpus 1 -- "$use" 600 >once.run
run=$(cat once.run)
wait_until 20 has_samples "$run" 1
AZML_RUN_ID=$run CUDA_VISIBLE_DEVICES=$(json ".azml/runs/$run/status.json" 'j["gpus"][0]["uuid"]') \
  "$use" 600 >/dev/null 2>&1 & # as another daemon does, below no runner
daemon=$!
wait_until 20 test -s "$NVIDIA_SMI_PROCESSES/$daemon"
touch once
azml-guile stop --signal=KILL "$run" >/dev/null 2>&1
azml-guile attach "$run" >/dev/null 2>&1
ok 'who was told before it hung is gone' wait_until 10 eval \
  '! grep -q "^State:.*[^ZX] (" "/proc/$daemon/status" 2>/dev/null'
kill -9 "$daemon" 2>/dev/null
wait "$daemon"
is "$(json ".azml/runs/$run/status.json" '"left" in j["gpu"], "unverified" in j["gpu"]')" \
  '(False, True)' 'what else there is is not known'
rm hangs
ok 'no nvidia-smi is left' no_smi_is_left calls
is "$("$AZML_BUILDDIR/azml-runner" gpus | grep -c "$own")" 0 'nor a lease'

# A driver that does not know each field, and warns of something before it answers.

AZML_NVIDIA_SMI=$fixtures/nvidia-smi
"$tap_python" - "$NVIDIA_SMI_MACHINE" old.json <<'END'
import json, sys
machine = json.load(open(sys.argv[1]))
machine["unknown_fields"] = ["power.draw", "temperature.gpu", "used_memory"]
machine["warnings"] = ["WARNING: infoROM is corrupted at gpu 0000:07:00.0"]
json.dump(machine, open(sys.argv[2], "w"))
END
NVIDIA_SMI_MACHINE=$PWD/old.json
rm -f calls
like "$(azml-guile gpu 2>&1)" '^0 .*A100' 'a warning before the list'
capture azml-guile run --gpus 1 -- "$use" samples:4 1500 60
folder=$(run_folder)
is "$(json "$folder/status.json" 'j["gpu"]["used"], j["gpu"]["processes"], j["gpus"][0]["peak_utilisation"]')" \
  "('yes', 'yes', 60)" 'a driver that lacks fields tells the others'
like "$(tail -n 1 "$folder/gpu.jsonl")" '"memory":[0-9]+,"utilisation":60,"processes":1' \
  'what is not told is left out'
unlike "$(cat "$folder/gpu.jsonl")" power 'and not made up'
is "$(streams gpu | wc -l) $(streams compute-apps | wc -l)" '3 2' 'each of them costs one more try'
is "$(grep -c interrupted "$folder/events.jsonl")" 0 'which is no interruption'
# shellcheck disable=SC2016 # the job's
capture azml-guile run --gpus 1 -- \
  sh -c 'until [ "$(wc -l <"$AZML_RUN_DIR/gpu.jsonl")" -ge 5 ]; do sleep 0.1; done'
is "$(json "$(run_folder)/status.json" 'j["gpu"]["used"]')" no \
  'nor keeps one from knowing that it was not used'

done_testing
