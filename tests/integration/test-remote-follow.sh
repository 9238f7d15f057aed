#! /bin/sh
# tests/integration/test-remote-follow.sh: runs behind a real SSH server, which goes away.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/fixtures/sshd.sh"

sshd_start gpu1
relay_start slow gpu1
HOME=$ssh_home
export HOME
mkdir project
cd project || exit 1
cat >job.sh <<'END'
#! /bin/sh
echo first; mkdir -p outputs; echo model >outputs/model
while [ -n "${1-}" ] && [ ! -e "$1" ]; do sleep 0.05; done
echo last
exit 4
END
chmod +x job.sh
printf 'first\nlast\n' >expected

# follow DOOR: runs through the library, or through the command ssh.
follow ()
{
  door=$1
  cat >recipe.scm <<END
(use-modules (azml))
(define gpu1 (compute-target (name "gpu1") (type 'remote) (address "gpu1") (ssh '$door)
                             (config "$ssh_home/.ssh/config")))
(define slow (compute-target (inherit gpu1) (name "slow") (address "slow")))
END
  capture azml-guile run -r recipe.scm -c gpu1 -- ./job.sh
  is "$status" 4 "$door: a run behind an SSH server has its exit code"
  ok "$door: its log is shown byte for byte" cmp expected "$out_file"
  is "$(cat .azml/runs/*/outputs/model)" model "$door: and its outputs are fetched"
  rm -rf .azml

  go=$scratch/go
  rm -f "$go" seen seen.err
  azml-guile run -r recipe.scm -c gpu1 -- ./job.sh "$go" >seen 2>seen.err &
  client=$!
  wait_until 30 grep -q first seen
  sshd_kill gpu1
  ok "$door: that the server is gone is told" \
    wait_until 30 grep -q 'connecting again' seen.err || diag "$(cat seen.err)"
  : >"$go"
  sshd_again gpu1
  wait $client
  is $? 4 "$door: when it is back, the end is the true one"
  ok "$door: and the log is whole" cmp expected seen
  is "$(json .azml/runs/*/sync.json 'j["outputs"]["state"]')" fetched \
    "$door: with its outputs"
  not_ok "$door: no secret is in the copy" grep -rqi 'secret' .azml
  rm -rf .azml

  # Who stops a run says how it ended, also where another one follows it and is slow.
  rm -f "$go" seen
  run=$(azml-guile run -d -q -r recipe.scm -c gpu1 -- ./job.sh "$go" 2>/dev/null)
  azml-guile attach "$run" >seen 2>seen.err &
  client=$!
  wait_until 30 grep -q first seen
  kill -STOP $client
  (sleep 3; kill -CONT $client) &
  capture azml-guile stop "$run"
  is "$status" 0 "$door: a run that another one follows is stopped"
  like "$(out)$(err)" 'canceled' "$door: and how it ended is said"
  wait $client
  is $? 143 "$door: the other one sees it, too"
  rm -rf .azml

  # Who lists runs waits three seconds for a machine; who follows one waits on, also where
  # it was asked before what became of the run.
  rm -f "$go" seen
  capture azml-guile run -d -r recipe.scm -c slow -- ./job.sh "$go"
  run=$(out)
  relay_tell slow delay 500
  azml-guile attach "$run" >seen 2>seen.err &
  client=$!
  wait_until 60 grep -q first seen
  : >"$go"
  wait $client
  is $? 4 "$door: a machine that is slow to answer is attached to"
  ok "$door: to the end of its log" cmp expected seen
  like "$(cat seen.err)" 'slow is unreachable' "$door: though it was late for the first question"
  printf '{"version":1,"state":"running"}' >".azml/runs/$run/status.json"
  azml-guile history reindex 2>/dev/null
  capture azml-guile history refresh
  is "$(json ".azml/runs/$run/status.json" 'j["state"], j["exit_code"]')" "('failed', 4)" \
    "$door: history refresh waits for it, too"
  relay_tell slow delay 0
  rm -rf .azml
}

follow libssh
follow openssh
done_testing
