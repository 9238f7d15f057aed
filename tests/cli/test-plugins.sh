#!/bin/sh
# test-plugins.sh: runs on a target whose type a user's plugin brings: the manual's.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

mkdir plugins
awk '/^@lisp/ { inside = 1; text = ""; next }
     /^@end lisp/ { if (text ~ /azml plugins nice/) printf "%s", text; inside = 0 }
     inside { text = text $0 "\n" }' "$AZML_SRCDIR/doc/manual/plugins.texi" >plugins/nice.scm
ok 'the manual has a whole plugin' test -s plugins/nice.scm
printf '(car 5)\n' >plugins/broken.scm
AZML_PLUGIN_PATH=$scratch/plugins
export AZML_PLUGIN_PATH

cat >recipe.scm <<'END'
(use-modules (azml))
(define slow (compute-target (name "slow") (type 'nice)))
(define slower (compute-target (inherit slow) (name "slower") (niceness 15)))
(define a (experiment (name "a") (command '("sh" "-c" "echo nice $(nice)")) (target slow)))
(define b (experiment (inherit a) (name "b") (target slower)))
(define here (experiment (inherit a) (name "here") (target #f)))
END

# least_nice N: what nice prints N steps down from here.
least_nice ()
{
  level=$(($(nice) + $1))
  [ "$level" -le 19 ] || level=19
  echo "$level"
}

capture azml-guile run recipe.scm a
is "$status" 0 'a run on the target of a plugin'
like "$(out)" "^nice $(least_nice 10)\$" 'its wrapper is around the command'
capture azml-guile run recipe.scm b
like "$(out)" "^nice $(least_nice 15)\$" 'with the value of its field'
capture azml-guile run recipe.scm here
like "$(out)" "^nice $(least_nice 0)\$" 'the same experiment on this machine has no wrapper'
capture azml-guile run -c slower recipe.scm here
like "$(out)" "^nice $(least_nice 15)\$" '-c takes the target by its name'
unlike "$(err)" 'broken' 'a broken plugin is none of their business'
capture azml-guile history list --json
like "$(out)" '"target": *"slower"' 'the target is recorded'

printf "(use-modules (azml))\n(compute-target (name \"x\") (type 'broken))\n" >other.scm
capture azml-guile run other.scm
isnt "$status" 0 'a target of the broken plugin is an error'
like "$(err)" "$scratch/plugins/broken.scm:1:1: In procedure car" 'with the place in the plugin'

printf "(use-modules (azml))\n(compute-target (name \"x\") (type 'nic))\n" >other.scm
capture azml-guile run other.scm
like "$(err)" "other.scm:2:1: no plugin brings the target type 'nic'" 'an unknown type'
like "$(err)" "did you mean 'nice'" 'comes with the one that was meant'

done_testing
