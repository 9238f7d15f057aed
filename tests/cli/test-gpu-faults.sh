#!/bin/sh
# test-gpu-faults.sh: GPUs that are lost, drivers that fail, an nvidia-smi that hangs.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/cli/gpu.sh"

use=$fixtures/use-gpu
unset SLURM_JOB_ID CUDA_VISIBLE_DEVICES

# shellcheck disable=SC2016 # the variable is the job's
show='echo "[${CUDA_VISIBLE_DEVICES-unset}]"'

# What takes a while goes on beside the rest, and is looked at in the end.

beside ()
{
  NVIDIA_SMI_CALLS=$scratch/calls.beside azml-guile run -d "$@"
}

machine two
printf '%s\n' "$idle" >idle
cat >hidden.scm <<'END'
(use-modules (azml))
(experiment (name "hidden") (gpus 1)
            (command '("sh" "-c" "CUDA_VISIBLE_DEVICES= exec sh idle")))
END
beside hidden.scm >hidden.run
machine slow
beside --gpus 1 -- sh -c "$show" >slow.shown

# One GPU is lost: the others are of use.

for name in lost lost-goes-on; do
  machine "$name"
  rm -f calls
  capture azml-guile gpu
  is "$status" 0 "$name: there are some"
  like "$(out)" '^1 .*cannot reach it \(Unknown Error\).*fallen off the bus' 'one is lost'
  is "$(out | grep -c ' free$')" 2 'two are free'
  is "$(azml-guile run -q --gpus all -- sh -c "$show")" "[$(uuid 0),$(uuid 2)]" \
    'a run is given those'
  capture azml-guile run --gpus 3 -- true
  is "$status" 125 'three of them there never are'
  capture azml-guile doctor
  like "$(out)" 'problem  GPUs .*RTX A6000.*driver .*; GPU 1: the driver cannot reach it' \
    'doctor tells it'
  beside --gpus 1 -- "$use" samples:4 1000 50 >"$name.used"
done
machine lost
rm -f calls
azml-guile gpu >/dev/null
is "$(grep -c -- '-q -x -i' calls)" 4 'an older driver is asked for one after the other'
machine lost-goes-on
rm -f calls
azml-guile gpu >/dev/null
is "$(wc -l <calls)" 1 'a newer one once'
machine lost-all
capture azml-guile gpu
is "$status" 1 'all are lost'
like "$(err)" 'GPU is lost' 'with its words'

machine reset
like "$(azml-guile gpu 2>&1)" '^0 .*asks for a reset' 'a GPU that needs a reset'
is "$(azml-guile run -q --gpus 1 -- sh -c "$show")" "[$(uuid 1)]" 'is passed over'
machine inforom
like "$(azml-guile gpu 2>&1)" '^0 .*H100.*free' 'exit code 14 comes with an answer'

# Drivers that fail, in doctor and gpu.

for name in mismatch no-driver blocked; do
  machine "$name"
  case $name in
    mismatch) what='Driver/library version mismatch .*reboot' ;;
    no-driver) what="driver is not loaded" ;;
    *) what='blocked by the operating system .*restart the container' ;;
  esac
  capture azml-guile gpu
  like "$(err)" "$what" "$name is shown for what it is"
  capture azml-guile doctor
  is "$status" 0 'runs work all the same'
  like "$(out)" "problem  GPUs .*$what" 'and doctor says it in a line'
  is "$(azml-guile run -q -- echo works)" works 'as one does'
  capture azml-guile run --gpus 1 -- true
  is "$status" 125 'one that asks for a GPU does not'
done
# An nvidia-smi that is there, and of no use.

# broken TEXT MODE WHAT: it is TEXT; `gpu' says WHAT.
broken ()
{
  printf '#!/bin/sh\n%s\n' "$1" >broken-smi
  chmod "$2" broken-smi
  capture env AZML_NVIDIA_SMI="$PWD/broken-smi" azml-guile gpu
  is "$status" 1 "$3: there is none"
  like "$(err)" "$3" 'and why'
  is "$(AZML_NVIDIA_SMI=$PWD/broken-smi azml-guile run -q -- echo works)" works 'runs go on'
}
broken 'exit 0' 644 "this user may not execute '.*/broken-smi'"
broken 'echo Failed to initialize NVML: Insufficient Permissions; exit 4' 755 \
  'Insufficient Permissions .*this user may not ask the driver'
broken 'exit 0' 755 'nvidia-smi failed: it prints nothing'
broken 'kill -SEGV $$' 755 'nvidia-smi failed: signal 11 ended it'

machine none
capture azml-guile doctor
like "$(out)" 'ok  .*GPUs  *none' 'no device is no problem'
machine two
capture azml-guile doctor
like "$(out)" 'ok  .*GPUs .*A100-SXM4-40GB \(40 GiB\), .*driver 550.127.08, CUDA 12.4' \
  'versions in doctor'

# One that never answers.

machine hanging
rm -f calls
capture env AZML_NVIDIA_SMI_TIMEOUT=0.5 azml-guile gpu
is "$status" 1 'one that hangs is given up'
like "$(err)" 'did not end|no answer|in time|second' 'and told'
capture env AZML_NVIDIA_SMI_TIMEOUT=0.5 azml-guile doctor
like "$(out)" 'problem  GPUs ' 'doctor, too'
capture env AZML_NVIDIA_SMI_TIMEOUT=0.5 azml-guile run --gpus 1 -- true
is "$status" 125 'a run that asks for a GPU is refused'
like "$(err)" 'cannot give 1 GPU: .*no answer in' 'with the reason'
capture env AZML_NVIDIA_SMI_TIMEOUT=0.5 azml-guile run -q -- sh -c 'sleep 1; echo over'
is "$(out)" over 'one that says nothing runs'
is "$(json "$(run_folder)/status.json" 'j["state"]')" completed 'and ends'
ok 'no nvidia-smi is left' no_smi_is_left calls

# What Slurm set, nobody touches.

machine two
is "$(SLURM_JOB_ID=7 CUDA_VISIBLE_DEVICES=3 azml-guile run -q --gpus 0 -- sh -c "$show")" \
  '[3]' '--gpus 0 in an allocation'
is "$(SLURM_JOB_ID=7 azml-guile run -q --gpus 0 -- sh -c "$show")" '[unset]' \
  'sets nothing, either'
is "$(SLURM_JOB_ID=7 CUDA_VISIBLE_DEVICES=3 azml-guile run -q --gpus 1 -- sh -c "$show")" \
  '[3]' 'nor does a request'
is "$(CUDA_VISIBLE_DEVICES=3 azml-guile run -q --gpus 0 -- sh -c "$show")" '[]' \
  'outside of one it hides them'

# What was begun at the start.

for name in lost lost-goes-on; do
  azml-guile attach "$(cat "$name.used")" >/dev/null 2>&1
  is "$(json ".azml/runs/$(cat "$name.used")/status.json" 'j["gpu"]["used"], j["gpu"]["left"]')" \
    "('yes', 0)" "$name: the use of one that is there is told"
done
azml-guile attach "$(cat slow.shown)" >/dev/null 2>&1
is "$(cat ".azml/runs/$(cat slow.shown)/log")" "[$(machine slow && uuid 0)]" \
  'a slow nvidia-smi is waited for'
capture azml-guile attach "$(cat hidden.run)"
like "$(err)" 'never put a process on it' 'a run whose script hides the GPU'
like "$(err)" 'CUDA_VISIBLE_DEVICES is empty in a process of the run' 'is told so'
cat calls.beside >>calls
ok 'no nvidia-smi is left by all of these' no_smi_is_left calls

done_testing
