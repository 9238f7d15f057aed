#!/bin/sh
# test-docker-restart.sh: the Docker daemon is restarted while runs go on; disks that are full.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/docker.sh"

docker_wanted 'a daemon that is restarted'
docker_start --live-restore
docker_base_image

begun () { grep -q begun ".azml/runs/$id/log"; }
over () { case $(state "$id") in completed | failed | canceled) ;; *) return 1 ;; esac; }
empty () { [ -z "$(docker_containers)" ]; }
# It goes on until the file go is in its folder.
recipe job -- '(command (list "sh" "-c" "echo begun; while ! test -e ../go; do sleep 0.1; done; echo ended; exit 3"))'
# A daemon that is told to end before it has noted that a container runs ends that one, live-restore
# or not: it asks its list (the one that ps shows) whether there is any to be left alone.
listed () { [ -n "$(docker ps -q)" ]; }
none_listed () { [ -z "$(docker ps -q)" ]; }
begin ()
{
  id=$(azml-guile run --detach job.scm)
  wait_until 60 begun
  wait_until 60 listed
}
# What could not be removed when the run ended, because there was no daemon.
left ()
{
  ok "$1: when it is back no container runs" wait_until 20 none_listed
  azml-guile env gc >/dev/null 2>&1
  ok "$1: what is left is removed by env gc" empty
}
go () { : >".azml/runs/$id/go"; }

begin
docker_stop
docker_again
pause 20
is "$(state "$id")" running 'live-restore: the run goes on'
go
ok 'live-restore: it ends' wait_until 60 over
is "$(state "$id") $(json ".azml/runs/$id/status.json" 'j["exit_code"]')" 'failed 3' 'live-restore: with its own exit code'
is "$(cat ".azml/runs/$id/log")" 'begun
ended' 'live-restore: with all of its log'
ok 'live-restore: no container is left' wait_until 20 empty

begin
docker_stop
go
ok 'no daemon: the run ends' wait_until 60 over
is "$(state "$id") $(json ".azml/runs/$id/status.json" 'j["exit_code"]')" 'failed 3' 'no daemon: with its own exit code'
docker_again
left 'no daemon'

begin
docker_stop
azml-guile stop --signal KILL "$id" >/dev/null 2>&1
docker_again
ok 'a stop without a daemon: the run ends' wait_until 60 over
is "$(state "$id")" canceled 'a stop without a daemon: its state'
left 'a stop without a daemon'
docker_stop

docker_options=
docker_again
begin
docker_stop
ok 'without live-restore: the run ends with the daemon' wait_until 60 over
is "$(state "$id") $(json ".azml/runs/$id/status.json" 'j.get("cause")')" 'failed signal' \
  'without live-restore: its state, and the cause'
like "$(json ".azml/runs/$id/status.json" 'j.get("message")')" '^SIGTERM came from outside: .*daemon was shut down' \
  'without live-restore: whose doing it can be'
docker_again
left 'without live-restore'
begin
docker_stop KILL
docker_again
ok 'a daemon that was killed: the run ends when it is back' wait_until 60 over
is "$(state "$id")" failed 'a daemon that was killed: its state'
left 'a daemon that was killed'
docker_end

# An engine whose disk has room for the base image, and little more.
docker_disk=400m docker_start
docker_base_image
used=$(df -k --output=used "$docker_folder/data" | tail -n 1)
dd if=/dev/zero of="$docker_folder/data/ballast" bs=1024 count=$((400 * 1024 - used - 6000)) 2>/dev/null
recipe full -- '(command (list "true")) (environment (environment (pip (list "azml-demo"))))'
capture azml-guile run full.scm
is "$status $(run_status 'j["cause"]')" '125 environment' 'a disk that is full while an image is built'
like "$(err)" "build the environment's image: the disk of the Docker daemon is full" 'the cause is said'
like "$(err)" 'hint: .*env gc' 'and what to do'
like "$(cat "$(run_folder)/events.jsonl")" '"what":"little room"' 'which was told before the build began'
like "$(err)" '^only .* left in .*: the next step may fill it' 'and said'
no_container 'a full disk'
done_testing
