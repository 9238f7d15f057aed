# tests/integration/runner.sh: runs made and checked from shell tests; to be sourced
# after tests/cli/tap.sh.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   run_new '"argv": ["sh", "-c", "exit 3"]'   # sets $run_id, $run_dir; accepted
#   run_exec                                   # in the foreground; sets $status
#   is_run failed 'exit_code 3' 'a name'       # state and fields of status.json
#   run_is_over 'a name'                       # nothing of the run is left anywhere
#
# run_start executes in the background; run_wait STATE waits for a state.

runner=$AZML_BUILDDIR/azml-runner
AZML_ROOT=$scratch/root
export AZML_ROOT

run_random_id ()
{
  LC_ALL=C tr -dc a-z0-9 </dev/urandom | head -c 12
}

# run_new MEMBERS [RUN-MEMBERS]: accept a run whose job.json has MEMBERS.
run_new ()
{
  run_id=$(run_random_id)
  run_dir=$AZML_ROOT/runs/$run_id
  printf '{"version": 1, "id": "%s", %s}' "$run_id" "$1" >"$scratch/job.json"
  printf '{"version": 1, "id": "%s"%s}' "$run_id" "${2:+, $2}" >"$scratch/run.json"
  "$runner" accept "$run_id" "$scratch/run.json" "$scratch/job.json"
}

run_exec ()
{
  capture "$runner" exec "$run_id"
}

run_start ()
{
  "$runner" start "$run_id"
}

# run_field NAME: the value of a field of status.json that is no object.
run_field ()
{
  # Objects within it have fields of their own.
  sed 's/^{\(.*\)}$/\1,/; s/{[^{}]*}/0/g; s/{[^{}]*}/0/g' "$run_dir/status.json" \
    | sed -n 's/.*"'"$1"'":\("[^"]*"\|[-0-9.e]*\),.*/\1/p' | sed 's/^"//; s/"$//'
}

run_state ()
{
  run_field state
}

run_in_state ()
{
  [ "$(run_state)" = "$1" ]
}

run_has_ended ()
{
  case $(run_state) in
    completed | failed | canceled) return 0 ;;
    *) return 1 ;;
  esac
}

# run_wait [STATE]: wait for STATE, or for the end.
run_wait ()
{
  if [ $# -gt 0 ]; then
    wait_until 20 run_in_state "$1"
  else
    wait_until 20 run_has_ended
  fi
}

run_log_has ()
{
  grep -q -e "$1" "$run_dir/log"
}

# run_process keeper|runner: its pid, from `alive`.
run_process ()
{
  sed -n "s/^$1 \\([0-9]*\\) .*/\\1/p" "$run_dir/alive"
}

# run_processes: pids of all that carry the run's id.
run_processes ()
{
  grep -lzsx -e "AZML_RUN_ID=$run_id" /proc/[0-9]*/environ \
    | sed 's,^/proc/\([0-9]*\)/.*,\1,'
}

run_is_locked ()
{
  ! flock -n "$run_dir/alive" true
}

# run_is_over NAME: one terminal state, no process, no lock, no temporary file, a true
# log size.
run_is_over ()
{
  run_wrong=
  run_has_ended || run_wrong="$run_wrong; state is $(run_state)"
  run_ends=$(grep -c '"event":"ended"' "$run_dir/events.jsonl")
  [ "$run_ends" = 1 ] || run_wrong="$run_wrong; $run_ends ended events"
  # The keeper leaves a moment after the state is written.
  wait_until 5 eval '! run_is_locked' || run_wrong="$run_wrong; alive is locked"
  run_left=$(run_processes)
  [ -z "$run_left" ] || run_wrong="$run_wrong; processes left: $run_left"
  [ ! -e "$run_dir/job.json" ] || run_wrong="$run_wrong; job.json is left"
  run_files=$(cd "$run_dir" && find . -name '*.tmp' -o -name '.ballast')
  [ -z "$run_files" ] || run_wrong="$run_wrong; files left: $run_files"
  run_size=$(wc -c <"$run_dir/log")
  [ "$(run_field log_bytes)" = "$run_size" ] \
    || run_wrong="$run_wrong; log_bytes is not $run_size"
  if [ -z "$run_wrong" ]; then
    pass "$1: nothing is left"
  else
    fail "$1: nothing is left" "${run_wrong#; }
$(cat "$run_dir/status.json" "$run_dir/events.jsonl")"
  fi
}

# is_run STATE 'FIELD VALUE'... NAME: status.json says so; a VALUE "-" means absent.
is_run ()
{
  run_wrong=
  [ "$(run_state)" = "$1" ] || run_wrong="state is $(run_state), not $1"
  shift
  while [ $# -gt 1 ]; do
    run_value=$(run_field "${1%% *}")
    run_want=${1#* }
    [ "$run_want" != - ] || run_want=
    [ "$run_value" = "$run_want" ] \
      || run_wrong="$run_wrong; ${1%% *} is '$run_value', not '$run_want'"
    shift
  done
  if [ -z "$run_wrong" ]; then
    pass "$1"
  else
    fail "$1" "$run_wrong
$(cat "$run_dir/status.json" "$run_dir/events.jsonl"; tail -n 5 "$run_dir/log")"
  fi
}

# run_kill_rest: whatever a failed test has left; part of at_end.
run_kill_rest ()
{
  for run_dir in "$AZML_ROOT"/runs/*/; do
    [ -e "$run_dir/alive" ] || continue
    run_id=$(basename "$run_dir")
    for run_pid in $(run_process keeper) $(run_process runner); do
      if run_is_locked; then
        kill -9 "$run_pid"
      fi
    done 2>/dev/null
    run_left=$(run_processes)
    [ -z "$run_left" ] || kill -9 $run_left 2>/dev/null
  done
}
at_end run_kill_rest
