#!/bin/sh
# test-remote-repl.sh: runs on another machine from the REPL, and from a program, that
# outlive a connection or two.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/remote.sh"

AS=other sshd_start gpu1 'MaxSessions 1'
mkdir project
cd project || exit 99

# say LINE...: type it; answer TEXT: wait until the REPL has written that.
say ()
{
  printf '%s\n' "$@" >&3
}

answer ()
{
  wait_until 60 grep -q "$1" repl.out
}

# begin DOOR
begin ()
{
  rm -rf .azml/runs "$remote_root/runs"
  rm -f in "$scratch/go" repl.out
  mkfifo in
  azml-guile repl recipe.scm <in >repl.out 2>repl.err &
  repl=$!
  exec 3>in
}

finish ()
{
  say ',quit'
  exec 3>&-
  wait $repl
  is $? 0 "$1: the REPL ends well"
}

for DOOR in libssh openssh; do
  cat >recipe.scm <<END
(use-modules (azml))
(define gpu1 (compute-target (name "gpu1") (type 'remote) (address "gpu1") (ssh '$DOOR)
                             (config "$ssh_home/.ssh/config")))
(define (job . words) (experiment (name "job") (command words) (target gpu1)))
(define (told tag value) (display (list tag value)) (newline))
END
  begin
  say '(define r (run (job "sh" "-c" "echo first; azml-runner log loss=0.5; echo x >outputs/f")))' \
    "(told 'first (run-state r))"
  ok "$DOOR: (run e) on another machine" answer '(first completed)'
  ok "$DOOR: shows the log" grep -q '^first$' repl.out || diag "$(cat repl.out repl.err)"
  say "(told 'loss (metrics r \"loss\"))" "(told 'outputs (map cdr (outputs r)))" \
    "(told 'where (assq-ref (assq-ref (run-record r) 'target) 'name))"
  ok "$DOOR: its metrics are here" answer '(loss 0.5)'
  ok "$DOOR: and its outputs" answer '(outputs (2))'
  ok "$DOOR: a run knows where it was" answer '(where gpu1)'

  say "(define w (submit (job \"sh\" \"-c\" \"while [ ! -e $scratch/go ]; do sleep 0.1; done; echo over\")))" \
    "(told 'submitted (run-id w))"
  ok "$DOOR: (submit e)" answer '(submitted '
  run=$(sed -n 's/.*(submitted \([a-z0-9]*\))$/\1/p' repl.out)
  ok "$DOOR: is accepted there" remote_reaches "$run" running

  # The connection ends while nobody types.
  sshd_kill gpu1
  sshd_again gpu1
  say "(told 'after (run-state w))"
  ok "$DOOR: after sshd was started again the state is asked again" answer '(after running)'
  sshd_kill gpu1
  sshd_again gpu1
  say "(told 'second (run-state (run (job \"echo\" \"second\"))))"
  ok "$DOOR: and (run e) connects again" answer '(second completed)'
  sshd_kill gpu1
  say "(told 'runs (length (runs)))" "(submit (job \"true\"))" "(told 'still 'here)"
  ok "$DOOR: without a server the list is still there" answer '(runs 3)'
  ok "$DOOR: and an error does not end the REPL" answer '(still here)'
  sshd_again gpu1
  : >"$scratch/go"
  say "(told 'followed (run-state (follow w)))"
  ok "$DOOR: (follow r) sees the end of the one that went on" answer '(followed completed)'
  ok "$DOOR: and its log" grep -q '^over$' repl.out || diag "$(cat repl.out repl.err)"
  say '(define c (submit (job "sleep" "1000")))' "(cancel c)" "(told 'canceled (run-state c))"
  ok "$DOOR: (cancel r)" answer '(canceled canceled)'
  finish "$DOOR" || diag "$(cat repl.err)"
  is "$(ls "$remote_root"/runs | wc -l) $(ls .azml/runs | wc -l)" '4 4' \
    "$DOOR: what was not accepted has left nothing"
  wait_until 20 eval '[ -z "$(remote_processes)" ]'
  is "$(remote_processes)" '' "$DOOR: no process is left"
done

# A program in Guile, and the silence after which a runner gives a client up.
cat recipe.scm - >program.scm <<'END'
(define r (submit (job "sh" "-c" "echo once; sleep 1; exit 3")))
(wait r)
(told 'state (run-state r))
(sleep 5)
(told 'again (run-state (wait (submit (job "true")))))
END
AZML_HEARTBEAT=1 capture guile program.scm
is "$status" 0 'a program in Guile'
like "$(out)" '[(]state failed' 'has runs there'
like "$(out)" '[(]again completed' 'and may sleep longer than a runner waits for it'

done_testing
