#!/bin/sh
# test-make-newest.sh: the objects for GNU Make, and all tests of them with the newest make.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The newest make is built from Debian's source.  Where no mirror can be reached it is the
# one that is installed.

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/fixtures/make.sh"

unset MAKEFLAGS MFLAGS MAKELEVEL
gmk=$AZML_BUILDDIR/.libs/azml_gmk.so
functions=$AZML_BUILDDIR/.libs/azml_make.so
[ -e "$gmk" ] || skip_all 'the object for GNU Make was not built'

exported ()
{
  nm -D --defined-only "$1" | awk '$2 ~ /[TBDR]/ { print $3 }' | LC_ALL=C sort | tr '\n' ' '
}

needed ()
{
  objdump -p "$1" | awk '$1 == "NEEDED" && $2 !~ /^(libasan|libubsan|libgcc)/ { print $2 }'
}

is "$(exported "$gmk")" 'azml_gmk_gmk_setup plugin_is_GPL_compatible ' \
  'what make loads has the two names that make looks for'
is "$(exported "$functions")" 'azml_make_call ' 'the object behind it has its entry'
is "$(nm -D --undefined-only "$gmk" "$functions" | awk '$2 ~ /^gmk_/ { print $2 }' \
  | grep -vxE 'gmk_(add_function|alloc|eval|expand|free)')" '' \
  'both use what GNU Make has had since 4.0'
is "$(needed "$gmk" | grep -v '^libc\.so')" '' 'what make loads needs the C library alone'
is "$(needed "$functions" | grep guile)" '' 'the object behind it needs no Guile'
like "$(needed "$functions")" '^libazml\.so' 'but libazml'

if newest_make "$HOME/make-$newest_make_version"; then
  PATH=$HOME/make-$newest_make_version/bin:$PATH
  is "$(make --version | head -n 1)" "GNU Make $newest_make_version" 'the newest make'
else
  pass 'the newest make'
  diag "not to be had: $(tail -n 5 "$HOME/make-$newest_make_version/log")"
fi
diag "$(make --version | head -n 1)"

for test in functions run jobs; do
  capture sh "$AZML_SRCDIR/tests/cli/test-make-$test.sh"
  is "$status:$(out | grep '^not ok')" 0: "test-make-$test.sh passes with it"
done

done_testing
