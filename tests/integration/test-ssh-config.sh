#!/bin/sh
# test-ssh-config.sh: our reader of ~/.ssh/config against ssh -G.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"

me=$(id -un)
mkdir parts
printf 'Host inc*\n  Port 31\n' >parts/one.conf
printf 'User included\nHost other\n  Port 99\n' >parts/two.conf
printf 'Port 32\n' >parts/three.text

# ours FILE HOST [USER [PORT]]: what we read, as ssh -G says it.
ours ()
{
  "$AZML_BUILDDIR/tests/c/ssh-config-tool" "$@" | sed -E \
    -e 's/^(identitiesonly|compression) true/\1 yes/; s/^(identitiesonly|compression) false/\1 no/' \
    -e 's/^(stricthostkeychecking) (yes|true)$/\1 true/; s/^(stricthostkeychecking) (no|off|false)$/\1 false/' |
    sed '/^proxy[a-z]* none$/d' | sort -s -k 1,1
}

# theirs FILE HOST [USER [PORT]]: what ssh says of the keywords that we tell something of.
# It does not replace the tokens in names of identity files.
theirs ()
{
  theirs_file=$1 theirs_host=$2 theirs_user=${3-} theirs_port=${4-}
  ssh -T -G -F "$theirs_file" ${theirs_user:+-l "$theirs_user"} \
    ${theirs_port:+-p "$theirs_port"} "$theirs_host" >all 2>"$err_file" || return 1
  value () { sed -n "s/^$1 //p" all; }
  cut -d ' ' -f 1 mine | sort -u >names
  awk 'NR == FNR { names[$1] = 1; next } $1 in names' names all | sed \
    -e "/^[a-z]*file /s,%h,$(value hostname),g; /^[a-z]*file /s,%r,$(value user),g" \
    -e "/^[a-z]*file /s,%n,$theirs_host,g; /^[a-z]*file /s,%p,$(value port),g" \
    -e "/^[a-z]*file /s,%u,$me,g; /^[a-z]*file /s,%i,$(id -u),g" \
    -e "/^[a-z]*file /s,%d,$HOME,g; /^[a-z]*file /s,%%,%,g" \
    -e "/^[a-z]*file /s,~,$HOME," | sort -s -k 1,1
}

# same NAME HOST [USER [PORT]] <CONFIG: both say the same of HOST.
same ()
{
  same_name=$1
  shift
  cat >config
  chmod 600 config
  ours config "$@" >mine 2>mine.err
  if theirs config "$@" >right && [ -s mine ]; then
    ok "$same_name" diff -u right mine
  else
    fail "$same_name" "ssh: $(err)
we: $(cat mine.err)"
  fi
}

# wrong NAME <CONFIG: neither takes it.
wrong ()
{
  cat >config
  not_ok "$1: ssh" ssh -G -F config gpu1
  not_ok "$1: we" "$AZML_BUILDDIR/tests/c/ssh-config-tool" config gpu1
}

same 'nothing is said' gpu1 <<'END'
# a comment
END
same 'a host' gpu1 <<'END'
Host gpu1
  HostName gpu1.example.org
  User me
  Port 2222
Host *
  Port 22
  User other
END
same 'patterns' gpu1 <<'END'
Host cpu* gpu?
  Port 1
Host gpu
  User never
Host [gpu]1
  User never
Host GPU1
  User never
END
for host in gpu1 gpu2 gpu22 box; do
  same "negated patterns: $host" $host <<'END'
Host gpu* !gpu2 !gpu2?
  Port 7
Host !gpu1 *
  User most
Host !box
  User nobody
END
done
same 'the first value counts' gpu1 <<'END'
Compression yes
ConnectTimeout 7
Host gpu1
  Compression no
  ConnectTimeout 9
  StrictHostKeyChecking accept-new
Host *
  StrictHostKeyChecking yes
END
same 'what is given here counts before' gpu1 asker 77 <<'END'
Host gpu1
  User me
  Port 1
Match user asker
  ConnectTimeout 3
Match user me
  ConnectTimeout 4
END
tab=$(printf '\t')
same 'spellings' gpu1 <<END
host=gpu1
${tab}hostNAME = "gpu1.example.org"
  PORT$tab=${tab}2022
user="a b"
END
same 'quotes in names of files' gpu1 <<'END'
IdentityFile "/keys/of mine/%r"
IdentityFile /keys/plain
END
same 'tokens' gpu1 <<'END'
Host gpu1
  HostName %h.example.org
  User me
  Port 2022
  IdentityFile ~/.ssh/%h-%n-%p-%r-%u-%i
  IdentityFile %d/keys/100%%
END
same 'identity files add up' gpu1 <<'END'
IdentityFile /keys/one
Host gpu1
  IdentityFile /keys/two
  IdentitiesOnly yes
Host *
  IdentityFile /keys/three
  IdentityFile /keys/one
END
same 'lists' gpu1 <<'END'
Ciphers aes128-gcm@openssh.com,aes256-ctr
MACs hmac-sha2-256
UserKnownHostsFile /known/one /known/two
HostKeyAlias alias
AddressFamily inet
END
for word in yes no ask accept-new off; do
  same "StrictHostKeyChecking $word" gpu1 <<END
StrictHostKeyChecking $word
END
done
same 'ProxyJump' gpu1 <<'END'
Host gpu1
  ProxyJump me@gate:2222,second
END
same 'ProxyCommand' gpu1 <<'END'
ProxyCommand nc -X 5 "%h" %p
END
same 'ProxyCommand before ProxyJump' gpu1 <<'END'
ProxyCommand nc %h %p
ProxyJump gate
END
same 'ProxyJump before ProxyCommand' gpu1 <<'END'
ProxyJump gate
ProxyCommand nc %h %p
END
same 'ProxyJump none before ProxyCommand' gpu1 <<'END'
ProxyJump none
ProxyCommand nc %h %p
END
same 'ProxyJump none' gpu1 <<'END'
ProxyJump none
Host *
  ProxyJump gate
END
for host in inc1 other; do
  same "Include: $host" $host <<END
Include $PWD/parts/*.conf
Include $PWD/parts/none*
Port 40
END
  same "Include in a block: $host" $host <<END
Host inc1
  Include "$PWD/parts/three.text" $PWD/parts/two.conf
  ConnectTimeout 5
Port 41
END
done
same 'Match host, originalhost' gpu1 <<'END'
Host gpu1
  HostName deep.example.org
Match host *.example.org
  Port 5
Match originalhost gpu1
  User orig
Match host gpu1
  ConnectTimeout 9
END
same 'Match user, localuser, all' gpu1 <<END
User me
Match user me,you localuser $me
  Port 6
Match !user me
  Port 7
Match all
  ConnectTimeout 4
END
same 'Match exec' gpu1 <<'END'
Match exec "test %n = gpu1"
  Port 8
Match exec false
  User never
Match originalhost other exec "touch executed"
  User never
END
not_ok 'a command that does not matter is not executed' test -e executed
same "a command's own variables" gpu1 <<'END'
Match exec "word=gpu1; test ${word} = %n"
  Port 8
ProxyCommand nc ${NO_SUCH:-gate} %h
HostName ${HOME}
END
for line in 'host=gpu1 user=me' 'host = gpu1 originalhost =gpu1' '!host=other user= me' 'user="me"'; do
  same "Match $line" gpu1 <<END
User me
Match $line
  Port 8
Match host=other
  ConnectTimeout 9
END
done
same 'HostKeyAlias' gpu1 <<'END'
HostKeyAlias Cluster-%h
END
same 'Match final' gpu1 <<'END'
Match final host gpu1
  Port 9
Host gpu1
  User me
END
same 'Match with a comment, negated, and quoted' gpu1 <<'END'
Match !exec "false" originalhost "gpu1,gpu2" # that is us
  Port 11
Match originalhost gpu # gpu1
  User never
END
same 'tokens of Match exec' gpu1 <<END
Host gpu1
  HostName deep
  User bob
  Port 99
Match exec "test '%h %n %p %r %u' = 'deep gpu1 99 bob $me'"
  ConnectTimeout 5
END
for host in gpu1 machine; do
  same "comments behind: $host" $host <<'END'
Host gpu1 # my machine
  Port 2222 # its port
  IdentityFile ~/.ssh/a # the only one
Host machine !gpu1
  Port 33
END
done
same 'single quotes' gpu1 <<'END'
Host 'gpu1' "gpu2"
  IdentityFile '/keys/of "mine/x'
  User 'me'
  CertificateFile "/keys/it's"
END
same 'CertificateFile' gpu1 <<'END'
CertificateFile ~/.ssh/%h-%r-cert.pub
Host gpu1
  CertificateFile /keys/two
END
for time in 90 1m30s 2H none 0m7; do
  same "ConnectTimeout $time" gpu1 <<END
ConnectTimeout $time
END
done
same 'a port by the name of its service' gpu1 <<'END'
Port ssh
END
same 'a name in capitals' GPU1.Example <<'END'
Host gpu1*
  Port 7
Match host gpu1.example
  User me
  IdentityFile /keys/%h
END
same 'HostName in capitals' gpu1 <<'END'
HostName %h.Example.ORG
IdentityFile /keys/%h
END
same 'user@host' me@gpu1 <<'END'
Host gpu1
  Port 5
  User other
END
same 'user@host, and another user is given' me@gpu1 asker <<'END'
Host me*
  Port 5
END
same 'ssh://user@host:port' ssh://me@gpu1:2233 <<'END'
Host gpu1
  Port 5
END
for host in ::1 fe80::1%lo me@::1; do
  same "IPv6: $host" "$host" <<'END'
Host ::1
  ConnectTimeout 7
Host fe80::*
  ConnectTimeout 8
END
done
# Not every ssh takes brackets here.
is "$("$AZML_BUILDDIR/tests/c/ssh-config-tool" config 'ssh://me@[::1]:2233' | head -n 3 | tr '\n' ' ')" \
  'hostname ::1 user me port 2233 ' 'IPv6 in brackets'
same 'an address of IPv6 with its interface' gpu1 <<'END'
HostName fe80::1%%lo
END
same 'lines as of another system' gpu1 <<END
Host gpu1$(printf '\r')
  Port 77$(printf '\r')
END
same 'IdentityFile none, UserKnownHostsFile none' gpu1 <<'END'
IdentityFile none
UserKnownHostsFile none
ProxyCommand none
END
same 'words that we do not know' gpu1 <<'END'
ForwardAgent yes
ControlMaster auto
ControlPath ~/.ssh/%C
ServerAliveInterval 30
Port 10
END
# What only newer releases of ssh know, and what they say of it: of a line of the kind that we
# execute, sessiontype and command, that is.
release=$(ssh -V 2>&1 | sed 's/,.*//')
newer ()
{
  newer_name=$1 newer_want=$2
  cat >config
  chmod 600 config
  is "$(ours config gpu1 2>&1 | sed -n 's/^port //p')" "$newer_want" "$newer_name"
  if ssh -G -F config gpu1 >all 2>&1; then
    is "$(ssh -G -F config gpu1 exec /bin/sh -c true | sed -n 's/^port //p')" "$newer_want" \
      "$newer_name: so says $release"
  fi
}
newer 'Match sessiontype' 2 <<'END'
Match sessiontype shell,none,subsystem
  Port 1
Match sessiontype sh*,exec
  Port 2
END
newer 'Match command' 4 <<'END'
Match command ""
  Port 1
Match command git-*,rsync*
  Port 2
Match !command *
  Port 3
Match command "exec *"
  Port 4
END
newer 'Match version' 4 <<END
Match version OpenSSH_1.*
  Port 1
Match version "*,!$release"
  Port 2
Match !version OpenSSH*
  Port 3
Match version OpenSSH_0*,"$release"
  Port 4
END
mkdir no-ssh
is "$(env PATH="$PWD/no-ssh" "$AZML_BUILDDIR/tests/c/ssh-config-tool" config gpu1 | sed -n 's/^port //p')" \
  3 'no version is one where there is no ssh command'
newer 'Match tagged' 3 <<'END'
Match tagged *
  Port 1
Match all
  Tag lab
  Tag other
Match tagged other
  Port 2
Match tagged ""
  Port 4
Match tagged l*
  Port 3
END
newer 'Match localnetwork' 3 <<'END'
Match localnetwork 203.0.113.0/24,2001:db8::/32
  Port 1
Match localnetwork 0.0.0.0/0,203.0.113.0/24 !localnetwork 127.0.0.0/8
  Port 2
Match localnetwork 203.0.113.0/24,126.0.0.0/7
  Port 3
END
for value in moon 10.0.0.0/33 10.0.0.0/x 10.0/8 10.0.0.1/8; do
  wrong "Match localnetwork $value" <<END
Match localnetwork $value
  Port 1
END
done
wrong 'a Match without a value' <<'END'
Match host
  Port 1
END
wrong 'an unknown criterion' <<'END'
Match moon full
  Port 1
END
wrong 'a word without its value' <<'END'
Port
END
for line in 'Port 22 23' 'User a b' 'Compression maybe' 'Port 70000' 'Port 0' 'Port no-such-service' \
  IdentityFile 'IdentityFile a b' CertificateFile 'PubkeyAuthentication perhaps' 'ProxyJump gate:no' \
  'ProxyJump gate,' 'ProxyJump ,gate' 'ProxyJump me@' 'StrictHostKeyChecking perhaps' 'AddressFamily ip9' 'ConnectTimeout soon' \
  "Include $PWD/config"; do
  wrong "$line" <<END
$line
END
  wrong "$line, for all" <<END
Host gpu1
  $line
END
done

# The user's own file must be the user's own, and what it includes; nobody else may say what
# is executed and where to log in.
HOME=$PWD/home
export HOME
mkdir -p home/.ssh
echo 'Include more' >home/.ssh/config
echo 'Port 7' >home/.ssh/more
# may NAME, may_not NAME: the file can be used.
port ()
{
  "$AZML_BUILDDIR/tests/c/ssh-config-tool" - gpu1 2>"$err_file" | sed -n 's/^port //p'
}
for mode in 600 644 400; do
  chmod $mode home/.ssh/config home/.ssh/more
  is "$(port)" 7 "a file of mode $mode"
done
for file in config more; do
  chmod 644 home/.ssh/*
  chmod 666 home/.ssh/$file
  is "$(port)" '' "$file: one that all can write"
  like "$(err)" "bad owner or permissions on '$PWD/home/.ssh/$file'" "$file: is told"
done
if [ "$(id -u)" -eq 0 ]; then
  chmod 644 home/.ssh/*
  chown nobody home/.ssh/config
  is "$(port)" '' 'one of somebody else'
  chown root home/.ssh/config
  chgrp nogroup home/.ssh/config
  chmod 664 home/.ssh/config
  is "$(port)" '' 'one that another group can write'
fi
chmod 600 home/.ssh/config
echo 'Port 9' >named
chmod 666 named
is "$("$AZML_BUILDDIR/tests/c/ssh-config-tool" named gpu1 | sed -n 's/^port //p')" 9 \
  'one that is named is taken as it is, as ssh -F does'

done_testing
