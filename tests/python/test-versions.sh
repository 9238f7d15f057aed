#!/bin/sh
# test-versions.sh: the Python package under every Python of this machine that it is for.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"

# What the interpreter at $1 says of itself: its own file and version.  Nothing for a
# name that is there but does not start (a switcher's shim for a version not chosen).
identity ()
{
  "$1" -c 'import os, sys
print("%s %d.%d" % ((os.path.realpath(sys.executable),) + sys.version_info[:2]))' 2>/dev/null
}

seen=' '
found=0
saved_ifs=$IFS
# The oldest that a switcher has, though they are not chosen now.
switcher=$(pyenv root 2>/dev/null)/versions
# Only what comes of an expansion is split.
folders=$PATH:/usr/bin:/usr/local/bin:$(
  printf '%s:' "$switcher"/2.7.*/bin "$switcher"/3.[567].*/bin)
IFS=:
for folder in $folders; do
  IFS=$saved_ifs
  for python in "$folder"/python2.7 "$folder"/python3 "$folder"/python3.[0-9] \
    "$folder"/python3.[0-9][0-9]; do
    [ -x "$python" ] || continue
    name=$(identity "$python") || continue
    case $seen in *" $name "*) continue ;; esac
    seen="$seen$name "
    version=${name##* }
    if [ "$version" = 2.7 ]; then
      ok 'python 2.7: azureml' "$python" "$AZML_SRCDIR/tests/python/test_azureml.py"
      continue
    fi
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
