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
  | grep -vxE 'AZML_(KEPT_|TEST_[A-Z_]*|UNINSTALLED|NO_EXTENSION|BUILTIN_PLUGINS)')
is "$(for variable in $variables; do
  grep -q "@itemx* $variable\$" "$manual/variables.texi" || echo "$variable"
done)" '' 'each environment variable is in the manual'
given=$(cd "$AZML_SRCDIR/src" \
  && sed -n 's/.*azml__variables_set (variables, "\([A-Z_]*\)".*/\1/p' runner/*.c gpu/*.c \
  | LC_ALL=C sort -u | grep -vxE 'HOME|LOGNAME|PATH|USER')
isnt "$given" '' 'there are variables that a job is given'
is "$(for variable in $given; do
  grep -q "@itemx* $variable\$" "$manual/variables.texi" || echo "$variable"
done)" '' 'each is in the manual, too'

# misshapen NAME: what is too wide for a screen in the help of a command, but for what is
# typed, and its length if that is too high.
misshapen ()
{
  in_build azml-guile "$@" --help \
    | awk 'length ($0) > 80 && ! /^  azml-guile / { print }
           END { if (NR > 24) print NR " lines" }'
  in_build azml-guile "$@" --help-all | awk 'length ($0) > 80 && ! /^  azml-guile / { print }'
}

# hidden NAME: the options of a command that --help does not name, though --help-all
# describes them.
hidden ()
{
  in_build azml-guile "$@" --help >short
  in_build azml-guile "$@" --help-all | grep -oE '^  +(-[a-z], )?--[a-z-]+' \
    | grep -oE -e '--[a-z-]+' | while read -r option; do
    [ "$option" = --help ] || grep -qE -e "$option([^a-z-]|\$)" short || echo "$option"
  done
}

# Commands and their options, from --help.
capture in_build azml-guile help
is "$status" 0 'azml-guile help'
names=$(out | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p')
isnt "$names" '' 'there are commands'
for name in $names; do
  ok "$name is in the manual" grep -qx "@section $name" "$commands"
  if [ "$name" = help ]; then
    ok 'azml-guile help --help' in_build azml-guile help --help
    is "$(misshapen help)" '' 'the list of commands fits a screen'
    continue
  fi
  ok "$name has a man page" grep -q "doc/man/azml-guile-$name\.1" \
    "$AZML_SRCDIR/doc/local.mk"
  capture in_build azml-guile "$name" --help-all
  is "$status" 0 "$name --help-all"
  sed -n "/^@section $name\$/,/^@section /p" "$commands" >section
  missing=$(out | grep -oE '^  +(-[a-z], )?--[a-z-]+' | grep -oE -e '--[a-z-]+' \
    | while read -r option; do
        [ "${option#--help}" != "$option" ] \
          || grep -qE -e "^@itemx? $option(=|\$)" section \
          || echo "$option"
      done)
  is "$missing" '' "each option of $name is in the manual"
  is "$(misshapen "$name")" '' "the help of $name fits a screen"
  is "$(hidden "$name")" '' "and names every option"
done

sed -n '/^@section history$/,/^@section /p' "$commands" >section
for verb in compare checkout rm gc export plot outputs refresh fetch last info download promote; do
  is "$(misshapen history "$verb")" '' "the help of history $verb fits, too"
  ok "history $verb is in the manual" grep -q "^azml-guile history $verb" section
  capture in_build azml-guile history "$verb" --help-all
  is "$(out | grep -oE '^  +(-[a-z], )?--[a-z-]+' | grep -oE -e '--[a-z-]+' \
    | while read -r option; do
        [ "${option#--help}" != "$option" ] || grep -q -e "$option\>" section \
          || echo "$option"
      done)" '' "and each of its options"
done
# shellcheck disable=SC2086 # two words
for name in 'env gc' 'computetarget attach' 'computetarget update' 'computetarget detach' \
  'experiment submit'; do
  is "$(misshapen $name)" '' "the help of $name fits, too"
  is "$(hidden $name)" '' 'and names every option'
done
is "$(in_build azml-runner --help | awk 'length ($0) > 80 { print }
  END { if (NR > 24) print NR }')" '' 'so does the help of azml-runner'

# The runner, which people may call too.
in_build azml-runner --help >runner.help
sed -n '/^@section azml-runner$/,$p' "$commands" >section
is "$(sed -n '/^Verbs:/,/^Options:/s/^  \([a-z]*\) .*/\1/p' runner.help | while read -r verb; do
  grep -qE "^@itemx? $verb\>" section || echo "$verb"
done)" '' 'each verb of azml-runner is in the manual'
is "$(grep -oE '^  --[a-z-]+' runner.help | while read -r option; do
  grep -qE -e "^@itemx? $option\>" section || echo "$option"
done)" '' 'so is each option'

# field_known RECORD FIELD: the manual describes the field, in the record's own table or, of
# a small record, where it is shown.
field_known ()
{
  cat "$manual"/*.texi | sed -n "/^@deftp Record $1\$/,/^@end deftp/p" | grep -q "^@itemx* $2\$" \
    || grep -h -A3 -e "[({]$1[ }]" "$manual"/*.texi | grep -q -e "($2 " -e "@code{$2}"
}

# Records and their fields, as (azml records) has them.
awk '/^\(define-record-type\* </ { name = $3 }
     /^$/ { name = "" }
     name != "" && /^  \([a-z?-]+ [a-z]/ && !/^  \(check / && index ($2, name "-") == 1 {
       print name, substr ($1, 2) }' "$AZML_SRCDIR"/scheme/azml/*.scm >fields
isnt "$(grep -c . fields)" 0 'there are records with fields'
is "$(while read -r record field; do
  field_known "$record" "$field" || echo "$record $field"
done <fields)" '' 'each field of each record is in the manual'

# The reference of the C library is made of its headers; both documents of formats are in.
capture "${GUILE:-guile}" --no-auto-compile "$AZML_SRCDIR/build-aux/c-reference.scm" \
  "$AZML_SRCDIR"/src/include/azml/*.h
is "$(grep -v '^#' "$AZML_SRCDIR/src/azml.sym" | while read -r name; do
  out | grep -q "^@deftypefun .* $name (" || echo "$name"
done)" '' 'each function of libazml is in the manual'
for header in "$AZML_SRCDIR"/src/include/azml/*.h; do
  name=$(basename "$header" .h)
  case $name in azml | macros) continue ;; esac
  ok "so is the header $name.h" grep -qE "^azml_reference_headers = .*\<$name\>" \
    "$AZML_SRCDIR/doc/local.mk"
done
for document in run-directory protocol; do
  "${GUILE:-guile}" --no-auto-compile "$AZML_SRCDIR/build-aux/document-texinfo.scm" \
    "$AZML_SRCDIR/doc/$document.md" Node Title >appendix.texi
  is "$(sed -n 's/^##* //p' "$AZML_SRCDIR/doc/$document.md" | wc -l)" \
    "$(($(grep -cE '^@(sub)?section ' appendix.texi) + 1))" "$document.md: all sections"
  # No word is lost but those above the line of a table.
  awk '/^\|---/ { line = "" } NR > 1 && !/^```/ { print line; line = $0 } END { print line }' \
    "$AZML_SRCDIR/doc/$document.md" | tr -cs '[:alnum:]' '\n' | LC_ALL=C sort -u >words
  tr -cs '[:alnum:]' '\n' <appendix.texi | LC_ALL=C sort -u >taken
  is "$(LC_ALL=C comm -23 words taken)" '' "$document.md: all words"
done

# makeinfo says nothing, for Info and for HTML.
if command -v makeinfo >/dev/null 2>&1; then
  for format in info html; do
    capture makeinfo --$format --no-split -o "manual.$format" -I "$AZML_SRCDIR/doc" \
      -I "$AZML_BUILDDIR/doc" -I "$AZML_SRCDIR" -I "$AZML_BUILDDIR" \
      "$AZML_SRCDIR/doc/azml-guile.texi"
    is "$status:$(out)$(err)" 0: "makeinfo --$format is quiet"
  done
else
  skip 'makeinfo --info is quiet' 'no makeinfo'
  skip 'makeinfo --html is quiet' 'no makeinfo'
fi

# The reference is made of docstrings, and has all that (azml) offers.
capture in_build "${GUILE:-guile}" --no-auto-compile \
  "$AZML_SRCDIR/build-aux/scheme-reference.scm" --strict
is "$status" 0 'every export has a docstring'
like "$(out)" '^@deffn .Scheme Syntax. experiment' 'the reference has the records'
cat >offered.scm <<'END'
(use-modules (ice-9 textual-ports))
(define (offers form)
  (if (and (pair? form) (eq? (car form) 'offer!)) (cadr (caddr form)) '()))
(define (all-forms port)
  (let ((form (read port)))
    (if (eof-object? form) '() (cons form (all-forms port)))))
(for-each (lambda (name) (display name) (newline))
          (append
           (module-map (lambda (name variable) name) (resolve-interface '(azml)))
           (append-map offers (call-with-input-file (cadr (command-line)) all-forms))))
END
out >reference
in_build "${GUILE:-guile}" --no-auto-compile -c '(use-modules (srfi srfi-1))
(set-program-arguments (cdr (command-line))) (load (string-append (getcwd) "/offered.scm"))' \
  offered.scm "$AZML_SRCDIR/scheme/azml.scm" >offered
isnt "$(grep -c . offered)" 0 '(azml) offers something'
is "$(while read -r name; do
  grep -qF -e "} $name " reference || grep -qx -e "@def.*} $(printf '%s' "$name" \
    | sed 's/[*?.&!]/\\&/g') *" reference || echo "$name"
done <offered)" '' 'all that (azml) offers is in the reference'

done_testing
