#!/bin/sh
# test-packaging.sh: what packagers get: azml-guile.pc, debian/, guix.scm, and the lists of
# what is installed.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"

version=$(sed -n 's/^PACKAGE_VERSION *= *//p' "$AZML_BUILDDIR/Makefile")
isnt "$version" '' 'there is a version'

# What the file for pkg-config says.
PKG_CONFIG_PATH=$AZML_BUILDDIR
export PKG_CONFIG_PATH
pc () { "${PKG_CONFIG:-pkg-config}" "$@" azml-guile; }
is "$(pc --modversion)" "$version" 'azml-guile.pc has it'
for variable in makefile gmkdir plugindir guilemoduledir pythondir runnerdir; do
  like "$(pc --variable=$variable)" '^/.*(azml|guile)' "and the variable $variable"
  ok "which the manual explains: $variable" grep -qx "@item $variable" \
    "$AZML_SRCDIR/doc/manual/c-library.texi"
done
like "$(pc --libs)" '-lazml' 'and how to link'

# Who configures a built tree once more, with another prefix, gets all that knows its folders anew.
(cd "$AZML_BUILDDIR" && env -u MAKEFLAGS -u MFLAGS make -n -W folders.stamp V=1 \
  azml-guile libazml.la libguile-azml.la azml-ssh.la >"$scratch/remade" 2>&1)
for part in azml-guile libazml.la libguile-azml.la azml-ssh.la; do
  ok "other folders: $part is linked again" grep -q -e "--mode=link.* -o $part " remade
done
for file in $(cd "$AZML_SRCDIR" && grep -lE '\<AZML_(GUILE_MODULE|GUILE_OBJECT|PLUGIN|PLUGIN_OBJECT|PYTHON|RUNNER|SSH_MODULE)_(DIR|FILE)\>' \
  src/*/*.c); do
  ok "and $file compiled" grep -qE -e "-c -o ${file%/*}/[a-z_]+-$(basename "$file" .c)\.l?o " remade
done

# Each module and each example is in a list, and so in a tarball and installed.
make_list ()
{
  printf 'include Makefile\nlist-it:; @printf "%%s\\\\n" %s\n' "\$($1)" >"$scratch/list.mk"
  (cd "$AZML_BUILDDIR" && env -u MAKEFLAGS make -s -f "$scratch/list.mk" list-it) \
    | grep '^scheme/' | LC_ALL=C sort
}
make_list azml_all_modules >listed
(cd "$AZML_SRCDIR" && find scheme/azml.scm scheme/azml -name '*.scm' ! -name '.*') \
  | LC_ALL=C sort >there
is "$(diff listed there)" '' 'every module is listed'
is "$(cd "$AZML_SRCDIR/doc/examples" && find . -type f ! -name '.*' ! -path '*/.azml/*' \
  ! -path '*/outputs/*' ! -path '*/__pycache__/*' | sed 's,^\./,,' | while read -r name; do
    grep -q "doc/examples/$name\\>" "$AZML_SRCDIR/doc/local.mk" || echo "$name"
  done)" '' 'every example is listed'

# Debian's and Guix's files say the same as configure.
debian=$AZML_SRCDIR/debian guix=$AZML_SRCDIR/guix.scm
if [ -d "$debian" ]; then
  like "$(head -n 1 "$debian/changelog")" "^azml-guile \\($version\\)" "Debian's version"
  for package in guile-3.0 libjansson libsqlite3 libssh libyaml nettle; do
    ok "Debian's build needs $package" grep -q "$package-dev" "$debian/control"
  done
  is "$(awk '/^ / && length ($0) > 80' "$debian/control")" '' "Debian's description is not too wide"
  cat >read.scm <<'END'
;; #~ and #$ are Guix's.
(for-each (lambda (char) (read-hash-extend char (lambda (char port) (read port))))
          '(#\~ #\$))
(define (all-forms port)
  (let ((form (read port)))
    (if (eof-object? form) '() (cons form (all-forms port)))))
(define forms (call-with-input-file (cadr (command-line)) all-forms))
(define package (assq 'package forms))
(display (cadr (assq 'version (cdr package))))
(newline)
(write (assq 'inputs (cdr package)))
END
  capture "${GUILE:-guile}" --no-auto-compile read.scm "$guix"
  is "$status:$(out | head -n 1)" "0:$version" 'guix.scm is read, and has the version'
  for package in guile-3.0 jansson libssh libyaml nettle sqlite; do
    like "$(out)" "[( ]${package}[ )]" "Guix's build needs $package"
  done
else
  pass 'a tarball has neither'
fi

done_testing
