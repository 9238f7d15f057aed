#!/bin/sh
# test-ssh-patience.sh: how long a connection is waited for (ConnectTimeout), and an agent.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/fixtures/sshd.sh"
. "$AZML_SRCDIR/tests/integration/ssh.sh"

sshd_start gpu1 || fail 'an sshd'
port=$sshd_port

# silent NAME: a server that lets everybody in and says nothing: its port in $silent_port,
# and an alias for who waits for it beside in $silent_name. With "full" it does not even let in: its queue has no place.
silent ()
{
  "${PYTHON:-python3}" -c 'import socket, sys, time
s = socket.socket ()
s.bind (("127.0.0.1", 0))
s.listen (0 if sys.argv[1] == "full" else 99)
kept = []
if sys.argv[1] == "full":
    for i in range (3):
        c = socket.socket ()
        c.setblocking (False)
        c.connect_ex (s.getsockname ())
        kept.append (c)
print (s.getsockname ()[1], flush=True)
while True:
    if sys.argv[1] != "full":
        kept.append (s.accept ()[0])
    else:
        time.sleep (60)' "$1" >port &
  silent_server=$!
  wait_until 10 test -s port
  silent_port=$(cat port)
  : >port
  sshd_alias "$1" 127.0.0.1 "$silent_port"
  silent_name=beside-$1
  sshd_alias "$silent_name" 127.0.0.1 "$silent_port"
}

now_ms ()
{
  date +%s%3N
}

# wait_beside SECONDS: somebody waits so long for the silent server from now on; what must end
# earlier ends while waits_still says yes. A machine that is busy is so for both.
wait_beside ()
{
  "$AZML_BUILDDIR/tests/c/ssh-tool" "$(description "$silent_name" connect_timeout="$1")" true \
    >/dev/null 2>beside.err </dev/null &
  beside=$!
}

waits_still ()
{
  wait_until 30 eval '! kill -INT "$beside"'
  wait "$beside" 2>/dev/null
  test $? -eq 250 -a "$(cut -d : -f 1 beside.err)" = cancelled
}

# takes FROM TO NAME REGEXP HOST [KEY=JSON...]: there is no connection, which is known after
# FROM milliseconds, and before one knows it who waits for TO.
takes ()
{
  takes_from=$1 takes_to=$2 takes_name=$3 takes_like=$4
  shift 4
  wait_beside $((takes_to / 1000))
  begin=$(now_ms)
  through "$@" -- true
  took=$(($(now_ms) - begin))
  takes_late=
  waits_still || takes_late=', after who waits that long'
  refused "^unreachable: .*$takes_like" "$door: $takes_name"
  if [ "$took" -ge "$takes_from" ] && [ -z "$takes_late" ]; then
    pass "$door: $takes_name: after $took ms"
  else
    fail "$door: $takes_name: in time" "it took $took ms$takes_late"
  fi
}

no_answer='(says nothing|timed out|UNKNOWN port|no answer)'
for door in libssh openssh; do
  silent quiet
  sshd_config quiet 'ConnectTimeout 2'
  takes 1500 15000 'ConnectTimeout, and a server that says nothing' "$no_answer" quiet
  takes 3500 15000 "the target's own connect-timeout goes before it" "$no_answer" quiet \
    connect_timeout=4
  sshd_alias quiet 127.0.0.1 "$silent_port" 'ConnectTimeout 7200'
  takes 500 15000 'also where it is less' "$no_answer" quiet connect_timeout=1
  sshd_alias quiet 127.0.0.1 "$silent_port" 'ConnectTimeout 0m2s'
  takes 1500 15000 'a time with its unit' "$no_answer" quiet
  sshd_alias behind 127.0.0.1 "$port" 'ProxyJump quiet' 'ConnectTimeout 2'
  sshd_alias quiet 127.0.0.1 "$silent_port" 'ConnectTimeout 2'
  takes 1500 15000 'a jump host that says nothing' "$no_answer" behind
  sshd_alias piped 127.0.0.1 "$port" 'ProxyCommand sleep 100' 'ConnectTimeout 2'
  takes 1500 15000 'a ProxyCommand that says nothing' "$no_answer" piped
  # Nobody says a time: 30 seconds.
  if [ "${AZML_TEST_TIME_SCALE:-0.1}" = 1 ]; then
    sshd_alias quiet 127.0.0.1 "$silent_port"
    takes 29000 45000 'without a word' "$no_answer" quiet
  fi
  kill "$silent_server"
  wait "$silent_server" 2>/dev/null
  silent full
  sshd_config full 'ConnectTimeout 2'
  takes 1500 15000 'a machine that does not answer at all' 'in time' full
  kill "$silent_server"
  wait "$silent_server" 2>/dev/null
  sshd_alias wrong 127.0.0.1 "$port" 'ConnectTimeout soon'
  through wrong -- true
  is "$status" 250 "$door: a ConnectTimeout that is no time"
  like "$(err)" '^invalid: .*host-wrong(:| line )2: .*(soon|invalid time)' "$door: is told, and where"
  rm "$ssh_home/.ssh/host-wrong"
done

# What the command is given by itself.
cat >wrapper <<END
#!/bin/sh
printf '%s\n' "\$@" >>"$scratch/words"
exec ssh "\$@"
END
chmod 755 wrapper
door=openssh
AZML_SSH=$scratch/wrapper
export AZML_SSH
for pair in 'none:30' '5:' ':30'; do
  : >words
  sshd_alias gpu1 127.0.0.1 "$port" ${pair%%:*}
  [ -z "${pair%%:*}" ] || sshd_alias gpu1 127.0.0.1 "$port" "ConnectTimeout ${pair%%:*}"
  through gpu1 -- 'echo in'
  is "$status $(out)" '0 in' "ConnectTimeout '${pair%%:*}'"
  is "$(sed -n 's/^-oConnectTimeout=//p' words)" "${pair#*:}" \
    "ConnectTimeout '${pair%%:*}': what is added to it"
done
unset AZML_SSH

# An agent whom many ask at the same time: those that it has no place for try again; one
# who never answers is said.
eval "$(ssh-agent -s)" >/dev/null
ssh-add -q "$ssh_home/.ssh/id_ed25519"
real=$SSH_AUTH_SOCK
crowded ()
{
  rm -f crowd
  "${PYTHON:-python3}" -c 'import socket, sys, threading, time
s = socket.socket (socket.AF_UNIX)
s.bind ("crowd")
s.listen (0)
kept = []
while True:
    c = socket.socket (socket.AF_UNIX)
    c.setblocking (False)
    kept.append (c)
    if c.connect_ex ("crowd"):
        break
open ("crowd-is-there", "w").close ()
time.sleep (float (sys.argv[1]))
def carry (a, b):
    try:
        while True:
            data = a.recv (65536)
            if not data:
                break
            b.sendall (data)
        b.shutdown (socket.SHUT_WR)
    except OSError:
        pass
for c in kept:
    c.close ()
while True:
    c = s.accept ()[0]
    r = socket.socket (socket.AF_UNIX)
    r.connect (sys.argv[2])
    threading.Thread (target=carry, args=(c, r), daemon=True).start ()
    threading.Thread (target=carry, args=(r, c), daemon=True).start ()' "$1" "$real" &
  crowd=$!
  wait_until 10 test -e crowd-is-there
  rm -f crowd-is-there
  SSH_AUTH_SOCK=$scratch/crowd
  export SSH_AUTH_SOCK
}
sshd_alias gpu1 127.0.0.1 "$port"
grep -v Identit "$ssh_home/.ssh/host-gpu1" >host
cp host "$ssh_home/.ssh/host-gpu1"
sshd_config gpu1 'IdentityFile none'
for door in libssh openssh; do
  crowded 1.5
  through gpu1 -- 'echo in'
  is "$status $(out)" '0 in' "$door: an agent whose queue is full for a while" || diag "$(err)"
  kill "$crowd"
  wait "$crowd" 2>/dev/null
done
door=libssh
crowded 600
silent quiet
wait_beside 20
begin=$(now_ms)
through gpu1 -- 'echo in'
took=$(($(now_ms) - begin))
ok "an agent whose queue stays full is not waited for too long ($took ms)" waits_still
ok 'but for a while' test "$took" -ge 4000
refused "^auth: .*the agent at '$scratch/crowd' does not answer" 'which is said'
kill "$silent_server"
wait "$silent_server" 2>/dev/null
"$AZML_BUILDDIR/tests/c/ssh-tool" "$(description gpu1)" true 2>said </dev/null &
client=$!
sleep 1
# Until it listens it ignores that, as what a shell starts in the background does.
wait_until 30 eval '! kill -INT "$client"'
wait "$client"
is "$? $(cut -d : -f 1 said)" '250 cancelled' 'and waiting for it can be cancelled'
kill "$crowd"
wait "$crowd" 2>/dev/null
rm crowd
through gpu1 -- 'echo in'
refused "^auth: .*the agent at '$scratch/crowd' does not answer" 'an agent that is not there'
SSH_AUTH_SOCK=$real
ssh-agent -k >/dev/null
unset SSH_AUTH_SOCK SSH_AGENT_PID

done_testing
