#!/bin/sh
# test-docker-copy.sh: containers into which files are copied, as the target says or because
# the daemon cannot mount them; what comes back, however they end.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/docker.sh"

docker_wanted 'copies in place of mounts'
docker_start
docker_base_image
long=$(printf 'l%.0s' $(seq 150))

mkdir "$scratch/data"
echo content >"$scratch/data/file"
cat >train.py <<'EOP'
import json, os, sys
import azml
run, out = os.environ["AZML_RUN_DIR"], os.environ["AZML_OUTPUT_DIR"]
mounts = [line.split()[4] for line in open("/proc/self/mountinfo")]
with open(os.path.join(out, "facts.json"), "w") as file:
    json.dump({"uid": os.getuid(), "cwd": os.getcwd(), "pid1": open("/proc/1/comm").read().strip(),
               "mounted": [m for m in mounts if m.startswith((run, "/opt", "/azureml"))],
               "secret": os.environ["SECRET"], "helper": os.access("helper.sh", os.X_OK),
               "link": os.readlink("link"), "step": open("step").read().strip(),
               "input": open(os.path.join(os.environ["AZML_INPUT_DIR"], "data", "file")).read(),
               "share": open("/azureml-share/before").read()}, file)
os.makedirs(os.path.join(out, "deep", "l" * 150, "empty"))
with open(os.path.join(out, "deep", "l" * 150, "n\new, \"o'd"), "wb") as file:
    file.write(b"\0" * 100000)
os.symlink("facts.json", os.path.join(out, "link"))
os.link(os.path.join(out, "facts.json"), os.path.join(out, "same.json"))
open("checkpoint", "w").write("kept")
open("/azureml-share/after", "w").write("written in there")
open(os.path.join(os.environ["HOME"], "x"), "w").close()
azml.log("loss", 0.25)
print("to the log"); print("and this", file=sys.stderr)
sys.exit(int(sys.argv[1]))
EOP
echo '#!/bin/sh' >helper.sh
chmod +x helper.sh
ln -s train.py link
mkdir "$long"
echo deep >"$long/$long"
fields='(script "train.py") (variables (list (cons "SECRET" "not-for-inspect")))
  (inputs (list (local-path "'"$scratch"'/data")))
  (steps (list (step (name "make") (command (list "sh" "-c" "echo stepped; echo made >step")))))'
fact () { json "$folder/outputs/facts.json" "j['$1']"; }

# came_back NAME: everything of the script above.
came_back ()
{
  is "$(fact input):$(fact secret):$(fact step)" content:not-for-inspect:made "$1: inputs, variables and steps"
  is "$(fact helper) $(fact link) $(fact cwd)" "True train.py $PWD/$folder/source" "$1: the source is as it is outside"
  is "$(fact share)" 'from before' "$1: the shared folder is there"
  is "$(cat "$AZML_ROOT"/share/*/after)" 'written in there' "$1: and what was written to it"
  is "$(readlink "$folder/outputs/link") $(cat "$folder/source/checkpoint")" 'facts.json kept' "$1: links and files beside the outputs"
  is "$(find "$folder/outputs/deep" -size +97k -printf 'x\n' | wc -l) $(find "$folder/outputs" -name empty -type d | wc -l)" '1 1' \
    "$1: long and odd names"
  is "$(stat -c %h "$folder/outputs/same.json")" 2 "$1: two names of a file"
  like "$(cat "$folder/metrics.jsonl")" '"loss"' "$1: metrics"
  is "$(cat "$folder/log")" 'to the log
and this' "$1: the log"
  like "$(cat "$folder/prepare.log")" '^stepped$' "$1: what steps print"
  is "$(run_status 'j["left_in_source"] >= 1')" True "$1: a file that is left in the source is counted"
}
# with_share: the folder is the project's, so it must have been made.
capture azml-guile run -- true
echo 'from before' >"$(echo "$AZML_ROOT"/share/*)/before"
recipe copied '(shared-volumes #f)' -- "$fields (arguments (list \"0\"))"
capture azml-guile run copied.scm
folder=$(run_folder)
is "$status" 0 'a run with copies'
like "$(err)" 'files are copied into the container: the target says so' 'it is said'
is "$(fact mounted)" '[]' 'nothing is mounted'
is "$(run_status 'j["container"]["copied"], j["memory"]["peak_tree"] > 1000000')" '(True, True)' \
  'status.json knows, and has the memory of the script'
came_back 'copies'
unlike "$(docker ps -a --no-trunc)" azml- 'copies: no container'
not_ok 'nothing that holds the variables is left' test -e "$folder/container"
no_container_now 'after copies'

recipe copied '(shared-volumes #f)' -- "$fields (arguments (list \"3\"))"
capture azml-guile run copied.scm
folder=$(run_folder)
is "$status $(run_status 'j.get("cause"), j["exit_code"]')" '3 (None, 3)' 'the script'\''s exit code'
is "$(fact input)" content 'the outputs of one that failed'
is "$(cat train.py | wc -l)" "$(wc -l <"$folder/source/train.py")" 'the source is whole'
recipe copied '(shared-volumes #f)' -- '(command (list "no-such-program"))'
capture azml-guile run copied.scm
is "$status $(run_status 'j["cause"]')" '127 not found' 'a program that the image does not have'
recipe copied '(shared-volumes #f)' '(options (list "--read-only"))' -- '(command (list "true"))'
capture azml-guile run copied.scm
is "$status $(run_status 'j["cause"]')" '125 container' 'a container that takes no copies'
like "$(err)" 'copy into the container' 'is told'
no_container 'after failures'

# Stopped, and killed.
recipe slow '(shared-volumes #f)' -- '(command (list "sh" "-c" "echo kept >$AZML_OUTPUT_DIR/kept; echo begun; sleep 600"))'
begun () { grep -q begun ".azml/runs/$id/log"; }
id=$(azml-guile run --detach slow.scm)
wait_until 60 begun
pass 'the log comes while it runs'
capture azml-guile stop "$id"
is "$(state "$id"):$(cat ".azml/runs/$id/outputs/kept")" canceled:kept 'stopped: the outputs come back'
no_container_now 'stopped'
recipe stubborn '(shared-volumes #f)' -- '(grace 1)
  (command (list "sh" "-c" "trap : TERM INT; echo kept >$AZML_OUTPUT_DIR/kept; echo begun; while :; do sleep 1; done"))'
id=$(azml-guile run --detach stubborn.scm)
wait_until 60 begun
capture azml-guile stop "$id"
is "$(state "$id"):$(cat ".azml/runs/$id/outputs/kept")" canceled:kept 'one that does not want to end, too'
no_container 'that'
id=$(azml-guile run --detach slow.scm)
wait_until 60 begun
pid=$(json ".azml/runs/$id/status.json" 'j["pid"]')
# shellcheck disable=SC2046 # words
kill -KILL "$pid" $(cat "/proc/$pid/task/$pid/children")
capture azml-guile history list
wait_until 60 is_state failed
is "$(state "$id"):$(cat ".azml/runs/$id/outputs/kept")" failed:kept 'keeper and runner killed: the outputs come back'
no_container 'killed'

# An engine that cannot mount: this one refuses in the words of a daemon that may not look into
# the folder, as root on a network file system.
mkdir "$tap_folder/bin"
docker=$(command -v docker)
cat >"$tap_folder/bin/docker" <<END
#!/bin/sh
case "\$1 \$*" in
  run\ *--mount*train*|run\ *"$PWD"*)
    echo 'docker: Error response from daemon: invalid mount config for type "bind": stat $PWD/.azml/runs: permission denied.' >&2
    exit 125 ;;
esac
exec "$docker" "\$@"
END
chmod 755 "$tap_folder/bin/docker"
recipe copied -- "$fields (arguments (list \"0\"))"
rm -f "$AZML_ROOT"/share/*/after
PATH=$tap_folder/bin:$PATH capture azml-guile run copied.scm
folder=$(run_folder)
is "$status" 0 'a daemon that cannot mount the run directory'
like "$(err)" 'files are copied into the container: the daemon cannot mount' 'it is said'
came_back 'not mounted'
no_container 'not mounted'

# As somebody who is not root.
mkdir "$tap_folder/user"
chown "$docker_user" "$tap_folder/user"
cd "$tap_folder/user" || exit 99
recipe job '(shared-volumes #f)' -- '(command (list "sh" "-c" "id -un; echo x >$AZML_OUTPUT_DIR/x; echo y >$HOME/y"))'
chmod 755 "$tap_folder" "$scratch"
capture as_ordinary env AZML_ROOT="$tap_folder/user/root" azml-guile run job.scm
if [ "$status" = 126 ]; then
  skip 'an ordinary user has a name, and a home' 'the build is closed to other users'
  skip 'and gets the outputs' 'the build is closed to other users'
else
  is "$status:$(out)" "0:$docker_user" 'an ordinary user has a name, and a home'
  is "$(cat .azml/runs/*/outputs/x)" x 'and gets the outputs'
fi
is "$(find .azml ! -user "$docker_user" | head -n 3)" '' 'all files are the user'\''s'
no_container 'of an ordinary user'
done_testing
