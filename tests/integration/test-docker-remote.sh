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

# The engine belongs to that machine: only what logs in there knows of it.
sshd_other_account there
AS=there sshd_start gpu1 "SetEnv DOCKER_HOST=$DOCKER_HOST DOCKER_CONFIG=$DOCKER_CONFIG"
HOME=$ssh_home
export HOME
mkdir "$scratch/project"
cd "$scratch/project" || exit 99
cat >recipe.scm <<EOF
(use-modules (azml))
(define box
  (compute-target (name "box") (type 'remotedocker) (address "gpu1")
                  (config "$ssh_home/.ssh/config")
                  (base-docker-image "azml-test/base")))
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
done_testing
