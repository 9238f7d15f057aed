#!/bin/sh
# test-together.sh: many short runs of one command: places and disk are shared.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/faults.sh"

# many SCRIPT COUNT: a recipe of COUNT experiments that run SCRIPT.
many ()
{
  cat >recipe.scm <<END
(use-modules (azml))
(map (lambda (i)
       (experiment (name (string-append "e" (number->string i)))
                   (command '("sh" "-c" "$1"))))
     (iota $2))
END
}

mkdir work
cd work || exit 99

# A run whose work is done has given its place away, also while its end is not on disk.
MARKS=$PWD/marks
export MARKS
many 'echo x >>$MARKS' 6
marks ()
{
  [ "$(wc -l <"$MARKS" 2>/dev/null || echo 0)" -ge "$1" ]
}
env AZML_TEST_FAULT=ending:stop azml-guile run -j 2 recipe.scm >held.out 2>&1 &
client=$!
ok 'where two may run, four have run while no end is on disk' wait_until 10 marks 4
sleep 0.3
is "$(wc -l <"$MARKS" | tr -d ' ')" 4 'and no more: a slow disk does not gather them'
is "$(find .azml/runs -name status.json | wc -l | tr -d ' ')" 0 'none has ended'
go_on ()
{
  for alive in .azml/runs/*/alive; do
    kill -CONT "$(awk '/^runner/ { print $2 }' "$alive")" 2>/dev/null
  done
  ! kill -0 "$client" 2>/dev/null
}
ok 'they go on' wait_until 20 go_on
wait "$client"
is "$?" 0 'all end well'
is "$(tail -n 1 held.out)" '6 runs: 6 completed' 'and are told'
fault_clean 'held before their end'

# Short ones are written to the disk together, before the command ends. On a busy machine few are
# short, and what lasts for a second is written on the way: so there are some attempts.
many true 4
# until_said N TEXT FAULT COMMAND...: until its errors say TEXT in N lines.
until_said ()
{
  lines=$1 text=$2
  shift 2
  for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    fault_reset
    capture fault_relayed "$@"
    if [ -e "$fault_seen" ] && [ "$(grep -c "$text" "$err_file")" = "$lines" ]; then
      return 0
    fi
    diag "attempt $try: $(err | tail -n 1)"
  done
}
until_said 4 completed sent-sync:kill azml-guile run -j 2 recipe.scm
is "$status" 137 'the client asks for the disk'
is "$(grep -c completed "$err_file")" 4 'when all have ended'
until_said 1 'may not be on disk' answered-sync:cut azml-guile run -q -j 2 recipe.scm
is "$status" 0 'where that cannot be told, the runs are what they are'
like "$(err)" 'may not be on disk' 'and it is said'

# One that lasts writes itself.
many 'sleep 0.15' 3
fault_reset
fault_relayed sent-sync:kill azml-guile run -q -j 2 recipe.scm
is "$?" 0 'what lasts does not wait for the disk of others'
fault_reset
fault_relayed sent-sync:kill azml-guile run -q -- true
is "$?" 0 'nor does one by itself'
fault_clean 'together'

# While short ones run, the next ones are made ready.  What waits so is no run, and is gone with
# its command.
cat >recipe.scm <<'END'
(use-modules (azml))
(append
 (map (lambda (i) (experiment (name (string-append "s" (number->string i)))
                              (command '("true"))))
      (iota 6))
 (map (lambda (i) (experiment (name (string-append "l" (number->string i)))
                              (command '("sleep" "60"))))
      (iota 6)))
END
held ()
{
  set -- .azml/runs/.new-*/run.json
  [ "$#" = 2 ] && [ -e "$2" ] \
    && [ "$(grep -l '"started"' .azml/runs/*/events.jsonl | wc -l)" = 8 ]
}
none_held ()
{
  set -- .azml/runs/.new-*
  [ ! -e "$1" ]
}
waiting_pids ()
{
  awk '/^(keeper|runner) / { print $2 }' .azml/runs/.new-*/alive
}
gone ()
{
  for pid in $held_pids; do
    ! kill -0 "$pid" 2>/dev/null || return 1
  done
}
# The one in whose charge the processes that wait are.
serve_pid ()
{
  awk '/^PPid:/ { print $2 }' "/proc/$(awk '/^keeper / { print $2 }' .azml/runs/.new-*/alive \
    | head -n 1)/status"
}
held_anew ()
{
  held && [ "$(waiting_pids | wc -w)" = 4 ] && [ "$(waiting_pids)" != "$held_pids" ]
}
for signal in TERM KILL; do
  rm -rf .azml
  azml-guile run -j 2 recipe.scm >ahead.out 2>&1 &
  client=$!
  ok "two wait while two are at work ($signal)" wait_until 20 held
  held_pids=$(waiting_pids)
  is "$(echo "$held_pids" | wc -w | tr -d ' ')" 4 'each with keeper and runner'
  is "$(azml-guile history list --limit 50 | awk '$3 == "running" { print $2 }' | sort | xargs)" \
    'l0 l1' 'the history has the two that came first, and no others'
  kill -KILL "$(serve_pid)"
  ok 'a runner that is killed starts again, and makes them ready anew' wait_until 20 held_anew
  sleep 0.3
  ok 'while the two at work have their places' held
  held_pids=$(waiting_pids)
  kill "-$signal" "$client"
  wait "$client"
  status=$?
  ok "none waits after $signal" wait_until 10 none_held
  ok 'nor do its processes stay' wait_until 10 gone
  is "$(find .azml/runs -name run.json | wc -l | tr -d ' ')" 8 'nothing else has begun'
  if [ "$signal" = TERM ]; then
    is "$status" 143 'the command says why it ended'
    is "$(tail -n 1 ahead.out)" '8 runs: 6 completed, 2 not, 4 not started' \
      'and what was not started'
  else
    for run_dir in .azml/runs/*/; do
      azml-guile stop -g 1 "$(basename "$run_dir")" >stop.out 2>&1
    done
  fi
  fault_clean "ahead, $signal"
done

done_testing
