#!/bin/sh
# test-tutorial.sh: the tutorial of the manual works as typed.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Comments in tutorial.texi mark what is what: "@c file: NAME" a file to make,
# "@c type" a command (": N" its exit status), "@c shows: TEXT" what it must print.

. "$AZML_SRCDIR/tests/cli/tap.sh"

AZML_ROOT=$scratch/root
export AZML_ROOT
mkdir project steps

# One file in steps/ for each mark, numbered; its first line is the mark.
awk '
  function flush () { if (mark != "") close (name); mark = "" }
  /^@c (file|type|shows)/ {
    mark = $0
    name = sprintf ("steps/%03d", ++n)
    print substr ($0, 4) >name
    if ($0 ~ /^@c shows/) flush ()
    next
  }
  mark != "" && /^@(example|lisp)/ { inside = 1; next }
  mark != "" && /^@end (example|lisp)/ { inside = 0; flush (); next }
  inside && mark != "" {
    gsub (/@@/, "@"); gsub (/@[{]/, "{"); gsub (/@[}]/, "}")
    print >name
  }' "$AZML_SRCDIR/doc/manual/tutorial.texi"

cd project || exit 99
typed=0
for step in ../steps/*; do
  mark=$(head -n 1 "$step")
  case $mark in
    file:*)
      tail -n +2 "$step" >"${mark#file: }"
      ;;
    type*)
      want=${mark#type}
      want=${want#: }
      line=$(tail -n +2 "$step")
      capture in_build sh -c "$line"
      is "$status" "${want:-0}" "$line"
      typed=$((typed + 1))
      ;;
    shows:*)
      text=${mark#shows: }
      if cat "$out_file" "$err_file" | grep -qF -e "$text"; then
        pass "it shows: $text"
      else
        fail "it shows: $text" "$(cat "$out_file" "$err_file")"
      fi
      ;;
  esac
done

is "$([ "$typed" -ge 12 ] && echo enough)" enough 'all commands of the tutorial were typed'
is "$(cat .azml/runs/*/outputs/line.txt | grep -c '^y = ')" \
  "$(find .azml/runs -name line.txt -path '*/outputs/*' | grep -c /runs/)" \
  'every run kept its line'
unset AZML_ROOT
done_testing
