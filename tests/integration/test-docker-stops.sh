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

# The sleeps with the word that the job carries in its command line. All of them are asked at once:
# a run that lasts for seconds must not be over before it is seen.
processes ()
{
  grep -slxz "9$mark_number" /proc/[0-9]*/cmdline | while read -r file; do
    read -r name <"${file%cmdline}comm" && [ "$name" = sleep ] \
      && basename "${file%/cmdline}"
  done 2>/dev/null
}
mark_number=$(($$ % 100000))
is_going () { [ -n "$(processes)" ]; }
is_gone () { [ -z "$(processes)" ]; }
is_listed () { [ -n "$(docker ps -q)" ]; }
nothing_left ()
{
  no_container_now "$1"
  ok "$1: no process is left" is_gone
}

recipe job -- "(command (list \"sh\" \"-c\" \"echo begun; sleep 9$mark_number & sleep 9$mark_number\"))" '(grace 5)'
# begin NAME [RECIPE]
begin ()
{
  id=$(azml-guile run --detach "${2-job}.scm")
  { wait_until 30 is_going && wait_until 30 is_listed; } || fail "$1 begins"
}

begin stop
capture azml-guile stop "$id"
is "$status" 0 'stop'
wait_until 20 is_state canceled
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
begin 'a container that is paused'
docker pause "$(docker ps -q)" >/dev/null
capture azml-guile stop "$id"
is "$status" 0 'stop of a paused container'
wait_until 20 is_state canceled
is "$(state "$id")" canceled 'a paused container: its state'
nothing_left 'a paused container'

recipe later -- "(command (list \"sleep\" \"9$mark_number\"))" '(time-limit 8)' '(grace 1)'
begin 'a paused container and a time limit' later
docker pause "$(docker ps -q)" >/dev/null
wait_until 30 is_state failed
is "$(json ".azml/runs/$id/status.json" 'j["cause"]')" 'time limit' 'a paused container: its time limit counts'
nothing_left 'a paused container with a time limit'

recipe once -- "(command (list \"sh\" \"-c\" \"sleep 9$mark_number & while [ ! -e outputs/go ]; do sleep 0.1; done; kill \$!; echo over\"))"
begin 'a container that is paused for a while' once
docker pause "$(docker ps -q)" >/dev/null
: >".azml/runs/$id/outputs/go"
sleep 1
is "$(state "$id")" running 'a paused container: its run goes on'
docker unpause "$(docker ps -q)" >/dev/null
wait_until 30 is_state completed
is "$(state "$id") $(cat ".azml/runs/$id/log")" 'completed over' 'a container that was paused: its end is its own'

begin 'a job that is suspended'
# shellcheck disable=SC2046 # numbers
kill -STOP $(processes)
is "$(state "$id")" running 'a suspended job: its run goes on'
capture azml-guile stop "$id"
is "$status" 0 'stop of a suspended job'
wait_until 20 is_state canceled
is "$(state "$id")" canceled 'a suspended job: its state'
nothing_left 'a suspended job'

begin 'a container that is stopped'
docker stop -t 20 "$(docker ps -q)" >/dev/null
ok 'a stopped container: the run ends' wait_until 30 is_state failed
like "$(json ".azml/runs/$id/status.json" 'j["cause"], j["message"]')" \
  "^.'signal', 'SIGTERM came from outside: the container was stopped" 'a stopped container: the cause'
nothing_left 'a stopped container'

# What the engine warns of when it makes the container is not why that ended.
mkdir warns
cat >warns/docker <<END
#!/bin/sh
[ "\$1" != run ] || echo 'WARNING: IPv4 forwarding is disabled. Networking will not work.' >&2
exec $(command -v docker) "\$@"
END
chmod 755 warns/docker
usual=$PATH
PATH=$PWD/warns:$PATH
begin 'a container that is killed'
PATH=$usual
docker kill "$(docker ps -q)" >/dev/null
ok 'a killed container: the run ends' wait_until 30 is_state failed
is "$(json ".azml/runs/$id/status.json" 'j["cause"], j["message"]')" \
  "('container', 'the container was ended from outside')" 'a killed container: the cause'
nothing_left 'a killed container'

interrupted_run job.scm is_going
is "$status" 130 'Ctrl-C'
nothing_left Ctrl-C

begin 'a dead runner'
kill -KILL "$(pids_of "$id" runner)"
ok 'a dead runner: the keeper writes the end' wait_until 20 is_state failed
is "$(json ".azml/runs/$id/status.json" 'j["cause"]')" 'runner killed' 'a dead runner: the cause'
nothing_left 'a dead runner'

begin 'a dead keeper'
kill -KILL "$(pids_of "$id" keeper)"
ok 'a dead keeper: the runner writes the end' wait_until 20 is_state failed
nothing_left 'a dead keeper'

begin 'both dead'
kill -STOP "$(pids_of "$id" keeper)"
kill -KILL "$(pids_of "$id" runner)" "$(pids_of "$id" keeper)"
empty () { [ -z "$(docker ps -q)" ]; }
ok 'both dead: the container ends by itself' wait_until 20 empty
azml-guile history refresh >/dev/null 2>&1
ok 'both dead: the next who looks writes the end' is_state failed
nothing_left 'both dead'
done_testing
