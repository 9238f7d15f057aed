#!/bin/sh
# test-make-remote.sh: the recipes of a makefile on another machine, make interrupted there.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/remote.sh"

unset MAKEFLAGS MFLAGS MAKELEVEL AZML_MAKE_DETACH
AZML_GMKDIR=$AZML_BUILDDIR/.libs
AZML_GUILE=azml-guile
export AZML_GMKDIR AZML_GUILE
[ -e "$AZML_GMKDIR/azml_gmk.so" ] || skip_all 'the object for GNU Make was not built'

remote_start far
cat >Makefile <<EOF
.RECIPEPREFIX = >
include $AZML_BUILDDIR/plugins/make/azml.mk
model: job.sh
> \$(azml.run) -q -c far --output outputs/model=\$@ -- sh job.sh 0
failing: job.sh
> \$(azml.run) -q -c far --output outputs/model=\$@ -- sh -c 'exit 9'
slow: job.sh
> \$(azml.run) -q -c far --output outputs/model=\$@ -- sh job.sh \$(S)
EOF
echo 'echo made >outputs/model; sleep "$1"' >job.sh

ok 'a target is made on another machine' make -s model
is "$(cat model)" made 'and its output is here'
ok 'it is made once' make -q model
capture make -s failing
is "$status" 2 'a run that fails there, fails the rule'
like "$(err)" 'Error 9' "with the job's exit code"
not_ok 'and makes no target' test -e failing

# begin: make slow with ARG...; $run is the run once it runs there.
begin ()
{
  remote_runs >before
  "$@" >make.log 2>&1 &
  make_pid=$!
  run=$(remote_new before)
  ok 'a slow run has begun there' remote_reaches "$run" running
}

begin make -s slow S=300
kill -TERM $make_pid
wait $make_pid
not_ok 'an interrupted make leaves no target' test -e slow
ok 'and its run is stopped, where it is' remote_reaches "$run" canceled

begin env AZML_MAKE_DETACH=1 make -s slow S=5
kill -TERM $make_pid
wait $make_pid
not_ok 'with AZML_MAKE_DETACH its run is not stopped' remote_is "$run" canceled
remote_runs >before
ok 'the next make takes it up' env AZML_MAKE_DETACH=1 make -s slow S=5
is "$(cat slow)" made 'and makes the target of what it left there'
is "$(remote_runs | comm -13 before -)" '' 'without a run of its own'

done_testing
