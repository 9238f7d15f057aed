#!/bin/sh
# test-ssh-channel.sh: programs executed over SSH by both doors: streams, status, shells,
# jump hosts, servers at their limits.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/fixtures/sshd.sh"
. "$AZML_SRCDIR/tests/integration/ssh.sh"

sshd_account fishy "$(command -v fish)"
sshd_account tcshy "$(command -v tcsh)"
sshd_account chatty "$(command -v bash)"
mkdir -p "$(sshd_home fishy)/.config/fish"
echo 'echo good morning' >"$(sshd_home fishy)/.config/fish/config.fish"
echo 'echo good day' >"$(sshd_home tcshy)/.tcshrc"
echo 'echo good evening; echo noise >&2' >"$(sshd_home chatty)/.bashrc"
sshd_start gpu1 || fail 'an sshd'
AS=fishy sshd_alias fish 127.0.0.1 "$sshd_port"
AS=tcshy sshd_alias tcsh 127.0.0.1 "$sshd_port"
AS=chatty sshd_alias chatty 127.0.0.1 "$sshd_port"
sshd_start narrow 'MaxSessions 1'
sshd_start closed 'MaxSessions 0'
sshd_start busy 'MaxStartups 1:100:1' 'LoginGraceTime 600'
sshd_start forwardless 'AllowTcpForwarding no'
gpu1_port=$(cat "$sshd_folder/gpu1/port")

head -c 100000000 /dev/urandom >big

both_ways ()
{
  through gpu1 -- 'cat; echo "to you" >&2; exit 3'
  is "$status" 3 "$door: the status"
  is "$(err)" 'to you' "$door: its errors"
  input=big through gpu1 -- 'tee copy; echo "$(wc -c <copy)" >&2'
  is "$status $(err)" '0 100000000' "$door: 100 MB there"
  ok "$door: and back, byte by byte" cmp big "$out_file"
  ok "$door: and as they were" cmp big "$(sshd_home user)/copy"
  through gpu1 -- 'kill -TERM $$'
  case $door in
    libssh) is "$status" 143 "$door: killed by a signal" ;;
    *) is "$status" 255 "$door: killed by a signal (ssh tells no more)" ;;
  esac
  through gpu1 -- 'exit 255'
  is "$status" 255 "$door: a program may end with 255"
  through gpu1 -- 'echo "$PWD"' 'sleep 0.1; echo two' 'exit 9'
  is "$status $(out)" "9 $(sshd_home user)
two" "$door: several at the same time"
}

shells ()
{
  for name in fish tcsh chatty; do
    through "$name" -- 'for x in a b; do printf "%s!\\n" "$x"; done
echo "it'"'"'s" \\ "$((1 + 1))"'
    like "$(out)" '^good ' "$door: $name talks first"
    is "$(out | tail -n 3 | head -n 2 | tr '\n' ' ')" 'a! b! ' "$door: $name and sh"
    like "$(out)" "^it's \\\\ 2\$" "$door: what $name does not take as sh does"
  done
}

limits ()
{
  through narrow -- 'echo one'
  is "$status $(out)" '0 one' "$door: MaxSessions 1 is enough"
  through closed -- true
  is "$status" 250 "$door: MaxSessions 0 is not"
  like "$(err)" "^unreachable: 'closed'" "$door: and says so"

  # It is given up by who was there when somebody was told.
  sshd_hold busy 600
  : >"$err_file"
  (wait_until 60 grep -q 'next attempt' "$err_file"; kill "$sshd_holder") &
  through busy -- 'echo in'
  is "$status $(out)" '0 in' "$door: a machine at which too many log in is tried again"
  like "$(err)" '^notice: .*next attempt in' "$door: which is said"
  wait "$sshd_holder" 2>/dev/null
  # One that is as ssh 10 and quiet, too, says nothing from which that could be told.
  case ${AZML_SSH-} in
    *ssh-10) ;;
    *)
      cp "$ssh_home/.ssh/host-busy" host
      sshd_config busy 'LogLevel QUIET'
      sshd_hold busy 2
      through busy -- 'echo in'
      is "$status $(out)" '0 in' "$door: also with LogLevel QUIET"
      wait "$sshd_holder"
      cp host "$ssh_home/.ssh/host-busy"
      ;;
  esac
  sshd_hold busy 600
  through busy patience=1 -- true
  is "$status" 250 "$door: but not for ever"
  like "$(err)" "^unreachable: 'busy': the machine refuses new connections.* [|] too many" \
    "$door: and the reason is said"
  kill "$sshd_holder"
  wait "$sshd_holder" 2>/dev/null
  wait_until 60 ssh -F "$ssh_home/.ssh/config" busy true
}

jumps ()
{
  sshd_alias behind 127.0.0.1 "$gpu1_port" 'ProxyJump narrow'
  sshd_alias far-behind 127.0.0.1 "$gpu1_port" 'ProxyJump gpu1,narrow'
  sshd_alias by-command 127.0.0.1 "$gpu1_port" \
    "ProxyCommand ${PYTHON:-python3} $AZML_SRCDIR/tests/fixtures/pipe.py %h %p"
  sshd_alias by-shell 127.0.0.1 "$gpu1_port" "ProxyCommand ${PYTHON:-python3} \
$AZML_SRCDIR/tests/fixtures/\${AZML_NO_SUCH:-pipe}.py %h %p"
  sshd_alias by-token 127.0.0.1 "$gpu1_port" 'ProxyJump %r@127.0.0.1:'"$(cat "$sshd_folder/narrow/port")"
  sshd_alias by-others 127.0.0.1 "$gpu1_port" "ProxyJump chatty@127.0.0.1:$gpu1_port,\
fishy@[127.0.0.1]:$(cat "$sshd_folder/narrow/port")"
  sshd_alias by-none 127.0.0.1 "$gpu1_port" 'ProxyJump none' 'ProxyJump forwardless'
  sshd_alias no-way 127.0.0.1 "$gpu1_port" 'ProxyJump forwardless'
  sshd_alias broken-way 127.0.0.1 "$gpu1_port" 'ProxyCommand echo no way >&2; exit 1'
  sshd_alias 127.0.0.1 127.0.0.1 "$(cat "$sshd_folder/narrow/port")"
  for name in behind far-behind by-command by-shell by-token by-others by-none; do
    through "$name" -- 'echo "$HOME"'
    is "$status $(out)" "0 $(sshd_home user)" "$door: $name"
  done
  like "$(sshd_log gpu1)" 'Accepted publickey for chatty' "$door: by-others: as one at the first"
  like "$(sshd_log narrow)" 'Accepted publickey for fishy' "$door: by-others: as another behind it"
  # Who names a machine does not say what is executed here.
  sshd_alias '*' %h "$gpu1_port" \
    "ProxyCommand ${PYTHON:-python3} $AZML_SRCDIR/tests/fixtures/pipe.py %h %p %r"
  for name in 'x$(touch${IFS}executed)' 'x`touch${IFS}executed`' 'x;touch${IFS}executed' \
    '-oProxyCommand=touch${IFS}executed' 'ssh://127.0.0.1:1;touch${IFS}executed' \
    'me;touch${IFS}executed;@127.0.0.1'; do
    through "$name" -- true
    is "$status" 250 "$door: $name"
    like "$(err)" "^invalid: '.*' cannot be an address [|] a name, an address" "$door: $name: is told"
  done
  through 127.0.0.1 'username="me;touch${IFS}executed"' -- true
  refused "^invalid: '.*' cannot be a user's name" "$door: nor is it a user's name"
  not_ok "$door: nothing is executed" test -e executed
  rm "$ssh_home/.ssh/host-*"
  # The same, where nothing but the key may be tried (attach -k), and by an address.
  sshd_alias by-address 127.0.0.1 "$gpu1_port" \
    "ProxyJump user@[127.0.0.1]:$(cat "$sshd_folder/narrow/port")"
  for name in behind far-behind by-address; do
    through "$name" only_key=true "identity_file=\"$ssh_home/.ssh/id_ed25519\"" -- 'echo in'
    is "$status $(out)" '0 in' "$door: $name, by the key alone" || diag "$(err)"
  done
  through "user@by-address" -- 'echo in'
  is "$status $(out)" '0 in' "$door: user@host"
  input=big through behind -- cat
  ok "$door: 100 MB both ways through a jump host" cmp big "$out_file"
  through no-way -- true
  is "$status" 250 "$door: a jump host that forwards nothing"
  like "$(err)" '^unreachable: ' "$door: is said"
  through broken-way -- true
  refused "^unreachable: 'broken-way': .*(no way|UNKNOWN port)" "$door: a broken ProxyCommand"
  # A jump host is verified like any other.
  sshd_distrust narrow
  through behind -- true
  refused '^host-key: ' "$door: an unknown jump host is refused"
  cp "$sshd_folder/gpu1/host_key.pub" "$scratch/other.pub"
  sshd_trust narrow gpu1
  through behind -- true
  refused '^host-key: .*changed' "$door: and one whose key has changed"
  sshd_trust narrow
}

# An address of IPv6, with a port: in brackets, as everywhere else.
sixes ()
{
  through "ssh://user@[::1]:$six_port" -- 'echo here'
  is "$status $(out)" '0 here' "$door: ssh://user@[::1]:port"
}

sshd_prepare ::1
six_port=$(sshd_free_port)
if sshd_run ::1 "[::1]:$six_port" env; then
  sshd_running="$sshd_running ::1"
  sshd_alias ::1 ::1 "$six_port"
  for door in libssh openssh; do
    sixes
  done
else
  skip 'ssh://user@[::1]:port' 'there is no IPv6 here'
fi

for door in libssh openssh; do
  both_ways
  shells
  limits
  jumps
done

# What ssh says of a connection that is closed before the server's banner: until 7.8, and from
# 10 on, where it does so only for who asks for it.
says_as ()
{
  cat >"ssh-$1" <<END
#!/bin/sh
case " \$* " in *' $2 '*) exec ssh "\$@" ;; esac
ssh "\$@" 2>"$scratch/said.\$\$"
status=\$?
sed '$3' "$scratch/said.\$\$" >&2
exit \$status
END
  chmod 755 "ssh-$1"
  AZML_SSH=$scratch/ssh-$1
  export AZML_SSH
}
for version in 7 10; do
  case $version in
    7) says_as 7 never-said 's/^Connection closed by .*/ssh_exchange_identification: Connection closed by remote host/' ;;
    10) says_as 10 -oLogLevel=VERBOSE '/^kex_exchange_identification: Connection closed/d' ;;
  esac
  limits
  through busy -- 'echo "to you" >&2; exit 3'
  is "$status $(err)" '3 to you' "as ssh $version: nothing else is heard of it"
done
# The last attempt says less than those before it.
cat >ssh-less <<END
#!/bin/sh
case " \$* " in *' -G '*) exec ssh "\$@" ;; esac
echo >>"$scratch/attempts"
case \$(wc -l <"$scratch/attempts") in
  1 | 2) echo 'kex_exchange_identification: read: Connection reset by peer' >&2 ;;
esac
echo 'Connection closed by 127.0.0.1 port 1' >&2
exit 255
END
chmod 755 ssh-less
AZML_SSH=$scratch/ssh-less
through busy patience=1 -- true
refused "^unreachable: 'busy': the machine refuses new connections" \
  'as ssh 10: too many log in, until there is no time left'
AZML_SSH=$scratch/ssh-10
"${PYTHON:-python3}" -c 'import socket
s = socket.socket ()
s.bind (("127.0.0.1", 0))
s.listen (9)
print (s.getsockname ()[1], flush=True)
while True:
    c = s.accept ()[0]
    c.sendall (b"SSH-2.0-none\r\n")
    c.close ()
    open ("accepted", "a").write ("x")' >port &
server=$!
wait_until 10 test -s port
sshd_alias banner 127.0.0.1 "$(cat port)"
through banner -- true
refused "^unreachable: 'banner': the machine closed the connection before login" \
  'as ssh 10: a server with nothing but a banner'
unlike "$(err)" 'next attempt' 'is not taken for one at which too many log in'
ok "nor tried for long ($(wc -c <accepted) times)" test "$(wc -c <accepted)" -le 2
kill $server
unset AZML_SSH

done_testing
