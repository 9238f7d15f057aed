# environment.sh: what the tests of environments share; to be sourced.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# $tool is the program that builds environments under $root, $python and $version the
# one interpreter that it finds, $address a package index of our own, which has
# azml-demo and can be made to hang.

. "$AZML_SRCDIR/tests/cli/tap.sh"

tool=$AZML_BUILDDIR/tests/c/environment-tool
fixtures=$AZML_SRCDIR/tests/fixtures
root="$scratch/my root"
TOOL_LOG=$scratch/prepare.log
UV_HTTP_TIMEOUT=120
export TOOL_LOG UV_HTTP_TIMEOUT
# What the user running the tests has active or configured is not what is tested.
unset VIRTUAL_ENV CONDA_PREFIX PYTHONPATH PYTHONHOME PIP_TARGET PIP_USER

# The real interpreter, whatever shims there are, is the only one that is found.
python=$(python3 -c 'import os, sys
print(os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable))')
version=$("$python" -c 'import platform; print(platform.python_version())')
mkdir bin
ln -s "$python" bin/python3
plain=$scratch/bin:/usr/bin:/bin
TOOL_SEARCH=$plain
export TOOL_SEARCH

# field NAME: the text field NAME of the JSON line read.  event NAME WHAT: the field of
# the event WHAT in the last output.
field ()
{
  sed -n "s/.*\"$1\":\"\\([^\"]*\\)\".*/\\1/p"
}

event ()
{
  grep "\"what\":\"$2\"" "$out_file" | field "$1"
}

# parent_of PID, children_of PID: from /proc, for not every machine has ps.
children_of ()
{
  for status_file in /proc/[0-9]*/status; do
    if grep -q "^PPid:[[:space:]]*$1\$" "$status_file" 2>/dev/null; then
      child=${status_file#/proc/}
      echo "${child%/status}"
    fi
  done
}

is_alive ()
{
  kill -0 "$1" 2>/dev/null
}

is_gone ()
{
  ! is_alive "$1"
}

# path_of SPEC: the folder of its environment.
path_of ()
{
  "$tool" plan "$root" "$1" | field path
}

# start LOG SPEC HOLDER: ensure it in the background; its pid is in $started.
start ()
{
  "$tool" ensure "$root" "$2" "$3" >"$1" 2>&1 </dev/null &
  started=$!
}

# --- an index of our own, which can be made to hang -----------------------------------

index=$scratch/index
mkdir "$index"
mkfifo index.stdin
"$python" "$fixtures/package-index.py" "$index" <index.stdin &
index_pid=$!
exec 8>index.stdin
stop_index ()
{
  exec 8>&-
  wait "$index_pid" 2>/dev/null
}
at_end stop_index
wait_until 20 test -e "$index/address" || fail 'the index of the test starts'
address=$(cat "$index/address")

# spec BUILDER [MORE]: azml-demo from this index, by BUILDER.
spec ()
{
  printf '{"builder":"%s","pip":["azml-demo"],"pip_options":["--index-url","%s"]%s}' \
    "$1" "$address" "${2-}"
}

hold ()
{
  rm -f "$index"/waiting-*
  : >"$index/hold"
}

is_held ()
{
  ls "$index"/waiting-* >/dev/null 2>&1
}

release ()
{
  rm -f "$index/hold"
}
