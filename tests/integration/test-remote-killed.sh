#!/bin/sh
# test-remote-killed.sh: sshd killed and started again, and the client killed, at every
# stage of a run on another machine.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/remote.sh"
. "$AZML_SRCDIR/tests/integration/remote-stages.sh"

AS=other sshd_start gpu1-server 'MaxSessions 1'
AS=other relay_start gpu1 gpu1-server
remote_attach gpu1 gpu1

for stage in sending preparing running fetching; do
  # The doors in turn; the client below goes through the other one.
  case ${door-openssh} in libssh) door=openssh ;; *) door=libssh ;; esac
  remote_door $door gpu1
  stage_begin "$stage"
  sshd_kill gpu1-server
  relay_tell gpu1 thaw
  ok "without sshd while $stage ($door) it is said that there is no connection" \
    wait_until 20 grep -q 'no connection to gpu1 since' client.err
  sshd_again gpu1-server
  stage_go
  stage_end "sshd killed while $stage"
done

# kill -9 of the client. What was accepted goes on; who comes next sees all of it.
for stage in preparing running fetching; do
  case $door in libssh) door=openssh ;; *) door=libssh ;; esac
  remote_door $door gpu1
  stage_begin "$stage"
  kill -9 $client
  wait $client 2>/dev/null
  stage_go
  capture azml-guile attach "$run"
  is "$status" 0 "the client killed while $stage: another one sees the end"
  ok "the client killed while $stage: and all of the log" cmp log.expected "$out_file"
  stage_over "the client killed while $stage"
done

# What was not accepted never was, and the next run needs not send again what came.
stage_begin sending
kill -9 $client
wait $client 2>/dev/null
stage_go
wait_until 60 eval '[ -z "$(remote_processes)" ]'
sleep 3 # as long as a submit may be on its way
capture azml-guile history refresh
is "$status" 0 'the client killed while sending: history refresh settles it'
is "$(json ".azml/runs/$run/status.json" 'j["state"], j["cause"]')" \
  "('failed', 'never accepted')" 'it was never accepted'
not_ok 'and the machine knows nothing of it' test -e "$(remote_there "$run")"
killed=$run
remote_runs >stage.before
before=$(relay_tell gpu1 bytes | cut -d ' ' -f 1)
capture azml-guile run -c gpu1 recipe.scm
is "$status" 0 'the next run'
run=$(remote_new stage.before)
stage_over 'the next run'
sent=$(($(relay_tell gpu1 bytes | cut -d ' ' -f 1) - before))
ok "sends what had not come ($sent of $stage_size bytes)" [ "$sent" -lt 10000000 ]
is "$(remote_secret_places)" '' 'and no secret is anywhere'
is "$(azml-guile history list --json --limit 0 | json /dev/stdin \
  "[r['state'] for r in j if r['id'] == '$killed']")" "['failed']" 'the list knows both'

# Three at any moment of a run that does not wait.
: >"$stage_go/run"
for moment in 0.1 0.3 0.6; do
  remote_runs >stage.before
  azml-guile run -c gpu1 recipe.scm >client.out 2>client.err &
  client=$!
  sleep $moment
  kill -9 $client
  wait $client 2>/dev/null
done
sleep 3
# What was accepted goes on to its end.
wait_until 60 eval '[ -z "$(remote_processes)" ]'
azml-guile history refresh 2>"$err_file"
azml-guile history refresh 2>"$err_file"
for run in $(remote_runs); do
  if [ "$(state "$run")" = completed ]; then
    [ -e ".azml/runs/$run/outputs/result" ] || fail "$run has its output here"
    cmp -s log.expected ".azml/runs/$run/log" || fail "the log of $run is whole"
  else
    is "$(json ".azml/runs/$run/status.json" 'j["cause"]')" 'never accepted' \
      "$run did not happen"
  fi
done

done_testing
