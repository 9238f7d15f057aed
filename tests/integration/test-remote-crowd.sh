#!/bin/sh
# test-remote-crowd.sh: many at once on a machine that lets in few, machines that do not
# answer, and what hangs on this side.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/remote.sh"

AS=other sshd_start gpu1 'MaxSessions 1' 'MaxStartups 2:70:4'
mkdir project
cd project || exit 1
go=$scratch/go
cat >job.sh <<'END'
echo "trial $1"
while [ "$1" -gt 18 ] && [ ! -e "$2" ]; do sleep 0.05; done
END
{
  echo '(use-modules (azml))'
  echo '(list'
  for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    echo "(experiment (name \"trial-$n\") (command '(\"sh\" \"job.sh\" \"$n\" \"$go\")))"
  done
  echo ')'
} >recipe.scm

# Twenty runs over one connection, with two followers and five short commands beside.
for DOOR in libssh openssh; do
  remote_attach gpu1 gpu1
  rm -rf .azml/runs "$go"
  azml-guile run -c gpu1 -j 20 recipe.scm >../client.out 2>../client.err &
  client=$!
  ok "$DOOR: twenty runs are accepted" wait_until 60 \
    eval '[ "$(ls "$remote_root"/runs/*/status.json | wc -l)" -ge 20 ]'
  waiting=$(grep -l '"state": *"running"' "$remote_root"/runs/*/status.json | head -n 2)
  pids=
  for file in $waiting; do
    azml-guile logs -f "$(basename "$(dirname "$file")")" >/dev/null 2>&1 &
    pids="$pids $!"
  done
  for n in 1 2 3 4 5; do
    azml-guile run -d -q -c gpu1 -- true >../beside-$n 2>&1 &
    pids="$pids $!"
  done
  sleep 1
  : >"$go"
  wait $client
  is $? 0 "$DOOR: all complete on a machine that lets in few" || diag "$(tail ../client.err)"
  is "$(sort -u ../client.out | wc -l)" 20 "$DOOR: and each log is shown"
  failed=0
  for pid in $pids; do
    wait "$pid" || failed=$((failed + 1))
  done
  is $failed 0 "$DOOR: and nobody beside was turned away" || diag "$(cat ../beside-*)"
  # Who only submits does not wait for the end.
  wait_until 60 eval '[ "$(grep -l "\"state\": *\"completed\"" "$remote_root"/runs/*/status.json | wc -l)" -eq 25 ]'
  azml-guile history refresh 2>/dev/null
  is "$(azml-guile history list --json --limit 0 | json /dev/stdin \
    'sorted(set(r["state"] for r in j)), len(j)')" "(['completed'], 25)" "$DOOR: all is known"
  rm -rf "$remote_root"/runs/*
  azml-guile computetarget detach gpu1 2>/dev/null
done

# Machines that do not answer are asked at the same time, and do not keep the others' news.
DOOR=libssh
remote_attach gpu1 gpu1
"$tap_python" - >../ports <<'END' &
import socket, time
servers = []
for n in range(4):
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(8)
    servers.append(server)
    print(server.getsockname()[1])
print("ready", flush=True)
time.sleep(1000)
END
silent=$!
wait_until 10 grep -q ready ../ports
rm -rf .azml/runs
for n in 1 2 3 4; do
  AS=other sshd_alias away-$n 127.0.0.1 "$sshd_port"
  sshd_trust away-$n gpu1
  remote_attach away-$n away-$n connect-timeout=30
  azml-guile run -d -c away-$n -- true >/dev/null 2>&1
  AS=other sshd_alias away-$n 127.0.0.1 "$(sed -n ${n}p ../ports)"
done
run=$(azml-guile run -d -c gpu1 -- true 2>/dev/null)
remote_reaches "$run" completed
ok 'runs on five machines' [ "$(ls .azml/runs | wc -l)" = 5 ]
before=$(date +%s)
capture azml-guile history refresh
took=$(($(date +%s) - before))
is "$(err | grep -c 'away-[1-4] is unreachable since')" 4 'each that is silent is named'
is "$(state "$run")" completed 'and the one that answers is heard'
is "$status" 1 'which is an error'
ok "they are waited for together ($took s)" [ $took -lt 90 ]
is "$(azml-guile history list --json --limit 0 2>/dev/null | json /dev/stdin \
  'len(j), sum(r["state"] == "completed" for r in j)')" '(5, 1)' 'the others stay as they were'

# An agent that hangs: Ctrl-C works, and nothing is left.
rm -rf .azml/runs
"$tap_python" - "$scratch/agent" "$scratch/asked" <<'END' &
import socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(8)
unanswered = []
while True:
    unanswered.append(server.accept())
    open(sys.argv[2], "a").write("asked\n")
END
agent=$!
wait_until 10 test -S "$scratch/agent"
for DOOR in libssh openssh; do
  AS=other sshd_alias agent-$DOOR 127.0.0.1 "$(cat "$sshd_folder/gpu1/port")"
  sshd_trust agent-$DOOR gpu1
  sed -i '/IdentityFile\|IdentitiesOnly\|IdentityAgent/d' "$ssh_home/.ssh/host-agent-$DOOR"
  sshd_config agent-$DOOR "IdentityAgent $scratch/agent"
  remote_attach agent-$DOOR agent-$DOOR
  : >"$scratch/asked"
  env --default-signal=INT azml-guile run -c agent-$DOOR -- true >/dev/null 2>../agent.err &
  client=$!
  wait_until 60 test -s "$scratch/asked"
  kill -INT $client
  ok "$DOOR: a client whose agent hangs ends at Ctrl-C" wait_until 30 \
    eval '! kill -0 $client'
  kill -9 $client 2>/dev/null
  wait $client
  is $? 130 "$DOOR: as one that was interrupted" || diag "$(cat ../agent.err)"
  rm -rf .azml/runs
done
capture azml-guile run -c agent-libssh -- true
is "$status" 0 'nobody has to: it is not waited for long, and a key in a file does as well'
kill $silent $agent

done_testing
