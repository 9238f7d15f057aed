#!/bin/sh
# tests/fuzz/search.sh SECONDS FOLDER TARGET...: search for inputs that harm the parsers.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What `make check-fuzz` and `make check-long` run.  In FOLDER the program is built by clang
# with libFuzzer and sanitizers; the SECONDS are shared by the TARGETs (tests/fuzz/search-*),
# as many at a time as there are processors, at the lowest priority.  New inputs are kept in
# FOLDER/corpus, so that the next search goes on from there; one that harms is in
# FOLDER/found: mend the cause, and add it to tests/fuzz/corpus.  77: there is no clang
# that has libFuzzer.  FUZZ_SEED in the environment makes the search the same each time.

set -u
seconds=$1 folder=$2
shift 2
source=${AZML_SRCDIR:?run this through make check-fuzz}
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
clang=${FUZZ_CC:-clang}

mkdir -p "$folder/corpus" "$folder/found" || exit 1
cd "$folder" || exit 1
folder=$(pwd -P)

printf 'int LLVMFuzzerTestOneInput (const char *p, unsigned long n);
int LLVMFuzzerTestOneInput (const char *p, unsigned long n) { return !p && n; }\n' >try.c
if ! "$clang" -fsanitize=fuzzer,address,undefined -o try try.c 2>try.log; then
  tail -n 3 try.log
  echo "search.sh: no clang with libFuzzer here (apt install clang libclang-rt-dev)"
  exit 77
fi

if [ ! -f config.status ]; then
  "$source/configure" -q CC="$clang" --disable-static-runner \
    CFLAGS='-g -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined' \
    || exit 1
fi
make -s -j"$jobs" "$@" || exit 1

# Rounded up, so that each has a moment.
each=$(((seconds * jobs + $# - 1) / $#))

search ()
{
  name=${1##*/search-}
  mkdir -p "corpus/$name"
  nice -n 19 "$1" -max_total_time="$each" -timeout=20 -rss_limit_mb=2048 \
    -seed="${FUZZ_SEED:-0}" -print_final_stats=1 -artifact_prefix="found/$name-" "corpus/$name" \
    "$source/tests/fuzz/corpus/$name" >"found/$name.log" 2>&1 </dev/null
  status=$?
  echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "found/$name.log") inputs in $each s, status $status"
  return $status
}

failed=0 running=
for target; do
  search "$target" &
  running="$running $!"
  # shellcheck disable=SC2086 # pids are words
  set -- $running
  if [ $# -ge "$jobs" ]; then
    wait "$1" || failed=1
    shift
    running="$*"
  fi
done
for pid in $running; do
  wait "$pid" || failed=1
done
[ $failed -eq 0 ] || echo "search.sh: see $folder/found"
exit $failed
