#!/bin/sh
# installcheck.sh: the installed tree runs by itself, and a C program builds against
# it.  make installcheck runs it, and so does make distcheck.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"

: "${bindir:?run this through make installcheck}" "${libdir:?}" "${pkgconfigdir:?}"

# Nothing of the build tree, and a HOME that shows what is written there.
unset LD_LIBRARY_PATH AZML_UNINSTALLED AZML_RUNNER AZML_BUILTIN_PLUGINS AZML_PYTHON_DIR \
  GUILE_LOAD_PATH GUILE_LOAD_COMPILED_PATH GUILE_EXTENSIONS_PATH GUILE_AUTO_COMPILE
HOME=$scratch/home
PKG_CONFIG_PATH=$pkgconfigdir
export HOME PKG_CONFIG_PATH
mkdir "$HOME" project
PATH=$bindir:$PATH
cd project || exit 99

capture azml-guile --version
is "$status" 0 'azml-guile --version'
is "$(err)" '' 'quietly'
like "$(out)" '^azml-guile [0-9]' 'and says which'

capture azml-guile --help
is "$status" 0 'azml-guile --help'
is "$(err)" '' 'no note about stale objects'

# Every command is there with all of its modules.
for command in $(azml-guile help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p' | grep -vx help); do
  capture azml-guile "$command" --help
  is "$status:$(err)" 0: "azml-guile $command --help"
done
capture azml-guile doctor
unlike "$(err)" 'no code for module' 'doctor has its modules'

cat >recipe.scm <<'RECIPE'
(use-modules (azml))
(experiment
 (name "trivial")
 (script "train.py")
 (parameters '((epochs . 2))))
RECIPE
cat >train.py <<'SCRIPT'
import sys
import azml
azml.log("loss", 0.5, step=1)
with open(azml.output_path("model.txt"), "w") as file:
    file.write("model")
print("trained", sys.argv[1:])
SCRIPT

capture azml-guile run recipe.scm
is "$status" 0 'a recipe runs'
like "$(out)" "^trained \\['--epochs', '2'\\]" 'the script has its parameters'
unlike "$(err)" 'newer than|auto-compil|WARNING|;;;' 'nothing about stale objects'
capture azml-guile project create -n digits --template digits-sklearn
is "$status" 0 'a project is made of a template'
capture sh -c 'cd digits && azml-guile run -n recipe.scm'
is "$status" 0 'with its recipe'
capture azml-guile history list --json
like "$(out)" '"state": *"completed"' 'the run is recorded'
like "$(out)" '"loss": *0.5' 'with its metric'
ok 'its output is kept' sh -c 'cat .azml/runs/*/outputs/model.txt | grep -q model'

is "$(find "$HOME" -type f | grep -v '/\.local/share/azml/')" '' \
  'no file in HOME outside of our own folder'

# A plain guile finds the modules where they are installed.
capture env GUILE_AUTO_COMPILE=0 GUILE_LOAD_PATH="$guilemoduledir" \
  GUILE_LOAD_COMPILED_PATH="$guileobjectdir" \
  GUILE_EXTENSIONS_PATH="$guileextensiondir" \
  "${GUILE:-guile}" -c '(use-modules (azml))
(display (experiment-name (experiment (name "plain") (script "x.py"))))'
is "$(out)" plain '(use-modules (azml)) in a plain guile'
is "$(err)" '' 'which says nothing about it'

cat >consumer.c <<'PROGRAM'
#include <azml/azml.h>
#include <stdio.h>
int main (void) { return puts (azml_code_name (AZML_E_NOT_FOUND)) < 0; }
PROGRAM
# shellcheck disable=SC2046 # flags are words
ok 'a C program builds with pkg-config' "${CC:-cc}" -o consumer consumer.c \
  $("${PKG_CONFIG:-pkg-config}" --cflags --libs azml-guile)
capture env LD_LIBRARY_PATH="$libdir" ./consumer
is "$(out)" not-found 'and runs'
cp "$AZML_SRCDIR"/doc/examples/embed/* . && chmod u+w Makefile best.c
ok 'the example of an embedding program builds' env -u MAKEFLAGS make best
capture env LD_LIBRARY_PATH="$libdir" ./best loss
like "$(out)" '"loss": *0.5' 'and finds the run'
rm Makefile

for variable in plugindir pythondir guilemoduledir runnerdir; do
  ok "azml-guile.pc: $variable is there" \
    test -d "$("${PKG_CONFIG:-pkg-config}" --variable=$variable azml-guile)"
done

# Make loads the object where it is installed.
makefile=$("${PKG_CONFIG:-pkg-config}" --variable=makefile azml-guile)
if [ -e "$makefile" ]; then
  cat >Makefile <<'MAKEFILE'
.RECIPEPREFIX = >
include $(shell pkg-config --variable=makefile azml-guile)
$(info loss $(azml-metric trivial,loss))
copied.txt: train.py
> $(azml.run) -q --output outputs/model.txt=$@ -- train.py
MAKEFILE
  capture env -u MAKEFLAGS -u MAKELEVEL LD_LIBRARY_PATH="$libdir" make -s
  is "$status:$(out)" '0:loss 0.5
trained []' 'a makefile uses the installed object'
  is "$(cat copied.txt)" model 'and its recipe is a recorded run'
else
  not_ok 'without make there is no object' test -e "$libdir/azml-guile/make/azml_gmk.so"
fi

done_testing
