#!/bin/sh
# test-remote-factor.sh: runs on a machine that wants a second factor: a key, then a password
# and a code on the terminal, once for each command, and once for all with ControlMaster.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/remote.sh"

sshd_code=1234
AS=other sshd_start both 'UsePAM yes' 'AuthenticationMethods publickey,keyboard-interactive' \
  'KbdInteractiveAuthentication yes' 'MaxSessions 1' || fail 'an sshd'
sshd_code=
mkdir project
cd project || exit 99

# typing ANSWERS WORD...: a command on a terminal.
typing ()
{
  typing_answers=$1
  shift
  capture timeout -k 5 100 "$tap_python" "$AZML_SRCDIR/tests/fixtures/type.py" \
    "$typing_answers" shown "$@"
}

asked ()
{
  grep -c 'Code: ' shown
}

for DOOR in libssh openssh; do
  remote_attach "both-$DOOR" both
  # The first run places the runner.
  for run in first second; do
    typing 'secret other
1234' azml-guile run -q -c "both-$DOOR" -- echo here
    is "$status $(out) $(asked)" '0 here 1' "$DOOR: the $run run: asked once" || diag "$(cat shown)"
    not_ok "$DOOR: and the password is not shown" grep -q 'secret other' shown
  done
  typing 'secret other
1234' azml-guile computetarget check "both-$DOOR"
  is "$status $(asked)" '0 1' "$DOOR: computetarget check: asked once"
  typing 'secret other
0000
secret other
1234' azml-guile run -q -c "both-$DOOR" -- echo here
  is "$status $(out) $(asked)" '0 here 2' "$DOOR: a wrong code is asked for again" \
    || diag "$(cat shown)"
  capture setsid -w azml-guile run -q -c "both-$DOOR" -- echo here
  is "$status" 125 "$DOOR: nobody to ask"
  like "$(err)" 'login refused' "$DOOR: is said"
  like "$(err)" '^hint: ' "$DOOR: and what to do"
done

# One login for all that comes, from any process, with a terminal or without.
sshd_config both 'ControlMaster auto' "ControlPath $scratch/%C" 'ControlPersist 60'
typing 'secret other
1234' azml-guile run -q -c both-openssh -- echo here
is "$status $(out) $(asked)" '0 here 1' 'ControlMaster: the first run'
capture setsid -w azml-guile run -q -c both-openssh -- echo here
is "$status $(out)" '0 here' 'ControlMaster: the second, without a terminal'
ssh -F "$ssh_home/.ssh/config" -O exit both 2>"$err_file"

done_testing
