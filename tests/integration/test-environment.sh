#!/bin/sh
# test-environment.sh: environments built by the real builders: pip, uv; and by a
# stand-in for micromamba.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Needs the Python package index: without it the tests of uv and of six fail.

. "$AZML_SRCDIR/tests/cli/tap.sh"

tool=$AZML_BUILDDIR/tests/c/environment-tool
fixtures=$AZML_SRCDIR/tests/fixtures
root=$scratch/root
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

# --- venv and pip, the public index -----------------------------------------------------

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

secret=$(printf '{"builder":"venv","pip":["azml-demo"],"pip_options":["--index-url","%s"]}' \
  "$(echo "$address" | sed 's|//|//me:geheim@|')")
: >"$TOOL_LOG"
capture "$tool" ensure "$root" "$secret" third
is "$status" 0 'an index with a password works'
unlike "$(cat "$TOOL_LOG" "$(path_of "$secret")/complete" "$out_file")" geheim \
  'and the password is in no log'

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

hold
start orphan.out "$demo" orphan
ok 'pip waits again' wait_until 60 is_held
pip=$(children_of "$started")
kill -9 "$started"
wait "$started" 2>/dev/null
ok 'kill -9 of who builds leaves the folder' test -d "$env"
not_ok 'but no stamp in it' test -e "$env/complete"
like "$("$tool" plan "$root" "$demo")" '"complete":false' 'so it is no environment'
start after.out "$demo" after
ok 'the next one waits while a builder is left' \
  wait_until 20 grep -q '"what":"waiting".*"for":"orphan"' after.out
release
kill -9 "$pip" 2>/dev/null
wait "$started"
is "$?" 0 'and then builds'
like "$(cat after.out)" '"built":true' 'it did build'
like "$("$env/bin/azml-demo")" "demo of $env" 'the environment works'

# --- uv ----------------------------------------------------------------------------------

# Kept in the scratch home folder, so that it is downloaded once.
uv=$HOME/uv
if ! "$uv/bin/uv" --version >/dev/null 2>&1; then
  "$python" -m venv "$uv" >uv.log 2>&1 &&
    "$uv/bin/python" -m pip install -q --disable-pip-version-check uv >>uv.log 2>&1
fi
like "$("$uv/bin/uv" --version 2>&1)" '^uv [0-9]' 'uv can be installed from the index'
mkdir uvbin
ln -s "$uv/bin/uv" uvbin/uv
TOOL_SEARCH=$scratch/uvbin:$plain

by_uv='{"pip":["azml-demo"]}'
PIP_INDEX_URL=$address PIP_FIND_LINKS='' capture "$tool" ensure "$root" "$by_uv" first
is "$status $(event builder built)" '0 uv' 'uv is taken where it is'
env=$(path_of "$by_uv")
like "$("$env/bin/azml-demo")" "demo of $env" 'its console scripts run'
like "$(cat "$env/complete")" '"azml-demo==1.0"' 'its versions are recorded'
isnt "$env" "$(TOOL_SEARCH=$plain path_of "$by_uv")" \
  'what another builder makes is another environment'
capture "$tool" ensure "$root" \
  "$(spec uv | sed 's/azml-demo/azml-no-such-package/')" third
like "$(out)" "'uv pip install' ended with exit code 1; its last lines:.*azml-no-such-package" \
  "its errors end with uv's own last lines"

# --- two at once, and cancel -----------------------------------------------------------------

demo=$(spec uv ',"channels":["two"]')
hold
start one.out "$demo" run-one
ok 'one builds' wait_until 60 is_held
one=$started
start two.out "$demo" run-two
two=$started
ok 'another waits and says for whom' \
  wait_until 20 grep -q '"what":"waiting".*"for":"run-one"' two.out
start three.out "$demo" run-three
wait_until 20 grep -q '"what":"waiting"' three.out
kill -TERM "$started"
wait "$started"
is "$? $(field code <three.out)" '1 cancelled' 'who waits can be cancelled'
release
wait "$one"
is "$?" 0 'the first ends well'
wait "$two"
is "$?" 0 'so does the second'
like "$(cat one.out)" '"built":true' 'the first built it'
like "$(cat two.out)" '"built":false' 'the second found it'

demo=$(spec uv ',"channels":["three"]')
env=$(path_of "$demo")
hold
start cancelled.out "$demo" run-four
ok 'a build is in the middle' wait_until 60 is_held
builder=$(children_of "$started")
kill -TERM "$started"
wait "$started"
is "$? $(field code <cancelled.out)" '1 cancelled' 'it can be cancelled'
not_ok 'and leaves nothing' test -e "$env"
ok 'no process either' wait_until 10 is_gone "$builder"
release
capture "$tool" ensure "$root" "$demo" run-five
is "$status" 0 'the next one builds it'

# --- conda -------------------------------------------------------------------------------

mkdir -p mamba channel tree/bin tree/share empty
cp "$fixtures/micromamba" mamba/micromamba
chmod +x mamba/micromamba
printf '#!/bin/sh\necho tool of %s\n' '$0' >tree/bin/azml-tool
chmod +x tree/bin/azml-tool
tar -cf channel/azml-tool-2.1-h1_0.tar -C tree .
tar -cf "channel/python-$version-h0_0.tar" -C empty .
tar -cf channel/pip-23.0-h0_0.tar -C empty .
TOOL_SEARCH=$scratch/mamba:$plain

conda=$(printf '{"conda":["azml-tool=2"],"channels":["file://%s/channel"],"python":"%s"}' \
  "$scratch" "${version%.*}")
capture "$tool" ensure "$root" "$conda" first
is "$status $(event builder built)" '0 micromamba' 'conda packages come by micromamba'
env=$(path_of "$conda")
is "$("$env/bin/azml-tool")" "tool of $env/bin/azml-tool" 'a program of a package runs'
is "$("$env/bin/python" -c 'import sys; print(sys.prefix)')" "$env" 'so does its python'
like "$(cat "$env/complete")" '"azml-tool=2.1=h1_0"' 'exact versions are recorded'
like "$(cat "$env/complete")" "\"python\":\"$version\"" 'and the python it got'
like "$("$tool" activate "$root" "$conda")" "\"CONDA_PREFIX\":\"$env\"" 'it is activated'
capture "$tool" ensure "$root" "$conda" second
is "$status $(event hash found)" "0 ${env##*/}" 'it is found again'

both=$(printf '{"conda":["azml-tool"],"channels":["file://%s/channel"],%s}' "$scratch" \
  "\"pip\":[\"azml-demo\"],\"pip_options\":[\"--index-url\",\"$address\"]")
capture "$tool" ensure "$root" "$both" first
is "$status" 0 'pip packages are put on top of conda packages'
env=$(path_of "$both")
like "$("$env/bin/azml-demo")" "demo of $env" 'and work'
like "$(cat "$env/complete")" '"azml-tool=2.1=h1_0".*"azml-demo==1.0"' 'both are recorded'

capture "$tool" ensure "$root" "$(echo "$conda" | sed 's/azml-tool/nosuch/')" first
like "$(out)" "'micromamba create' ended with exit code 1; its last lines:.*nosuch=2 does not exist" \
  "the error ends with micromamba's own last lines"
not_ok 'and nothing is left' \
  test -e "$(path_of "$(echo "$conda" | sed 's/azml-tool/nosuch/')")"

done_testing
