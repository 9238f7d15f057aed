#!/bin/sh
# test-docker-late.sh: a run ends while the daemon, which is slow, still makes its container.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/docker.sh"

docker_wanted 'containers that come late'
docker_start
docker_base_image
direct=$DOCKER_HOST

slow=$docker_folder/slow.sock
mkfifo "$scratch/pipe"
"$tap_python" "$AZML_SRCDIR/tests/fixtures/slow-daemon.py" "$slow" "${DOCKER_HOST#unix://}" 4 \
  /containers/create <"$scratch/pipe" >/dev/null 2>&1 &
exec 8>"$scratch/pipe"
wait_until 20 test -S "$slow"
DOCKER_HOST=unix://$slow

held () { [ -s "$slow.held" ]; }
all_passed () { [ "$(wc -l <"$slow.held")" = "$(wc -l <"$slow.passed")" ]; }
# begin RECIPE: until the daemon was told to make the container.
begin ()
{
  rm -f "$slow.held" "$slow.passed"
  id=$(azml-guile run --detach "$1.scm")
  wait_until 30 held || fail "$1: the daemon is asked for a container"
}
over () { case $(state "$id") in completed | failed | canceled) ;; *) return 1 ;; esac; }
# none_comes NAME STATE: that is the end of the run; there is no container then, nor later, when the
# daemon has done all that it was told.
none_comes ()
{
  wait_until 60 over
  is "$(state "$id")" "$2" "$1: its state"
  is "$(DOCKER_HOST=$direct docker_containers)" '' "$1: no container is left at the end"
  wait_until 20 all_passed
  pause 10
  DOCKER_HOST=$direct wait_until 20 none_is_left
  is "$(DOCKER_HOST=$direct docker ps -a --format '{{.Status}}')" '' "$1: and none stays that comes later"
}

recipe job -- '(command (list "sleep" "600"))' '(grace 2)'
begin job
capture azml-guile stop "$id"
none_comes stop canceled

recipe limit -- '(command (list "sleep" "600"))' '(time-limit 1)' '(grace 1)'
begin limit
none_comes 'a time limit' failed

rm -f "$slow.held" "$slow.passed"
interrupted_run job.scm held
is "$status" 130 'Ctrl-C'
id=$(basename "$(run_folder)")
none_comes 'Ctrl-C' canceled

begin job
kill -KILL "$(pids_of "$id" runner)"
none_comes 'a dead runner' failed

begin job
kill -STOP "$(pids_of "$id" keeper)"
kill -KILL "$(pids_of "$id" runner)" "$(pids_of "$id" keeper)"
pause 5
azml-guile history refresh >/dev/null 2>&1
none_comes 'both dead' failed

recipe copy '(shared-volumes #f)' -- '(command (list "sleep" "600"))' '(grace 2)'
begin copy
capture azml-guile stop "$id"
none_comes 'a stop before copies' canceled

recipe build -- '(command (list "true")) (environment (environment (pip (list "azml-demo"))))' '(grace 2)'
begin build
capture azml-guile stop "$id"
none_comes 'a stop of a build' canceled

# A daemon that takes long is waited for where nobody wants the run to end.
recipe patient -- '(command (list "echo" "ran"))'
capture azml-guile run patient.scm
is "$status:$(out)" '0:ran' 'a slow daemon by itself is no failure'
DOCKER_HOST=$direct
no_container 'at the end'
exec 8>&-
done_testing
