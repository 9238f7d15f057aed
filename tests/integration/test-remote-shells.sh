#!/bin/sh
# test-remote-shells.sh: whole runs on machines whose login shells are not sh, and print what
# they like: the log and the outputs are the job's, byte for byte.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/remote.sh"

# account NAME SHELL FILE: the rc FILE of the account prints, and ends within a line.
account ()
{
  command -v "$2" >/dev/null || return 1
  sshd_account "$1" "$(command -v "$2")" "${account_uid:-$(id -u)}"
  mkdir -p "$(dirname "$(sshd_home "$1")/$3")"
  cat >"$(sshd_home "$1")/$3"
}

noise='azml-runner is azml-place'
account fish fish .config/fish/config.fish <<END
echo "good morning! $noise"
echo 'azml-runner is not 1'
cd /
umask 027
printf 'no end of line'
END
account tcsh tcsh .tcshrc <<END
echo "good day; $noise"
stty erase '^?'
cd /
umask 027
echo -n 'no end of line'
END
account csh csh .cshrc <<END
echo "good day; $noise"
cd /
umask 027
echo -n 'no end of line'
END
account zsh zsh .zshenv <<END
echo "good evening; $noise"; echo complaint >&2
cd /
umask 027
printf 'no end of line'
END
account bash bash .bashrc <<END
echo "good night; $noise"; echo complaint >&2
cd /
umask 027
printf 'azml-runner'
END
# One that says much, and one whose home folder has an odd name.
head -c 700000 /dev/zero | tr '\0' 'x' >much
account much bash .bashrc <<END
cat '$scratch/much'
END
chmod 644 much
sshd_start gpu1 'MaxSessions 1'

mkdir project
cd project || exit 99
cat >job.sh <<'END'
printf 'it'\''s "$HOME" \\ !%%\n\000\377'
umask
head -c 100000 /dev/zero >outputs/zeros
exit 7
END
for name in fish tcsh csh zsh bash much; do
  [ -d "$(sshd_home $name)" ] || continue
  umask=0027
  [ $name != much ] || umask=$(umask)
  { printf 'it'\''s "$HOME" \\ !%%\n\000\377'; echo "$umask"; } >expected
  for DOOR in openssh libssh; do
    AS=$name sshd_alias $name 127.0.0.1 "$sshd_port"
    sshd_trust $name gpu1
    remote_attach "$name-$DOOR" $name root="~/it's a \"root\" of \$$name! \\ [x]"
    remote_runs >../before
    capture azml-guile run -q -c "$name-$DOOR" -- sh job.sh
    is "$status" 7 "$name, $DOOR: the exit code of the job"
    ok "$name, $DOOR: its log" cmp expected "$out_file"
    run=$(remote_runs | comm -13 ../before -)
    is "$(wc -c <".azml/runs/$run/outputs/zeros")" 100000 "$name, $DOOR: its output"
    is "$(find "$(sshd_home $name)" -maxdepth 2 -name 'runs')" \
      "$(sshd_home $name)/it's a \"root\" of \$$name! \\ [x]/runs" \
      "$name, $DOOR: in a folder of an odd name"
  done
done

# A shell that says too much, or never does what it is told, is told as that.
account flood bash .bashrc <<END
cat '$scratch/much' '$scratch/much'
END
account away bash .bashrc <<END
exit 0
END
for name in flood away; do
  for DOOR in openssh libssh; do
    AS=$name sshd_alias $name 127.0.0.1 "$sshd_port"
    sshd_trust $name gpu1
    remote_attach "$name-$DOOR" $name
    rm -rf .azml/runs
    capture timeout 300 azml-guile run -q -c "$name-$DOOR" -- true
    is "$status" 125 "$DOOR: a login shell that is no use ($name)"
    case $name in
      flood) like "$(err)" 'more than a megabyte' "$DOOR: is told" ;;
      *)
        like "$(err)" 'no azml-runner answered' "$DOOR: is told"
        like "$(err)" '^hint: see what .ssh HOST true. does there' "$DOOR: with what to do"
        ;;
    esac
    is "$(remote_runs)" '' "$DOOR: and nothing is left"
  done
done

# A umask that keeps from its owner what he makes, which root would not notice, and one that
# keeps it from all others.
[ "$(id -u)" -ne 0 ] || account_uid=$(id -u nobody)
account blind bash .bashrc <<END
umask 777
END
account shy bash .bashrc <<END
umask 077
END
account_uid=
for name in blind shy; do
  for DOOR in openssh libssh; do
    AS=$name sshd_alias $name 127.0.0.1 "$sshd_port"
    sshd_trust $name gpu1
    remote_attach "$name-$DOOR" $name root="~/$DOOR"
    remote_runs >../before
    capture azml-guile run -q -c "$name-$DOOR" -- sh -c 'umask; echo model >outputs/model'
    is "$status $(out)" '0 0077' "$DOOR: a login shell with another umask ($name)"
    run=$(remote_runs | comm -13 ../before -)
    is "$(cat ".azml/runs/$run/outputs/model")" model "$DOOR: with its output"
    is "$(cd "$(sshd_home $name)" && find "$DOOR" -path '*runner-*' -name azml-runner ! -perm 700)" \
      '' "$DOOR: and a runner that can be executed"
  done
done

# One that lets no file get large enough.
account small bash .bashrc <<END
ulimit -f 100
END
for DOOR in openssh libssh; do
  AS=small sshd_alias small 127.0.0.1 "$sshd_port"
  sshd_trust small gpu1
  remote_attach "small-$DOOR" small
  rm -rf .azml/runs
  capture azml-guile run -q -c "small-$DOOR" -- true
  is "$status" 125 "$DOOR: a login shell with a limit for files"
  like "$(err)" 'files may not get as large there as azml-runner is: .*ulimit -f: [0-9]' "$DOOR: is told"
  like "$(err)" '^hint: raise the limit .ulimit -f.' "$DOOR: with what to do"
  is "$(find "$(sshd_home small)" -name '.new-*')" '' "$DOOR: and nothing is left there"
done

# One that takes its time is waited for, which is said.
account slow bash .bashrc <<END
sleep 2
END
for DOOR in openssh libssh; do
  AS=slow sshd_alias slow 127.0.0.1 "$sshd_port"
  sshd_trust slow gpu1
  remote_attach "slow-$DOOR" slow
  capture azml-guile run -c "slow-$DOOR" -- true
  is "$status" 0 "$DOOR: a login shell that is slow"
  like "$(err)" "^waiting for an answer of slow-$DOOR " "$DOOR: is waited for"
done

done_testing
