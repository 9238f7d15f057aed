#!/bin/sh
# test-ssh-login.sh: who are they, and who are we: host keys, keys, passwords, and what is
# said when there is no connection.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/fixtures/sshd.sh"
. "$AZML_SRCDIR/tests/integration/ssh.sh"

sshd_start gpu1 || fail 'an sshd'
sshd_start words 'PasswordAuthentication yes' 'PubkeyAuthentication no' \
  'KbdInteractiveAuthentication no'
sshd_code=1234
sshd_start asking 'UsePAM yes' 'KbdInteractiveAuthentication yes' \
  'PubkeyAuthentication no' 'PasswordAuthentication no'
sshd_start both 'UsePAM yes' 'AuthenticationMethods publickey,keyboard-interactive' \
  'KbdInteractiveAuthentication yes'
known=$ssh_home/.ssh/known_hosts

host_keys ()
{
  print=$(fingerprint gpu1)
  sshd_distrust gpu1
  through gpu1 -- 'echo in'
  refused "^host-key: 'gpu1': the host key is not known" \
    "$door: an unknown key is refused without a terminal"
  through gpu1 'host_keys="strict"' -- 'echo in'
  refused '^host-key: ' "$door: and when strict is wished"
  is "$(grep -cF "$(sshd_known_name gpu1)" "$known")" 0 "$door: and not remembered"
  typing no gpu1 -- 'echo in'
  is "$status" 250 "$door: no on the terminal"
  like "$(cat shown)" "$print" "$door: the fingerprint is shown"
  typing yes gpu1 -- 'echo in'
  is "$status $(out)" '0 in' "$door: yes on the terminal"
  through gpu1 -- 'echo in'
  is "$status $(out)" '0 in' "$door: is remembered"
  sshd_distrust gpu1
  through gpu1 'host_keys="accept-new"' -- 'echo in'
  is "$status $(out)" '0 in' "$door: accept-new"
  is "$(grep -cF "$(sshd_known_name gpu1)" "$known")" 1 "$door: is remembered, once"
  sshd_distrust gpu1
  cp "$ssh_home/.ssh/host-gpu1" host
  sshd_config gpu1 'StrictHostKeyChecking no'
  through gpu1 -- 'echo in'
  is "$status $(out)" '0 in' "$door: StrictHostKeyChecking no"
  cp host "$ssh_home/.ssh/host-gpu1"

  # Other ways to write the same.
  cp "$known" usual
  ssh-keygen -q -H -f "$known" >"$out_file" 2>&1
  rm -f "$known.old"
  through gpu1 'host_keys="strict"' -- 'echo in'
  is "$status $(out)" '0 in' "$door: a name that is hashed"
  sed 's/$/\r/' usual >"$known"
  through gpu1 'host_keys="strict"' -- 'echo in'
  is "$status $(out)" '0 in' "$door: lines as of another system"
  key=$(cut -d ' ' -f 1,2 "$sshd_folder/gpu1/host_key.pub")
  printf '%s\n' "cluster,127.0.0.?,!127.0.0.2 $key" >"$known"
  through gpu1 'host_keys="strict"' -- 'echo in'
  is "$status $(out)" '0 in' "$door: a name without the port, by a pattern"
  echo "@revoked 127.0.0.1 $key" >>"$known"
  through gpu1 'host_keys="strict"' -- 'echo in'
  refused '^host-key: .*revoked' "$door: and it is revoked"
  grep -v revoked "$known" >known
  cp known "$known"
  cp "$ssh_home/.ssh/host-gpu1" host
  sshd_config gpu1 'HostKeyAlias Cluster'
  through gpu1 'host_keys="strict"' -- 'echo in'
  is "$status $(out)" '0 in' "$door: HostKeyAlias"
  sshd_config gpu1 'HostKeyAlias other'
  through gpu1 -- 'echo in'
  refused '^host-key: ' "$door: another one is not known"
  cp host "$ssh_home/.ssh/host-gpu1"
  cp usual "$known"

  sshd_stop gpu1
  sshd_new_key gpu1
  sshd_again gpu1
  through gpu1 'host_keys="accept-new"' -- 'echo in'
  refused "^host-key: 'gpu1': the host key has changed" \
    "$door: a changed key is refused"
  line=$(grep -nF "$(sshd_known_name gpu1)" "$known" | cut -d : -f 1)
  like "$(err)" "$known:$line" "$door: the line that has the old one is named"
  like "$(err)" "^host-key: .*known is .*$print" "$door: the old fingerprint"
  like "$(err)" "^host-key: .*it is .*$(fingerprint gpu1)" "$door: and the new one"
  like "$(err)" '[|] .*ssh-keygen -f .* -R ' "$door: and what to do"
  cp "$ssh_home/.ssh/host-gpu1" host
  sshd_config gpu1 'StrictHostKeyChecking no'
  through gpu1 -- 'echo in'
  refused "^host-key: 'gpu1': the host key has changed" \
    "$door: also where StrictHostKeyChecking is no"
  cp host "$ssh_home/.ssh/host-gpu1"
  sshd_trust gpu1
}

keys ()
{
  ssh-keygen -q -t ed25519 -N 'the phrase' -f "$ssh_home/.ssh/locked" 2>/dev/null
  cat "$ssh_home/.ssh/locked.pub" >>"$(sshd_home user)/.ssh/authorized_keys"
  sshd_alias locked 127.0.0.1 "$(cat "$sshd_folder/gpu1/port")"
  sed "s,IdentityFile .*,IdentityFile $ssh_home/.ssh/locked," \
    "$ssh_home/.ssh/host-locked" | grep -v IdentityAgent >host-locked
  cp host-locked "$ssh_home/.ssh/host-locked"
  through locked -- 'echo in'
  refused '^auth: ' "$door: an encrypted key without a terminal"
  typing 'the phrase' locked -- 'echo in'
  is "$status $(out)" '0 in' "$door: with its phrase, from the terminal"
  unlike "$(cat shown)" 'the phrase' "$door: which is not shown"
  typing 'not it
the phrase' locked -- 'echo in'
  is "$status $(out)" '0 in' "$door: after a wrong one"
  eval "$(ssh-agent -s)" >/dev/null
  printf '#!/bin/sh\necho the phrase\n' >askpass
  chmod 700 askpass
  SSH_ASKPASS=$PWD/askpass SSH_ASKPASS_REQUIRE=force ssh-add -q "$ssh_home/.ssh/locked"
  through locked -- 'echo in'
  is "$status $(out)" '0 in' "$door: by the agent"
  # One with more keys than a server hears out (MaxAuthTries): the named one comes first.
  ssh-add -qD
  for n in 1 2 3 4 5 6 7; do
    [ -f "many-$n" ] || ssh-keygen -q -t ed25519 -N '' -f "many-$n"
    ssh-add -q "many-$n"
  done
  SSH_ASKPASS=$PWD/askpass SSH_ASKPASS_REQUIRE=force ssh-add -q "$ssh_home/.ssh/locked"
  through locked -- 'echo in'
  is "$status $(out)" '0 in' "$door: by a full agent" || diag "$(err)"
  grep -v IdentitiesOnly host-locked >"$ssh_home/.ssh/host-locked"
  through locked -- 'echo in'
  is "$status $(out)" '0 in' "$door: also without IdentitiesOnly" || diag "$(err)"
  sed 's,^\( *IdentityFile .*\),\1.pub,' host-locked >"$ssh_home/.ssh/host-locked"
  through locked -- 'echo in'
  is "$status $(out)" '0 in' "$door: and where the public key is named" || diag "$(err)"
  grep -v Identit host-locked >"$ssh_home/.ssh/host-locked"
  sshd_config locked "IdentityFile $scratch/many-3.pub" 'IdentitiesOnly yes'
  through locked -- 'echo in'
  refused '^auth: .*login refused( [(]|$)' "$door: with IdentitiesOnly no other one is tried"
  ssh-agent -k >/dev/null
  unset SSH_AUTH_SOCK SSH_AGENT_PID
  rm -f "$ssh_home/.ssh/locked" "$ssh_home/.ssh/locked.pub"

  [ -f stranger ] || ssh-keygen -q -t ed25519 -N "" -f "$scratch/stranger"
  through gpu1 "identity_file=\"$scratch/stranger\"" 'username="user"' -- 'echo in'
  is "$status $(out)" '0 in' "$door: a wrong key is followed by the right one"
  for how in host-bound unbound; do
    sshd_alias bound 127.0.0.1 "$(cat "$sshd_folder/gpu1/port")" "PubkeyAuthentication $how"
    through bound -- 'echo in'
    is "$status $(out)" '0 in' "$door: PubkeyAuthentication $how"
  done
  sshd_alias bound 127.0.0.1 "$(cat "$sshd_folder/gpu1/port")" 'PubkeyAuthentication no'
  through bound -- 'echo in'
  refused '^auth: ' "$door: PubkeyAuthentication no"
  [ "$door" = openssh ] && return 0
  chmod 644 "$ssh_home/.ssh/id_ed25519"
  through gpu1 -- 'echo in'
  refused '^auth: .*chmod 600' "$door: a key that others can read"
  chmod 600 "$ssh_home/.ssh/id_ed25519"
}

passwords ()
{
  through words -- 'echo in'
  refused '^auth: ' "$door: a password, and nobody to ask"
  typing 'secret user' words -- 'echo in'
  is "$status $(out)" '0 in' "$door: a password from the terminal"
  unlike "$(cat shown)" 'secret user' "$door: is not shown"
  typing 'secret user
1234' asking -- 'echo in'
  is "$status $(out)" '0 in' "$door: questions"
  like "$(cat shown)" 1234 "$door: what may be seen is seen"
  typing 'secret user
1234' both -- 'echo in'
  is "$status $(out)" '0 in' "$door: a key and then questions"
  typing 'wrong
wrong
wrong' words -- 'echo in'
  refused '^auth: ' "$door: wrong passwords"
  unlike "$(err)" wrong "$door: which are not repeated"
}

secrets ()
{
  (umask 077 && echo 'secret user' >password)
  through words "password_file=\"$PWD/password\"" -- 'echo in'
  is "$status $(out)" '0 in' 'a password from a file'
  chmod 640 password
  through words "password_file=\"$PWD/password\"" -- 'echo in'
  refused '^denied: .*others can read it' 'that nobody else may read'
  like "$(err)" 'chmod 600' 'which is said'
  (umask 077 && printf '#!/bin/sh\necho "secret user"\n' >tell)
  chmod 700 tell
  through words "password_command=\"$PWD/tell\"" -- 'tr "\0" " " </proc/$PPID/cmdline; ps -e -o args='
  is "$status" 0 'a password from a command'
  unlike "$(out)" 'secret user' 'is in no command line'
  printf '#!/bin/sh\nexit 3\n' >tell
  through words "password_command=\"$PWD/tell\"" -- true
  refused '^auth: .*failed with 3' 'a command that fails'
  : >tell
  through words "password_command=\"$PWD/tell\"" -- true
  refused '^auth: .*the command for the password printed none' 'a command that prints nothing'
  printf '#!/bin/sh\necho "secret user"\necho "user: user"\n' >tell
  through words "password_command=\"$PWD/tell\"" -- 'echo in'
  is "$status $(out)" '0 in' 'of several lines the first is the password'
  printf '#!/bin/sh\necho "secret user"\nsleep 300 &\necho $! >"$0.left"\n' >tell
  through words "password_command=\"$PWD/tell\"" -- 'echo in'
  is "$status $(out)" '0 in' 'a command that leaves a process behind is not waited for'
  kill "$(cat tell.left)"
  (umask 077 && : >nothing)
  through words "password_file=\"$PWD/nothing\"" -- true
  refused '^auth: .*there is no password in .*nothing' 'a file with nothing in it'
}

# server BEHAVIOUR: a false server; its port is in $false_port.
server ()
{
  "${PYTHON:-python3}" -c 'import socket, sys, time
s = socket.create_server (("127.0.0.1", 0))
print (s.getsockname ()[1], flush=True)
kept = []
while True:
    c, _ = s.accept ()
    kept.append (c)
    what = sys.argv[1]
    if what == "banner":
        c.sendall (b"SSH-2.0-OpenSSH_9.2\r\n")
        c.recv (100)
        time.sleep (0.1)
        c.close ()
    elif what == "http":
        c.sendall (b"HTTP/1.1 400 Bad Request\r\nServer: none\r\n\r\n" + b"x" * 2000)
    elif what == "noise":
        c.sendall (bytes (range (256)) * 40)
' "$1" >port &
  false_server=$!
  wait_until 10 test -s port
  false_port=$(cat port)
  : >port
}

absent ()
{
  for case in 'silent:silent|says nothing|Connection timed out' \
    'banner:closed|Connection (closed|reset)' 'http:no SSH server' 'noise:no SSH server'; do
    server "${case%%:*}"
    sshd_alias false 127.0.0.1 "$false_port"
    through false connect_timeout=2 patience=0 -- true
    refused '^unreachable: ' "$door: ${case%%:*}"
    like "$(err)" "${case#*:}" "$door: and says what it is"
    kill "$false_server"
    wait "$false_server" 2>/dev/null
  done
  sshd_alias false 127.0.0.1 "$false_port"
  through false -- true
  refused "^unreachable: 'false': connection refused" "$door: refused"
  sshd_alias false no-such-name.invalid 22
  through false -- true
  refused "^unreachable: 'false': the name has no address" \
    "$door: no such name"
  isnt "$(err | sed 's/.*| //')" '' "$door: with a hint"
  # What keeps ssh from saying so, or from executing anything.
  sshd_alias false 127.0.0.1 "$false_port" 'LogLevel QUIET'
  through false -- true
  refused "^unreachable: 'false': connection refused" "$door: refused, and LogLevel QUIET"
  for line in 'StdinNull yes' 'SessionType none' 'ForkAfterAuthentication yes' 'RemoteCommand false'; do
    sshd_alias odd 127.0.0.1 "$(cat "$sshd_folder/gpu1/port")" "IgnoreUnknown ${line% *}" "$line"
    echo there >there
    input=there through odd -- 'cat; exit 3'
    is "$status $(out)" '3 there' "$door: $line"
  done
}

cancelling ()
{
  server silent
  sshd_alias false 127.0.0.1 "$false_port"
  "$AZML_BUILDDIR/tests/c/ssh-tool" "$(description false)" true 2>said </dev/null &
  client=$!
  sleep 0.5
  # Until it listens it ignores that, as what a shell starts in the background does.
  wait_until 30 eval '! kill -INT "$client"'
  wait "$client"
  is "$? $(cut -d : -f 1 said)" '250 cancelled' 'connecting can be cancelled'
  # The command is asked for its configuration before it connects.
  cat >slow-ssh <<END
#!/bin/sh
: >"$scratch/asked"
exec sleep 60
END
  chmod 755 slow-ssh
  door=openssh
  AZML_SSH=$scratch/slow-ssh "$AZML_BUILDDIR/tests/c/ssh-tool" "$(description gpu1)" true 2>said </dev/null &
  client=$!
  wait_until 20 test -e asked
  wait_until 30 eval '! kill -INT "$client"'
  wait "$client"
  is "$? $(cut -d : -f 1 said)" '250 cancelled' 'so can asking for what is configured'
  door=libssh
  kill "$false_server"
  wait "$false_server" 2>/dev/null
}

for door in libssh openssh; do
  host_keys
  keys
  passwords
  absent
done
door=libssh
secrets
cancelling

done_testing
