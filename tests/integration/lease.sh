# tests/integration/lease.sh: two GPUs that are there for a test alone; to be sourced after
# tests/cli/tap.sh.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Leases are of the whole machine: so their UUIDs are new each time.  gpu_machine PID
# writes what the stand-in of nvidia-smi tells; PID (or "") computes on the second one.

gpu_random=$(LC_ALL=C tr -dc a-f0-9 </dev/urandom | head -c 8)
gpu_1=GPU-$gpu_random-0000-4000-8000-000000000001
gpu_2=GPU-$gpu_random-0000-4000-8000-000000000002
AZML_NVIDIA_SMI=$scratch/nvidia-smi
export AZML_NVIDIA_SMI

gpu_one ()
{
  cat <<EOM
<gpu id="00000000:0$1:00.0"><product_name>NVIDIA A100</product_name>
<product_architecture>Ampere</product_architecture><uuid>$2</uuid>
<fb_memory_usage><total>40960 MiB</total><used>4 MiB</used><free>40956 MiB</free>
</fb_memory_usage><compute_mode>Default</compute_mode><processes>
EOM
  [ -z "${3-}" ] || cat <<EOM
<process_info><pid>$3</pid><type>C</type><process_name>train</process_name>
<used_memory>3000 MiB</used_memory></process_info>
EOM
  echo '</processes></gpu>'
}

gpu_machine ()
{
  {
    echo '<nvidia_smi_log><driver_version>550.1</driver_version>'
    echo '<cuda_version>12.4</cuda_version>'
    gpu_one 1 "$gpu_1"
    gpu_one 2 "$gpu_2" "$1"
    echo '</nvidia_smi_log>'
  } >"$scratch/machine.new"
  mv "$scratch/machine.new" "$scratch/machine.xml"
}

# Where it only streams samples it has nothing to say.
cat >"$AZML_NVIDIA_SMI" <<EOM
#!/bin/sh
case " \$* " in
  *" -lms"* | *" -l "*) exec sleep 3600 ;;
  *" -x "*) exec cat '$scratch/machine.xml' ;;
esac
EOM
chmod +x "$AZML_NVIDIA_SMI"
gpu_machine ''

# gpu_leases: how many of the two are held.
gpu_leases ()
{
  "$AZML_BUILDDIR/azml-runner" gpus | grep -c "^held GPU-$gpu_random-"
}
