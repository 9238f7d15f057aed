#!/bin/sh
# test-full-disk.sh: disks that are full, fill up, or cannot be written.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/faults.sh"

if ! fault_disk_is_possible; then
  skip 'a job that fills the disk: what it said is shown' 'no file system can be mounted here'
  done_testing
fi

# The job fills the disk that its run is on.
cat >fills <<'END'
echo before
head -c 50000000 /dev/zero >outputs/big
echo "code $?"
exit 4
END
capture fault_disk 3m 'cp fills disk; cd disk; azml-guile run -- sh fills; echo "exit $?"
  azml-guile history show last >/dev/null; echo "shown $?"
  rm -f .azml/runs/*/outputs/big; cp -R .azml ../saved'
like "$(out)" '^before$' 'a job that fills the disk: what it said is shown'
like "$(out)" '^exit 4$' 'its exit code is passed on'
like "$(err)" 'disk full' 'with the cause'
like "$(out)" '^shown 0$' 'history works on the full disk'
mkdir moved
mv saved moved/.azml
cd moved || exit 99
run=$(ls .azml/runs)
fault_over "$run" - 'a job that fills the disk'
is "$(run_field cause)" 'disk full' 'the end is written whole'
fault_clean 'a job that fills the disk'
cd ..

# The disk is full before.
capture fault_disk 2m 'cp fills disk; cd disk; azml-guile run -q -- true
  head -c 50000000 /dev/zero >ballast 2>/dev/null
  azml-guile run -- echo never; echo "exit $?"
  ls .azml/runs | wc -l; find .azml/runs -name ".new-*"
  azml-guile history list --limit 0 | wc -l
  rm ballast; azml-guile run -q -- echo again; echo "exit $?"'
like "$(err)" '[Nn]o space left|disk.*full' 'a full disk: the error says so'
like "$(out)" '^exit 125$' 'nothing was started: 125'
unlike "$(out)" 'never|\.new-' 'and nothing is left'
like "$(out)" '^again$' 'with room again runs are as ever'
like "$(out)" '^exit 0$' 'and end well'

# What cannot be written.  The keeper of the run before may have its files open for a moment.
capture fault_disk 3m 'cp fills disk; cd disk; azml-guile run -q -- echo first
  cd ..
  for try in $(seq 200); do mount -o remount,bind,ro disk && break; sleep 0.3; done
  cd disk
  azml-guile run -- echo never; echo "exit $?"
  azml-guile history list; echo "listed $?"
  azml-guile logs last; echo "shown $?"
  azml-guile history rm last; echo "removed $?"'
unlike "$(out)" '^never' 'a read-only project: no run'
like "$(out)" '^exit (1|125)$' 'but an error'
like "$(err)" "nothing can be made in '/.*/disk/.azml.*[Rr]ead-only" 'which says where, and why'
like "$(err)" 'hint: .*work in a copy' 'and what to do'
like "$(out)" '^listed 0$' 'the runs are listed all the same'
is "$(grep -c '^first' "$out_file")" 2 'and their logs shown'
like "$(out)" '^removed [1-9]' 'nothing can be removed'

done_testing
