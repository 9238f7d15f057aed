#!/bin/sh
# test-docker-run.sh: a command in a container: what it sees, who it is, how it ends.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/docker.sh"

docker_wanted 'a run in a container'
docker_start
docker_base_image

mkdir "$scratch/data" "$scratch/p r,o\"ject"
echo content >"$scratch/data/file"
# An odd name must survive the options of the mounts.
cd "$scratch/p r,o\"ject" || exit 99
cat >train.py <<'EOP'
import getpass, json, os, sys
import azml
with open(os.path.join(os.environ["AZML_OUTPUT_DIR"], "facts.json"), "w") as out:
    json.dump({"uid": os.getuid(), "gid": os.getgid(), "pid1": open("/proc/1/comm").read().strip(),
               "home": os.environ["HOME"], "user": getpass.getuser(), "cwd": os.getcwd(),
               "id": os.environ["AZML_RUN_ID"], "secret": os.environ.get("SECRET"),
               "share": os.environ["AZUREML_NATIVE_SHARE_DIRECTORY"],
               "input": open(os.path.join(os.environ["AZML_INPUT_DIR"], "data", "file")).read(),
               "shm": os.statvfs("/dev/shm").f_blocks * os.statvfs("/dev/shm").f_frsize,
               "host": os.path.exists("/work") or os.path.exists("/boot/grub")}, out)
open(os.path.join(os.environ["HOME"], "x"), "w").close()
open("/azureml-share/shared", "w").write("kept")
try:
    open(os.path.join(os.environ["AZML_INPUT_DIR"], "data", "new"), "w")
    print("the input can be written to")
except OSError:
    print("the input is read-only")
azml.log("loss", 0.25)
sum(i * i for i in range(3000000))
print("done", sys.argv[1:])
EOP
recipe digits '(shm-size "128m")' -- '(script "train.py") (arguments (list "a b" "x"))
  (variables (list (cons "SECRET" "not-for-inspect")))
  (inputs (list (local-path "'"$scratch"'/data")))'
capture azml-guile run digits.scm
is "$status" 0 'a run in a container'
like "$(out)" "^done \['a b', 'x'\]\$" 'its log is shown, its arguments arrive whole'
like "$(out)" '^the input is read-only$' 'an input is mounted read-only'
folder=$(run_folder)
fact () { json "$folder/outputs/facts.json" "j['$1']"; }
is "$(fact uid):$(fact gid)" "$(id -u):$(id -g)" 'it is this user'
is "$(fact pid1)" azml-runner 'the runner is the first process'
is "$(fact user)" "$(id -un)" 'it has a name'
is "$(fact home)" "$PWD/$folder/home" 'its home is in the run directory'
is "$(fact cwd)" "$PWD/$folder/source" 'the run directory has the same name inside'
is "$(fact secret)" not-for-inspect 'variables arrive'
is "$(fact share)" /azureml-share/ 'the shared directory'
is "$(fact input)" content 'an input can be read'
is "$(fact shm)" 134217728 'shared memory as the target says'
is "$(cat "$AZML_ROOT"/share/*/shared)" kept 'what is written to the shared directory stays'
is "$(run_status 'j["state"]')" completed 'its state'
is "$(run_status 'j["cpu"]["user"] > 0.05')" True 'its CPU time'
is "$(run_status 'j["memory"]["peak_tree"] > 5000000')" True 'its peak memory'
is "$(json "$folder/inner.json" 'j["exit_code"]')" 0 'inner.json says how it ended'
like "$(cat "$folder/metrics.jsonl")" '"loss"' 'metrics'
not_ok 'nothing that holds the variables is left' test -e "$folder/container"
no_container 'after a run'

# The engine is slow to remove the container: a run that has ended does not wait for it.
slow_docker 300
recipe quick -- '(command (list "sh" "-c" "echo said; exit 5"))'
PATH=$PWD/slow:$PATH capture azml-guile run quick.scm
is "$status:$(out)" 5:said 'the engine is slow: how the command ended'
is "$(run_status 'j["durations"]["total"] < 200')" True 'the run does not wait for the removal'
engine () { grep -lsa "[s]low/docker" /proc/[0-9]*/cmdline | head -n 1; }
no_engine () { [ -z "$(engine)" ]; }
ok 'the command of the engine is gone' wait_until 5 no_engine
not_ok 'it was ended' test -e waited
no_container 'which is done all the same'

# The script's own codes are told from the engine's.
for code in 3 125 126 127; do
  recipe code -- "(command (list \"sh\" \"-c\" \"exit $code\"))"
  capture azml-guile run code.scm
  is "$status $(run_status 'j.get("cause"), j["exit_code"]')" "$code (None, $code)" \
    "the script's own exit code $code"
done
recipe code -- '(command (list "sh" "-c" "kill -9 $$"))'
capture azml-guile run code.scm
is "$status" 137 'a signal'
is "$(run_status 'j["cause"], j["signal"]')" "('signal', 9)" 'a signal is told'
recipe code -- '(command (list "no-such-program"))'
capture azml-guile run code.scm
is "$status $(run_status 'j["cause"]')" '127 not found' 'a program that the image does not have'
recipe code -- '(command (list "/etc/passwd"))'
capture azml-guile run code.scm
is "$status $(run_status 'j["cause"]')" '126 not executable' 'a file that is no program'
recipe code '(setup (list "export HELLO=there"))' -- '(command (list "sh" "-c" "echo $HELLO"))'
capture azml-guile run code.scm
like "$(out)" '^there$' 'setup lines run inside'
recipe code -- '(command (list "cat" "step")) (steps (list (step (name "make") (command (list "sh" "-c" "cat /proc/1/comm >step")))))'
capture azml-guile run code.scm
like "$(out)" '^azml-runner$' 'preparation steps run inside'
recipe code -- '(command (list "true")) (steps (list (step (name "break") (command (list "sh" "-c" "echo broken; exit 4")))))'
capture azml-guile run code.scm
is "$status $(run_status 'j["cause"]')" '125 preparation' 'a step that fails'
like "$(run_status 'j["message"]')" "step 'break' exited with code 4" 'says which'

# This engine has nothing that could give a GPU to a container: a run that asks for one must
# not go on without it.
AZML_NVIDIA_SMI=$AZML_SRCDIR/tests/fixtures/nvidia-smi
NVIDIA_SMI_MACHINE=$AZML_SRCDIR/tests/fixtures/gpu/two.json
export AZML_NVIDIA_SMI NVIDIA_SMI_MACHINE
recipe code '(options (list "--label=x=y"))' -- '(command (list "echo" "ran"))'
capture azml-guile run --gpus 1 code.scm
is "$status" 125 'a GPU that the engine cannot give ends the run before it begins'
unlike "$(out)" '^ran$' 'its command was not executed'
like "$(err)" 'cannot give GPUs to containers' 'the cause is said'
like "$(err)" 'NVIDIA Container Toolkit' 'and what to do'
capture azml-guile run --gpus 0 code.scm
like "$status:$(out)" '^0:ran$' 'a run that wants none does not ask for any'
unset AZML_NVIDIA_SMI NVIDIA_SMI_MACHINE

# As somebody who is not root.
mkdir "$tap_folder/user"
chown "$docker_user" "$tap_folder/user"
cp train.py "$tap_folder/user"
cd "$tap_folder/user" || exit 99
recipe digits -- '(script "train.py") (inputs (list (local-path "'"$scratch"'/data")))'
chmod 755 "$tap_folder" "$scratch"
capture as_ordinary env AZML_ROOT="$tap_folder/user/root" azml-guile run digits.scm
if [ "$status" = 126 ]; then
  skip 'a run of an ordinary user' 'the build is closed to other users'
  skip 'is that user inside, by name' 'the build is closed to other users'
else
  is "$status" 0 'a run of an ordinary user'
  folder=$(echo .azml/runs/*)
  is "$(fact uid):$(fact user)" "$(id -u "$docker_user"):$docker_user" 'is that user inside, by name'
fi
is "$(find .azml ! -user "$docker_user" | head -n 3)" '' 'all files are the user'\''s'
no_container 'after that'
done_testing
