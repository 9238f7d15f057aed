#!/bin/sh
# test-gpu.sh: on a machine with an NVIDIA GPU: what is said of it is true.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# make check-gpu runs this; it needs the built tree, Python and the driver, no more (no
# compiler, no network), and GPUs on which nobody else computes meanwhile.  PYTHON=... names
# another Python; one with PyTorch has its part of it.  What it prints is what one wants to have seen of
# such a machine.  Where nothing can be built or installed, kit.sh takes it there.  As root or
# as any user; about two minutes.
#
# Only for its own test: AZML_TEST_CUDA is the program that computes, and all is brief then.

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

# Where the program looks for it.
smi=${AZML_NVIDIA_SMI:-nvidia-smi}
for place in /usr/bin /usr/lib/wsl/lib /usr/local/nvidia/bin /run/current-system/sw/bin; do
  command -v "$smi" >/dev/null 2>&1 || smi=$place/nvidia-smi
done
cuda=${AZML_TEST_CUDA:-$AZML_SRCDIR/tests/gpu/cuda.py}
busy=12 idle=8 hold=3 ends='stop limit crash kill keeper runner both'
[ -z "${AZML_TEST_CUDA-}" ] || busy=5 idle=5 hold=1 ends='stop both'
unset CUDA_VISIBLE_DEVICES SLURM_JOB_ID
began=$(date +%s)

# ask FIELD [UUID]: what nvidia-smi says of a GPU, the first one unless it is named.
ask ()
{
  "$smi" ${2:+-i "$2"} --query-gpu="$1" --format=csv,noheader,nounits | sed -n 1p
}

# part NAME: what comes now.
part ()
{
  diag "---- $1 (after $(($(date +%s) - began)) s)"
}

# status_is EXPRESSION: of the last run's status.json.
status_is ()
{
  json "$(run_folder)/status.json" "$1"
}

# shellcheck disable=SC2317 # wait_until calls it
log_has ()
{
  grep -q "$2" ".azml/runs/$1/log"
}

# memory_is_free UUID MIB: no more is in use than that, give or take what a driver keeps.
# shellcheck disable=SC2317 # ok calls it
memory_is_free ()
{
  [ "$(ask memory.used "$1")" -le $(($2 + 256)) ]
}

# not_here WHY: there is nothing to test.  unfit WHY: there would be, but something is missing.
not_here ()
{
  echo "1..0 # SKIP there is no NVIDIA GPU here: $1"
  tap_finished=yes
  exit 0
}

unfit ()
{
  echo "Bail out! $1"
  tap_finished=yes
  exit 99
}

command -v "$smi" >/dev/null 2>&1 ||
  not_here 'nvidia-smi is neither in PATH nor where drivers put it'
"$smi" -L >devices 2>&1 || not_here "$smi says: $(sed -n 1p devices)"
"$tap_python" -c 'import sys; sys.exit(sys.version_info < (3, 5))' 2>/dev/null ||
  unfit "Python 3.5 or later is needed, and '$tap_python' is none: PYTHON=... names it"
"$tap_python" "$cuda" --list >devices 2>&1 ||
  unfit "no program can use CUDA here: $(sed -n '$p' devices)"
[ -s devices ] || unfit 'CUDA sees no GPU, although nvidia-smi lists some'
case $(ask mig.mode.current) in
  Enabled*) unfit 'the first GPU is in MIG mode: this is for whole GPUs' ;;
  *) ;;
esac
timeout 100 azml-guile run -q --gpus all -- true >idle 2>&1 ||
  unfit "not all GPUs can be had, is somebody on them? $(sed -n '$p' idle)"

part 'the machine'
diag "$("$smi" -L)"
diag "$(uname -srm), $(getconf _NPROCESSORS_ONLN) cores, $("$tap_python" -VV | tr '\n' ' ')"
diag "user $(id -u), pids of $(readlink /proc/self/ns/pid), nvidia-smi: $(command -v "$smi")"

part 'the list, against that of nvidia-smi'
azml-guile gpu --json >gpus.json
is "$(json gpus.json 'j["gpus"][0]["uuid"]')" "$(ask uuid)" 'UUID'
is "$(json gpus.json 'j["gpus"][0]["model"]')" "$(ask name)" 'model'
is "$(json gpus.json 'j["gpus"][0]["memory_bytes"] >> 20')" "$(ask memory.total)" 'memory'
case $(ask compute_cap 2>&1) in
  [0-9]*) is "$(json gpus.json 'j["gpus"][0].get("capability")')" "$(ask compute_cap)" \
    'compute capability' ;;
  *) diag "this driver tells no compute capability: $(ask compute_cap 2>&1)" ;;
esac
is "$(json gpus.json 'j["gpu_driver"]["driver"]')" "$(ask driver_version)" 'driver'
is "$(json gpus.json 'len([g for g in j["gpus"] if "gpu" not in g])')" "$("$smi" -L | grep -c '^GPU')" \
  'how many there are'
is "$(json gpus.json 'abs(j["gpus"][0]["temperature"] - '"$(ask temperature.gpu)"') < 10')" True \
  'temperature'
visible=$(json gpus.json 'j["gpu_driver"]["pids_visible"]')
diag "processes can be seen: $visible"
diag "$(azml-guile gpu 2>&1)"
diag "$(azml-guile doctor 2>&1 | grep GPUs)"

part 'exactly its GPUs'
all=$("$tap_python" "$cuda" --list)
diag "CUDA sees: $all"
is "$(azml-guile run -q -- "$tap_python" "$cuda" --list)" "$all" \
  'who says nothing sees the machine as it is'
capture azml-guile run --gpus 1 -- "$tap_python" "$cuda" --list
is "$(out)" "$(status_is 'j["gpus"][0]["uuid"]')" 'one that asks for a GPU sees that one'
is "$(azml-guile run -q --gpus 0 -- "$tap_python" "$cuda" --list)" '' '0 hides them'
capture azml-guile run --gpus 99 -- true
is "$status" 125 'what can never be is refused'
like "$(err)" 'never give 99 GPUs; it has: ' 'with what there is'
diag "$(err)"

part 'samples, against a matrix product whose memory is known'
n=8192
capture azml-guile run --gpus 1 -- "$tap_python" "$cuda" "$busy" $n
is "$status" 0 'a matrix product'
like "$(out)" 'products, right' 'is right'
folder=$(run_folder)
diag "$(out)"
diag "$(err)"
diag "$(head -n 3 "$folder/gpu.jsonl")"
diag "$(status_is 'json.dumps([j["gpu"], j["gpus"]])')"
is "$(status_is 'j["gpu"]["used"]')" yes 'its GPU is known to be used'
is "$(status_is \
  "12 * $n * $n <= j['gpus'][0]['peak_memory'] <= 12 * $n * $n + (3 << 30)")" True \
  'peak memory is that of its matrices, and a context'
is "$(status_is 'j["gpus"][0]["peak_utilisation"] >= 80')" True 'the GPU was busy'
is "$(status_is 'j["gpus"][0].get("energy", 1) > 0')" True 'and took energy'
if [ "$visible" = True ]; then
  is "$(status_is 'j["gpu"]["processes"]')" yes 'its process was seen'
fi
like "$(azml-guile history show last 2>&1)" 'peak memory .*busy ' 'history show has it'

torch_python=
for python in "$tap_python" python3 python; do
  [ -n "$torch_python" ] ||
    ! "$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' 2>/dev/null ||
    torch_python=$python
done
if [ -n "$torch_python" ]; then
  part 'PyTorch'
  cat >product.py <<'END'
import time, torch
a = torch.randn(8192, 8192, device="cuda", dtype=torch.bfloat16)
end, n = time.time() + 10, 0
while time.time() < end:
    (a @ a).sum().item()
    n += 1
print(torch.__version__, n, "products,", torch.cuda.max_memory_allocated(), "bytes")
END
  capture azml-guile run --gpus 1 -- "$torch_python" product.py
  diag "$(out)"
  diag "$(err)"
  is "$(status_is 'j["gpu"]["used"]')" yes 'its use of the GPU is known'
  is "$(status_is "j['gpus'][0]['peak_memory'] >= $(out | sed -n 's/.*, \([0-9]*\) bytes/\1/p')")" \
    True 'and its memory'
else
  diag 'no PyTorch that has CUDA: its part is left out'
fi

part 'a GPU that is not used'
cat >unused.scm <<END
(use-modules (azml))
(experiment (name "unused") (gpus (gpu-request (require-use? #t)))
            (command '("sleep" "$idle")))
END
capture azml-guile run unused.scm
diag "$(err)"
is "$(status_is 'j["gpu"]["used"]')" no 'an unused GPU is detected'
like "$(err)" 'never put a process on it' 'and warned about'
is "$status" 1 'one that had to use it has failed'

part 'whose GPU it is'
id=$(azml-guile run -d --gpus 1 -- "$tap_python" "$cuda" 600 4096)
wait_until 60 log_has "$id" '^pid'
gpu=$(json ".azml/runs/$id/status.json" 'j["gpus"][0]["uuid"]')
short=$(echo "$id" | cut -c1-6)
waiter=$(azml-guile run -d --gpus all -- true)
wait_until 30 grep -q '"what":"waiting"' ".azml/runs/$waiter/events.jsonl"
like "$(cat ".azml/runs/$waiter/events.jsonl")" "\"state\":\"held\",\"run\":\"$id\"" \
  'who waits says for whom'
capture azml-guile gpu
diag "$(out)"
like "$(out)" "run $short of " 'gpu tells who has it'
like "$(out)" '^WAITING' 'and who waits'
if [ "$visible" = True ]; then
  like "$(out)" "^[0-9]+ .*  *$short .*[MG]iB" 'and which process computes'
  capture env CUDA_VISIBLE_DEVICES="$gpu" azml-guile run -- "$tap_python" "$cuda" 4 1024
  like "$(err)" "it put a process on a GPU that run $short holds" \
    'who takes the GPU of another run is told'
fi
runner=$(sed -n 's/^runner \([0-9]*\).*/\1/p' ".azml/runs/$id/alive")
diag "$("$tap_python" - "$runner" <<'END'
import os, sys, time
runner, tick = int(sys.argv[1]), os.sysconf("SC_CLK_TCK")
def cpu(pid):
    fields = open("/proc/%s/stat" % pid).read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / tick
def streams():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            parent = int(open("/proc/%s/stat" % pid).read().rpartition(")")[2].split()[1])
            if parent == runner and b"-lms" in open("/proc/%s/cmdline" % pid, "rb").read():
                yield pid
        except OSError:
            pass
pids = [str(runner)] + sorted(streams())
try:
    before = [cpu(pid) for pid in pids]
    time.sleep(4)
    print("CPU time a second: runner %.2f ms, each nvidia-smi %s ms" % (
        250 * (cpu(pids[0]) - before[0]),
        ["%.1f" % (250 * (cpu(p) - b)) for p, b in zip(pids[1:], before[1:])]))
except OSError as why:
    print("CPU time of the runner could not be read: %s" % why)
END
)"
azml-guile stop --signal=KILL "$id" >/dev/null 2>&1
azml-guile attach "$waiter" >/dev/null 2>&1
is "$(state "$waiter")" completed 'it goes on when that is over'

if [ "$visible" = True ]; then
  part 'somebody outside of any lease'
  "$tap_python" "$cuda" "$busy" 2048 >foreign 2>&1 &
  wait_until 60 grep -q '^pid' foreign
  like "$(azml-guile gpu)" 'used outside of any lease' 'is seen'
  id=$(azml-guile run -d --gpus all -- true)
  wait_until 30 grep -q '"state":"occupied"' ".azml/runs/$id/events.jsonl"
  is "$(state "$id")" waiting 'who needs his GPU waits'
  wait
  azml-guile attach "$id" >/dev/null 2>&1
  is "$(state "$id")" completed 'until he is gone'
fi

part 'leases: two processes that compute never meet on it'
ids=
for i in 1 2 3; do
  # shellcheck disable=SC2016 # expanded by the job
  ids="$ids $(azml-guile run -d --name "lease$i" --gpus all -- sh -c \
    'date +%s.%N; "$@"; date +%s.%N' sh "$tap_python" "$cuda" "$hold" 2048)"
done
for id in $ids; do
  azml-guile attach "$id" >/dev/null 2>&1
done
# shellcheck disable=SC2086 # ids have no blanks
"$tap_python" -c 'import sys
times = []
for run in sys.argv[1:]:
    lines = open(".azml/runs/%s/log" % run).read().splitlines()
    times.append((float(lines[0]), float(lines[-1]), run))
times.sort()
for one in times:
    print(*one)
print(all(a[1] <= b[0] for a, b in zip(times, times[1:])))' $ids >order
diag "$(cat order)"
is "$(tail -n 1 order)" True 'three runs had it one after the other'

part 'from one run to the next'
mkdir bin
cat >bin/nvidia-smi <<END
#!/bin/sh
case " \$* " in
  *' -lms '*) ;;
  *) echo "\$(date +%s.%N) \$*" >>'$PWD/asked' ;;
esac
exec '$(command -v "$smi")' "\$@"
END
chmod +x bin/nvidia-smi
# shellcheck disable=SC2031 # on purpose for these runs alone
hand_over ()
(
  PATH=$PWD/bin:$PATH
  [ -z "${AZML_NVIDIA_SMI-}" ] || AZML_NVIDIA_SMI=$PWD/bin/nvidia-smi
  # shellcheck disable=SC2016 # expanded by the job
  azml-guile run -d --gpus all -- sh -c 'until [ -e "$1" ]; do sleep 0.05; done; date +%s.%N' \
    sh "$PWD/go" >first
  azml-guile run -d --gpus all -- sh -c 'date +%s.%N; exec sleep 1' >second
)
hand_over
wait_until 30 grep -q '"what":"waiting"' ".azml/runs/$(cat second)/events.jsonl"
sleep 2
rm -f asked
touch go
azml-guile attach "$(cat first)" >/dev/null 2>&1
azml-guile attach "$(cat second)" >/dev/null 2>&1
diag "$(cat asked)"
diag "$("$tap_python" -c 'import sys
first, second = (float(open(".azml/runs/%s/log" % open(name).read().strip()).read().split()[-1])
                 for name in ("first", "second"))
print("the next one began %.0f ms after the end of the one before" % (1000 * (second - first)))')"
is "$(state "$(cat second)")" completed 'a GPU goes to the one that waits'
ok 'for which nvidia-smi is asked once for each' test "$(wc -l <asked)" -le 2

part 'nvidia-smi is killed while it samples'
id=$(azml-guile run -d --gpus 1 -- "$tap_python" "$cuda" 600 2048)
# shellcheck disable=SC2317 # wait_until calls it
has_samples ()
{
  [ "$(cat ".azml/runs/$id/gpu.jsonl" 2>/dev/null | wc -l)" -gt "$1" ]
}
wait_until 60 has_samples 1
runner=$(sed -n 's/^runner \([0-9]*\).*/\1/p' ".azml/runs/$id/alive")
"$tap_python" - "$runner" <<'END'
import os, signal, sys
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        parent = open("/proc/%s/stat" % pid).read().rpartition(")")[2].split()[1]
        if parent == sys.argv[1] and b"-lms" in open("/proc/%s/cmdline" % pid, "rb").read():
            os.kill(int(pid), signal.SIGKILL)
    except OSError:
        pass
END
wait_until 20 grep -q '"what":"interrupted"' ".azml/runs/$id/events.jsonl"
ok 'samples go on' wait_until 30 has_samples $(($(wc -l <".azml/runs/$id/gpu.jsonl") + 2))
is "$(grep -c '"what":"interrupted"' ".azml/runs/$id/events.jsonl")" 1 'which is told once'
azml-guile stop --signal=KILL "$id" >/dev/null 2>&1
azml-guile attach "$id" >/dev/null 2>&1
is "$(json ".azml/runs/$id/status.json" 'j["gpu"]["used"]')" yes 'and its use is known'

part 'free at the end, however it comes'
gpu=$(ask uuid)
before=$(ask memory.used "$gpu")
for how in $ends; do
  script="$tap_python $cuda 600 4096 & $tap_python $cuda 600 4096"
  case $how in
    stop | kill) script="trap '' TERM; $script" ;;
    crash) script="$tap_python $cuda 600 4096 & sleep $idle; kill -SEGV \$\$" ;;
    *) ;;
  esac
  limit=
  [ "$how" != limit ] || limit=--time-limit=6
  id=$(azml-guile run -d $limit --gpus all -- sh -c "$script")
  wait_until 60 log_has "$id" '^pid'
  sleep 2
  case $how in
    stop) azml-guile stop --grace=1 "$id" >/dev/null 2>&1 ;;
    kill) azml-guile stop --signal=KILL "$id" >/dev/null 2>&1 ;;
    keeper | runner)
      kill -9 "$(sed -n "s/^$how \([0-9]*\).*/\1/p" ".azml/runs/$id/alive")"
      ;;
    both)
      # shellcheck disable=SC2046 # two pids
      kill -9 $(sed -n 's/^[a-z]* \([0-9]*\).*/\1/p' ".azml/runs/$id/alive")
      ;;
    *) ;;
  esac
  azml-guile attach "$id" >/dev/null 2>&1
  diag "$how: $(json ".azml/runs/$id/status.json" 'j["state"], j.get("cause"), j.get("gpu")')"
  is "$(json ".azml/runs/$id/status.json" 'j["gpu"].get("left", 0)')" 0 \
    "$how: no process is left on the GPU"
  ok "$how: none of its memory is in use" wait_until 20 memory_is_free "$gpu" "$before"
  unlike "$(azml-guile gpu)" "run $(echo "$id" | cut -c1-6)" "$how: and it is nobody's"
done
diag "$(azml-guile gpu 2>&1)"
part 'the end'

done_testing
