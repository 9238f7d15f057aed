#!/bin/sh
# test-ssh-fixture.sh: the SSH servers, relays and networks that other tests stand on.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/fixtures/sshd.sh"

# Of an option that is given twice ssh takes the first.
remote_patience=60
remote ()
{
  ssh -F "$ssh_home/.ssh/config" -o ConnectTimeout=$remote_patience -o BatchMode=yes "$@" </dev/null
}

sshd_account fishy "$(command -v fish)"
sshd_other_account other
ok 'an sshd starts' sshd_start gpu1
is "$(remote gpu1 'echo $HOME; id -u')" "$(sshd_home user)
$(id -u)" 'an account with a home of its own'
like "$(remote fishy@gpu1 'echo $FISH_VERSION')" '^[0-9]' 'one with another shell'
if [ "$(id -u)" -eq 0 ]; then
  is "$(remote other@gpu1 id -un)" nobody 'one of another user'
else
  is "$(remote other@gpu1 id -u)" "$(id -u)" 'another one of this user'
fi

ok 'a relay' relay_start slow gpu1 --delay 10
is "$(remote slow echo through)" through 'passes what is sent'
turns=$(relay_tell slow turns)
ok "and counts turns ($turns)" test "$turns" -ge 4 -a "$turns" -le 14
relay_tell slow cut
not_ok 'cut, it refuses' remote slow true
relay_tell slow restore
ok 'restored, it does not' remote slow true

ok 'a link' link_start far
is "$(remote far echo there)" there 'to an sshd'
link_cut far
remote_patience=5
not_ok 'can be cut' remote far true
remote_patience=60
link_mend far
ok 'and mended' wait_until 10 remote far true
if netns_possible; then
  netns_reboot far
  remote_patience=5
  not_ok 'the machine can be switched off' remote far true
  remote_patience=60
  ok 'and on' sshd_again far
  ok 'and is there again' wait_until 10 remote far true
fi

sshd_kill gpu1
not_ok 'an sshd can be killed' remote gpu1 true
ok 'and started again' sshd_again gpu1
ok 'with the same key' remote gpu1 true
sshd_stop gpu1
sshd_new_key gpu1
ok 'and with another one' sshd_again gpu1
not_ok 'which is refused' remote gpu1 true

# From OpenSSH 9.8 on a session is another program.
usual=$sshd_program
sshd_program=$scratch/sshd-session
cp "$usual" "$sshd_program"
ok 'a server whose processes have another name' sshd_start newer
sshd_program=$usual
remote newer 'echo in; sleep 1000' >session &
session=$!
wait_until 20 test -s session
sshd_kill newer
wait $session
is $? 255 'is killed with its sessions'

# What asks more than there are answers for is not waited for.
cat >asks <<'END'
printf 'one? ' >/dev/tty
read -r one </dev/tty
printf 'two? ' >/dev/tty
read -r two </dev/tty
END
type_answers ()
{
  capture env AZML_TYPE_PATIENCE=1 timeout 60 "${PYTHON:-python3}" "$AZML_SRCDIR/tests/fixtures/type.py" \
    "$1" shown sh asks
}
type_answers 'yes
no'
is "$status" 0 'both questions are answered'
type_answers yes
is "$status" 125 'one that nobody answers ends it'
like "$(err)" 'no answer is left to: two[?] ' 'and is told'

done_testing
