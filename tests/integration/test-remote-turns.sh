#!/bin/sh
# test-remote-turns.sh: how often a run on another machine waits for an answer.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/remote.sh"

DOOR=libssh
AS=other sshd_start gpu1-server 'MaxSessions 1'
AS=other relay_start gpu1 gpu1-server --delay 50
remote_attach gpu1 gpu1

# turns_of COMMAND...: how many answers it waits for, one after the other.
turns_of ()
{
  relay_tell gpu1 reset >/dev/null
  "$@" >turns.out 2>turns.err || return 1
  relay_tell gpu1 turns
}

# The command ssh waits twice once it is connected: for its channel, and for the end.
connecting=$(turns_of ssh -F "$ssh_home/.ssh/config" gpu1 true)
ok "ssh is connected after $((connecting - 2)) answers" test "$connecting" -gt 3

# at_most N NAME BEFORE: a run needs so many once it is connected. On a machine that is
# very slow an answer may come when something else was to be sent anyway: then it looks
# like one that was waited for, so the least of some attempts counts, the later
# ones on a longer way.
at_most ()
{
  turns_least=99
  for turns_try in 1 2 3 4 5 6 7 8 9; do
    case $turns_try in
      4) relay_tell gpu1 delay 200 ;;
      7) relay_tell gpu1 delay 500 ;;
    esac
    eval "$3"
    turns_now=$(turns_of azml-guile run -q -c gpu1 recipe.scm) || turns_now=999
    turns_now=$((turns_now - connecting + 2))
    [ "$turns_now" -ge "$turns_least" ] || turns_least=$turns_now
    [ "$turns_least" -gt "$1" ] || break
  done
  ok "$2: $turns_least round trips, at most $1 (attempt $turns_try)" \
    test "$turns_least" -le "$1" || diag "$(cat turns.err)"
  relay_tell gpu1 delay 50
}

mkdir work
cat >recipe.scm <<'E2'
(use-modules (azml))
(experiment (name "trivial") (source "work") (command '("true")))
E2
azml-guile run -q -c gpu1 recipe.scm 2>first.err || diag "$(cat first.err)"
at_most 3 'nothing changed' :
at_most 4 'objects travel' 'head -c 300000 /dev/urandom >work/new'
at_most 4 'many objects' \
  'i=0; while [ $i -lt 300 ]; do echo "$turns_try $i" >"work/file-$i"; i=$((i + 1)); done'

done_testing
