#!/bin/sh
# test-symbols.sh: libazml exports what src/azml.sym lists, and the headers declare it.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"

library=$AZML_BUILDDIR/.libs/libazml.so
nm -D --defined-only "$library" | awk '$2 != "A" { sub (/@.*/, "", $3); print $3 }' \
  | LC_ALL=C sort >exported
grep -v '^#' "$AZML_SRCDIR/src/azml.sym" >listed

# A function that goes is a new major version; one that comes is added to the list.
capture diff listed exported
is "$(out)" '' 'libazml exports the functions of src/azml.sym'
ok 'the list is sorted' env LC_ALL=C sort -c listed

cat "$AZML_SRCDIR"/src/include/azml/*.h >headers
undeclared=$(while read -r name; do
  grep -qE "\\b$name \\(" headers || echo "$name"
done <listed)
is "$undeclared" '' 'a public header declares each of them'

done_testing
