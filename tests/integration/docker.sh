# tests/integration/docker.sh: what the tests of runs in containers share; POSIX sh, to be
# sourced after tests/cli/tap.sh and tests/cli/azml.sh.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/fixtures/docker.sh"

AZML_ROOT=$tap_folder/root
export AZML_ROOT

# recipe NAME [TARGET-FIELD... -- EXPERIMENT-FIELD...]: write NAME.scm, an experiment NAME
# whose target is a container of the base image.
recipe ()
{
  recipe_name=$1 recipe_target='' recipe_image='(base-docker-image "azml-test/base")'
  shift
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    case $1 in *base-docker-image*) recipe_image='' ;; esac
    recipe_target="$recipe_target
      $1"
    shift
  done
  [ $# -eq 0 ] || shift
  cat >"$recipe_name.scm" <<RECIPE
(use-modules (azml))
(experiment
  (name "$recipe_name")
  (target (compute-target (name "box") (type 'docker) $recipe_image $recipe_target))
  $*)
RECIPE
}

# run_status EXPRESSION: of status.json of the latest run, as j.
run_status ()
{
  json "$(run_folder)/status.json" "$1"
}

# Is the run $id in STATE?
is_state () { [ "$(state "$id")" = "$1" ]; }

# pids_of RUN keeper|runner: the process that is in charge of it as that.
pids_of () { sed -n "s/^$2 \([0-9]*\) .*/\1/p" ".azml/runs/$1/alive"; }

# interrupted_run RECIPE COMMAND...: run RECIPE, and press Ctrl-C once COMMAND succeeds; $status is
# the exit code then. What a shell starts in the background ignores INT.
interrupted_run ()
{
  setsid "$tap_python" -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp("azml-guile", ["azml-guile", "run", sys.argv[1]])' "$1" >"$scratch/out" 2>&1 &
  client=$!
  shift
  wait_until 30 "$@"
  kill -INT "$client"
  wait "$client"
  status=$?
}

# slow_docker SECONDS: slow/docker, which goes on for so long when a container was run, and then
# makes the file waited.
slow_docker ()
{
  mkdir slow
  cat >slow/docker <<END
#!$(command -v "$tap_python")
import subprocess, sys, time
code = subprocess.call(["$(command -v docker)"] + sys.argv[1:])
if sys.argv[1] == "run":
    time.sleep($1)
    open(sys.argv[0].replace("/slow/docker", "/waited"), "w").close()
sys.exit(code)
END
  chmod 755 slow/docker
}

# No container of ours is left; that of a run that has ended by itself goes a moment later.
none_is_left () { [ -z "$(docker_containers)" ]; }
no_container ()
{
  wait_until 10 none_is_left
  is "$(docker_containers)" '' "$1: no container is left"
}

# The same at once: said when the state is terminal, where the run was ended.
no_container_now ()
{
  is "$(docker_containers)" '' "$1: no container is left"
}
