#!/bin/sh
# test-environment-pip.sh: environments built by venv and pip.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Needs the public package index: without it this test fails.

. "$AZML_SRCDIR/tests/integration/environment.sh"

six='{"builder":"venv","pip":["six","tabulate"]}'
mkdir leak
PYTHONPATH=$scratch/leak PYTHONHOME=/nowhere PIP_TARGET=$scratch/leak \
  VIRTUAL_ENV=/nowhere capture "$tool" ensure "$root" "$six" first
is "$status" 0 'six and tabulate are installed by pip from the package index'
is "$(event for building)" first 'it is told that they are built, and for whom'
is "$(event builder built)" venv 'and by what'
like "$(tail -n 1 "$out_file")" '"built":true' 'this call built the environment'
env=$(path_of "$six")
is "$("$env/bin/python" -c 'import six, sys; print(sys.prefix)')" "$env" \
  'its python has the package'
is "$(printf 'a b\n' | "$env/bin/tabulate" -f plain)" 'a  b' \
  'a console script of the environment runs'
is "$(ls leak)" '' 'nothing went where PIP_TARGET said'
like "$(cat "$env/complete")" '"six==[0-9.]+"' 'the exact version is recorded'
like "$(cat "$env/complete")" "\"python\":\"$version\"" 'and the version of python'
like "$(cat "$env/build.log")" 'Successfully installed .*six' 'build.log is kept'
like "$(cat "$TOOL_LOG")" 'Successfully installed .*six' 'so is what a run is told'
like "$("$tool" activate "$root" "$six")" "\"bin\":\"$env/bin\".*\"VIRTUAL_ENV\"" \
  'a command is told where it is'

capture "$tool" ensure "$root" "$six" second
is "$status $(event hash found)" "0 ${env##*/}" 'the second time it is found'
like "$(tail -n 1 "$out_file")" '"built":false' 'and not built again'

# Whoever believes what is noted of an interpreter has not started it.
sed "s/\"version\":\"$version\"/\"version\":\"3.98.7\"/" "$root/env/pythons.json" >noted
cp "$root/env/pythons.json" saved.json
cp noted "$root/env/pythons.json"
like "$("$tool" plan "$root" "$six")" '"python":"3.98.7"' \
  'no python is started to find an environment'
sed 's/"size":[0-9]*/"size":1/' noted >"$root/env/pythons.json"
like "$("$tool" plan "$root" "$six")" "\"python\":\"$version\"" \
  'but a python whose file has changed is asked again'
like "$("$tool" list "$root")" "\"hash\":\"${env##*/}\".*\"bytes\":[0-9]{6}" \
  'the environment is listed with its size'

# --- failures ----------------------------------------------------------------------------

wrong=$(spec venv | sed 's/azml-demo/azml-no-such-package/')
capture "$tool" ensure "$root" "$wrong" third
is "$status" 1 'a package that does not exist is an error'
like "$(out)" '"code":"environment"' 'of the environment'
like "$(out)" "'python -m pip install' ended with exit code 1; its last lines:.*ERROR: No matching distribution found for azml-no-such-package\"" \
  "which ends with pip's own last lines"
like "$(out)" '"hint":"check the name' 'and a hint'
not_ok 'nothing is left that counts as an environment' test -e "$(path_of "$wrong")"

capture "$tool" ensure "$root" '{"python":"3.2","pip":["six"]}' third
like "$(out)" "no python 3.2 on this machine; there is .*$version \(" \
  'an absent python is an error that says what there is'
like "$(out)" '"hint":"install python 3.2' 'and what to install'

capture "$tool" ensure "$root" '{"conda":["numpy"]}' third
like "$(out)" "conda package 'numpy' needs micromamba" \
  'so is a conda package without micromamba or the like'

# --- interrupted builds --------------------------------------------------------------------

demo=$(spec venv)
env=$(path_of "$demo")
hold
start killed.out "$demo" killed
ok 'pip waits for the index' wait_until 60 is_held
pip=$(children_of "$started")
kill -9 "$pip"
wait "$started"
is "$?" 1 'kill -9 of the builder is an error'
like "$(cat killed.out)" 'was killed by signal 9' 'that says so'
not_ok 'and leaves no environment' test -e "$env"

release
capture "$tool" ensure "$root" "$demo" fourth
is "$status" 0 'the next one builds it'
like "$("$env/bin/azml-demo")" "demo of $env" 'and it works'

done_testing
