#!/bin/sh
# test-remote-place.sh: the runner on machines that have a real SSH server, as another user.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/fixtures/sshd.sh"

sshd_other_account other
AS=other sshd_start gpu1 'MaxSessions 1'
HOME=$ssh_home
export HOME
there=$(sshd_home other)/.local/share/azml
config=$ssh_home/.ssh/config
echo "UserKnownHostsFile $ssh_home/.ssh/known_hosts" >nameless

# attach NAME [FIELD=VALUE...]: keep the host alias NAME as a target.
attach ()
{
  attach_name=$1
  shift
  azml-guile computetarget attach remote -n "$attach_name" -a "$attach_name" ssh="$door" \
    config="$config" "$@" 2>"$err_file"
}

# check NAME: does a runner answer there?
check ()
{
  capture azml-guile computetarget check "$1" --json
}

sessions ()
{
  sshd_log gpu1 | grep -c 'Starting session'
}

# sessions_since BEFORE COUNT: how many by now; a session's process hands its words to the server's,
# which writes them when it comes to it.
sessions_since ()
{
  wait_until 20 eval '[ $(($(sessions) - '"$1"')) -ge '"$2"' ]'
  echo $(($(sessions) - $1))
}

# program: the placed runner of the account, and how many there are.
program ()
{
  find "$there" -mindepth 2 -maxdepth 2 -path "*/runner-*/azml-runner"
}

placing ()
{
  attach "gpu1-$door" address=gpu1
  before=$(sessions)
  check "gpu1-$door"
  is "$status $(json "$out_file" 'j["works"]')" '0 True' "$door: a machine where nothing is"
  is "$(sessions_since "$before" 2)" 2 "$door: is asked, and gets the runner"
  is "$(program | wc -l | tr -d ' ')" 1 "$door: which is placed"
  is "$(find "$there" -name '.new-*')" '' "$door: and nothing is left beside it"
  is "$(stat -c '%a %U' "$(dirname "$(program)")")" \
    "700 $(stat -c %U "$(sshd_home other)")" "$door: for that user alone"
  first=$(stat -c '%i %Z' "$(program)")
  before=$(sessions)
  check "gpu1-$door"
  is "$status" 0 "$door: the next time"
  is "$(stat -c '%i %Z' "$(program)")" "$first" "$door: it is used again"
  is "$(sessions_since "$before" 1)" 1 "$door: with one program executed"
  # A full disk, or who tidied up, left part of it, or nothing.
  for size in 0 5000 300000; do
    rm -f "$scratch/part"
    cp -p "$(program)" "$scratch/part"
    truncate -s $size "$scratch/part"
    mv "$scratch/part" "$(program)"
    check "gpu1-$door"
    is "$status" 0 "$door: of the runner only $size bytes are left" || diag "$(err)"
    ok "$door: it is placed once more" cmp "$AZML_RUNNER" "$(program)"
    is "$(find "$there" -name '.new-*')" '' "$door: and nothing is left beside it"
  done
  attach "port-$door" address="other@127.0.0.1:$sshd_port" config="$scratch/nameless" \
    identity-file="$ssh_home/.ssh/id_ed25519"
  check "port-$door"
  is "$status" 0 "$door: a machine whose address is user@host:port" || diag "$(out)"
  capture azml-guile computetarget check "gpu1-$door"
  for word in machine environments runs Python containers Slurm GPUs 'a run gets'; do
    like "$(out)" "$word" "$door: check tells about: $word"
  done
}

# Through the command ssh, and then through the library, like all that follows.
for door in openssh libssh; do
  rm -rf "$there"
  placing
done
attach gpu1

# Login shells that are not sh, and one that prints.
chatty=$scratch/chatty
printf '#!/bin/sh\necho "Welcome! azml-runner is azml-place"\necho and more >&2\nexec /bin/sh "$@"\n' \
  >"$chatty"
chmod 755 "$chatty"
for shell in "$(command -v fish)" "$(command -v tcsh)" "$chatty"; do
  name=$(basename "${shell:-none}")
  sshd_account "$name" "$shell"
  AS=$name sshd_start "$name"
  attach "$name" root="~/of $name's own"
  check "$name"
  is "$status" 0 "the login shell $name"
  ok 'in a folder with an odd name' \
    [ -n "$(find "$(sshd_home "$name")/of $name's own" -name azml-runner)" ]
  sshd_stop "$name"
done

# Another version is placed beside the old one, whose run goes on.
mkdir project
cd project || exit 99
cat >wait.sh <<END
while [ ! -e "$scratch/go" ]; do sleep 0.1; done
echo "with \$AZML_RUNNER"
azml-runner log done=1
END
azml-guile run -c gpu1 -d -- sh wait.sh >"$out_file" 2>"$err_file"
old=$(program)
cp "$AZML_RUNNER" "$scratch/newer"
echo >>"$scratch/newer"
AZML_RUNNER=$scratch/newer check gpu1
is "$status" 0 'another version of the runner'
is "$(program | wc -l | tr -d ' ')" 2 'is placed beside the old one'
: >"$scratch/go"
ended () { grep -q '"state": *"completed"' "$there"/runs/*/status.json; }
wait_until 20 ended
ok 'the run of the old one ends well' ended
is "$(cat "$there"/runs/*/log)" "with $old" 'with what it began with'
ok 'which its script finds on PATH' grep -q '"done"' "$there"/runs/*/metrics.jsonl

# What is in the way is said.
sshd_account mute
AS=mute sshd_start mute
attach locked root=/proc/azml address=mute
check locked
is "$status" 1 'a root where nothing can be made'
like "$(json "$out_file" 'j["checks"][0]["text"]')" "azml-runner .*/proc/azml" 'is named'

mount_small ()
{
  mkdir -p "$1" && mount -t tmpfs -o "$2,mode=777" azml-test "$1" 2>"$err_file"
}

unmount_small ()
{
  umount "$scratch/full" "$scratch/noexec" 2>"$err_file"
}

if [ "$(id -u)" -eq 0 ] && mount_small "$scratch/full" size=256k; then
  at_end unmount_small
  attach full root="$scratch/full/azml" address=mute
  check full
  is "$status" 1 'a full disk'
  like "$(json "$out_file" 'j["checks"][0]["text"]')" 'no room for azml-runner' 'is said'
  is "$(find "$scratch/full/azml" -mindepth 1)" '' 'and nothing stays there'
  mount_small "$scratch/noexec" noexec
  attach noexec root="$scratch/noexec/azml" address=mute
  check noexec
  is "$status" 1 'a file system without programs'
  like "$(json "$out_file" 'j["checks"][0]["text"]')" noexec 'is said'
  like "$(json "$out_file" 'j["checks"][0]["install"]')" 'field root' 'and what to do'
  is "$(find "$scratch/noexec/azml" -mindepth 1)" '' 'and nothing stays there'
else
  skip 'a full disk' 'needs root to mount it'
  skip 'a file system without programs' 'needs root to mount it'
fi
sshd_stop mute

# A system that ends processes at logout, and one whose user may linger there.
cd "$scratch" || exit 99
mkdir fakes
cat >fakes/loginctl <<'END'
#!/bin/sh
[ "${AZML_TEST_LINGER-}" != absent ] || exit 127
case $1 in
  show-session) echo KillUserProcesses=yes ;;
  show-user) echo "Linger=${AZML_TEST_LINGER:-no}" ;;
esac
END
cat >fakes/systemd-run <<END
#!/bin/sh
echo "\$*" >>"$scratch/fakes/said"
[ -z "\${AZML_TEST_NO_MANAGER-}" ] || exit 1
while [ "\$1" != -- ]; do shift; done
shift
exec "\$@"
END
chmod 755 fakes fakes/*
: >fakes/said
chmod 666 fakes/said
sshd_account logout
AS=logout sshd_start ends "SetEnv XDG_SESSION_ID=7 PATH=$scratch/fakes:/usr/bin:/bin"
attach ends
check ends
check ends
is "$(json "$out_file" '[c["state"] for c in j["checks"] if c["name"] == "logout"]')" \
  "['problem']" 'that runs end at logout is told'
is "$(cat fakes/said)" '' 'and nothing else is done'
cd project || exit 99
capture azml-guile run -q -c ends -- echo over
is "$status $(out)" '0 over' 'a run that is waited for'
like "$(err)" 'ends all processes .*last connection' 'is warned of that'
is "$(err | grep -c loginctl)" 1 'once, with what to do'
capture azml-guile run -d -c ends -- echo over
like "$(err)" 'ends all processes .*last connection' 'and one that is left alone'
cd .. || exit 99
AS=logout sshd_start lingers \
  "SetEnv XDG_SESSION_ID=7 AZML_TEST_LINGER=yes PATH=$scratch/fakes:/usr/bin:/bin"
attach lingers
check lingers
check lingers
is "$(json "$out_file" '[c["state"] for c in j["checks"] if c["name"] == "logout"]')" \
  "['ok']" 'where one may linger it is well'
like "$(cat fakes/said)" '--user --scope --quiet -- .*/azml-runner serve' \
  'the runner is a scope of the user'
cd project || exit 99
own=$(sshd_home logout)/.local/share/azml/runs
rm -rf "$own"
azml-guile run -c lingers -d -- sh -c 'echo "-$AZML_LOGOUT-"' >"$out_file" 2>"$err_file"
unlike "$(err)" 'ends all processes' 'a run there is not warned'
ended () { grep -q '"state": *"completed"' "$own"/*/status.json; }
wait_until 20 ended
is "$(cat "$own"/*/log)" -- 'and nothing of it reaches a run'

cd .. || exit 99

# The user's systemd takes nothing, though one may linger; and a system without logind.
sshd_account refuses
AS=refuses sshd_start refuses "SetEnv XDG_SESSION_ID=7 AZML_TEST_LINGER=yes \
AZML_TEST_NO_MANAGER=yes PATH=$scratch/fakes:/usr/bin:/bin"
attach refuses
check refuses
check refuses
is "$status $(json "$out_file" '[c["state"] for c in j["checks"] if c["name"] == "logout"]')" \
  "0 ['problem']" 'where the manager takes nothing that runs end at logout is told'
sshd_stop refuses
sshd_account without
AS=without sshd_start without \
  "SetEnv XDG_SESSION_ID=7 AZML_TEST_LINGER=absent PATH=$scratch/fakes:/usr/bin:/bin"
attach without
check without
check without
is "$status $(json "$out_file" '[c["state"] for c in j["checks"] if c["name"] == "logout"]')" \
  '0 []' 'where there is no logind nothing is told'
sshd_stop without
cd project || exit 99

# A key of our own.
azml-guile computetarget attach remote -n keyed -a gpu1 ssh="$door" config="$config" -k \
  2>"$err_file"
is "$?" 0 'a key is made and installed'
azml-guile computetarget update keyed -k 2>"$err_file"
is "$(grep -c 'azml-guile keyed' "$(sshd_home other)/.ssh/authorized_keys")" 1 \
  'once, however often that is asked for'
is "$(stat -c %a "$ssh_home/.config/azml/keys/keyed")" 600 'the private key is private'
check keyed
is "$status" 0 'and opens the machine'

done_testing
