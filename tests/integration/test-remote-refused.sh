#!/bin/sh
# test-remote-refused.sh: runs for machines that cannot be reached, or are not what they
# should be: an error that says what to do, and nothing left, through both doors.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/remote.sh"

AS=other sshd_start gpu1 'AllowTcpForwarding no' 'MaxSessions 1'
sshd_account stranger
: >"$(sshd_home stranger)/.ssh/authorized_keys"
sshd_alias nowhere no-such-host.invalid 22

# answer WHAT: a server that says that to whoever connects; its port in $port.
answer ()
{
  "$tap_python" - "$1" >port <<'SCRIPT' &
import socket, sys, time
what = sys.argv[1]
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(8)
kept = []
print(server.getsockname()[1], flush=True)
while True:
    client = server.accept()[0]
    kept.append(client)
    if what == "banner":
        client.sendall(b"SSH-2.0-none\r\n")
        client.close()
    elif what == "garbage":
        client.sendall(b"\0\1\2\377 what?\r\n" * 99)
SCRIPT
  server=$!
  wait_until 10 test -s port
  sshd_alias "$1" 127.0.0.1 "$(cat port)"
}

# refused TARGET EXPECTED NAME: a run there fails before it began, says EXPECTED and what
# to do, and leaves nothing.
refused ()
{
  capture timeout 300 azml-guile run -c "$1" -- true
  is "$status" 125 "$DOOR: $3"
  like "$(err)" "$2" "$DOOR: $3: is said"
  like "$(err)" '^hint: ' "$DOOR: $3: and what to do"
  is "$(remote_runs)$(remote_secret_places)" '' "$DOOR: $3: and nothing is left"
}

for DOOR in libssh openssh; do
  attach ()
  {
    remote_attach "$1-$DOOR" "$@"
  }
  attach gpu1 2>/dev/null
  capture azml-guile run -q -c "gpu1-$DOOR" -- echo here
  is "$status $(out)" '0 here' "$DOOR: AllowTcpForwarding no is no matter"
  rm -rf .azml/runs
  sshd_stop gpu1
  refused "gpu1-$DOOR" 'connection refused' 'connection refused'
  sshd_again gpu1
  sshd_distrust gpu1
  refused "gpu1-$DOOR" 'host key is not known' 'an unknown host'
  sshd_trust gpu1
  cp -r "$sshd_folder/gpu1" "$sshd_folder/kept"
  sshd_stop gpu1
  sshd_new_key gpu1
  sshd_again gpu1
  refused "gpu1-$DOOR" 'host key has changed' 'another host key'
  sshd_trust gpu1
  attach nowhere
  refused "nowhere-$DOOR" 'the name has no address' 'a name without an address'
  remote_attach "stranger-$DOOR" gpu1 username=stranger
  refused "stranger-$DOOR" 'login refused' 'a key that is refused'
  for what in silence banner garbage; do
    answer $what
    attach $what connect-timeout=2
    refused "$what-$DOOR" "'$what|127.0.0.1" "a server with nothing but $what"
    kill $server
    rm -f port
  done
done

# A machine that lets in nobody for now is waited for, and whoever waits knows.
AS=other sshd_start busy 'MaxStartups 1:100:1' 'LoginGraceTime 60'
for DOOR in libssh openssh; do
  remote_attach "busy-$DOOR" busy
  sshd_hold busy 600
  : >client.err # not what the other door was told
  azml-guile run -q -c "busy-$DOOR" -- echo in >client.out 2>client.err &
  client=$!
  ok "$DOOR: a machine that refuses for now: is said" wait_until 30 \
    grep -q "^azml-guile: 'busy'.* refuses new connections.*next attempt in" client.err
  kill "$sshd_holder"
  wait "$sshd_holder" 2>/dev/null
  wait "$client"
  is "$? $(cat client.out)" '0 in' "$DOOR: and is tried again" || diag "$(cat client.err)"
  is "$(grep -c 'next attempt' client.err)" 1 "$DOOR: which is said once in a while"
  rm -rf .azml/runs "$remote_root/runs"
done

# A password that is wrong is refused, and is nowhere afterwards.
DOOR=libssh
printf '%s\n' "$remote_secret" >"$scratch/password"
chmod 600 "$scratch/password"
AS=other sshd_start words 'PubkeyAuthentication no'
remote_attach words words password-file="$scratch/password"
refused words 'login refused' 'a wrong password'

done_testing
