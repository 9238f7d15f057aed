#!/bin/sh
# test-remote-cut.sh: the link to another machine cut at every stage of a run.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/remote.sh"
. "$AZML_SRCDIR/tests/integration/remote-stages.sh"

AS=other sshd_start gpu1-server 'MaxSessions 1'
AS=other relay_start gpu1 gpu1-server
remote_attach gpu1 gpu1

# A client that hears nothing for three seconds connects again; one that is more patient
# goes on with the connection that it had.
# Each stage has each door once.
other=libssh
for stage in sending preparing running fetching; do
  door=$other
  case $door in libssh) other=openssh ;; *) other=libssh ;; esac
  remote_door $door gpu1
  AZML_HEARTBEAT=1
  export AZML_HEARTBEAT
  stage_begin "$stage"
  relay_tell gpu1 freeze
  wait_until 60 grep -q 'no connection to gpu1 since' client.err
  pause 20
  stage_go
  stage_end "the link cut while $stage ($door)"
  like "$(cat client.err)" 'gpu1 answers again' 'it is said that the machine answers again'
  unset AZML_HEARTBEAT
  remote_door $other gpu1
  stage_begin "$stage"
  relay_tell gpu1 freeze
  pause 10
  stage_go
  stage_end "the link cut for a moment while $stage ($other)"
  unlike "$(cat client.err)" 'connecting again' 'nobody noticed'
done

# A real link, in a network of its own.
if netns_possible; then
  AS=other netns_start apart
  remote_attach apart apart
  run_apart ()
  {
    rm -f "$stage_go"/*
    : >"$stage_go/prepare"
    remote_runs >stage.before
    AZML_HEARTBEAT=1 azml-guile run -c apart recipe.scm >client.out 2>client.err &
    client=$!
    run=$(remote_new stage.before)
    remote_reaches "$run" running
  }
  run_apart
  netns_link apart down
  ok 'a network that is down is noticed' wait_until 30 grep -q 'no connection to apart' client.err
  pause 20
  : >"$stage_go/run"
  netns_link apart up
  stage_end 'a network down while running'
  run_apart
  netns_link apart down
  : >"$stage_go/run"
  ok 'the run ends while nobody can hear it' remote_reaches "$run" completed
  netns_link apart up
  stage_end 'a network down at the end'
fi

done_testing
