#!/bin/sh
# test-gpu-changes.sh: a machine whose GPUs go and come while runs wait and work; runs inside
# runs.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/cli/gpu.sh"

use=$fixtures/use-gpu
unset SLURM_JOB_ID CUDA_VISIBLE_DEVICES

# change PYTHON: the machine is another one from now on; j is what it was.
change ()
{
  "$tap_python" -c 'import json, sys
j = json.load(open(sys.argv[1]))
exec(sys.argv[2])
json.dump(j, open(sys.argv[1] + ".new", "w"))' "$NVIDIA_SMI_MACHINE" "$1" &&
    mv "$NVIDIA_SMI_MACHINE.new" "$NVIDIA_SMI_MACHINE"
}

# hold: a run that has all GPUs until the file `go' is there.
hold ()
{
  rm -f go
  # shellcheck disable=SC2016 # the job's
  holder=$(azml-guile run -d --gpus all -- sh -c \
    'until [ -e "$1" ]; do sleep 0.05; done' sh "$PWD/go")
  wait_until 30 started "$holder"
}

# wait_for GPUS: another run, which says what it does in the file `said'.
wait_for ()
{
  rm -f said
  # shellcheck disable=SC2016 # the job's
  azml-guile run --gpus "$1" -- sh -c 'echo "got $CUDA_VISIBLE_DEVICES"' >got 2>said &
  waiter=$!
  wait_until 30 grep -q 'waiting for .*held by run' said
}

# A GPU falls off the bus while a run waits for two, and is back after a reset.
machine two
both=$(uuid 0),$(uuid 1)
hold
wait_for 2
change 'j["gpus"][1]["lost"] = "GPU0000:0F:00.0: Unknown Error"; j["goes_on"] = True'
touch go
ok 'what the machine has lost is told to who waits' wait_until 30 \
  grep -q 'waiting for 2 GPUs: the machine has changed, .*cannot reach it (Unknown Error)' said
is "$(json ".azml/runs/$holder/status.json" 'j["state"]')" completed 'the run before has ended'
change 'del j["gpus"][1]["lost"]'
wait "$waiter"
is "$? $(cat got)" "0 got $both" 'and it goes on when that is back'

# A long wait says again how long it is by now.
echo 0 >clock
AZML_TEST_CLOCK=$PWD/clock
export AZML_TEST_CLOCK
hold
wait_for 2
# shellcheck disable=SC2317 # wait_until calls it
told () { [ "$(cat .azml/runs/*/events.jsonl | grep -c '"what":"waiting"')" -gt "$before" ]; }
before=$(cat .azml/runs/*/events.jsonl | grep -c '"what":"waiting"')
sleep 6
not_ok 'a wait is told once' told
echo 301000 >clock.new && mv clock.new clock
ok 'and again after five minutes' wait_until 30 told
unset AZML_TEST_CLOCK
touch go
wait "$waiter"

# The driver is reloaded, and the names are others.
hold
wait_for 2
change 'j["state"] = "mismatch"'
touch go
ok 'a driver that fails meanwhile is told' wait_until 30 \
  grep -q 'waiting for 2 GPUs: .*Driver/library version mismatch' said
change 'del j["state"]
for gpu in j["gpus"]: gpu["uuid"] = gpu["uuid"].replace("GPU-", "GPU-f")[:40]'
wait "$waiter"
is "$? $(cat got)" "0 got $(uuid 0),$(uuid 1)" 'the GPUs of after that are given'

# Instances are made anew between the queue and the start.
machine mig
hold
wait_for 3g.20gb
change 'j["gpus"][0]["mig"] = j["gpus"][0]["mig"][1:]'
touch go
ok 'an instance that is gone is told' wait_until 30 \
  grep -q 'waiting for 1 GPU of model 3g.20gb: the machine has changed, .*MIG 2g.10gb' said
change 'j["gpus"][0]["mig"].append(dict(j["gpus"][0]["mig"][0], profile="3g.20gb", gi=2,
  uuid=j["gpus"][0]["mig"][0]["uuid"][:-1] + "f"))'
wait "$waiter"
is "$? $(cat got)" "0 got $(json "$NVIDIA_SMI_MACHINE" 'j["gpus"][0]["mig"][-1]["uuid"]')" \
  'a new one is given'

# Somebody outside of any run is in the way: who that is.
machine one
AZML_RUN_ID='' CUDA_VISIBLE_DEVICES=$(uuid 0) "$use" 600 >/dev/null 2>&1 &
stranger=$!
wait_until 20 test -s "$NVIDIA_SMI_PROCESSES/$stranger"
azml-guile run --gpus 1 -- true 2>said &
waiter=$!
ok 'whose process is in the way is told' wait_until 30 \
  grep -q "waiting for 1 GPU: 1 used by process $stranger of user [a-z0-9_-]* outside of any run" said
kill "$stranger"
wait "$waiter"
is "$?" 0 'and the run goes on without it'

# A run inside a run: what the outer one holds it holds to the end.
# shellcheck disable=SC2016 # the job's
capture azml-guile run --gpus 1 -- azml-guile run --gpus 1 -- true
is "$status" 125 'a run that asks for the GPU of the run inside which it is'
like "$(out)" 'was started inside the run [a-z0-9]*, which holds 1 of the GPUs' 'does not wait for ever'
like "$(out)" 'hint: .*has those of the run inside which it is' 'and it is said what to do'
# shellcheck disable=SC2016
capture azml-guile run --gpus 1 -- azml-guile run -- sh -c 'echo "$CUDA_VISIBLE_DEVICES"; exec "$1" 3' \
  sh "$use"
is "$status $(out | grep -cxF "$(uuid 0)")" '0 1' 'one that says nothing has that of the outer one'
unlike "$(out)$(err)" 'on a GPU that run' 'which is not told as an accident'
cat >each.scm <<'EOM'
(use-modules (azml))
(map (lambda (name)
       (experiment (name name) (command '("sh" "-c" "echo [$CUDA_VISIBLE_DEVICES]"))))
     '("one" "two"))
EOM
capture azml-guile run --gpus 1 -- azml-guile run -j 2 each.scm
is "$status $(out | grep -cxF "[$(uuid 0)]")" '0 2' 'nor do several at a time wait for it'
machine two
capture azml-guile run --gpus 1 -- azml-guile run -q --gpus 1 -- sh -c 'echo "$CUDA_VISIBLE_DEVICES"'
is "$status $(out)" "0 $(uuid 1)" 'another GPU may be asked for'

# The variables of a process may be hidden from who asks, or cleared: its parents are not.
machine one
# shellcheck disable=SC2016
run=$(azml-guile run -d --gpus 1 -- sh -c \
  'exec env -i PATH="$PATH" NVIDIA_SMI_PROCESSES="$NVIDIA_SMI_PROCESSES" \
    CUDA_VISIBLE_DEVICES="$CUDA_VISIBLE_DEVICES" "$1" 600' sh "$use")
# shellcheck disable=SC2317 # wait_until calls it
is_named ()
{
  azml-guile gpu | grep -q "^0  *[0-9]*  *[a-z0-9_-]*  *$(printf %s "$run" | cut -c 1-6)  "
}
ok 'a process without variables is told with its run' wait_until 20 is_named
azml-guile stop --signal KILL "$run" >/dev/null 2>&1

# A script that knows better which GPU is its own.
machine two
hold_one=$(azml-guile run -d --gpus 1 -- "$use" 600)
wait_until 30 grep -q '"event":"started"' ".azml/runs/$hold_one/events.jsonl"
# shellcheck disable=SC2016 # the job's
capture azml-guile run --gpus 1 -- sh -c 'export CUDA_VISIBLE_DEVICES="$1"; "$2" samples:5' sh "$(uuid 0)" "$use"
like "$(err)" "never put a process on it" 'a run that went to another GPU than its own'
like "$(err)" "on GPU 0, $(uuid 0), which it was not given: .*sets CUDA_VISIBLE_DEVICES itself" \
  'is told why'
like "$(err)" "put a process on a GPU that run $(printf %s "$hold_one" | cut -c 1-6) holds" \
  'and whose GPU that was'
is "$(json "$(run_folder)/status.json" 'j["gpu"]["used"], [g["uuid"] for g in j["gpus"]]')" \
  "('no', ['$(uuid 1)'])" 'its own was not used'
azml-guile stop --signal KILL "$hold_one" >/dev/null 2>&1
machine one

# A GPU falls off the bus under a run, which goes on as if nothing were (XID 79).
cat >now-smi <<END
#!/bin/sh
# nvidia-smi whose streams tell of the machine as it is now.
case " \$* " in *" -lms "*) ;; *) exec "$AZML_NVIDIA_SMI" "\$@" ;; esac
query=\$1 format=\$2
shift 4
while "$AZML_NVIDIA_SMI" "\$query" "\$format" "\$@"; do sleep 1; done
exit 15
END
chmod +x now-smi
rm -f go
# shellcheck disable=SC2016 # the job's
run=$(AZML_NVIDIA_SMI=$PWD/now-smi azml-guile run -d --gpus 1 -- sh -c \
  '"$1" 600 & until [ -e "$2" ]; do sleep 0.1; done; kill $!; wait' sh "$use" "$PWD/go")
# shellcheck disable=SC2317 # wait_until calls it
is_seen () { grep -q '"processes":1' ".azml/runs/$run/gpu.jsonl" 2>/dev/null; }
wait_until 30 is_seen
change 'j["gpus"][0]["lost"] = "GPU0000:07:00.0: Unknown Error"'
# shellcheck disable=SC2317 # wait_until calls it
is_interrupted () { grep -q '"what":"interrupted"' ".azml/runs/$run/events.jsonl"; }
wait_until 30 is_interrupted
touch go
azml-guile attach "$run" >/dev/null 2>seen
like "$(cat seen)" 'samples of the GPU are missing: Unable to determine the device handle for GPU' \
  'that its GPU is lost is told while a run goes on'
like "$(cat seen)" 'whether the run has left its GPU is unknown: .*the machine must be rebooted' 'and at its end'
is "$(json ".azml/runs/$run/status.json" 'j["state"], j["gpu"]["used"], "left" in j["gpu"]')" \
  "('completed', 'yes', False)" 'what was seen before holds'
capture azml-guile run -q --gpus 1 -- true
like "$status:$(err)" '^125:.*(cannot|can never) give 1 GPU' 'and nobody is given it after that'

# Another one does, and a driver that tells of nobody then is asked for the run's own.
machine two
rm -f go
# shellcheck disable=SC2016 # the job's
run=$(AZML_NVIDIA_SMI=$PWD/now-smi azml-guile run -d --gpus 1 -- \
  sh -c 'until [ -e "$1" ]; do sleep 0.1; done; exec "$2" 600' sh "$PWD/go" "$use")
wait_until 30 grep -q '"event":"started"' ".azml/runs/$run/events.jsonl"
is "$(json ".azml/runs/$run/status.json" 'j["gpus"][0]["index"]')" 0 'a run that has the first GPU'
change 'j["gpus"][1]["lost"] = "GPU0000:0F:00.0: Unknown Error"'
wait_until 30 grep -q '"what":"interrupted"' ".azml/runs/$run/events.jsonl"
touch go
ok 'its processes are seen on it after the second was lost' wait_until 30 is_seen
azml-guile stop --signal KILL "$run" >/dev/null 2>&1
machine one

# A decimal comma would be one field more.
# shellcheck disable=SC2016
printf '#!/bin/sh\ncase "$*" in *-lms*) [ "$LC_ALL" = C ] || set -- --help ;; esac\nexec "%s" "$@"\n' \
  "$AZML_NVIDIA_SMI" >in-german
chmod +x in-german
LC_ALL=C.UTF-8 AZML_NVIDIA_SMI=$PWD/in-german azml-guile run -q --gpus 1 -- "$use" samples:3 2>/dev/null
is "$(json "$(run_folder)/status.json" 'j["gpu"]["used"], j["gpus"][0]["peak_utilisation"]')" \
  "('yes', 80)" 'nvidia-smi is asked without the locale of the user'

ok 'no nvidia-smi is left' no_smi_is_left calls

done_testing
