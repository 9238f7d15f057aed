#!/bin/sh
# test-style.sh: sizes, heads, blanks and layout of all sources.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"

cd "$AZML_SRCDIR" || exit 99

# words.c is made by the build.
find src plugins doc/examples tests/c tests/fuzz tests/integration -name '*.[ch]' ! -path src/cli/words.c \
  2>/dev/null | LC_ALL=C sort >"$scratch/c"
# What a template makes belongs to who makes a project of it.
# Other tests have folders of their own in the tree while they run.
find scheme plugins tests doc -name '*.scm' ! -path '*/.azml/*' ! -path '*.tmp/*' \
  ! -path 'tests/scratch.*' ! -path 'scheme/templates/*' \
  | LC_ALL=C sort >"$scratch/scheme"
find scheme/python tests/python tests/bench doc/examples -name '*.py' \
  ! -path '*/.azml/*' ! -path '*/scratch.*' 2>/dev/null | LC_ALL=C sort >"$scratch/python"
{ find tests -name '*.sh' ! -path '*.tmp/*' ! -path 'tests/scratch.*'; ls bootstrap .ci/run; } \
  | LC_ALL=C sort >"$scratch/shell"
xargs grep -l '^#!.*bash' <"$scratch/shell" >"$scratch/bash"
grep -vxF -f "$scratch/bash" "$scratch/shell" >"$scratch/posix"
cat "$scratch/c" "$scratch/scheme" "$scratch/python" "$scratch/shell" >"$scratch/all"

# too_long LIMIT LIST: the files of LIST with more lines than LIMIT.
too_long ()
{
  while read -r file; do
    lines=$(wc -l <"$file")
    [ "$lines" -le "$1" ] || echo "$file has $lines lines"
  done <"$2"
}

isnt "$(wc -l <"$scratch/c")" 0 'there are sources'
is "$(too_long 450 "$scratch/c")" '' 'no C file has more than 450 lines: split it by noun'
grep -E '^(scheme|plugins)/' "$scratch/scheme" >"$scratch/modules"
is "$(too_long 300 "$scratch/modules")" '' 'no Scheme module has more than 300 lines'

grep '^src/' "$scratch/c" >"$scratch/src"
long=$(xargs awk '
  FNR == 1 { begin = 0 }
  /^{/ { begin = FNR }
  /^}/ && begin {
    if (FNR - begin + 1 > 80)
      print FILENAME ":" begin ": " FNR - begin + 1 " lines"
    begin = 0
  }' <"$scratch/src")
is "$long" '' 'no C function has more than 80 lines'

# A module that is not in the list runs here, and is missing where it is installed.
unlisted=$(find scheme plugins \( -name '*.scm' -o -name '*.py' -o -path 'scheme/templates/*' -type f \) \
    ! -path '*/.*' ! -name '*.mk' \
  | while read -r file; do
      grep -qF "$file" scheme/local.mk scheme/python/local.mk scheme/templates/local.mk \
        plugins/local.mk || echo "$file"
    done)
is "$unlisted" '' 'every module is one that is installed'

headless=$(while read -r file; do
  head -n 9 "$file" | grep -q 'Copyright (C) .* The azml-guile developers' \
    && head -n 9 "$file" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' \
    || echo "$file"
done <"$scratch/all")
is "$headless" '' 'every file says whose it is and under which licence'

is "$(xargs grep -nE "$(printf '\t')" <"$scratch/all" | grep -v '^[^:]*\.mk:' | head)" '' \
  'no tabulator'
is "$(xargs grep -nE '[ ]+$' <"$scratch/all" | head)" '' 'no blanks at the end of a line'
later='TO''DO|FIX''ME|XX''X|not imple''mented'
is "$(xargs grep -nE "\\b($later)\\b" <"$scratch/all" | head)" '' 'nothing is put off'

# Other versions of clang-format lay out otherwise.
formatter=
for program in clang-format-14 clang-format; do
  if "$program" --version 2>/dev/null | grep -q 'version 14\.'; then
    formatter=$program
    break
  fi
done
if [ -n "$formatter" ]; then
  ok 'C is laid out as .clang-format says' \
    xargs "$formatter" --dry-run -Werror --style=file <"$scratch/c"
else
  skip 'C is laid out as .clang-format says' 'no clang-format 14'
fi

if command -v shellcheck >/dev/null 2>&1; then
  # The sourced files, and the variables that they set, are not followed.
  xargs shellcheck -S warning -s sh -e SC1090,SC1091,SC2034,SC2046,SC2154 \
    >"$scratch/shellcheck" 2>&1 <"$scratch/posix"
  xargs shellcheck -S warning -s bash -e SC1090,SC1091,SC2034,SC2046,SC2154 \
    >>"$scratch/shellcheck" 2>&1 <"$scratch/bash"
  is "$(head -n 40 "$scratch/shellcheck")" '' 'shellcheck has nothing to say'
else
  skip 'shellcheck has nothing to say' 'no shellcheck'
fi

done_testing
