#!/bin/sh
# kit.sh: the suite for GPUs with all that it needs, for a machine on which nothing can be
# built or installed.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   kit.sh KIT        in the build folder, by make gpu-kit; KIT is made anew
#
# What comes with it: this program as it was built, its modules, Guile with its modules, and
# the shared libraries of both, the C library and its loader among them.  So the other
# machine needs the same kind of processor, a shell with the usual tools, Python and the
# driver.  There:   KIT/check-gpu   or   KIT/azml-guile gpu

set -eu

kit=$1
srcdir=${AZML_SRCDIR:?run this by make gpu-kit}
builddir=${AZML_BUILDDIR:?}
guile=${GUILE:-guile}

# guile_says EXPRESSION: what is displayed of it.
guile_says ()
{
  GUILE_AUTO_COMPILE=0 "$guile" --no-auto-compile -c "(display $1)"
}

rm -rf "$kit"
mkdir -p "$kit/lib" "$kit/guile" "$kit/scheme" "$kit/plugins" "$kit/tests/cli" "$kit/tests/gpu"
# The HOME of tests/environment.sh: who runs the suite may not be able to make it.
mkdir "$kit/tests/home.tmp"

# The program is started by the loader that comes with it, and so nothing need be said by
# LD_LIBRARY_PATH, which runs would inherit.
ldd "$builddir/azml-guile" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | while read -r file; do
  cp -L "$file" "$kit/lib/"
done
loader=$(ldd "$builddir/azml-guile" | awk '$1 ~ /^\/.*ld/ { print $1 }')
[ -n "$loader" ] || { echo "kit.sh: $builddir/azml-guile has no loader" >&2; exit 1; }
cp -L "$loader" "$kit/lib/loader"
cp "$builddir/azml-guile" "$kit/lib/program"
cp "$builddir/azml-runner" "$kit/azml-runner"

cp -Rp "$(guile_says '(dirname (dirname (%search-load-path "ice-9/boot-9.scm")))')" \
  "$kit/guile/source"
compiled=$(guile_says "(car (filter (lambda (folder)
  (file-exists? (string-append folder \"/ice-9/boot-9.go\"))) %load-compiled-path))")
cp -Rp "$compiled" "$kit/guile/compiled"

# With their times: what is compiled must not be older than its source.
for part in scheme plugins; do
  (cd "$srcdir/$part" && find . -name '*.scm' -o -name '*.py') | while read -r file; do
    mkdir -p "$kit/$part/$(dirname "$file")"
    cp -p "$srcdir/$part/$file" "$kit/$part/$file"
  done
  (cd "$builddir/$part" && find . -name '*.go' -o -name '*.scm') | while read -r file; do
    mkdir -p "$kit/$part/$(dirname "$file")"
    cp -p "$builddir/$part/$file" "$kit/$part/$file"
  done
done
cp "$srcdir/tests/environment.sh" "$kit/tests/"
cp "$srcdir/tests/cli/tap.sh" "$srcdir/tests/cli/azml.sh" "$kit/tests/cli/"
cp "$srcdir/tests/gpu/test-gpu.sh" "$srcdir/tests/gpu/cuda.py" "$kit/tests/gpu/"

cat >"$kit/azml-guile" <<'END'
#!/bin/sh
kit=$(dirname "$(readlink -f "$0")")
GUILE_SYSTEM_PATH=$kit/guile/source
GUILE_SYSTEM_COMPILED_PATH=$kit/guile/compiled
GUILE_LOAD_PATH=$kit/scheme
GUILE_LOAD_COMPILED_PATH=$kit/scheme
GUILE_AUTO_COMPILE=0
AZML_UNINSTALLED=1
AZML_RUNNER=$kit/azml-runner
AZML_BUILTIN_PLUGINS=$kit/plugins
AZML_PYTHON_DIR=$kit/scheme/python
export GUILE_SYSTEM_PATH GUILE_SYSTEM_COMPILED_PATH GUILE_LOAD_PATH
export GUILE_LOAD_COMPILED_PATH GUILE_AUTO_COMPILE AZML_UNINSTALLED AZML_RUNNER
export AZML_BUILTIN_PLUGINS AZML_PYTHON_DIR
exec "$kit/lib/loader" --library-path "$kit/lib" "$kit/lib/program" "$@"
END
cat >"$kit/pre-inst-env" <<'END'
#!/bin/sh
PATH=$(dirname "$(readlink -f "$0")"):$PATH
export PATH
exec "$@"
END
cat >"$kit/check-gpu" <<'END'
#!/bin/sh
kit=$(dirname "$(readlink -f "$0")")
AZML_SRCDIR=$kit AZML_BUILDDIR=$kit
export AZML_SRCDIR AZML_BUILDDIR
. "$kit/tests/environment.sh"
unset AZML_SSH_MODULE
# However it came here, what is compiled counts.
find "$kit" -name '*.go' -exec touch {} + 2>/dev/null
exec sh "$kit/tests/gpu/test-gpu.sh"
END
chmod +x "$kit/azml-guile" "$kit/pre-inst-env" "$kit/check-gpu"
