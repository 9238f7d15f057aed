#!/bin/sh
# test-docker-stops.sh: whatever ends a run in a container, nothing of it is left.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/docker.sh"

docker_wanted 'stops of containers'
docker_start
docker_base_image

# The word that the job carries in its command line: are there processes with it?
processes ()
{
  for process in /proc/[0-9]*; do
    { tr '\0' ' ' <"$process/cmdline"; } 2>/dev/null | grep -q "^sleep 9$mark_number" \
      && echo "${process#/proc/}"
  done
}
mark_number=$(($$ % 100000))
is_going () { [ -n "$(processes)" ]; }
is_gone () { [ -z "$(processes)" ]; }
nothing_left ()
{
  no_container_now "$1"
  ok "$1: no process is left" is_gone
}

recipe job -- "(command (list \"sh\" \"-c\" \"echo begun; sleep 9$mark_number & sleep 9$mark_number\"))" '(grace 5)'
begin ()
{
  id=$(azml-guile run --detach job.scm)
  wait_until 30 is_going || fail "$1 begins"
}

begin stop
capture azml-guile stop "$id"
is "$status" 0 'stop'
wait_until 20 test "$(state "$id")" = canceled
is "$(state "$id") $(json ".azml/runs/$id/status.json" 'j["cause"]')" 'canceled stopped' 'stop: its state'
nothing_left stop
like "$(cat ".azml/runs/$id/log")" '^begun$' 'stop: its log'

recipe limit -- "(command (list \"sleep\" \"9$mark_number\"))" '(time-limit 1)' '(grace 3)'
capture azml-guile run limit.scm
is "$status $(run_status 'j["cause"]')" '124 time limit' 'a time limit'
nothing_left 'a time limit'

# One that does not listen to signals.
recipe deaf -- "(command (list \"sh\" \"-c\" \"trap '' TERM INT; sleep 9$mark_number; sleep 9$mark_number\"))" '(time-limit 1)' '(grace 1)'
capture azml-guile run deaf.scm
is "$status" 124 'a deaf job'
nothing_left 'a deaf job'

# By the engine's own commands, behind our back.
ended () { [ "$(state "$id")" = failed ]; }
begin 'a container that is paused'
docker pause "$(docker ps -q)" >/dev/null
capture azml-guile stop "$id"
is "$status" 0 'stop of a paused container'
wait_until 20 test "$(state "$id")" = canceled
is "$(state "$id")" canceled 'a paused container: its state'
nothing_left 'a paused container'

begin 'a container that is killed'
docker kill "$(docker ps -q)" >/dev/null
ok 'a killed container: the run ends' wait_until 30 ended
is "$(json ".azml/runs/$id/status.json" 'j["cause"], j["message"]')" \
  "('container', 'the container was ended from outside')" 'a killed container: the cause'
nothing_left 'a killed container'

# What a shell starts in the background ignores INT.
setsid "$tap_python" -c 'import os, signal
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp("azml-guile", ["azml-guile", "run", "job.scm"])' >"$scratch/out" 2>&1 &
client=$!
wait_until 30 is_going
kill -INT "$client"
wait "$client"
is "$?" 130 'Ctrl-C'
nothing_left Ctrl-C

pids_of () { sed -n "s/^$2 \([0-9]*\) .*/\1/p" ".azml/runs/$1/alive"; }

begin 'a dead runner'
kill -KILL "$(pids_of "$id" runner)"
ok 'a dead runner: the keeper writes the end' wait_until 20 ended
is "$(json ".azml/runs/$id/status.json" 'j["cause"]')" 'runner killed' 'a dead runner: the cause'
nothing_left 'a dead runner'

begin 'a dead keeper'
kill -KILL "$(pids_of "$id" keeper)"
ok 'a dead keeper: the runner writes the end' wait_until 20 ended
nothing_left 'a dead keeper'

begin 'both dead'
kill -STOP "$(pids_of "$id" keeper)"
kill -KILL "$(pids_of "$id" runner)" "$(pids_of "$id" keeper)"
empty () { [ -z "$(docker ps -q)" ]; }
ok 'both dead: the container ends by itself' wait_until 20 empty
azml-guile history refresh >/dev/null 2>&1
ok 'both dead: the next who looks writes the end' ended
nothing_left 'both dead'
done_testing
