#!/bin/sh
# test-client-faults.sh: the client killed, stopped and cut off at every stage of a run.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/faults.sh"

# A job of a moment whose output is known, and which counts how often it ran.
cat >job <<'END'
echo run >>"$AZML_TEST_COUNT"
printf 'first\0line\r\n'
i=0
while [ $i -lt 300 ]; do echo "line $i"; i=$((i + 1)); done
sleep 0.2
printf 'no newline'
END
AZML_TEST_COUNT=$tap_folder/count
export AZML_TEST_COUNT
sh job >log.expected
echo outputs >.azmlignore
echo log.expected >>.azmlignore

runs ()
{
  ls .azml/runs 2>/dev/null
}

# is_accepted: there is a run that the file before does not list.
is_accepted ()
{
  [ -n "$(runs | comm -13 before -)" ]
}

# kill -9 at each point: before acceptance nothing is left, afterwards the run goes on to
# its end, whether anybody looks or not.
azml-guile run -q -- true
while read -r point accepted; do
  runs >before
  : >"$AZML_TEST_COUNT"
  fault_client "$point:kill" azml-guile run -- sh job
  # Told how the run ended, it may be through before the kill comes.
  [ "$point $status" != 'told-follow 0' ] || status=137
  is "$status" 137 "killed at $point"
  if [ "$accepted" = no ]; then
    sleep 3
  else
    wait_until 60 is_accepted
  fi
  run=$(runs | comm -13 before -)
  if [ "$accepted" = no ]; then
    is "$run" '' "$point: nothing was accepted"
  else
    fault_over "$run" log.expected "$point"
    is "$(state "$run") $(wc -l <"$AZML_TEST_COUNT")" 'completed 1' \
      "$point: the run went on, once"
    is "$(azml-guile history list --json --limit 0 | json /dev/stdin \
      "[r['state'] for r in j if r['id'] == '$run']")" "['completed']" \
      "$point: the next command knows it"
  fi
done <<'END'
connected no
asked-hello no
answered-hello no
asked-start no
sent-start yes
answered-start yes
told-start yes
asked-follow yes
event-follow yes
data-follow yes
answered-follow yes
told-follow yes
END
fault_clean 'kill -9 of the client'

# The same with a client that only submits.
for point in sent-start answered-start told-start; do
  runs >before
  fault_client "$point:kill" azml-guile run -d -- sh job
  wait_until 60 is_accepted
  fault_over "$(runs | comm -13 before -)" log.expected "$point, detached"
done

# The connection is cut: the client comes back, and shows each byte once.
for point in told-start event-follow data-follow answered-follow; do
  fault_client "$point:cut" azml-guile run -- sh job
  is "$status" 0 "cut at $point: the exit code is that of the run"
  ok "cut at $point: the log is shown once and whole" cmp log.expected "$out_file"
done

# The client is stopped, for as long as one likes: a second follower is not hindered.
fault_reset
fault_relayed data-follow:stop azml-guile run -- sh job >stopped.out 2>stopped.err &
client=$!
ok 'the client is stopped' wait_until 10 test -s "$fault_seen"
run=$(last_run)
capture azml-guile attach "$run"
is "$status" 0 'another one follows'
ok 'all of it' cmp log.expected "$out_file"
is "$(wc -c <stopped.out | tr -d ' ')" 0 'while the first has nothing'
kill -CONT "$(cat "$fault_seen" || echo "$client")"
wait "$client"
is "$?" 0 'which goes on as if nothing had been'
ok 'and shows all of it' cmp log.expected stopped.out

# At any moment, also where nobody thought of a point.
runs >before
moments=$(scaled 400)
moments=${moments%.*}
delay=0
while [ $delay -lt "$moments" ]; do
  azml-guile run -q -- sh job >/dev/null 2>&1 &
  client=$!
  sleep "0.$(printf %03d $((delay * 280 / moments)))"
  kill -9 "$client" 2>/dev/null
  wait "$client" 2>/dev/null
  delay=$((delay + 1))
done
ok "commands work after $moments clients were killed" azml-guile history list
ok 'and so do runs' azml-guile run -q -- true
# A client killed while it stored a file leaves a part of it, to be removed an hour later.
echo part >.azml/cache/snapshot-0.000000000000.tmp
"$tap_python" "$AZML_SRCDIR/tests/fixtures/collect.py" "$AZML_RUNNER" "$PWD/.azml" \
  "$PWD/.azml/runs" "$PWD/.azml/objects" >collected || diag "$(cat collected)"
fault_clean "$moments clients killed at any moment"
for run in $(runs | comm -13 before -); do
  cmp -s log.expected ".azml/runs/$run/log" || [ ! -s ".azml/runs/$run/log" ] \
    || fail "the log of $run is byte-exact"
done
is "$(azml-guile history list --json --limit 0 | json /dev/stdin 'len(j)')" "$(runs | wc -l)" \
  'the history has them all'
capture azml-guile history reindex
is "$(azml-guile history list --json --limit 0 | json /dev/stdin 'len(j)')" "$(runs | wc -l)" \
  'and had no others'

done_testing
