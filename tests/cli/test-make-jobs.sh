#!/bin/sh
# test-make-jobs.sh: how many runs go on at a time under make -jN: jobserver and GPUs.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

unset MAKEFLAGS MFLAGS MAKELEVEL AZML_MAKE_DETACH
AZML_GMKDIR=$AZML_BUILDDIR/.libs
AZML_GUILE=azml-guile
export AZML_GMKDIR AZML_GUILE
[ -e "$AZML_GMKDIR/azml_gmk.so" ] || skip_all 'the object for GNU Make was not built'

# job.sh LOG PEERS: say in LOG when it begins, wait for as many to have begun as the file PEERS
# says, and say when it ends.
cat >job.sh <<'EOF'
echo begin >>"$1"
n=0
while [ "$(grep -c begin "$1")" -lt "$(cat "$2")" ] && [ $n -lt 600 ]; do
  sleep 0.1
  n=$((n + 1))
done
sleep 0.3
echo end >>"$1"
EOF
cat >recipe.scm <<EOF
(use-modules (azml))
(define a (experiment (name "a") (command '("sh" "job.sh" "$scratch/log" "$scratch/peers"))))
(define b (experiment (inherit a) (name "b")))
(define c (experiment (inherit a) (name "c")))
(define d (experiment (inherit a) (name "d")))
EOF
cat >Makefile <<EOF
.RECIPEPREFIX = >
include $AZML_BUILDDIR/plugins/make/azml.mk
sweep: recipe.scm job.sh
> \$(PLUS)\$(azml.run) -q -j4 recipe.scm a b c d
again: recipe.scm job.sh sweep
> \$(azml.run) -q -j4 recipe.scm a b
two: one other
one other:
> \$(azml.run) -q -j4 --source job.sh --source recipe.scm recipe.scm a b
stopped:
> \$(azml.run) -q -j4 --source job.sh -s recipe.scm recipe.scm \$(if \$(BAD),bad) a b
inner: job.sh
> \$(azml.run) -q -- make -f $scratch/inner.mk \$(INNER)
elsewhere:
> \$(MAKE) -C below
EOF
echo 'all:; @echo MAKEFLAGS: $(MAKEFLAGS)' >inner.mk
mkdir below
printf 'all:\n\tcd .. && $(MAKE) -f Makefile sweep\n' >below/Makefile

# most: the most that went on at a time, by the log.
most ()
{
  awk '/begin/ { if (++n > most) most = n } /end/ { n-- } END { print most + 0 }' log
}

# under ARG...: make with ARG...; the most runs at a time, and the status. So many begin before the
# first ends, where they may.
under ()
{
  rm -f log
  peers=2
  for word; do
    case $word in
      -j3) peers=3 ;;
      sweep) [ $# -gt 1 ] || peers=4 ;;
    esac
  done
  echo $peers >peers
  capture make -s "$@"
  is_quiet=$(err | grep -E 'INTERNAL|jobserver')
}

rm -f log
echo 4 >peers
capture azml-guile run -q -j4 recipe.scm a b c d
is "$status:$(most)" 0:4 'without make there are as many as -j says'

# try STYLE ARG...: every way to share with make ARG...
try ()
{
  style=$1
  shift
  under "$@" -j2 sweep
  is "$status:$(most):$is_quiet" 0:2: "$style: make -j2 runs two at a time, and misses no token"
  under "$@" -j3 again
  is "$status:$(most):$is_quiet" 0:3: "$style: make -j3 three; the next rule has all tokens again"
  under "$@" -j2 two
  is "$status:$(most):$is_quiet" 0:2: "$style: two rules share what there is"
  under "$@" -j2 sweep PLUS=+
  is "$status:$(most):$is_quiet" 0:2: "$style: a line with a + does the same"
  under "$@" -j2 elsewhere
  is "$status:$(most):$is_quiet" 0:2: "$style: so does a make below a make"
  under "$@" -j2 stopped BAD=1
  is "$status:$is_quiet" 2: "$style: what fails gives its tokens back"
  under "$@" -j2 inner
  like "$(out)" '^MAKEFLAGS:' "$style: a make that is run does not complain"
  is "$is_quiet$(out | grep warning)" '' "$style: of a jobserver that it cannot have"
}

try "$(make --version | sed -n '1s/GNU //p')"
case $(make --help) in
  *--jobserver-style*) try 'with a pipe' --jobserver-style=pipe ;;
esac
under sweep
is "$status:$(most)" 0:4 'a make without -j leaves it to the command'

# GPUs: leases, not make, say how many.
cat >gpu.mk <<EOF
.RECIPEPREFIX = >
include $AZML_BUILDDIR/plugins/make/azml.mk
all: 1.x 2.x 3.x 4.x
%.x: job.sh
> \$(azml.run) -q --gpus 1 -- sh job.sh $scratch/log $scratch/peers
EOF
. "$AZML_SRCDIR/tests/cli/gpu.sh"
machine two
under -j8 -f gpu.mk
is "$status:$(most)" 0:2 'make -j8 with two GPUs runs two at a time'

done_testing
