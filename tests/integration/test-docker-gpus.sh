#!/bin/sh
# test-docker-gpus.sh: a run in a container has the GPUs that it was given, or says why not.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The engine is real, the GPUs are not: the toolkit's hook and runtime are programs that do
# what the real ones do to `docker info` and to the variables of a container.

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/docker.sh"

docker_wanted 'GPUs in containers'
mkdir "$tap_folder/bin"
fixture=$AZML_SRCDIR/tests/fixtures
# Docker looks for the hook when it starts; this one forgets to do its work.
printf '#!/bin/sh\nexit 0\n' >"$tap_folder/bin/nvidia-container-runtime-hook"
printf '#!/bin/sh\nexec runc "$@"\n' >"$tap_folder/bin/nvidia-container-runtime"
chmod 755 "$tap_folder/bin"/* "$tap_folder"
usual=$PATH
PATH=$tap_folder/bin:$PATH
docker_start --add-runtime "nvidia=$tap_folder/bin/nvidia-container-runtime"
docker_base_image
export AZML_NVIDIA_SMI="$fixture/nvidia-smi" NVIDIA_SMI_MACHINE="$fixture/gpu/two.json"

# with MACHINE: more words for docker, as if the hook had mounted that of a MACHINE.
with ()
{
  echo "(options (list \"--volume=$fixture/nvidia-smi:/usr/bin/nvidia-smi:ro\"
    \"--volume=$fixture/gpu/$1.json:/machine.json:ro\" \"--env=NVIDIA_SMI_MACHINE=/machine.json\"))"
}
command='(command (list "sh" "-c" "echo ran with $NVIDIA_VISIBLE_DEVICES, $CUDA_VISIBLE_DEVICES"))'
try () { capture azml-guile run --gpus "$1" gpu.scm; }
access () { run_status 'j["container"].get("gpu_access")'; }
uuid=$("$AZML_NVIDIA_SMI" -L | sed -n 's/^GPU 0.*UUID: \(.*\))$/\1/p')

recipe gpu '' -- "$command"
try 1
is "$status $(run_status 'j["cause"]')" '125 gpus' 'a container that was given no GPU, silently, ends the run'
unlike "$(out)" '^ran' 'its command was not executed'
like "$(err)" 'the container has no GPU' 'the cause is said'
like "$(err)" 'nvidia-ctk runtime configure' 'and what to do'
is "$(access)" toolkit 'the hook is found, and used'
no_container 'after that'

recipe gpu "$(with two)" -- "$command"
try 1
is "$status" 0 'a container that sees its GPU'
like "$(out)" "^ran with $uuid, $uuid\$" 'is given that one by its UUID'
try 2
like "$status:$(out)" '^0:ran with GPU-[^,]*,GPU-[^,]*, GPU-' 'or both'
slow_docker 1
PATH=$PWD/slow:$PATH try 1
is "$status" 0 'an engine that is slow to remove a container'
ok 'is waited for before the GPU is free' test -e waited

recipe gpu "$(with eight)" -- "$command"
try 1
is "$status $(run_status 'j["cause"]')" '125 gpus' 'a container that sees other GPUs'
like "$(err)" "does not see $uuid" 'says which it lacks'

recipe gpu "$(with mismatch)" -- "$command"
try 1
is "$status" 125 'a driver that is not that of the libraries'
like "$(err)" 'the container has no GPU|Driver/library version mismatch' 'is told'

# Where the toolkit works beside systemd a reload of that takes the devices away again.
recipe gpu "$(with reload)" -- "$command"
try 1
is "$status $(run_status 'j["cause"]')" '125 gpus' 'a container whose GPU systemd took away'
unlike "$(out)" '^ran' 'does not run its command'
like "$(err)" 'the container does not reach its GPU: .*Unknown Error' 'nvidia-smi says so'
like "$(err)" 'hint: systemd took the devices away.*gpu-access .cdi.*native.cgroupdriver=cgroupfs' 'the cause and the ways out are said'
# The same by the devices, in an image without nvidia-smi: they are there, and may not be opened.
mknod "$tap_folder/nvidia0" c 195 0
mknod "$tap_folder/nvidiactl" c 195 255
recipe gpu "(options (list \"--volume=$tap_folder/nvidia0:/dev/nvidia0\" \"--volume=$tap_folder/nvidiactl:/dev/nvidiactl\"))" \
  -- "$command"
try 1
is "$status $(run_status 'j["cause"]')" '125 gpus' 'devices that the container may not open'
like "$(err)" 'the container may not open the GPU that it was given' 'are told from none'
like "$(err)" 'hint: systemd took the devices away' 'with the same cause'

# The run can do without.
recipe gpu '' -- "$command" '(gpus (gpu-request (count 1) (optional? #t)))'
capture azml-guile run gpu.scm
like "$status:$(out)" '^0:ran with' 'a run whose GPU is optional goes on'
like "$(cat "$(run_folder)/events.jsonl")" '"what":"unseen".*the container has no GPU' 'and notes what it lacked'

# Old set-ups have the runtime only.
recipe gpu "$(with two)" "(gpu-access 'runtime)" -- "$command"
try 1
like "$status:$(out)" "^0:ran with $uuid, $uuid\$" 'by the runtime, when the target says so'
is "$(access)" runtime 'which is recorded'
rm "$tap_folder/bin/nvidia-container-runtime-hook"
recipe gpu "$(with two)" -- "$command"
try 1
is "$status:$(access)" 0:runtime 'by the runtime, where there is no hook'
PATH=$usual

# None is asked for where every container would have them.
recipe gpu '' -- "$command"
try 0
like "$(out)" '^ran with void, *$' 'a run without GPUs hides them'

# What is likely a mistake is said before the run begins.
recipe gpu '(base-docker-image "nvidia/cuda:12.4.1-runtime-ubuntu22.04")' -- "$command"
capture azml-guile run -n gpu.scm
like "$(err)" "an image for GPUs, and the run asks for none" 'an image for GPUs without a request'
capture azml-guile run -n --gpus 1 gpu.scm
unlike "$(err)" 'image' 'with one nothing is said'
recipe gpu '(base-docker-image "python:3.11-slim")' -- "$command"
capture azml-guile run -n --gpus 1 gpu.scm
like "$(err)" "'python:3.11-slim' does not look like an image for GPUs" 'GPUs for another image'
# What is on the GPU in the container is the run's: the driver tells it by the pid that it has
# outside, and neither its parent nor its variables tell whose it is.
NVIDIA_SMI_PROCESSES=$tap_folder/on-gpu
export NVIDIA_SMI_PROCESSES
mkdir -p "$NVIDIA_SMI_PROCESSES"
recipe gpu "$(with two)" -- "(command (list \"env\" \"-i\" \"sleep\" \"600.0$$\"))"
run=$(azml-guile run -d --gpus 1 gpu.scm)
outside ()
{
  pid=$(grep -lxza "600.0$$" /proc/[0-9]*/cmdline 2>/dev/null | while read -r file; do
    grep -qxza sleep "$file" && echo "$file" && break
  done | cut -d/ -f3)
  [ -n "$pid" ]
}
wait_until 60 outside
echo "$uuid 900 80 sleep" >"$NVIDIA_SMI_PROCESSES/$pid"
sampled () { grep -q '"processes":1' ".azml/runs/$run/gpu.jsonl"; }
wait_until 60 sampled
kill "$pid"
azml-guile attach "$run" >/dev/null 2>&1
is "$(run_status 'j["gpu"]["used"], j["gpu"]["processes"], j["gpu"]["left"]')" "('yes', 'yes', 0)" \
  'a process in the container is seen on its GPU'
is "$(run_status 'j["gpus"][0]["peak_memory"] >> 20, j["gpus"][0].get("others")')" '(900, None)' \
  'with its memory, and is nobody else'

# From one container to the next by one call of nvidia-smi, unless the engine takes more than
# a second to remove the first.  The names of leases are of the whole machine: these are ours.
own=$(od -An -N4 -tx1 /dev/urandom | tr -d ' \n')
sed "s/GPU-......../GPU-$own/" "$fixture/gpu/two.json" >"$tap_folder/own.json"
NVIDIA_SMI_MACHINE=$tap_folder/own.json NVIDIA_SMI_CALLS=$tap_folder/calls
export NVIDIA_SMI_CALLS
recipe gpu "$(with two | sed "s,$fixture/gpu/two.json,$tap_folder/own.json,")" -- \
  '(command (list "sh" "-c" "until test -e go; do sleep 0.1; done"))' '(gpus (quote all))'
# shellcheck disable=SC2317 # wait_until calls it
waits () { grep -q '"what":"waiting"' ".azml/runs/$second/events.jsonl"; }
for try in 1 2 3 4 5 6; do
  first=$(azml-guile run -d gpu.scm)
  wait_until 60 grep -q '"event":"started"' ".azml/runs/$first/events.jsonl"
  second=$(azml-guile run -d gpu.scm)
  wait_until 60 waits
  sleep 1.2 # so old may an answer be of which a GPU is taken
  rm -f "$NVIDIA_SMI_CALLS"
  for run in "$first" "$second"; do
    wait_until 60 test -d ".azml/runs/$run/source"
    touch ".azml/runs/$run/source/go"
    azml-guile attach "$run" >/dev/null 2>&1
  done
  asked=$(grep -vc -e -lms "$NVIDIA_SMI_CALLS")
  [ "$asked" -gt 2 ] || break
  diag "try $try: asked $asked times"
done
is "$(state "$first") $(state "$second") $asked" 'completed completed 2' \
  'two containers one after the other: each asks once, at its end'

done_testing
