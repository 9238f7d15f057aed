#!/bin/sh
# test-remote-fetch.sh: history fetch over a link that breaks: it goes on by itself.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/remote.sh"

AS=other sshd_start server 'MaxSessions 1'
AS=other relay_start gpu1 server

is_frozen ()
{
  [ "$(relay_tell gpu1 frozen)" = yes ]
}

# clone: a folder that has the project and none of its runs.
clone ()
{
  rm -rf "$scratch/clone"
  mkdir -p "$scratch/clone/.azml"
  cp "$scratch/project/.azml/project" "$scratch/clone/.azml"
  cd "$scratch/clone" || exit 99
}

# begin: history fetch in a clone.
begin ()
{
  clone
  env --default-signal=INT azml-guile history fetch gpu1 >../client.out 2>../client.err &
  client=$!
}

# fetched NAME: all is here, as it is there.
fetched ()
{
  fetched_wrong=
  for fetched_run in $small $large; do
    cmp -s ".azml/runs/$fetched_run/log" "$(remote_there "$fetched_run")/log" \
      && flock -n ".azml/runs/$fetched_run/sync.json" true \
      || fetched_wrong="$fetched_wrong $fetched_run"
  done
  is "$fetched_wrong $(remote_runs | wc -l)" ' 2' "$1"
}

# The runner there is deaf and mute; what it was is put back.
deafen ()
{
  runner_there=$(echo "$remote_root"/runner-*/azml-runner)
  mv "$runner_there" "$runner_there.real"
  printf '#!/bin/sh\n: >%s\nexec sleep 60\n' "$deaf" >"$runner_there"
  chmod 755 "$runner_there"
}

deaf=$(sshd_home other)/deaf
mkdir project
for DOOR in libssh openssh; do
  # A target of the user, in all clones.
  cd "$scratch" || exit 99
  remote_attach gpu1 gpu1
  cd project || exit 99
  capture azml-guile run -q -c gpu1 -- sh -c 'echo small'
  small=$(remote_runs)
  capture azml-guile run -q -c gpu1 -- sh -c 'head -c 12000000 /dev/urandom'
  large=$(remote_runs | grep -v "$small")

  relay_tell gpu1 freeze-at down 4000000
  begin
  wait_until 60 is_frozen || fail "$DOOR: held while it brings a log" "$(cat ../client.err)"
  relay_tell gpu1 cut
  relay_tell gpu1 thaw
  ok "$DOOR: a link that breaks is told" wait_until 60 grep -q 'connecting again' ../client.err \
    || diag "$(cat ../client.err)"
  ok "$DOOR: and since when" wait_until 20 \
    grep -q 'no connection to gpu1 since [0-9:]*; trying again' ../client.err \
    || diag "$(cat ../client.err)"
  passed=$(relay_tell gpu1 bytes | cut -d ' ' -f 2)
  relay_tell gpu1 restore
  wait "$client"
  is $? 0 "$DOOR: it goes on by itself" || diag "$(cat ../client.err)"
  like "$(cat ../client.err)" 'gpu1 answers again' "$DOOR: which it says"
  like "$(cat ../client.err)" '^2 runs there, 2 of them new' "$DOOR: and what there was"
  passed=$(($(relay_tell gpu1 bytes | cut -d ' ' -f 2) - passed))
  ok "$DOOR: what came before is not sent again, $passed bytes were" test $passed -lt 10500000
  fetched "$DOOR: all is as it is there"

  # Before the machine has said what there is.
  deafen
  begin
  ok "$DOOR: held while it asks" wait_until 30 test -e "$deaf"
  mv "$runner_there.real" "$runner_there"
  sshd_kill server
  ok "$DOOR: the server is gone" wait_until 60 grep -q 'connecting again' ../client.err \
    || diag "$(cat ../client.err)"
  sshd_again server
  wait "$client"
  is $? 0 "$DOOR: it asks again" || diag "$(cat ../client.err)"
  fetched "$DOOR: and has all"
  rm -f "$deaf"

  # Who does not want to wait.
  relay_tell gpu1 freeze-at down 4000000
  begin
  wait_until 60 is_frozen
  relay_tell gpu1 cut
  relay_tell gpu1 thaw
  wait_until 60 grep -q 'connecting again' ../client.err
  kill -INT "$client"
  wait "$client"
  is $? 130 "$DOOR: Ctrl-C while it tries again" || diag "$(cat ../client.err)"
  like "$(cat ../client.err)" 'of 2 came; the same command again' "$DOOR: says what came"
  not_ok "$DOOR: what did not come as a whole is not kept" test -e ".azml/runs/$large"
  is "$(find .azml/runs -name '.*')" '' "$DOOR: nor a part of it"

  # Who was never let in has nothing to wait for.
  relay_stop gpu1
  capture timeout 300 azml-guile history fetch gpu1
  is "$status" 1 "$DOOR: a machine that refuses"
  unlike "$(err)" 'trying again' "$DOOR: is not tried for ever"
  rm -rf "$sshd_folder/gpu1"
  AS=other relay_start gpu1 server
  capture azml-guile history fetch gpu1
  is "$status" 0 "$DOOR: the same again"
  fetched "$DOOR: brings the rest"

  cd "$scratch" || exit 99
  azml-guile computetarget detach gpu1 2>"$err_file"
  rm -rf project/.azml/runs "$remote_root/runs"/*
done

done_testing
