#!/bin/sh
# test-manual.sh: the manual has every command, option, error code, variable and export.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"

manual=$AZML_SRCDIR/doc/manual
commands=$manual/commands.texi

# Error codes: the header's, in the table of the manual and as conditions.
codes=$(sed -n 's/^  AZML_E_\([A-Z_]*\) = .*/\1/p' \
  "$AZML_SRCDIR/src/include/azml/error.h" | tr 'A-Z_' 'a-z-')
isnt "$codes" '' 'there are error codes'
is "$(for code in $codes; do
  grep -qx "@item $code" "$manual/errors.texi" || echo "$code"
done)" '' 'each error code is in the manual'
is "$(for code in $codes; do
  grep -q "($code &azml-$code)" "$AZML_SRCDIR/scheme/azml/errors.scm" || echo "$code"
done)" '' 'each error code is a condition'

# Variables that the programs set for a job or read.
variables=$(grep -rhoE '"AZML_[A-Z_]+"' "$AZML_SRCDIR/src" "$AZML_SRCDIR/scheme/azml" \
  "$AZML_SRCDIR/plugins" --include='*.c' --include='*.scm' | tr -d '"' \
  | LC_ALL=C sort -u \
  | grep -vxE 'AZML_(KEPT_|TEST_[A-Z_]*|UNINSTALLED|NO_EXTENSION|BUILTIN_PLUGINS|PYTHON_DIR)')
is "$(for variable in $variables; do
  grep -q "@itemx* $variable\$" "$manual/variables.texi" || echo "$variable"
done)" '' 'each environment variable is in the manual'

# misshapen NAME: what is too wide for a screen in the help of a command, but for what is
# typed, and its length if that is too high.
misshapen ()
{
  in_build azml-guile "$@" --help \
    | awk 'length ($0) > 80 && ! /^  azml-guile / { print }
           END { if (NR > 40) print NR " lines" }'
}

# Commands and their options, from --help.
capture in_build azml-guile help
is "$status" 0 'azml-guile help'
names=$(out | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p')
isnt "$names" '' 'there are commands'
for name in $names; do
  ok "$name is in the manual" grep -qx "@section $name" "$commands"
  [ "$name" != help ] || continue
  ok "$name has a man page" grep -q "doc/man/azml-guile-$name\.1" \
    "$AZML_SRCDIR/doc/local.mk"
  capture in_build azml-guile "$name" --help
  is "$status" 0 "$name --help"
  sed -n "/^@section $name\$/,/^@section /p" "$commands" >section
  missing=$(out | grep -oE '^  +(-[a-z], )?--[a-z-]+' | grep -oE -e '--[a-z-]+' \
    | while read -r option; do
        [ "$option" = --help ] || grep -qE -e "^@itemx? $option(=|\$)" section \
          || echo "$option"
      done)
  is "$missing" '' "each option of $name is in the manual"
  is "$(misshapen "$name")" '' "the help of $name fits a screen"
done

for verb in compare checkout rm gc export plot outputs refresh fetch last info; do
  is "$(misshapen history "$verb")" '' "the help of history $verb fits, too"
done
for name in 'env gc' 'computetarget attach' 'computetarget update' 'experiment submit'; do
  # shellcheck disable=SC2086 # two words
  is "$(misshapen $name)" '' "the help of $name fits, too"
done

# The reference is made of docstrings.
capture in_build "${GUILE:-guile}" --no-auto-compile \
  "$AZML_SRCDIR/build-aux/scheme-reference.scm" --strict
is "$status" 0 'every export has a docstring'
like "$(out)" '^@deffn .Scheme Syntax. experiment' 'the reference has the records'

done_testing
