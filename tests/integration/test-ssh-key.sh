#!/bin/sh
# test-ssh-key.sh: attach -k: the password is used once, to install a key, and forgotten.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/fixtures/sshd.sh"

HOME=$ssh_home
export HOME
config=$ssh_home/.ssh/config

# An account, and so a password, of this test alone: others may run beside it.
mine=mine$$

# The login shell of the machine tells what every process of ours was started with while
# the password is in use.
cat >spy <<END
#!/bin/sh
cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' >>"$scratch/spied"
exec /bin/sh "\$@"
END
chmod 755 spy
: >spied
chmod 666 spied
sshd_account "$mine" "$scratch/spy"
rm "$(sshd_home "$mine")/.ssh/authorized_keys"
AS=$mine sshd_start gpu1 'PasswordAuthentication yes' || fail 'an sshd'
AS=$mine sshd_start deaf 'PasswordAuthentication yes' "AuthorizedKeysFile $scratch/deaf"
# No key of the client opens gpu1; the one of deaf is not the one that is installed.
cp "$ssh_home/.ssh/id_ed25519.pub" deaf
chmod 644 deaf

keys=$(sshd_home "$mine")/.ssh/authorized_keys
own=$ssh_home/.config/azml

# attach_typing NAME DOOR [ANSWERS [FIELD=VALUE...]]: attach -k on a terminal, on which the
# password, or the lines of the file ANSWERS, are typed.
attach_typing ()
{
  attach_name=$1 attach_door=$2 attach_answers=${3:-$scratch/answers}
  shift 2
  [ $# -eq 0 ] || shift
  capture "$tap_python" "$AZML_SRCDIR/tests/fixtures/type.py" "@$attach_answers" shown \
    azml-guile computetarget attach remote -n "$attach_name" -a "${attach_host:-gpu1}" -k \
    ssh="$attach_door" config="$config" "$@"
}

attach ()
{
  attach_name=$1 attach_host=$2
  shift 2
  capture azml-guile computetarget attach remote -n "$attach_name" -a "$attach_host" -k \
    config="$config" "$@"
}

# installed NAME HOW: the key is there, once, and opens the machine without a password.
installed ()
{
  is "$status" 0 "$2: a key is made and installed"
  is "$(grep -c "azml-guile $1\$" "$keys")" 1 "$2: once"
  is "$(stat -c %a "$own/keys/$1" "$keys" | tr '\n' ' ')" '600 600 ' \
    "$2: private on both sides"
  capture setsid -w azml-guile computetarget check "$1" --json
  is "$status" 0 "$2: no password is needed from then on"
}

# forgotten WHAT: the password is in no file of ours, in no log, in no process.
forgotten ()
{
  not_ok "$1: the password is in no file" \
    grep -rlF "secret $mine" "$own" "$ssh_home/.ssh" .azml "$(sshd_home "$mine")"
  not_ok "$1: in no command line and no environment" grep -qF "secret $mine" "$scratch/spied"
  not_ok "$1: and in nothing that was said" grep -qF "secret $mine" "$out_file" "$err_file"
  ok "$1: (the spy was there)" grep -q azml-guile "$scratch/spied"
  : >"$scratch/spied"
}

(umask 077 && echo "secret $mine" >answers && echo "secret $mine" >password)
mkdir project
cd project || exit 99
for door in libssh openssh; do
  attach_typing "typed-$door" "$door"
  not_ok "$door: the password is not shown" grep -qF "secret $mine" shown
  installed "typed-$door" "$door, typed"
  forgotten "$door, typed"
done

# One that is mistyped, and that takes its time: longer than a connection may.
printf 'not it\nnot it\nnot it\n' >"$scratch/mistyped"
printf 'not it\nsecret %s\n' "$mine" >"$scratch/late"
for door in libssh openssh; do
  begin=$(date +%s)
  AZML_TYPE_PATIENCE=1 attach_typing "mistyped-$door" "$door" "$scratch/mistyped"
  took=$(($(date +%s) - begin))
  is "$status" 1 "$door: mistyped three times"
  like "$(err)" 'login refused' "$door: which is said" || diag "$(cat shown)"
  is "$(grep -o 'assword: ' shown | wc -l | tr -d ' ')" 3 "$door: after it was asked for as often"
  ok "$door: at once ($took s)" [ "$took" -lt 60 ]
  not_ok "$door: no target is kept" azml-guile computetarget show "mistyped-$door"
  AZML_TYPE_SECONDS=4.5 attach_typing "late-$door" "$door" "$scratch/late" connect-timeout=4
  is "$status" 0 "$door: the time at a prompt is not that of connecting" || diag "$(err)"
done
# Where the server does not wait so long, that is what is said.
AS=$mine sshd_start hasty 'PasswordAuthentication yes' 'LoginGraceTime 2'
attach_host=hasty AZML_TYPE_SECONDS=4 attach_typing hasty libssh
is "$status" 1 'a server that does not wait for a password'
like "$(err)" "'hasty': the machine closed the connection before login" 'is told'
like "$(err)" '^hint: .*LoginGraceTime' 'with what it may be'

attach from-file gpu1 password-file="$scratch/password"
installed from-file 'from a file'
forgotten 'from a file'
unlike "$(azml-guile computetarget show from-file)" 'password' \
  'from a file: and the target does not name it any more'

printf '#!/bin/sh\necho asked >>"%s/asked"\necho "secret %s"\n' "$scratch" "$mine" >"$scratch/tell"
chmod 700 "$scratch/tell"
attach from-command gpu1 password-command="$scratch/tell"
installed from-command 'from a command'
is "$(cat "$scratch/asked")" asked 'from a command: which is executed once'
forgotten 'from a command'
azml-guile run -c from-command -- sh -c 'echo there' >"$out_file" 2>"$err_file"
is "$?" 0 'a run with such a key'
is "$(cat "$scratch/asked")" asked 'asks for nothing'
forgotten 'a run'

# A wrong one.
(umask 077 && echo 'not it' >"$scratch/password")
attach wrong gpu1 password-file="$scratch/password"
is "$status" 1 'a wrong password'
like "$(err)" 'login refused' 'is said'
unlike "$(err)" 'not it' 'and not repeated'
not_ok 'and no target is kept' azml-guile computetarget show wrong
chmod 640 "$scratch/password"
attach wrong gpu1 password-file="$scratch/password"
like "$(err)" 'others can read it' 'a file that others can read'

# The files of the account are not as they should be.
rm -f "$keys"
mkdir "$keys"
(umask 077 && echo "secret $mine" >"$scratch/password")
chmod 600 "$scratch/password"
attach closed gpu1 password-file="$scratch/password"
is "$status" 1 'an authorized_keys that cannot be written'
like "$(err)" 'no key was installed, .*authorized_keys' 'is said'
like "$(err)" '^hint: .*authorized_keys of that account can be written' 'with what to look for'
ok 'and no key is left' test ! -e "$own/keys/closed"
rmdir "$keys"
printf 'ssh-ed25519 AAAA no newline at its end' >"$keys"
attach endless gpu1 password-file="$scratch/password"
is "$status $(grep -c . "$keys")" '0 2' 'behind a line without an end there is one of its own'
rm -r "$(sshd_home "$mine")/.ssh"
attach fresh gpu1 password-file="$scratch/password"
is "$status $(stat -c %a "$(sshd_home "$mine")/.ssh")" '0 700' 'where there is no ~/.ssh it is made'
AS=$mine sshd_start wary 'PasswordAuthentication yes' 'StrictModes yes'
chmod 777 "$(sshd_home "$mine")/.ssh"
attach wary wary password-file="$scratch/password"
is "$status" 1 'a ~/.ssh that others may write to'
like "$(err)" '^hint: .*others may write .*chmod go-w' 'is thought of'
ok 'the pair stays for the next attempt' test -f "$own/keys/wary"
chmod 700 "$(sshd_home "$mine")/.ssh"
attach wary wary password-file="$scratch/password"
is "$status $(grep -c 'azml-guile wary$' "$keys")" '0 1' 'which uses it again'

# A machine that cannot be reached, or does not let in: nothing is left half made, and what
# was there before stays.
made_nothing ()
{
  isnt "$status" 0 "$1: fails"
  like "$(err)" "^azml-guile: no key was installed, and nothing is kept: .*$2" "$1: is said"
  like "$(err)" '^hint: ' "$1: and what to do"
  is "$(find "$own" -name '*half*' -o -name '*password*')" '' "$1: no key is left"
  is "$(ls -A aml_config 2>/dev/null)" '' "$1: and no file"
  not_ok "$1: nor a target" azml-guile computetarget show half
}
(umask 077 && echo 'not it' >"$scratch/password")
chmod 600 "$scratch/password"
AS=$mine sshd_start gone 'PasswordAuthentication yes'
gone_port=$(cat "$sshd_folder/gone/port")
sshd_stop gone
attach half gpu1 password-file="$scratch/password"
made_nothing 'a wrong password' 'login refused'
attach half gone
made_nothing 'a machine that is off' 'connection refused'
for door in libssh openssh; do
  attach half gone ssh=$door
  made_nothing "$door: a machine that is off" 'connection refused'
done
ssh-keygen -q -t ed25519 -N '' -f "$own/keys/kept"
cp "$own/keys/kept" "$scratch/kept-key"
attach kept gone
isnt "$status" 0 'a machine that is off, and there is a key already'
ok 'which stays' cmp -s "$own/keys/kept" "$scratch/kept-key"
rm -f "$own/keys/kept" "$own/keys/kept.pub"

# The same in a project of Workbench, by the password on the command line.
mkdir "$scratch/bench" && cd "$scratch/bench" && mkdir aml_config || exit 99
attach_by_word ()
{
  capture azml-guile computetarget attach remote -n half -a 127.0.0.1 -p "$gone_port" -u "$mine" \
    -w "secret $mine"
}
attach_by_word
made_nothing '-w: a machine that is off' 'connection refused'
sshd_again gone
attach_by_word
is "$status" 0 '-w: and once it is on' || diag "$(err)"
ok '-w: there is a key' test -f "$own/keys/half"
is "$(ls aml_config | tr '\n' ' ')" 'half.compute half.runconfig ' '-w: and the target'

# -k there: the password is typed on the terminal, as it was for the product without -w.
: >"$scratch/spied"
capture "$tap_python" "$AZML_SRCDIR/tests/fixtures/type.py" "@$scratch/answers" shown \
  azml-guile computetarget attach remote -n typed -a 127.0.0.1 -p "$gone_port" -u "$mine" -k
is "$status" 0 '-k: the password is typed' || diag "$(err)"
like "$(cat shown)" '[Pp]assword: ' '-k: it was asked for'
not_ok '-k: it is not shown' grep -qF "secret $mine" shown
is "$(ls aml_config | tr '\n' ' ')" 'half.compute half.runconfig typed.compute typed.runconfig ' \
  '-k: the target is kept'
not_ok '-k: without the password' grep -rqF "secret $mine" aml_config
forgotten '-k'
capture setsid -w azml-guile computetarget check typed
is "$status" 0 '-k: no password is needed from then on'
cd "$scratch/project" || exit 99

# That the key works is tried with the key alone: here a configured key, the agent's and
# the password would open the machine, and the installed one does not.
(umask 077 && echo "secret $mine" >"$scratch/password")
chmod 600 "$scratch/password"
eval "$(ssh-agent -s)" >/dev/null
ssh-add -q "$ssh_home/.ssh/id_ed25519"
sed -i -e '/IdentityAgent/d' -e '/IdentitiesOnly/d' "$ssh_home/.ssh/host-deaf"
for door in libssh openssh; do
  set --
  [ "$door" = openssh ] || set -- password-file="$scratch/password"
  attach "deaf-$door" deaf ssh="$door" "$@"
  is "$status" 1 "$door: a machine that does not look at the key"
  like "$(err)" 'the key was installed, but does not open the machine' "$door: is told"
  not_ok "$door: and not kept" azml-guile computetarget show "deaf-$door"
done
ssh-agent -k >/dev/null
unset SSH_AUTH_SOCK SSH_AGENT_PID

done_testing
