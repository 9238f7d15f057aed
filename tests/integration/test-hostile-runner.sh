#! /bin/sh
# tests/integration/test-hostile-runner.sh: a machine that lies.  Nothing is written outside of
# the run directory, no command crashes, hangs or grows, and each says what is wrong.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/mirror.sh"

AZML_HEARTBEAT=5
export AZML_HEARTBEAT
outside=$tap_folder/outside
mkdir "$outside"
: >"$outside/untouched"

# harm HARM [ARGUMENT]: what the target is from now on.
harm ()
{
  cat >"$tap_folder/hostile.new" <<END
#! /bin/sh
exec "$tap_python" "$AZML_SRCDIR/tests/fixtures/hostile-runner.py" "$1" "${2-}"
END
  chmod +x "$tap_folder/hostile.new"
  mv "$tap_folder/hostile.new" "$tap_folder/hostile"
}
far_is "$tap_folder/hostile"

# try COMMAND...: capture it with bounded memory; a limit of time is only against hanging.
try ()
{
  capture sh -c 'ulimit -v 4000000; exec timeout -s KILL 240 "$@"' sh "$@"
}

# What is outside of the run directories: it must stay as it is.
world ()
{
  find "$tap_folder" ! -path "$scratch/.azml/runs/*" ! -path "$scratch/.azml/cache*" \
    ! -path "$scratch/.azml/index*" ! -path "$scratch/.azml/objects*" ! -path "$tap_folder/ok" \
    ! -path "$HOME/*" -printf '%p %y %l\n' | sort
}

# tame NAME: the last command ended by itself, and said nothing of our inside.
broken='[Bb]acktrace|[Ww]rong.type|[Uu]nbound variable|[Oo]ut.of.range|In procedure|[Ii]nternal|[Mm]atch|[Vv]ector-ref|AddressSanitizer'
tame ()
{
  tame_wrong=
  [ "$status" -lt 128 ] || tame_wrong="status $status"
  grep -Eq "$broken" "$err_file" && tame_wrong="$tame_wrong; $(grep -E "$broken" "$err_file")"
  grep -q "$(printf '\033')" "$err_file" "$out_file" && tame_wrong="$tame_wrong; an escape"
  world >"$tap_folder/../azml-world.$$"
  cmp -s "$tap_folder/../azml-world.$$" "$world_file" ||
    tame_wrong="$tame_wrong; $(diff "$world_file" "$tap_folder/../azml-world.$$")"
  find "$scratch" -name '*evil*' ! -path '*/outputs/*' | grep -q . && tame_wrong="$tame_wrong; evil is there"
  if [ -z "$tame_wrong" ]; then
    pass "$1"
  else
    fail "$1" "$tame_wrong
$(tail -n 30 "$err_file")"
  fi
}
drop_world ()
{
  rm -f "$tap_folder/../azml-world.$$" "$world_file"
}
world_file=$tap_folder/../azml-world-before.$$
at_end drop_world

# The fixture can speak the truth, or all below would prove nothing.
harm nothing
try azml-guile run -r recipe.scm -c far -- true
world >"$world_file"
is "$status $(out)" '0 its log' 'the fixture is taken for a runner'
is "$(cat "$(copy outputs/link)")" model 'with its outputs'
rm -rf .azml/runs/*

# The connection.
for one in garbage overlong kind stranger twice noise deep array no-json bomb; do
  harm $one
  try azml-guile run -r recipe.scm -c far -- true
  isnt "$status" 0 "$one: it is no run"
  like "$(err)" 'error: |azml-guile: ' "$one: it is said"
  tame "$one: run"
done
harm nothing
try azml-guile run -d -r recipe.scm -c far -- true
for one in garbage overlong kind stranger noise deep array no-json bomb endless pings; do
  harm $one
  rm -f .azml/cache/unreachable-*
  try azml-guile history list
  is "$status" 0 "$one: the list is there"
  tame "$one: history list"
  [ $one != endless ] || continue
  try azml-guile history fetch -r recipe.scm far
  isnt "$status" 0 "$one: nothing is fetched"
  tame "$one: history fetch"
  try azml-guile history refresh
  tame "$one: history refresh"
  case $one in
    garbage | array)
      try azml-guile attach last
      isnt "$status" 0 "$one: attach gives up"
      tame "$one: attach"
      ;;
  esac
done

# What it says of itself.
for n in 0 2 5 6 8 9 12 13; do
  harm hello $n
  try azml-guile run -q -r recipe.scm -c far -- true
  is "$status" 0 "hello $n: a run"
  tame "hello $n"
done

# Sources that it must not see.
echo secret >"$scratch/mine"
printf 'theirs\n' >theirs
harm nothing
azml-guile run -q -r recipe.scm -c far -- true
mine=$(sha256sum mine)
mine=${mine%% *}
rm mine
echo mine >.azmlignore
world >"$world_file"
for one in path foreign number short object mine:"$mine"; do
  harm asks "$one"
  rm -f .azml/cache/sent-*
  try azml-guile run -q -r recipe.scm -c far -- true
  is "$status" 125 "asked for ${one%:*}: the run is not started"
  like "$(err)" 'asks for contents that are not of the snapshot' 'and that is said'
  tame "asked for ${one%:*}"
done
ok 'although it is in the store' test -f .azml/objects/"$(echo "$mine" | cut -c1-2)/$(echo "$mine" | cut -c3-)"
theirs=$(sha256sum theirs)
harm asks twice:"${theirs%% *}"
rm -f .azml/cache/sent-*
try azml-guile run -q -r recipe.scm -c far -- true
is "$status" 125 'nothing is sent twice'
tame 'asked for the same twice'
for one in more less text half none list string other; do
  harm partial "$one:${theirs%% *}"
  rm -f .azml/cache/sent-*
  try azml-guile run -q -r recipe.scm -c far -- true
  case $one in
    more) is "$status" 125 'it has more than there is: the run is not started' ;;
    *) is "$status" 0 "what it has is nonsense ($one): all is sent" ;;
  esac
  tame "it has $one"
done
rm -f theirs .azmlignore
world >"$world_file"
rm -rf .azml/runs/*

# The files of a run.
for one in beyond behind running no-status; do
  harm $one
  try azml-guile run -r recipe.scm -c far -- true
  isnt "$status" 0 "$one: it is no end"
  tame "$one"
  rm -rf .azml/runs/*
done
for one in stream events; do
  harm $one
  try azml-guile run -r recipe.scm -c far -- true
  is "$status $(out)" '0 its log' "$one: the log is the log"
  tame "$one"
  try azml-guile history show last
  tame "$one: show"
  try azml-guile history plot last lr
  tame "$one: plot"
  rm -rf .azml/runs/*
done
n=0
while [ $n -lt 16 ]; do
  harm status $n
  try azml-guile run -r recipe.scm -c far -- true
  tame "status $n: run"
  for verb in 'show last' 'compare last last' 'export'; do
    # shellcheck disable=SC2086
    try azml-guile history $verb
    tame "status $n: $verb"
  done
  rm -rf .azml/runs/*
  harm told $n
  try azml-guile history fetch -r recipe.scm far
  is "$status" 0 "run.json $n: fetch"
  tame "run.json $n: fetch"
  for verb in 'show last' list 'compare last last' 'checkout last elsewhere'; do
    # shellcheck disable=SC2086
    try azml-guile history $verb
    tame "run.json $n: $verb"
  done
  rm -rf .azml/runs/*
  n=$((n + 1))
done

# Its runs.
harm runs
try azml-guile history fetch -r recipe.scm far
is "$status $(ls -A .azml/runs)" '0 aaaaaaaaaaai' 'only what can be a run is taken'
like "$(err)" 'cannot be read' 'and that is said'
is "$(json .azml/runs/aaaaaaaaaaai/run.json 'j["id"], j.get("parameters", {})')" \
  "('aaaaaaaaaaai', {})" 'without what is nested too deep'
tame 'runs'
rm -rf .azml/runs/*

# The outputs.
harm paths "$outside"
try azml-guile run -r recipe.scm -c far -- true
is "$status" 0 'paths that lead out: the run is what it is'
like "$(err)" 'not taken, because they lead out' 'and that is said'
is "$(cat "$(copy outputs/good)")" good 'what is good is taken'
is "$(ls "$outside")" untouched 'and nothing else written'
tame 'paths'
try azml-guile history outputs last --fetch
tame 'paths, again'
rm -rf .azml/runs/*
for one in links double types changed; do
  harm $one
  try azml-guile run -r recipe.scm -c far -- true
  is "$status" 0 "$one: the run is what it is"
  tame "$one"
  try azml-guile history outputs last --fetch
  tame "$one: again"
  is "$(find "$(copy .)" -type p -o -type s -o -type b -o -type c)" '' "$one: files only"
  is "$(find "$(copy outputs)" -type l -exec readlink -m {} + | grep -vF "$PWD/$(copy outputs)")" \
    '' "$one: no link leads out"
  rm -rf .azml/runs/*
done
for one in 'size -1' 'size 4' 'size 6' 'size 1152921504606846975' 'size 9223372036854775807' more count; do
  # shellcheck disable=SC2086
  harm $one
  try azml-guile run -r recipe.scm -c far -- true
  like "$(err)" 'the outputs were not fetched|gives an answer of more than' "$one: said"
  tame "$one"
  is "$(find "$(copy outputs)" -name sized ! -size 4c)" '' "$one: no file that is not whole"
  rm -rf .azml/runs/*
done

done_testing
