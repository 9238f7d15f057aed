# tests/integration/faults.sh: accidents on purpose, and what must hold afterwards; to be
# sourced after tests/cli/tap.sh and tests/cli/azml.sh.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The client is harmed at a point of its talk with the runner (the points and actions are
# in tests/fixtures/frame-relay.py), keeper and runner at points of a run (POINT and ACTION
# in src/runner/fault.h):
#
#   fault_client sent-start:kill azml-guile run -- sh job     # the status in $status
#   fault_runner running:both azml-guile run -- sh job
#
# A disk that is small, in a name space of this test alone:
#
#   fault_disk 2m 'cd disk && azml-guile run -- sh job'       # skips where it cannot be had
#
# Afterwards:
#
#   fault_over "$run" log.expected 'killed while it follows'  # one run
#   fault_clean 'killed again and again'                      # all runs, and the project
#
# fault_over: one terminal state, one end, no process, no lock, no job.json, no temporary
# file, and the log is byte for byte the file given (- for one that is not known).

. "$AZML_SRCDIR/tests/integration/runner.sh"
unset AZML_ROOT

fault_relay=$tap_folder/relay
cat >"$fault_relay" <<END
#!/bin/sh
exec "$(command -v "$tap_python")" "$AZML_SRCDIR/tests/fixtures/frame-relay.py" "\$@"
END
chmod +x "$fault_relay"
fault_seen=$tap_folder/relay-seen
fault_go=$tap_folder/relay-go

# fault_relayed FAULT COMMAND ARG...: run COMMAND with the relay between, after
# fault_reset.
fault_reset ()
{
  rm -f "$fault_seen" "$fault_go"
}

fault_relayed ()
{
  fault_point=$1
  shift
  env AZML_RELAY_RUNNER="$AZML_RUNNER" AZML_RUNNER="$fault_relay" \
    AZML_RELAY_FAULT="$fault_point" AZML_RELAY_SEEN="$fault_seen" \
    AZML_RELAY_GO="$fault_go" "$@"
}

# fault_client FAULT COMMAND ARG...: the same, captured.  The point must be reached.
fault_client ()
{
  fault_name=$1
  fault_reset
  capture fault_relayed "$@"
  [ -e "$fault_seen" ] || fail "the point of $fault_name is reached" "$(err)"
}

# fault_runner FAULT COMMAND ARG...: COMMAND with keeper and runner killed or stopped.
fault_runner ()
{
  fault_point=$1
  shift
  capture env AZML_TEST_FAULT="$fault_point" "$@"
}

# fault_disk SIZE SCRIPT: run SCRIPT by sh with a file system of SIZE in memory at
# $scratch/disk, of which nothing is left afterwards.  fault_disk_is_possible: or not.
fault_disk ()
{
  fault_size=$1
  mkdir -p "$scratch/disk"
  unshare $fault_spaces sh -c \
    "mount -t tmpfs -o size=$fault_size none '$scratch/disk' && cd '$scratch' && { $2
}"
}

fault_disk_is_possible ()
{
  for fault_spaces in -m -rm; do
    fault_disk 64k true 2>/dev/null && return 0
  done
  return 1
}

# fault_folder RUN: its directory in the project of the working folder.
fault_folder ()
{
  run_id=$1
  run_dir=$PWD/.azml/runs/$1
}

# fault_over RUN LOG NAME
fault_over ()
{
  fault_folder "$1"
  run_wait
  run_is_over "$3"
  [ "$2" = - ] || ok "$3: the log is byte-exact" cmp "$2" "$run_dir/log"
}

# fault_clean NAME: no run of the project is unfinished, and nothing half-made is there.
fault_clean ()
{
  fault_wrong=
  for run_dir in "$PWD"/.azml/runs/*/; do
    [ -d "$run_dir" ] || continue
    run_dir=${run_dir%/}
    run_id=${run_dir##*/}
    run_wait || fault_wrong="$fault_wrong; $run_id is $(run_state)"
    wait_until 5 eval '! run_is_locked' || fault_wrong="$fault_wrong; $run_id is locked"
    [ "$(grep -c '"event":"ended"' "$run_dir/events.jsonl")" = 1 ] \
      || fault_wrong="$fault_wrong; $run_id has not one end"
    [ "$(run_field log_bytes)" = "$(wc -c <"$run_dir/log")" ] \
      || fault_wrong="$fault_wrong; log_bytes of $run_id"
    [ -z "$(run_processes)" ] || fault_wrong="$fault_wrong; processes of $run_id"
  done
  fault_left=$(find .azml -name '.new-*' -o -name '*.tmp' -o -name '.tmp-*' -o -name job.json \
    -o -name .ballast)
  [ -z "$fault_left" ] || fault_wrong="$fault_wrong; files left: $fault_left"
  is "$fault_wrong" '' "$1: every run has its end, and nothing else is left"
}
