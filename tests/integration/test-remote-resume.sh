#!/bin/sh
# test-remote-resume.sh: a link that breaks within a large file: what came is not sent again.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/remote.sh"

size=67108864
breaks=48000000
AS=other sshd_start gpu1-server 'MaxSessions 2'
AS=other relay_start gpu1 gpu1-server
cat >recipe.scm <<'E2'
(use-modules (azml))
(experiment (name "large") (source "work")
 (command '("sh" "-c" "cp large outputs/large; echo done")))
E2
mkdir work

is_frozen ()
{
  [ "$(relay_tell gpu1 frozen)" = yes ]
}

for DOOR in libssh openssh; do
  remote_attach "$DOOR" gpu1
  head -c 1000 /dev/urandom >work/large
  azml-guile run -q -c "$DOOR" recipe.scm >client.out 2>client.err || diag "$(cat client.err)"
  head -c $size /dev/urandom >work/large
  remote_runs >before
  sent=$(relay_tell gpu1 bytes | cut -d ' ' -f 1)
  relay_tell gpu1 freeze-at up $breaks
  azml-guile run -c "$DOOR" recipe.scm >client.out 2>client.err &
  client=$!
  wait_until 60 is_frozen || fail 'the link stands still' "$(cat client.err)"
  # What takes over a second is told.
  ok "$DOOR: it is said how much is sent" \
    wait_until 60 grep -q 'sending [.0-9]* MiB' client.err
  relay_tell gpu1 cut
  relay_tell gpu1 thaw
  ok "$DOOR: a broken link is noticed" wait_until 60 grep -q 'connection is lost' client.err \
    || diag "$(cat client.err)"
  ok "$DOOR: what came is kept" wait_until 20 eval \
    '[ -n "$(find "$remote_root/objects" -maxdepth 1 -name ".part-*" -size +1M)" ]'
  relay_tell gpu1 restore
  wait "$client"
  is "$?" 0 "$DOOR: the run goes on to its end" || diag "$(cat client.err)"
  run=$(remote_runs | comm -13 before -)
  sent=$(($(relay_tell gpu1 bytes | cut -d ' ' -f 1) - sent))
  again=$((sent - size))
  # How far it is, is noted each 16 MiB; and each byte of it has passed the relay.
  ok "$DOOR: of $breaks bytes $again were sent again" test "$again" -lt $((breaks / 2))
  ok "$DOOR: the machine has the file as it is" \
    cmp work/large "$(remote_there "$run")/source/large"
  ok "$DOOR: and so it comes back" cmp work/large ".azml/runs/$run/outputs/large"
  is "$(find "$remote_root/objects" -name '.part-*')" '' "$DOOR: nothing else is left"
done

done_testing
