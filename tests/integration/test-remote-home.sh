#!/bin/sh
# test-remote-home.sh: machines on which a run cannot be had: what is in the way is said, with
# what to do, and nothing is left, through both doors.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/integration/mounts.sh"
. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/remote.sh"

home=$(sshd_home other)
owner=$(stat -c %u "$home")
AS=other sshd_start gpu1 'MaxSessions 1'

# Machines whose uname says something else.
sshd_says ()
{
  mkdir "$scratch/$1"
  printf '#!/bin/sh\necho "%s"\n' "$2" >"$scratch/$1/uname"
  chmod 755 "$scratch/$1" "$scratch/$1/uname"
  AS=other sshd_start "$1" "SetEnv PATH=$scratch/$1:/usr/bin:/bin"
}
sshd_says mac 'Darwin arm64'
sshd_says foreign 'Linux sparc64'

# Programs that the machine does not execute: of another one, and broken.
cp "$AZML_RUNNER" other-machine
chmod 755 other-machine
# EM_SPARCV9, in the byte order of x86 and of most.
printf '\053\000' | dd of=other-machine bs=1 seek=18 conv=notrunc 2>/dev/null
head -c 4096 "$AZML_RUNNER" >broken
chmod 755 broken

# One without sh, as its login shell would say it.
printf '#!/bin/sh\necho "exec: /bin/sh: not found" >&2\nexit 127\n' >shless
chmod 755 shless
sshd_account shless "$scratch/shless"
AS=shless sshd_alias shless 127.0.0.1 "$(cat "$sshd_folder/gpu1/port")"
sshd_trust shless gpu1

mkdir "$home/closed" "$home/plain"
: >"$home/plain/file"
chmod 500 "$home/closed"
chown -R "$owner" "$home/closed" "$home/plain"

mkdir project
cd project || exit 99

# cannot NAME ALIAS ROOT MESSAGE HINT: a run there fails before it began, and says so.
cannot ()
{
  azml-guile computetarget detach there 2>"$err_file"
  remote_attach there "$2" root="$3"
  capture timeout 300 azml-guile run -q -c there -- true
  is "$status" 125 "$DOOR: $1"
  like "$(err)" "$4" "$DOOR: $1: is said"
  like "$(err)" "^hint: .*$5" "$DOOR: $1: and what to do"
  is "$(remote_runs)" '' "$DOOR: $1: no run is left here"
  is "$(find "$3" -mindepth 1 2>/dev/null)" '' "$DOOR: $1: and nothing there"
}

move="target's field root"
for DOOR in libssh openssh; do
  if [ "$owner" -ne 0 ] || [ "$(id -u)" -ne 0 ]; then
    cannot 'a folder that may not be written' gpu1 "$home/closed/azml" \
      'azml-runner may not be written: .*closed/azml.*[Pp]ermission denied' "$move"
  fi
  cannot 'a folder in a file' gpu1 "$home/plain/file/azml" \
    'azml-runner was not placed: .*Not a directory' "$move"
  cannot 'a system that is not Linux' mac "$home/mac" \
    "the machine runs 'Darwin', and azml-runner needs Linux" 'Linux only'
  cannot 'a machine of another architecture' foreign "$home/foreign" \
    "the machine is 'sparc64', and azml-runner is there for '$(uname -m)' only" AZML_RUNNER
  cannot 'a machine without sh' shless "$home/shless" 'the machine has no /bin/sh' \
    'needs a POSIX shell'
  usual=$AZML_RUNNER
  AZML_RUNNER=$scratch/broken
  cannot 'a program that is broken' gpu1 "$home/broken" \
    'azml-runner cannot be executed there' AZML_RUNNER
  case $(uname -m) in
    x86_64)
      # Its number says nothing to us, so the machine is to try it.
      AZML_RUNNER=$scratch/other-machine
      cannot 'a program for another machine' gpu1 "$home/other" \
        'azml-runner (cannot be executed there|is there for)' AZML_RUNNER
      ;;
  esac
  AZML_RUNNER=$usual
done

# What only root can set up: file systems.
if [ -n "$mounts" ]; then
  volume ()
  {
    mkdir -p "$home/$1"
    mount -t tmpfs -o "$2,mode=700,uid=$owner" none "$home/$1" || return 1
  }
  volume noexec size=64m,noexec
  volume full size=256k
  volume files size=64m,nr_inodes=3
  # The program has room, the package has not.
  pages=$((($(wc -c <"$AZML_RUNNER") + 4095) / 4096))
  volume tight "size=$(((pages + 1) * 4))k"
  volume readonly size=64m
  mount -o remount,ro "$home/readonly"
  for DOOR in libssh openssh; do
    cannot 'a file system without programs' gpu1 "$home/noexec/azml" \
      'no program may be executed in the folder for azml-runner \(noexec\)' "$move"
    cannot 'a full one' gpu1 "$home/full/azml" \
      'no room for azml-runner: .*No space left' "$move"
    cannot 'one with room for the program alone' gpu1 "$home/tight/azml" \
      'no room for azml-runner: .*No space left' "$move"
    cannot 'one without room for files' gpu1 "$home/files/azml" \
      'no room for azml-runner: .*No space left' "$move"
    cannot 'one that is read-only' gpu1 "$home/readonly/azml" \
      'azml-runner may not be written: .*[Rr]ead-only file system' "$move"
  done
  umount "$home/noexec" "$home/full" "$home/files" "$home/tight" "$home/readonly"
fi

# The same machine serves from a folder that is well.
azml-guile computetarget update there root="$home/well" 2>"$err_file"
capture azml-guile run -q -c there -- echo well
is "$status $(out)" '0 well' 'in another folder all is well'

# A home that is a link to a folder of an odd name, on another disk where that can be had, in
# which anyone may write, as in all that its login shell makes.
odd=$scratch/"it's a \"höme\" \\ [x] \$ü"
mkdir "$odd"
[ -z "$mounts" ] || mount -t tmpfs -o "mode=700" none "$odd"
sshd_account odd '' "$owner"
mv "$(sshd_home odd)/.ssh" "$odd"
ln -s "$odd" "$odd link"
odd_account=$(grep '^odd:' "$sshd_folder/passwd" | cut -d : -f -5)
grep -v '^odd:' "$sshd_folder/passwd" >"$sshd_folder/passwd.new"
printf '%s:%s:%s\n' "$odd_account" "$odd link" "$(command -v bash)" >>"$sshd_folder/passwd.new"
mv "$sshd_folder/passwd.new" "$sshd_folder/passwd"
chmod 644 "$sshd_folder/passwd"
echo 'umask 000' >"$odd/.bashrc"
chown -R "$owner" "$odd"
chmod 777 "$odd"
AS=odd sshd_alias odd 127.0.0.1 "$(cat "$sshd_folder/gpu1/port")"
sshd_trust odd gpu1
for DOOR in libssh openssh; do
  remote_attach "odd-$DOOR" odd
  remote_attach "odder-$DOOR" odd root="~/$DOOR's ö"
  for target in odd odder; do
    rm -rf .azml/runs
    capture azml-guile run -q -c "$target-$DOOR" -- sh -c 'umask; echo model >outputs/model'
    is "$status $(out)" '0 0000' "$DOOR: a home that is odd in all ways ($target)"
    is "$(cat .azml/runs/*/outputs/model)" model "$DOOR: with its output"
  done
  is "$(cd "$odd" && find .local/share/azml "$DOOR's ö" -maxdepth 2 ! -type l -perm /077 \
    ! -path '*/runs/*')" '' "$DOOR: and nobody else may do anything there"
done
is "$(find "$odd" -name 'runner-*' | wc -l | tr -d ' ')" 3 'each folder has one runner'
[ -z "$mounts" ] || umount "$odd"

# A machine that has no library that we know, nor any other file.
if [ -n "$mounts" ] && grep -q '^STATIC_RUNNER_TRUE = *$' "$AZML_BUILDDIR/Makefile"; then
  mkdir "$scratch/bare"
  cp "$AZML_RUNNER" "$scratch/bare/azml-runner"
  capture chroot "$scratch/bare" /azml-runner --version
  is "$status" 0 'the runner needs nothing of the machine but Linux'
fi

done_testing
