# tests/cli/gpu.sh: machines with GPUs that there are not; sourced after azml.sh.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The names of leases are of the whole machine: each test has UUIDs of its own.

fixtures=$AZML_SRCDIR/tests/fixtures
AZML_NVIDIA_SMI=$fixtures/nvidia-smi
NVIDIA_SMI_PROCESSES=$scratch/processes
NVIDIA_SMI_CALLS=$scratch/calls
AZML_NVIDIA_SMI_TIMEOUT=30 # at the end of a run, too: a busy machine is no driver that hangs
export AZML_NVIDIA_SMI AZML_NVIDIA_SMI_TIMEOUT NVIDIA_SMI_PROCESSES NVIDIA_SMI_CALLS NVIDIA_SMI_MACHINE
mkdir "$NVIDIA_SMI_PROCESSES"
own=$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')

# What a run executes that does not use its GPU, until samples enough are there to know that.
idle='until [ "$(cat "$AZML_RUN_DIR/gpu.jsonl" 2>/dev/null | wc -l)" -ge 5 ]; do sleep 0.1; done'

# started RUN: its command is at work; wait for that where another run is to come behind it.
started ()
{
  grep -q '"event":"started"' ".azml/runs/$1/events.jsonl"
}

# machine NAME: from now on there are the GPUs of tests/fixtures/gpu/NAME.json.
machine ()
{
  NVIDIA_SMI_MACHINE=$scratch/$1.json
  sed -E "s/((GPU|MIG)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-)[0-9a-f]{12}/\\1$own/" \
    "$fixtures/gpu/$1.json" >"$NVIDIA_SMI_MACHINE"
}

# uuid N: of the GPU N of the machine.
uuid ()
{
  json "$NVIDIA_SMI_MACHINE" "j['gpus'][$1]['uuid']"
}

# no_smi_is_left FILE: those that FILE ($NVIDIA_SMI_CALLS) tells of are gone, or go by
# themselves: one whose reader was killed notices that with its next line.
no_smi_is_left ()
{
  wait_until 20 smis_are_gone "$1"
}

smis_are_gone ()
{
  for smi_pid in $(cut -d' ' -f1 "$1"); do
    # The number may be another process's by now.
    case $(tr '\0' ' ' 2>/dev/null <"/proc/$smi_pid/cmdline") in
      *smi*) return 1 ;;
      *) ;;
    esac
  done
}
