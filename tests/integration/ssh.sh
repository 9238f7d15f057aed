# tests/integration/ssh.sh: connections to real SSH servers; sourced after tap.sh and
# tests/fixtures/sshd.sh.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

HOME=$ssh_home
export HOME
door=libssh

# description NAME [KEY=JSON...]: a connection to the host NAME.
description ()
{
  printf '{"kind":"ssh","door":"%s","config":"%s","address":"%s"' \
    "$door" "$ssh_home/.ssh/config" "$1"
  shift
  for item; do
    printf ',"%s":%s' "${item%%=*}" "${item#*=}"
  done
  echo '}'
}

# through NAME [KEY=JSON...] -- LINE...: execute LINEs over one connection, without a
# terminal.
through ()
{
  through_name=$1
  shift
  through_items=
  while [ "$1" != -- ]; do
    through_items="$through_items $1"
    shift
  done
  shift
  # shellcheck disable=SC2086 # items have no blanks
  capture_stdin timeout -k 5 100 setsid -w "$AZML_BUILDDIR/tests/c/ssh-tool" \
    "$(description "$through_name" $through_items)" "$@" <"${input:-/dev/null}"
}

# typing ANSWERS NAME [KEY=JSON...] -- LINE...: the same on a terminal, on which each
# line of ANSWERS is typed when something is asked; what was shown is in `shown`.
typing ()
{
  typing_answers=$1 through_name=$2
  shift 2
  through_items=
  while [ "$1" != -- ]; do
    through_items="$through_items $1"
    shift
  done
  shift
  # shellcheck disable=SC2086
  capture timeout -k 5 100 "${PYTHON:-python3}" "$AZML_SRCDIR/tests/fixtures/type.py" "$typing_answers" \
    shown "$AZML_BUILDDIR/tests/c/ssh-tool" \
    "$(description "$through_name" $through_items)" "$@"
}

# refused REGEXP NAME: the last one failed, and a line of its errors says REGEXP.
refused ()
{
  is "$status" 250 "$2 (status)"
  like "$(err)" "$1" "$2"
}

# The fingerprint of a server's key, as a regular expression.
fingerprint ()
{
  ssh-keygen -lf "$sshd_folder/$1/host_key.pub" | cut -d ' ' -f 2 | sed 's/+/[+]/g'
}
