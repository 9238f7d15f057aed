# tests/integration/remote.sh: runs on a machine with a real SSH server, as another user;
# to be sourced after tests/cli/tap.sh and tests/cli/azml.sh.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   remote_start gpu1 [LINE...]     an sshd, and the target gpu1 that leads to it as the
#                                   account `other': another user, where root runs this
#   remote_attach NAME ALIAS [FIELD=VALUE...]  a target; ssh=openssh unless DOOR says libssh
#   remote_door DOOR NAME           go to the target NAME through DOOR from now on
#   remote_new BEFORE               wait for a run here that the file BEFORE does not list
#   remote_over RUN LOG NAME        it is over: one true final state here and there, the
#                                   log byte for byte the file LOG, no process, no lock, no
#                                   temporary file, no secret
#
# $remote_root is the root over there, $remote_secret what must be nowhere afterwards.

. "$AZML_SRCDIR/tests/fixtures/sshd.sh"
. "$AZML_SRCDIR/tests/integration/runner.sh"
unset AZML_ROOT

remote_secret=s3cret-$$-word
remote_root=$(sshd_home other)/.local/share/azml
HOME=$ssh_home
export HOME
sshd_other_account other

remote_attach ()
{
  remote_name=$1 remote_alias=$2
  shift 2
  azml-guile computetarget attach remote -n "$remote_name" -a "$remote_alias" \
    ssh="${DOOR:-openssh}" config="$ssh_home/.ssh/config" "$@" 2>"$err_file"
}

remote_door ()
{
  azml-guile computetarget detach "$2" 2>"$err_file"
  DOOR=$1 remote_attach "$2" "$2"
}

remote_start ()
{
  AS=other sshd_start "$@" && remote_attach "$1" "$1"
}

# remote_runs: the ids of the runs of this project; remote_there RUN: its directory there.
remote_runs ()
{
  ls .azml/runs 2>/dev/null
}

remote_new ()
{
  remote_before=$1 remote_run=
  wait_until 20 eval \
    'remote_run=$(remote_runs | comm -13 "$remote_before" -) && [ -n "$remote_run" ]'
  echo "$remote_run"
}

remote_there ()
{
  echo "$remote_root/runs/$1"
}

# remote_is RUN STATE: it is in this state over there.
remote_is ()
{
  grep -q "\"state\": *\"$2\"" "$(remote_there "$1")/status.json"
}

# remote_reaches RUN STATE: wait for that.
remote_reaches ()
{
  wait_until 30 remote_is "$1" "$2"
}

# remote_has_ended RUN: over there.
remote_has_ended ()
{
  remote_is "$1" '\(completed\|failed\|canceled\)'
}

# remote_secret_places: files that hold the secret, and processes that show it.
remote_secret_places ()
{
  printf '%s' "$remote_secret" >"$tap_folder/secret"
  grep -rlFf "$tap_folder/secret" .azml "$remote_root" "$ssh_home/.cache" \
    "$ssh_home/.config" 2>/dev/null
  grep -lFf "$tap_folder/secret" /proc/[0-9]*/cmdline 2>/dev/null
}

# remote_processes: what still works for a client: ssh here, azml-runner there. What is
# looked for is in a file, for grep has a command line, too.
remote_processes ()
{
  printf '%s\n' "$ssh_home/.ssh/config" "$remote_root/runner-[^/]*/azml-runner" \
    >"$tap_folder/programs"
  grep -lzxf "$tap_folder/programs" /proc/[0-9]*/cmdline 2>/dev/null
}

remote_over ()
{
  run_id=$1
  run_dir=$(remote_there "$1")
  wait_until 30 remote_has_ended "$1"
  run_is_over "$3, there"
  remote_wrong=
  remote_here=$PWD/.azml/runs/$1
  remote_state=$(json "$remote_here/status.json" 'j["state"], j.get("cause")')
  [ "$remote_state" = "$(json "$run_dir/status.json" 'j["state"], j.get("cause")')" ] \
    || remote_wrong="$remote_wrong; here it is $remote_state"
  cmp -s "$run_dir/log" "$remote_here/log" || remote_wrong="$remote_wrong; the logs differ"
  [ "$2" = - ] || cmp -s "$2" "$remote_here/log" \
    || remote_wrong="$remote_wrong; the log is not what the job wrote"
  wait_until 5 flock -n "$remote_here/sync.json" true \
    || remote_wrong="$remote_wrong; the copy is locked"
  remote_left=$(find .azml "$remote_root" \( -name '*.tmp' -o -name '.tmp-*' -o -name '.new-*' \
    -o -name .ballast -o -name .fetch -o -name job.json \) | tr '\n' ' ')
  [ -z "$remote_left" ] || remote_wrong="$remote_wrong; files left: $remote_left"
  wait_until 20 eval '[ -z "$(remote_processes)" ]' \
    || remote_wrong="$remote_wrong; processes: $(remote_processes | tr '\n' ' ')"
  remote_left=$(remote_secret_places | tr '\n' ' ')
  [ -z "$remote_left" ] || remote_wrong="$remote_wrong; the secret is in $remote_left"
  if [ -z "$remote_wrong" ]; then
    pass "$3: here as there, and no secret anywhere"
  else
    fail "$3: here as there, and no secret anywhere" "${remote_wrong#; }
$(cat "$remote_here/status.json" "$remote_here/sync.json")"
  fi
}

# Runs that are still going there end with the test.
remote_end_runs ()
{
  for remote_run in "$remote_root"/runs/*/; do
    remote_run=$(basename "$remote_run")
    [ -d "$(remote_there "$remote_run")" ] && ! remote_has_ended "$remote_run" || continue
    AZML_ROOT=$remote_root "$AZML_BUILDDIR/azml-runner" stop --signal KILL "$remote_run"
  done >/dev/null 2>&1
}
at_end remote_end_runs
