#!/bin/sh
# test-versions.sh: the Python package under every Python 3 of this machine.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"

# What the interpreter at $1 says of itself: its own file and version.  Nothing for a
# name that is there but does not start (a switcher's shim for a version not chosen).
identity ()
{
  "$1" -c 'import os, sys
print(os.path.realpath(sys.executable), "%d.%d" % sys.version_info[:2])' 2>/dev/null
}

seen=' '
found=0
saved_ifs=$IFS
IFS=:
for folder in $PATH:/usr/bin:/usr/local/bin; do
  IFS=$saved_ifs
  for python in "$folder"/python3 "$folder"/python3.[0-9] "$folder"/python3.[0-9][0-9]; do
    [ -x "$python" ] || continue
    name=$(identity "$python") || continue
    case $seen in *" $name "*) continue ;; esac
    seen="$seen$name "
    version=${name##* }
    [ "${version#3.}" -ge 5 ] || continue
    found=$((found + 1))
    ok "python $version" "$python" "$AZML_SRCDIR/tests/python/test_azml.py"
    ok "python $version: azureml" "$python" "$AZML_SRCDIR/tests/python/test_azureml.py"
  done
  IFS=:
done
IFS=$saved_ifs
isnt "$found" 0 'there is a Python'
done_testing
