# tests/cli/tap.sh: Test Anything Protocol for shell tests; POSIX sh, to be sourced.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   . "$AZML_SRCDIR/tests/cli/tap.sh"
#   capture azml-guile --version          # sets $status; writes $out_file, $err_file
#   is "$status" 0 'prints its version'
#   like "$(out)" '^azml-guile [0-9]' 'the version is a number'
#   done_testing
#
# $scratch is a folder of this test alone; it is the working folder at the start
# and is removed at the end.  Programs of the build come from $AZML_BUILDDIR.

: "${AZML_SRCDIR:?run this through make check}" "${AZML_BUILDDIR:?}"

tap_count=0
tap_failed=0
tap_finished=no
status=0

tap_folder=$(mktemp -d "${TMPDIR:-/tmp}/azml-test.XXXXXX") || exit 99
tap_folder=$(cd "$tap_folder" && pwd -P) || exit 99
scratch=$tap_folder/work
mkdir "$scratch" || exit 99
out_file=$tap_folder/out
err_file=$tap_folder/err
: >"$out_file"
: >"$err_file"

# Functions to call at the end, in the order in which they were given.
tap_cleanup=

at_end ()
{
  tap_cleanup="$tap_cleanup
$1"
}

# A signal that meets a child between fork and exec runs the traps of this shell there.
read -r tap_main _ </proc/self/stat

tap_leave ()
{
  tap_code=$?
  trap - EXIT
  read -r tap_me _ </proc/self/stat
  [ "$tap_me" = "$tap_main" ] || exit "$tap_code"
  eval "$tap_cleanup"
  cd /
  chmod -R u+rwX "$tap_folder" 2>/dev/null
  rm -rf "$tap_folder"
  if [ "$tap_finished" = no ]; then
    echo "Bail out! the test ended early with status $tap_code"
    [ "$tap_code" -ne 0 ] || tap_code=1
  fi
  exit "$tap_code"
}
trap tap_leave EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# One description must be one line, and '#' would start a directive.
tap_name ()
{
  printf '%s' "$1" | tr '\n#' ' /'
}

# diag TEXT: print TEXT as comment lines.
diag ()
{
  printf '%s\n' "$1" | sed 's/^/# /'
}

# pass NAME; fail NAME [WHY]
pass ()
{
  tap_count=$((tap_count + 1))
  echo "ok $tap_count - $(tap_name "$1")"
}

fail ()
{
  tap_count=$((tap_count + 1))
  tap_failed=$((tap_failed + 1))
  echo "not ok $tap_count - $(tap_name "$1")"
  [ -z "${2-}" ] || diag "$2"
  return 1
}

# ok NAME COMMAND ARG...: COMMAND succeeds.  not_ok: it fails.
ok ()
{
  tap_what=$1
  shift
  if "$@" >"$tap_folder/ok" 2>&1; then
    pass "$tap_what"
  else
    fail "$tap_what" "exit status $? of: $*
$(tail -n 20 "$tap_folder/ok")"
  fi
}

not_ok ()
{
  tap_what=$1
  shift
  if "$@" >"$tap_folder/ok" 2>&1; then
    fail "$tap_what" "succeeded, but must not: $*
$(tail -n 20 "$tap_folder/ok")"
  else
    pass "$tap_what"
  fi
}

# is GOT WANT NAME; isnt GOT UNWANTED NAME
is ()
{
  if [ "$1" = "$2" ]; then
    pass "$3"
  else
    fail "$3" "got:  $1
want: $2"
    tap_show_capture
    return 1
  fi
}

isnt ()
{
  if [ "$1" != "$2" ]; then
    pass "$3"
  else
    fail "$3" "got what must not be: $1"
  fi
}

# like TEXT EXTENDED-REGEXP NAME: a line of TEXT matches.  unlike: none does.
like ()
{
  if printf '%s\n' "$1" | grep -Eq -e "$2"; then
    pass "$3"
  else
    fail "$3" "no line matches: $2
$1"
    tap_show_capture
    return 1
  fi
}

unlike ()
{
  if printf '%s\n' "$1" | grep -Eq -e "$2"; then
    fail "$3" "must not match: $2
$1"
  else
    pass "$3"
  fi
}

# skip NAME WHY: count NAME as skipped.
skip ()
{
  tap_count=$((tap_count + 1))
  echo "ok $tap_count - $(tap_name "$1") # SKIP $2"
}

# skip_all WHY: the whole test does not apply here.
skip_all ()
{
  echo "1..0 # SKIP $1"
  tap_finished=yes
  exit 0
}

# capture COMMAND ARG...: run it; $status is its exit status, out and err print what
# it wrote.  Standard input is empty unless the caller redirects it to capture_stdin.
capture ()
{
  tap_last="$*"
  status=0
  "$@" >"$out_file" 2>"$err_file" </dev/null || status=$?
}

# capture_stdin COMMAND ARG...: the same with the caller's standard input.
capture_stdin ()
{
  tap_last="$*"
  status=0
  "$@" >"$out_file" 2>"$err_file" || status=$?
}

out ()
{
  cat "$out_file"
}

err ()
{
  cat "$err_file"
}

tap_show_capture ()
{
  [ -n "${tap_last-}" ] || return 0
  diag "last command: $tap_last (status $status)"
  diag "stdout: $(tail -n 15 "$out_file")"
  diag "stderr: $(tail -n 15 "$err_file")"
}

# wait_until SECONDS COMMAND ARG...: wait until COMMAND succeeds, so many seconds on a machine
# that is at rest.  One that is busy, or whose disk is slow, takes many times as long for
# everything: it is given six times as long.  What must not come is watched with sleep.
wait_until ()
{
  tap_left=$(($1 * 60))
  shift
  while [ "$tap_left" -gt 0 ]; do
    if "$@" >/dev/null 2>&1; then
      return 0
    fi
    sleep 0.1
    tap_left=$((tap_left - 1))
  done
  return 1
}

# scaled N: N times $AZML_TEST_TIME_SCALE, which is 0.1 in `make check` and 1 in `make
# check-long`: how long a test watches, or how often it tries.  Not how long it waits for
# something at most: that is no matter of patience, but of the machine.  pause N: sleep so
# many seconds.
: "${AZML_TEST_TIME_SCALE:=0.1}"

scaled ()
{
  awk -v n="$1" -v scale="$AZML_TEST_TIME_SCALE" 'BEGIN { printf "%.10g", n * scale }'
}

pause ()
{
  sleep "$(scaled "$1")"
}

# in_build COMMAND ARG...: run COMMAND in the environment of the uninstalled tree.
in_build ()
{
  "$AZML_BUILDDIR/pre-inst-env" "$@"
}

done_testing ()
{
  echo "1..$tap_count"
  tap_finished=yes
  [ "$tap_failed" -eq 0 ]
  exit $?
}

cd "$scratch" || exit 99
