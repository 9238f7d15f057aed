# tests/cli/azml.sh: what the tests of commands share; sourced after tap.sh.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The program of the build is on PATH, $HOME is of this test alone, and the working folder
# is an empty project.

eval "$("$AZML_BUILDDIR/pre-inst-env" sh -c '
  for name in GUILE_LOAD_PATH GUILE_LOAD_COMPILED_PATH GUILE_EXTENSIONS_PATH \
    LD_LIBRARY_PATH PATH AZML_UNINSTALLED AZML_RUNNER AZML_BUILTIN_PLUGINS \
    AZML_PYTHON_DIR; do
    eval "value=\$$name"
    printf "%s='\''%s'\''; export %s\n" "$name" "$value" "$name"
  done')"

HOME=$tap_folder/home
export HOME
mkdir "$HOME"
unset AZML_RUN_ID AZML_RUN_DIR AZML_METRICS AZML_OUTPUT_DIR AZML_ROOT COLUMNS

# The runs that are still going end with the test.
stop_all_runs ()
{
  for tap_alive in "$scratch"/.azml/runs/*/alive "$scratch"/*/.azml/runs/*/alive; do
    [ -f "$tap_alive" ] || continue
    tap_run=$(basename "$(dirname "$tap_alive")")
    grep -q '"state": *"\(completed\|failed\|canceled\|lost\)"' \
      "$(dirname "$tap_alive")/status.json" 2>/dev/null ||
      (cd "$(dirname "$tap_alive")/../../.." &&
        azml-guile stop --signal KILL "$tap_run") >/dev/null 2>&1
  done
}
at_end stop_all_runs

# last_run: the id of the latest run; run_file NAME: a file of its directory.
last_run ()
{
  azml-guile history list --json --limit 1 |
    "$tap_python" -c 'import json, sys; print(json.load(sys.stdin)[0]["id"])'
}

run_folder ()
{
  echo ".azml/runs/$(last_run)"
}

tap_python=${PYTHON:-python3}

# json FILE EXPRESSION: evaluate EXPRESSION with the JSON of FILE as j.
json ()
{
  "$tap_python" -c 'import json, sys
j = json.load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$1" "$2"
}

# state RUN: its state, from the directory.
state ()
{
  json ".azml/runs/$1/status.json" 'j["state"]'
}
