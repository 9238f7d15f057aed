#!/bin/sh
# test-ssh-choices.sh: what a run's connection is made of: the door, by target and AZML_SSH,
# cipher and compression; and what is seen on a terminal while much is sent over it.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/remote.sh"
. "$AZML_SRCDIR/tests/integration/ssh.sh"

AS=other sshd_start gpu1 'LogLevel DEBUG1' 'MaxSessions 1'
mkdir project
cd project || exit 99

# used WORD: what sshd says of its latest client.
used ()
{
  case $1 in
    software) sed -n 's/.*remote software version \([A-Za-z]*\).*/\1/p' "$sshd_folder/gpu1/log" ;;
    cipher) sed -n 's/.*kex: server->client cipher: \([^ ]*\).*/\1/p' "$sshd_folder/gpu1/log" ;;
    compression) sed -n 's/.*kex: server->client .*compression: \([^ ]*\).*/\1/p' \
      "$sshd_folder/gpu1/log" ;;
  esac | tail -n 1
}

# goes NAME: a run goes well.
goes ()
{
  capture azml-guile run -q -c "${target-gpu1}" -- echo here
  is "$status $(out)" '0 here' "$1"
}

# The door.
DOOR=openssh remote_attach by-command gpu1
DOOR=libssh remote_attach by-library gpu1
cat >"$scratch/wrapper" <<END
#!/bin/sh
echo called >>"$scratch/called"
exec ssh "\$@"
END
chmod 755 "$scratch/wrapper"
target=by-library goes 'a target that says libssh'
is "$(used software)" libssh 'is reached by that'
target=by-command goes 'one that says openssh'
is "$(used software)" OpenSSH 'by the command ssh'
AZML_SSH=ssh
export AZML_SSH
target=by-library goes 'AZML_SSH=ssh'
is "$(used software)" OpenSSH 'goes before what the target says'
AZML_SSH=libssh
target=by-command goes 'AZML_SSH=libssh'
is "$(used software)" libssh 'likewise'
AZML_SSH=$scratch/wrapper
target=by-library goes 'AZML_SSH with the path of a command'
ok 'executes that' test -s "$scratch/called"
AZML_SSH=$scratch/no-such-command
rm -rf .azml/runs
capture azml-guile run -q -c by-library -- true
is "$status" 125 'a command that is not there'
like "$(err)" no-such-command 'is named'
is "$(remote_runs)" '' 'and nothing is left'
unset AZML_SSH

# What the user's configuration says of the connection, and what we prefer.
for DOOR in libssh openssh; do
  AS=other sshd_alias gpu1 127.0.0.1 "$sshd_port"
  azml-guile computetarget detach gpu1 2>"$err_file"
  remote_attach gpu1 gpu1
  if [ $DOOR = libssh ]; then
    goes "$DOOR: without a configuration"
    if grep -q '^flags.* aes\( \|$\)' /proc/cpuinfo; then
      is "$(used cipher)" aes128-gcm@openssh.com "$DOOR: AES-GCM, for the processor has it"
    fi
  fi
  sshd_config gpu1 'Ciphers aes256-ctr' 'Compression yes'
  goes "$DOOR: Ciphers and Compression of the configuration"
  is "$(used cipher) $(used compression)" 'aes256-ctr zlib@openssh.com' "$DOOR: count"
done

# Lists that change the usual one, and have patterns.
for door in libssh openssh; do
  for pair in 'Ciphers ^aes256-ctr|aes256-ctr' 'Ciphers -chacha20*,*gcm*|aes128-ctr' \
    'Ciphers +aes128-cbc|[^ ]*' 'MACs -hmac-sha1*|[^ ]*' 'KexAlgorithms ^ecdh-sha2-nistp384|[^ ]*' \
    'PubkeyAcceptedAlgorithms -ssh-rsa*|[^ ]*' 'HostKeyAlgorithms *ed25519*|[^ ]*'; do
    AS=other sshd_alias gpu1 127.0.0.1 "$sshd_port" "${pair%|*}"
    through gpu1 -- 'echo in'
    like "$status $(out) $(used cipher)" "^0 in ${pair#*|}\$" "$door: ${pair%|*}"
  done
  AS=other sshd_alias gpu1 127.0.0.1 "$sshd_port" 'KexAlgorithms no-such'
  through gpu1 -- 'echo in'
  refused '^invalid: .*no-such' "$door: KexAlgorithms that nobody knows"
  isnt "$(err | sed 's/.*| //')" '' "$door: with a hint"
  AS=other sshd_alias gpu1 127.0.0.1 "$sshd_port"
done

# A server whose host key is used as nobody does any more.
ssh-keygen -q -t rsa -b 2048 -N '' -f "$scratch/rsa"
AS=other sshd_start ancient "HostKey $scratch/rsa" 'HostKeyAlgorithms ssh-rsa'
for door in libssh openssh; do
  AS=other sshd_alias ancient 127.0.0.1 "$sshd_port"
  printf '[127.0.0.1]:%s %s\n' "$sshd_port" "$(cut -d ' ' -f 1,2 "$scratch/rsa.pub")" >"$scratch/known"
  sshd_config ancient "UserKnownHostsFile $scratch/known"
  through ancient -- 'echo in'
  refused '^unreachable: .*no algorithm that both ends have .*ssh-rsa' "$door: a server that knows ssh-rsa only"
  sshd_config ancient 'HostKeyAlgorithms +ssh-rsa'
  through ancient -- 'echo in'
  is "$status $(out)" '0 in' "$door: HostKeyAlgorithms +ssh-rsa"
done

# A server that has few of them.
AS=other sshd_start old 'Ciphers aes128-ctr' 'MaxSessions 1'
for DOOR in libssh openssh; do
  remote_attach "old-$DOOR" old
  target=old-$DOOR goes "$DOOR: a server that knows one cipher only"
done

# The words about a machine fit on a screen.
capture azml-guile computetarget check by-library
ok "computetarget check is one screen ($(out | wc -l) lines)" [ "$(out | wc -l)" -le 24 ]

# Much is sent: how much of it, how fast, and for how long.
AS=other relay_start slow gpu1
# So much may be on its way before it is asked what is missing.
head -c 20000000 /dev/urandom >much
for DOOR in libssh openssh; do
  remote_attach "slow-$DOOR" slow
  echo "$DOOR" >>much
  rm -rf "$remote_root/objects"
  relay_tell slow freeze-at up 6000000
  "$tap_python" "$AZML_SRCDIR/tests/cli/terminal.py" ../shown -- \
    azml-guile run -c "slow-$DOOR" -- wc -c much &
  client=$!
  wait_until 60 eval '[ "$(relay_tell slow frozen)" = yes ]'
  sleep 3 # it is drawn four times a second
  relay_tell slow thaw
  wait $client
  is $? 0 "$DOOR: a run whose source is large, on a terminal" || diag "$(cat ../shown)"
  like "$(tr '\r' '\n' <../shown)" 'sending 19 MiB .*[0-9]+%  [0-9.]+ [KM]iB/s  .* left' \
    "$DOOR: progress, rate and the time left"
done

done_testing
