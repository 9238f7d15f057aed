#!/bin/sh
# test-remote-descriptors.sh: a client that connects again and again keeps nothing of the
# connections that it has lost, and closes nothing of the next one.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/remote.sh"

AS=other sshd_start server
AS=other relay_start gpu1 server
remote_attach gpu1 gpu1
mkdir project
cd project || exit 99

# said N TEXT: the client has said TEXT N times.
said () { [ "$(grep -c "$2" ../client.err)" -ge "$1" ]; }

# said_so TEXT: how often by now.
said_so () { grep -c "$1" ../client.err; }

# open_files: how many descriptors the client has.
open_files () { find "/proc/$client/fd" -type l | wc -l; }

# settled: it has as many as a while ago, in $settled; what it opens for a moment comes and goes.
settled ()
{
  settled=$(open_files)
  for settled_try in 1 2 3 4 5; do
    sleep 0.2
    [ "$(open_files)" = "$settled" ] || return 1
  done
}

times=4
for door in libssh openssh; do
  remote_door "$door" gpu1
  go=$scratch/go-$door
  remote_runs >../before
  AZML_HEARTBEAT=1 azml-guile run -c gpu1 -- sh -c "while [ ! -e '$go' ]; do sleep 0.05; done; echo over" \
    >../client.out 2>../client.err &
  client=$!
  run=$(remote_new ../before)
  wait_until 60 remote_is "$run" running
  counts='' again=0
  while [ $again -lt $times ]; do
    again=$((again + 1))
    # libssh closes one that breaks; one that is silent is closed by us.
    if [ $((again % 2)) = 0 ]; then lose=cut find=restore; else lose=freeze find=thaw; fi
    # On a busy machine it may have been lost by itself, too.
    lost=$(said_so 'connecting again') found=$(said_so 'gpu1 answers again')
    relay_tell gpu1 $lose
    wait_until 30 said $((lost + 1)) 'connecting again' || break
    relay_tell gpu1 $find
    wait_until 60 said $((found + 1)) 'gpu1 answers again' || break
    wait_until 60 settled
    counts="$counts $settled"
  done
  ok "$door: it has connected again $times times" [ "$again:$(echo "$counts" | wc -w)" = $times:$times ] \
    || diag "$(cat ../client.err)"
  is "$(echo "$counts" | xargs -n 1 | sort -u | wc -l)" 1 "$door: and has as many descriptors as at first" \
    || diag "$counts"
  echo >"$go"
  wait "$client"
  is "$?:$(cat ../client.out)" 0:over "$door: it follows the run to its end" || diag "$(cat ../client.err)"
done

done_testing
