#!/bin/sh
# test-gpu.sh: GPUs: shown, asked for, sampled, proved.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/cli/gpu.sh"

use=$fixtures/use-gpu

# The command gpu.

machine two
capture azml-guile gpu
is "$status" 0 'gpu: there are some'
like "$(out)" 'driver 550.127.08, CUDA 12.4' 'driver and CUDA'
like "$(out)" '^0 .*A100-SXM4-40GB .*40 GiB .*8\.0 .*31 C .*52/400 W .*free' 'a GPU'
is "$(grep -c -- '-q -x' calls)" 1 'from one call of nvidia-smi'
is "$(wc -l <calls)" 1 'and no other'

like "$(COLUMNS=80 azml-guile gpu)" '^0 .*A100.* of 40 GiB .* free$' \
  'on a narrow terminal what matters is not cut off'
like "$(COLUMNS=80 azml-guile gpu | sed -n 2p)" '^GPU  MODEL .*BUSY .*STATE$' 'but what matters less'

machine eight
azml-guile gpu --json >all.json 2>/dev/null
is "$(json all.json 'len(j["gpus"])')" 8 'eight of them'
is "$(json all.json 'j["gpus"][7]["temperature"]')" 35 'in JSON'

machine mig
capture azml-guile gpu
like "$(out)" '^0 .*MIG mode' 'a GPU in MIG mode'
like "$(out)" 'MIG 3g\.20gb .*20 GiB .*MIG-0.*free' 'and its instances by their UUIDs'

azml-guile run -d --gpus 3g.20gb -- "$use" 600 >beside
# shellcheck disable=SC2016 # when it is looked at
wait_until 60 eval '[ "$(ls "$NVIDIA_SMI_PROCESSES")" ]'
capture azml-guile run --gpus 1g.5gb -- "$use" samples:4 1500 50
like "$(out)" '^on MIG-0' 'a run is given an instance'
is "$(json "$(run_folder)/status.json" 'j["gpu"]["used"], j["gpus"][0]["peak_memory"] >> 20')" \
  "('yes', 1500)" 'its use is told, and its memory'
like "$(err)" 'MIG 1g.5gb, peak memory 1.5 GiB *$' 'but not what the driver does not tell'
unlike "$(err)" 'holds' 'who has another instance of the GPU is not in its way'
is "$(sed 's/.*"gpus"://; s/"uuid":"\([^"]*\)"/\n\1\n/g' "$(run_folder)/gpu.jsonl" | grep '^GPU-' | sort -u)" \
  "$(uuid 0)" 'its samples are of the GPU that it is a part of'
like "$(azml-guile gpu)" '^0:0 .*MIG 3g\.20gb .* run ' 'an instance has the numbers of both'
azml-guile stop --signal=KILL "$(cat beside)" >/dev/null 2>&1
azml-guile attach "$(cat beside)" >/dev/null 2>&1
capture azml-guile run --gpus 4 -- true
is "$status" 0 'instances and whole GPUs count as devices'
capture azml-guile run --gpus 5 -- true
is "$status" 125 'a GPU in MIG mode is none'
rm -rf .azml

machine missing
like "$(azml-guile gpu 2>&1)" 'GB10 +\? +12.1 ' 'what is not told is a question mark'
machine error
like "$(azml-guile gpu 2>&1)" 'A5000 .*no reading \(ERR!\)' 'a GPU whose readings fail'
machine mismatch
capture azml-guile gpu
is "$status" 1 'a driver that fails'
like "$(err)" 'Driver/library version mismatch .*reboot' 'is shown for what it is'
machine none
like "$(azml-guile gpu 2>&1)" 'finds no devices' 'no device'
machine lost
like "$(azml-guile gpu 2>&1)" 'fallen off the bus' 'a GPU off the bus'
like "$(COLUMNS=80 azml-guile gpu 2>&1)" '^GPU 1: the driver cannot reach it .*must be rebooted$' \
  'in full on a narrow terminal, too'
machine wsl
like "$(azml-guile gpu 2>&1)" 'processes are not told' 'invisible processes'
is "$(AZML_NVIDIA_SMI='' azml-guile gpu 2>&1 | grep -c 'no nvidia-smi')" 1 'no nvidia-smi'

# Requests.

machine mixed
capture azml-guile run --gpus A100:2 -- true
is "$status" 125 'what can never be is refused'
like "$(err)" 'never give 2 GPUs of model A100; it has: 1 x Tesla T4 \(15 GiB, 7.5\)' \
  'with what there is'
is "$(azml-guile history list --json | tr -d ' \n')" '[]' 'and nothing was accepted'
for request in 4090:2 4090; do
  capture azml-guile run --gpus $request -- true
  like "$(err)" 'never give (1 GPU|2 GPUs) of model 4090; it has: ' "the model of $request"
done
for request in 1.5 :2 4090: 4090:x; do
  capture azml-guile run --gpus $request -- true
  is "$status" 2 "$request is no request"
done
# shellcheck disable=SC2016 # the variable is the job's
show='echo "[$CUDA_VISIBLE_DEVICES] $CUDA_DEVICE_ORDER"'
# shellcheck disable=SC2016
is "$(CUDA_VISIBLE_DEVICES=3 azml-guile run -q --gpus 0 -- sh -c 'echo "[$CUDA_VISIBLE_DEVICES]"')" \
  '[]' '0 hides them'
is "$(azml-guile run -q --gpus v100 -- sh -c "$show")" "[$(uuid 1)] PCI_BUS_ID" \
  'a model, and its UUID alone is visible'
is "$(azml-guile run -q --gpus all -- sh -c "$show")" \
  "[$(uuid 0),$(uuid 1),$(uuid 2)] PCI_BUS_ID" 'all, in the order of the bus'
# shellcheck disable=SC2016
is "$(azml-guile run -q -- sh -c 'echo "${CUDA_VISIBLE_DEVICES-unset}"')" unset \
  'who says nothing sees the machine as it is'

cat >request.scm <<'END'
(use-modules (azml))
(define show '("sh" "-c" "echo [$CUDA_VISIBLE_DEVICES]"))
(list
 (experiment (name "capable") (command show) (gpus (gpu-request (capability "7.5"))))
 (experiment (name "large") (command show)
             (gpus (gpu-request (memory "16GiB") (model "v100|a100"))))
 (experiment (name "without") (command show)
             (gpus (gpu-request (count 9) (optional? #t))))
 (experiment (name "by-target") (command show)
             (target (compute-target (name "here") (gpus-per-run 2)))))
END
is "$(azml-guile run -q request.scm capable)" "[$(uuid 0)]" 'a compute capability'
is "$(azml-guile run -q request.scm large)" "[$(uuid 1)]" 'memory as cards are sold'
is "$(azml-guile run -q request.scm without)" '[]' 'optional: goes without'
is "$(azml-guile run -q request.scm by-target | tr ',' '\n' | wc -l)" 2 \
  'the request of a target'

# Samples and proof.

machine two
rm -f calls
capture azml-guile run --gpus 1 -- "$use" samples:5 2000 70
is "$status" 0 'a run with a GPU'
folder=$(run_folder)
is "$(json "$folder/status.json" 'j["gpu"]["used"] + j["gpu"]["processes"]')" yesyes 'used it'
is "$(json "$folder/status.json" 'j["gpus"][0]["peak_memory"]')" 2097152000 'its memory'
is "$(json "$folder/status.json" 'j["gpus"][0]["peak_utilisation"]')" 70 'its utilisation'
# 52 W, for as long as it was sampled.
is "$("$tap_python" -c 'import datetime, json, sys
times = [datetime.datetime.fromisoformat(json.loads(line)["time"].replace("Z", "+00:00"))
         for line in open(sys.argv[1])]
took = (times[-1] - times[0]).total_seconds()
energy = json.load(open(sys.argv[2]))["gpus"][0]["energy"]
print(0.6 * 52 * took < energy < 1.5 * 52 * (took + 2) or (energy, took))' \
  "$folder/gpu.jsonl" "$folder/status.json")" True 'its energy'
is "$(json "$folder/status.json" 'j["gpu"]["left"]')" 0 'and left it'
like "$(err)" 'GPU  .*1 GPU NVIDIA A100.*peak memory 2.0 GiB, busy .* 70 % at most' \
  'the summary has it'
like "$(azml-guile history show "$(last_run)" 2>&1)" 'peak memory 2.0 GiB' 'and history show'
is "$(grep -c -- '-lms 1000' calls)" 2 'nvidia-smi was started twice for all samples'
like "$(head -n 1 "$folder/gpu.jsonl")" '^\{"time":"2.*"gpus":\[\{"uuid":"GPU-.*"memory":' \
  'gpu.jsonl'
is "$("$tap_python" -c 'import json, sys
print(sum(g.get("own", 0) == 2097152000
          for line in open(sys.argv[1]) for g in json.loads(line)["gpus"]) >= 3)' \
  "$folder/gpu.jsonl")" True "the run's own memory in each sample"
for pid in $(cut -d' ' -f1 calls); do
  not_ok "no nvidia-smi is left ($pid)" kill -0 "$pid"
done

capture azml-guile run --gpus 1 -- sh -c "$idle"
is "$status" 0 'a run that does not use its GPU'
folder=$(run_folder)
is "$(json "$folder/status.json" 'j["gpu"]["used"]')" no 'is known not to'
like "$(err)" 'warning: the run had 1 GPU and never put a process on it' 'and warned about'

printf '%s\n' "$idle" >idle
cat >unused.scm <<'END'
(use-modules (azml))
(experiment (name "unused") (gpus (gpu-request (require-use? #t)))
            (command '("sh" "-c" "echo W: Could not load dynamic library libcudart.so.10; sh idle")))
END
capture azml-guile run unused.scm
is "$status" 1 'one that had to use it has failed'
is "$(json "$(run_folder)/status.json" 'j["cause"]')" 'gpu unused' 'with its cause'
like "$(err)" 'the log says: W: Could not load dynamic library libcudart' 'and what its log says'

capture azml-guile run --gpus 1 -- sleep 0.3
is "$(json "$(run_folder)/status.json" 'j["gpu"]["used"]')" unknown \
  'of one that is over at once it is unknown'
unlike "$(err)" 'warning' 'which is not taken for no'

machine invisible
capture azml-guile run --gpus 1 -- "$use" samples:5 2000 70
is "$(json "$(run_folder)/status.json" 'j["gpu"]["used"] + " " + j["gpu"]["processes"]')" \
  'yes unknown' 'invisible processes: memory and utilisation tell'

machine busy
capture azml-guile run -- sh -c "CUDA_VISIBLE_DEVICES=$(uuid 1) exec $use samples:4"
is "$(json "$(run_folder)/status.json" 'j["gpu"]["used"] + str(j["gpu"]["given"])')" yesFalse \
  'a run that said nothing is sampled, and told from others'

# Whose GPU it is.

machine two
holder=$(azml-guile run -d --gpus 2 -- "$use" 600)
wait_until 30 started "$holder"
like "$(azml-guile gpu)" "run $(echo "$holder" | cut -c1-6)" 'gpu tells who has one'
capture azml-guile run -- sh -c "CUDA_VISIBLE_DEVICES=$(uuid 0) exec $use samples:4"
like "$(err)" "it put a process on a GPU that run $(echo "$holder" | cut -c1-6) holds" \
  'who takes the GPU of another run is told'
azml-guile stop --signal KILL "$holder" >/dev/null 2>&1

# What another daemon started for the run, as Docker does, carries the run's id.

# shellcheck disable=SC2016 # the job's
run=$(azml-guile run -d --gpus 1 -- sh -c \
  '"$1" 600 & until [ -e "$2" ]; do sleep 0.1; done; kill $!; wait' sh "$use" "$PWD/over")
wait_until 30 started "$run"
visible=$(json ".azml/runs/$run/status.json" 'j["gpus"][0]["uuid"]')
AZML_RUN_ID=$run CUDA_VISIBLE_DEVICES=$visible "$use" 60 >/dev/null 2>&1 &
daemon=$!
wait_until 30 test -s "$NVIDIA_SMI_PROCESSES/$daemon"
: >over
azml-guile attach "$run" >/dev/null 2>&1
wait "$daemon"
is "$?" 137 'a process of the run that is left on its GPU is killed'
is "$(json ".azml/runs/$run/status.json" 'j["gpu"]["killed"] > 0 and j["gpu"]["left"]')" 0 \
  'and told in the status'

# Packages for the CPU.

cat >packages.scm <<'END'
(use-modules (azml))
(experiment (name "cpu") (gpus 1) (command '("true"))
            (environment (environment (pip '("tensorflow==1.15.5" "torch==2.1.0+cpu" "jax"
                                             "faiss-cpu" "onnxruntime" "numpy" "cntk==2.7"
                                             "https://x.org/CPU-Only/cntk-2.1-cp35.whl"
                                             "https://x.org/GPU/cntk-2.1-cp35.whl")))))
END
capture azml-guile run -n packages.scm
for package in tensorflow==1.15.5 torch==2.1.0+cpu jax faiss-cpu onnxruntime cntk==2.7 \
  https://x.org/CPU-Only/cntk-2.1-cp35.whl; do
  is "$(err | grep -cF "warning: '$package' ")" 1 "$package is warned about"
done
unlike "$(err)" "numpy' |/GPU/" 'numpy and a wheel for the GPU are not'

# builds ENVIRONMENT: what is said of an environment with these fields.
builds ()
{
  cat >builds.scm <<END
(use-modules (azml))
(experiment (name "cpu") (gpus 1) (command '("true")) (environment (environment $1)))
END
  azml-guile run -n builds.scm 2>&1 >/dev/null | sed -n "s/^[^ ]*: *warning: '\\([^']*\\)'.*/\\1/p" | tr '\n' ' '
}
is "$(builds '(conda (list "pytorch" "cpuonly" "pytorch::cpuonly"))')" \
  'cpuonly pytorch::cpuonly ' 'conda: PyTorch and cpuonly'
is "$(builds '(conda (list "jax" "jaxlib" "onnxruntime" "tensorflow=1.15=gpu_py37h0"))')" '' \
  'conda: what its builds decide'
is "$(builds '(conda (list "jaxlib=*=cpu*" "pytorch=*=*cpu*" "tensorflow=1.15"))')" \
  'jaxlib=*=cpu* pytorch=*=*cpu* tensorflow=1.15 ' 'conda: a build for the CPU'
is "$(builds '(pip (list "jaxlib==0.4.30" "flax"))')" 'jaxlib==0.4.30 ' 'jaxlib alone'
is "$(builds '(pip (list "jax" "jaxlib" "jax-cuda12-plugin"))')" '' 'jaxlib with its plugin'
is "$(builds '(pip (list "jax[cuda12]" "tensorflow[and-cuda]" "onnxruntime-gpu" "onnxruntime"))')" '' \
  'extras and builds for CUDA'
is "$(builds '(pip (list "xgboost-cpu" "tf-nightly-cpu"))')" 'xgboost-cpu tf-nightly-cpu ' 'others'
cpu=https://download.pytorch.org/whl/cpu
for words in "(pip-options (list \"--index-url\" \"$cpu\"))" \
  "(pip-options (list \"--extra-index-url=$cpu/\"))" \
  "(variables (list (cons \"UV_EXTRA_INDEX_URL\" \"$cpu\")))" \
  '(pip-options (list "--torch-backend=cpu"))' '(pip-options (list "--torch-backend" "cpu"))' \
  '(variables (list (cons "UV_TORCH_BACKEND" "cpu")))'; do
  is "$(builds "(pip (list \"torch>=2\" \"torch==2.5.1+cu124\" \"numpy\")) $words")" 'torch>=2 ' \
    "PyTorch by $words"
done
is "$(builds "(pip (list \"torch\")) (pip-options (list \"--index-url\" \"${cpu%cpu}cu124\"))")" '' \
  'an index of builds for CUDA'
builds '(pip (list "torch")) (pip-options (list "--index-url" "https://me:word@mirror.example.org/whl/cpu"))' \
  >/dev/null
capture azml-guile run -n builds.scm
like "$(err)" "by 'https://[*]*@mirror.example.org/whl/cpu'" 'an index is named without its password'
unlike "$(err)" 'me:word' 'which is nowhere'

# What was installed, as environment.lock has it, is named at the end of a run that did not use
# its GPU.

for lock in 'torch==2.1.0+cpu' \
  'torch @ https://download.pytorch.org/whl/cpu/torch-2.1.0%2Bcpu-cp311-cp311-linux_x86_64.whl' \
  'tensorflow==2.0.4' 'cntk @ https://cntk.ai/PythonWheel/CPU-Only/cntk-2.1-cp35.whl'; do
  # shellcheck disable=SC2016 # the variable is the job's
  azml-guile run -d --gpus 1 -- sh -c 'echo "$1" >"$AZML_RUN_DIR/environment.lock"; eval "$2"' sh \
    "$lock" "$idle" >>locked
  echo "$lock" >>locks
done
paste locked locks | while read -r run lock; do
  azml-guile attach "$run" >/dev/null 2>attached </dev/null
  grep -cF "'$lock' " attached
done >named
is "$(tr -d '\n' <named)" 1111 'the builds for the CPU that were installed are named'

done_testing
