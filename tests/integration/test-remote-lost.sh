#!/bin/sh
# test-remote-lost.sh: a connection that breaks before anything was heard over it, or
# while outputs are fetched: no run is forgotten, and the exit code is the run's.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/remote.sh"

# What a client says is not part of the source.
mkdir project
cd project || exit 1
cat >job.sh <<'END'
echo here
mkdir -p outputs
echo model >outputs/model
printf 'no newline'
exit 4
END
printf 'here\nno newline' >../expected

# The runner there is deaf ears and a closed mouth: it does what it is asked and nobody
# hears of it.
muzzle ()
{
  runner_there=$(echo "$remote_root"/runner-*/azml-runner)
  [ -e "$runner_there.real" ] || mv "$runner_there" "$runner_there.real"
  printf '#!/bin/sh\nexec "%s" "$@" >/dev/null\n' "$runner_there.real" >"$runner_there"
  chmod 755 "$runner_there"
}

unmuzzle ()
{
  mv "$runner_there.real" "$runner_there"
}

# begin OPTION...: a client whose run was accepted, without its knowledge.
begin ()
{
  remote_runs >../before
  muzzle
  env --default-signal=INT azml-guile run -c gpu1 "$@" -- sh job.sh >../client.out 2>../client.err &
  client=$!
  run=$(remote_new ../before)
  ok "$DOOR: a run is accepted" wait_until 20 test -e "$(remote_there "$run")/status.json"
  sshd_kill gpu1
  unmuzzle
}

for DOOR in libssh openssh; do
  AS=other sshd_start gpu1 'MaxSessions 1'
  remote_attach gpu1 gpu1
  capture azml-guile run -q -c gpu1 -- sh job.sh
  is "$status" 4 "$DOOR: a run"

  begin
  ok "$DOOR: the client does not know whether it was accepted" \
    wait_until 20 grep -q 'not known whether the run was accepted' ../client.err
  sshd_again gpu1
  wait $client
  is $? 4 "$DOOR: asks, and ends with the code of the job" || diag "$(cat ../client.err)"
  ok "$DOOR: it has shown every byte" cmp ../expected ../client.out
  is "$(remote_runs | comm -13 ../before -)" "$run" "$DOOR: it is one run"
  remote_over "$run" ../expected "$DOOR: accepted and not heard of"

  begin -d --accept-within 2
  wait $client
  is $? 125 "$DOOR: after --accept-within it gives up" || diag "$(cat ../client.err)"
  like "$(cat ../client.err)" 'no connection to gpu1 for 2 seconds' "$DOOR: which it says"
  like "$(cat ../client.err)" "run ${run%??????} may have been accepted" \
    "$DOOR: and that the run may go on"
  sshd_again gpu1
  capture azml-guile history refresh
  is "$status" 0 "$DOOR: history refresh knows"
  remote_over "$run" ../expected "$DOOR: given up"

  begin -d
  wait_until 20 grep -q 'connecting again' ../client.err
  kill -INT $client
  wait $client
  is $? 130 "$DOOR: Ctrl-C while it tries again" || diag "$(cat ../client.err)"
  like "$(cat ../client.err)" "may have been accepted" "$DOOR: tells of the run, too"
  sshd_again gpu1
  capture azml-guile attach "$run"
  is "$status" 4 "$DOOR: attach finds it"
  remote_over "$run" ../expected "$DOOR: left alone"

  # The run has ended, its outputs are on their way, and nobody lets us in any more.
  AS=other relay_start relay gpu1
  remote_attach relay relay
  relay_tell relay freeze-at down 1000000
  remote_runs >../before
  azml-guile run -c relay -- sh -c 'head -c 4000000 /dev/urandom >outputs/big; exit 6' \
    >../client.out 2>../client.err &
  client=$!
  run=$(remote_new ../before)
  ok "$DOOR: held while it fetches" wait_until 30 \
    eval '[ "$(relay_tell relay frozen)" = yes ]'
  sshd_kill gpu1
  mv "$sshd_folder/gpu1/host_key" ../kept_key
  sshd_new_key gpu1
  sshd_again gpu1
  relay_tell relay thaw
  wait $client
  is $? 6 "$DOOR: outputs that cannot be fetched do not change the exit code" \
    || diag "$(cat ../client.err)"
  like "$(cat ../client.err)" 'outputs were not fetched: .*host key has changed' \
    "$DOOR: why they were not is said"
  like "$(cat ../client.err)" "azml-guile history outputs ${run%??????} --fetch" \
    "$DOOR: and how to fetch them"
  capture azml-guile history outputs "$run" --fetch
  is "$status" 1 "$DOOR: which is an error as long as it cannot be done"
  sshd_stop gpu1
  mv ../kept_key "$sshd_folder/gpu1/host_key"
  sshd_again gpu1
  capture azml-guile history outputs "$run" --fetch
  is "$status" 0 "$DOOR: and works then"
  ok "$DOOR: with every byte" cmp ".azml/runs/$run/outputs/big" \
    "$(remote_there "$run")/outputs/big"
  remote_over "$run" - "$DOOR: outputs late"
  relay_stop relay
  azml-guile computetarget detach relay 2>/dev/null
  rm -rf "$sshd_folder/relay"

  # Nobody was asked anything: nothing is left.
  sshd_stop gpu1
  remote_runs >../before
  capture azml-guile run -d -c gpu1 -- sh job.sh
  is "$status" 125 "$DOOR: a machine that refuses"
  is "$(remote_runs | comm -13 ../before -)" '' "$DOOR: has no run"
  rm -rf .azml/runs
  azml-guile computetarget detach gpu1 2>/dev/null
  rm -rf "$sshd_folder/gpu1"
done

done_testing
