#! /bin/sh
# tests/integration/test-lease-storm.sh: many runs of several users on two GPUs, clients
# and runners killed.  LEASE_STORM="RUNS SECONDS KILLS" makes it another size.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"

set -- ${LEASE_STORM:-40 0.3 12}
runs=$1
capture "${PYTHON:-python3}" "$AZML_SRCDIR/tests/integration/lease-storm.py" \
  "$AZML_BUILDDIR/azml-runner" --runs "$1" --seconds "$2" --kills "$3"
is "$status" 0 'the storm is over'
diag "$(out)"

# saw EXPRESSION: its value, s being what was seen.
saw ()
{
  "${PYTHON:-python3}" -c 'import json, sys
s = json.load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$out_file" "$1"
}

is "$(saw 's["runs"]')" "$runs" 'all runs were submitted'
is "$(saw 's["clashes"]')" '[]' 'at no moment two on one GPU'
is "$(saw 's["unended"]')" 0 'each run has its end'
is "$(saw 's["failed_unkilled"]')" '[]' 'and only those that were killed failed'
is "$(saw 's["overtaken"]')" 0 'none was overtaken by those that came later'
is "$(saw 's["left"]')" '[]' 'all leases are free, nobody waits'

done_testing
