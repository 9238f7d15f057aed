#!/bin/sh
# test-ssh-hardware.sh: keys that are in a security key (here one in software), by both
# doors: ssh can use them, and where libssh cannot it names the other door.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/fixtures/sshd.sh"
. "$AZML_SRCDIR/tests/integration/ssh.sh"

provider=$scratch/security-key.so
"${CC:-cc}" -shared -fPIC -o "$provider" "$AZML_SRCDIR/tests/fixtures/security-key.c" \
  -lhogweed -lnettle || exit 99
key=$ssh_home/.ssh/hard
ssh-keygen -q -t ed25519-sk -N '' -C hard -w "$provider" -f "$key" 2>/dev/null || exit 99
like "$(cat "$key.pub")" '^sk-ssh-ed25519@openssh.com ' 'a key of a security key'

sshd_account hard
cp "$key.pub" "$(sshd_home hard)/.ssh/authorized_keys"
AS=hard sshd_start gpu1 || fail 'an sshd'

# use LINE...
use ()
{
  AS=hard sshd_alias gpu1 127.0.0.1 "$sshd_port"
  grep -v 'Identit' "$ssh_home/.ssh/host-gpu1" >host
  cp host "$ssh_home/.ssh/host-gpu1"
  sshd_config gpu1 "$@"
}

# names_the_door NAME: the last one was refused, and the other door is named.
names_the_door ()
{
  refused '^auth: .*security key' "$1"
  like "$(err)" '[|] the ssh command can: set AZML_SSH=ssh, or .*ssh=openssh' \
    "$1: the other door is named"
  is "$(err | wc -l)" 1 "$1: in one line"
}

door=openssh
use "IdentityFile $key" 'IdentitiesOnly yes' "SecurityKeyProvider $provider"
through gpu1 -- 'echo in'
is "$status $(out)" '0 in' "$door: gets in by it" || diag "$(err)"
door=libssh
through gpu1 -- 'echo in'
names_the_door "$door: a key of a file"

# One that is found where ssh finds it, without a word in the configuration.
mv "$key" "$ssh_home/.ssh/id_ed25519_sk"
mv "$key.pub" "$ssh_home/.ssh/id_ed25519_sk.pub"
key=$ssh_home/.ssh/id_ed25519_sk
mv "$ssh_home/.ssh/id_ed25519" "$ssh_home/.ssh/id_ed25519.pub" "$scratch"
use "SecurityKeyProvider $provider" 'IdentityAgent none'
through gpu1 -- 'echo in'
names_the_door "$door: the usual file"

# One with a passphrase, and the target's own.
ssh-keygen -q -p -P '' -N 'the phrase' -f "$key" >/dev/null
through gpu1 "identity_file=\"$key\"" -- 'echo in'
names_the_door "$door: with a passphrase"
ssh-keygen -q -p -P 'the phrase' -N '' -f "$key" >/dev/null

# The agent has it.
eval "$(ssh-agent -s -P "$scratch/*")" >/dev/null
SSH_SK_PROVIDER=$provider ssh-add -q "$key" 2>"$err_file" || diag "$(err)"
use "IdentityFile $key.pub" 'IdentitiesOnly yes'
for door in openssh libssh; do
  through gpu1 -- 'echo in'
  is "$status $(out)" '0 in' "$door: the agent's security key" || diag "$(err)"
done
ssh-agent -k >/dev/null
unset SSH_AUTH_SOCK SSH_AGENT_PID
for door in libssh openssh; do
  through gpu1 -- 'echo in'
  refused '^auth: ' "$door: and without the agent"
done

# Another key gets in, whatever there is besides.
cat "$scratch/id_ed25519.pub" >>"$(sshd_home hard)/.ssh/authorized_keys"
use "IdentityFile $key" "IdentityFile $scratch/id_ed25519" 'IdentitiesOnly yes'
for door in libssh openssh; do
  through gpu1 -- 'echo in'
  is "$status $(out)" '0 in' "$door: a key behind it" || diag "$(err)"
done

done_testing
