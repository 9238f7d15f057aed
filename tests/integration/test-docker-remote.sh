#!/bin/sh
# test-docker-remote.sh: a container on another machine, reached by SSH as another user.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/docker.sh"
. "$AZML_SRCDIR/tests/fixtures/sshd.sh"

docker_wanted 'a run in a container behind an SSH server'
docker_start
docker_base_image
unset AZML_ROOT

# An index of packages, which only that machine's settings lead to.
mkdir "$scratch/index"
mkfifo "$scratch/pipe"
"$tap_python" "$AZML_SRCDIR/tests/fixtures/package-index.py" "$scratch/index" \
  <"$scratch/pipe" >/dev/null 2>&1 &
exec 8>"$scratch/pipe"
wait_until 20 test -f "$scratch/index/address"
pip="PIP_INDEX_URL=$(cat "$scratch/index/address") PIP_TRUSTED_HOST=127.0.0.1"

# The engine belongs to that machine: only what logs in there knows of it.
sshd_other_account there
AS=there sshd_start gpu1 "SetEnv DOCKER_HOST=$DOCKER_HOST DOCKER_CONFIG=$DOCKER_CONFIG $pip"
HOME=$ssh_home
export HOME
mkdir "$scratch/project"
cd "$scratch/project" || exit 99
cat >recipe.scm <<EOF
(use-modules (azml))
(define box
  (compute-target (name "box") (type 'remotedocker) (address "gpu1")
                  (config "$ssh_home/.ssh/config")
                  (base-docker-image "azml-test/base") (network "host")))
(experiment (name "demo") (target box) (script "demo.py")
            (environment (environment (pip (list "azml-demo")))))
EOF
cat >demo.py <<'EOF'
import sys
import azml_demo
print("installed in", sys.prefix)
EOF
cat >train.py <<'EOF'
import os
import azml
azml.log("loss", 0.5)
with open(os.path.join("outputs", "model"), "w") as file:
    file.write("model of %d in %s" % (os.getuid(), open("/proc/1/comm").read().strip()))
print("trained")
EOF
far ()
{
  env -u DOCKER_HOST azml-guile "$@"
}
capture far run -r recipe.scm -c box -- train.py
is "$status" 0 'a run in a container over there'
like "$(out)" '^trained$' 'its log is shown'
is "$(cat .azml/runs/*/outputs/model)" "model of $(id -u nobody) in azml-runner" \
  'it was that user, inside a container; its outputs came back'
is "$(json .azml/runs/*/status.json 'j["state"]')" completed 'it is recorded'
like "$(azml-guile history list)" 'loss=0.5' 'with its metric'
is "$(json .azml/runs/*/status.json 'j["container"]["base"], j["container"]["id"][:7]')" \
  "('azml-test/base', 'sha256:')" 'and with its image'
no_container 'after that'

capture far run -r recipe.scm -c box -- sh -c 'exit 7'
is "$status" 7 'the exit code is the command'\''s'
no_container 'after a command that failed'

id=$(far run -d -r recipe.scm -c box -- sh -c 'echo begun; sleep 600')
# shellcheck disable=SC2317,SC2329 # called below
begun ()
{
  far logs "$id" | grep -q begun
}
ok 'a run that goes on by itself' wait_until 60 begun
isnt "$(docker_containers)" '' 'has a container'
capture far stop "$id"
is "$status" 0 'it can be stopped from here'
no_container_now 'after a stop'

# The image of an environment is built once over there.
built () { cat .azml/runs/*/events.jsonl | grep -c '"what":"built"'; }
images () { docker images -q --no-trunc azml/env; }
capture far env build recipe.scm
is "$status" 0 'env build builds an image over there'
first=$(images)
is "$(echo "$first" | wc -l)" 1 'one'
capture far env build recipe.scm --json
is "$status $(json "$out_file" 'j[0]["built"]')" '0 False' 'another env build finds it'
capture far run recipe.scm
like "$status:$(out)" '^0:installed in /opt/azml/env$' 'a run has it'
echo '# changed' >>demo.py
capture far run recipe.scm
is "$status $(built)" '0 1' 'a run of another source, too: all is built once'
is "$(images)" "$first" 'nothing was built again'
exec 8>&-
done_testing
