#!/bin/sh
# test-environment-uv.sh: environments built by uv; several who want one.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Needs the public package index: without it this test fails.

. "$AZML_SRCDIR/tests/integration/environment.sh"

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
printf '[global]\nindex-url =\n  %s\n' "$address" >pip.conf
PIP_CONFIG_FILE=$scratch/pip.conf capture "$tool" ensure "$root" \
  '{"pip":["azml-demo"],"channels":["configured"]}' first
is "$status" 0 'the index of pip.conf is taken by uv too'
capture "$tool" ensure "$root" \
  "$(spec uv | sed 's/azml-demo/azml-no-such-package/')" third
like "$(out)" "'uv pip install' ended with exit code 1; its last lines:.*azml-no-such-package" \
  "its errors end with uv's own last lines"

UV_INDEX_URL=http://127.0.0.1:1/simple UV_HTTP_RETRIES=0 capture "$tool" ensure \
  "$root" '{"pip":["azml-demo"],"channels":["unreachable"]}' third
like "$(out)" '"hint":"the package index cannot be reached' \
  'an index that cannot be reached is told from a wrong name'

secret=$(printf '{"builder":"uv","pip":["azml-demo"],"pip_options":["--index-url","%s"]}' \
  "$(echo "$address" | sed 's|//|//me:geheim@|')")
: >"$TOOL_LOG"
capture "$tool" ensure "$root" "$secret" third
is "$status" 0 'an index with a password works'
unlike "$(cat "$TOOL_LOG" "$(path_of "$secret")/complete" "$out_file")" geheim \
  'and the password is in no log'

secret=$(echo "$secret" | sed 's/"uv"/"venv"/')
capture "$tool" ensure "$root" "$secret" third
is "$status" 0 'so it does for pip'

# --- interrupted builds ----------------------------------------------------------------

demo=$(spec uv ',"channels":["one"]')
env=$(path_of "$demo")
hold
start orphan.out "$demo" orphan
ok 'uv waits for the index' wait_until 60 is_held
builder=$(children_of "$started")
kill -9 "$started"
wait "$started" 2>/dev/null
ok 'kill -9 of who builds leaves the folder' test -d "$env"
not_ok 'but no stamp in it' test -e "$env/complete"
like "$("$tool" plan "$root" "$demo")" '"complete":false' 'so it is no environment'
start after.out "$demo" after
ok 'the next one waits while a builder is left' \
  wait_until 20 grep -q '"what":"waiting".*"for":"orphan"' after.out
release
kill -9 "$builder" 2>/dev/null
wait "$started"
is "$?" 0 'and then builds'
like "$(cat after.out)" '"built":true' 'it did build'
like "$("$env/bin/azml-demo")" "demo of $env" 'the environment works'

# --- two at once, and cancel -----------------------------------------------------------

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

done_testing
