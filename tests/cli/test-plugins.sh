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

# The example: one run at a time, however many are started.
example=$AZML_SRCDIR/doc/examples/target-type
is "$([ "$(wc -l <"$example/exclusive.scm")" -lt 60 ] && echo yes)" yes \
  'a target type takes less than 60 lines'
mkdir one && cd one && cp "$example"/*.scm . && chmod u+w -- *.scm || exit 99
sed -i "s|(type 'exclusive)|(type 'exclusive) (lock \"$scratch/lock\")|
        s|sleep 0.2|echo begin >>$scratch/log; sleep 0.2; echo end >>$scratch/log|" recipe.scm
AZML_PLUGIN_PATH=$PWD
capture azml-guile run -j4 recipe.scm
is "$status" 0 'the example runs'
is "$(out | sort)" 'rate 0.01
rate 0.03
rate 0.1
rate 0.3' 'all of it'
is "$(tr '\n' ' ' <"$scratch/log")" 'begin end begin end begin end begin end ' \
  'one run after the other'
cat >held.scm <<END
(use-modules (azml))
(define held (compute-target (name "held") (type 'exclusive) (lock "$scratch/lock") (patience 1)))
END
capture flock "$scratch/lock" azml-guile run -q -r held.scm -c held -- touch "$scratch/touched"
is "$status" 1 'a lock that is held: the run fails when its patience is at its end'
not_ok 'and the command did not run' test -e "$scratch/touched"
# refused LOCK TEXT
refused ()
{
  printf '(use-modules (azml))\n%s\n' \
    "(compute-target (name \"bad\") (type 'exclusive) (lock \"$1\"))" >bad.scm
  capture azml-guile run -q -r bad.scm -c bad -- true
  is "$status" 1 "what the check of a target type finds is an error: $1"
  like "$(err)" "bad.scm:2:1: compute-target: $2" 'with its place, in its words'
}
refused relative "the lock 'relative' is no absolute name"
refused /no/such/lock "there is no folder '/no/such' for the lock"

done_testing
