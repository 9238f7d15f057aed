#!/bin/sh
# test-gpu.sh: on a machine with an NVIDIA GPU: what is said of it is true.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# make check-gpu runs this; it needs the built tree, Python and the driver, no more.

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

smi=${AZML_NVIDIA_SMI:-nvidia-smi}
cuda=$AZML_SRCDIR/tests/gpu/cuda.py

ask ()
{
  "$smi" --query-gpu="$1" --format=csv,noheader,nounits | sed -n 1p
}

if ! "$smi" -L >/dev/null 2>&1; then
  echo "1..0 # SKIP there is no NVIDIA GPU here"
  tap_finished=yes
  exit 0
fi
"$smi" -L | sed 's/^/# /'

# The list, against nvidia-smi's.

azml-guile gpu --json >gpus.json
is "$(json gpus.json 'j["gpus"][0]["uuid"]')" "$(ask uuid)" 'UUID'
is "$(json gpus.json 'j["gpus"][0]["model"]')" "$(ask name)" 'model'
is "$(json gpus.json 'j["gpus"][0]["memory_bytes"] >> 20')" "$(ask memory.total)" 'memory'
is "$(json gpus.json 'j["gpus"][0].get("capability")')" "$(ask compute_cap)" \
  'compute capability'
is "$(json gpus.json 'j["gpu_driver"]["driver"]')" "$(ask driver_version)" 'driver'
is "$(json gpus.json 'len([g for g in j["gpus"] if "gpu" not in g])')" "$("$smi" -L | grep -c '^GPU')" \
  'how many there are'
visible=$(json gpus.json 'j["gpu_driver"]["pids_visible"]')
diag "processes can be seen: $visible"
azml-guile gpu 2>&1 | sed 's/^/# /'

# Samples, against a matrix product whose memory is known.

n=8192
capture azml-guile run --gpus 1 -- "$tap_python" "$cuda" 12 $n
is "$status" 0 'a matrix product'
like "$(out)" 'products, right' 'is right'
folder=$(run_folder)
err | sed 's/^/# /'
diag "$(head -n 3 "$folder/gpu.jsonl")"
is "$(json "$folder/status.json" 'j["gpu"]["used"]')" yes 'its GPU is known to be used'
is "$(json "$folder/status.json" \
  "12 * $n * $n <= j['gpus'][0]['peak_memory'] <= 12 * $n * $n + (3 << 30)")" True \
  'peak memory is that of its matrices, and a context'
is "$(json "$folder/status.json" 'j["gpus"][0]["peak_utilisation"] >= 80')" True \
  'the GPU was busy'
is "$(json "$folder/status.json" 'j["gpus"][0].get("energy", 1) > 0')" True 'and took energy'
[ "$visible" = False ] ||
  is "$(json "$folder/status.json" 'j["gpu"]["processes"]')" yes 'its process was seen'

# Unused.

capture azml-guile run --gpus 1 -- sleep 8
is "$(json "$(run_folder)/status.json" 'j["gpu"]["used"]')" no 'an unused GPU is detected'
like "$(err)" 'never put a process on it' 'and warned about'

# Leases: two processes that compute never meet on it.

ids=
for i in 1 2 3; do
  ids="$ids $(azml-guile run -d --name "lease$i" --gpus all -- "$tap_python" "$cuda" 4 2048)"
done
for id in $ids; do
  azml-guile attach "$id" >/dev/null 2>&1
done
# shellcheck disable=SC2086 # ids have no blanks
is "$("$tap_python" -c 'import json, sys
times = []
for run in sys.argv[1:]:
    events = [json.loads(x) for x in open(".azml/runs/%s/events.jsonl" % run)]
    at = {e["event"]: e["time"] for e in events}
    times.append((at["started"], at["finalizing"]))
times.sort()
print(all(a[1] <= b[0] for a, b in zip(times, times[1:])))' $ids)" True \
  'three runs had it one after the other'

# Killed: the GPU is free.

before=$(ask memory.used)
id=$(azml-guile run -d --gpus 1 -- "$tap_python" "$cuda" 600 4096)
i=0
until grep -q '^pid' ".azml/runs/$id/log" 2>/dev/null || [ $((i += 1)) -gt 300 ]; do
  sleep 0.1
done
sleep 3
azml-guile stop --signal KILL "$id" >/dev/null 2>&1
azml-guile attach "$id" >/dev/null 2>&1
is "$(json ".azml/runs/$id/status.json" 'j["gpu"].get("left", 0)')" 0 \
  'a killed run leaves no process on the GPU'
i=0
while [ "$(ask memory.used)" -gt $((before + 64)) ] && [ $((i += 1)) -lt 50 ]; do
  sleep 0.2
done
is "$(test "$(ask memory.used)" -le $((before + 64)) && echo free)" free 'and none of its memory'

done_testing
