#!/bin/sh
# test-repl.sh: azml-guile repl without a terminal.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

capture_stdin azml-guile repl <<'END'
(+ 1 2)
(define e (experiment (name "tiny") (command '("sh" "-c" "echo hello; exit 3"))))
e
(define r (submit e))
(wait r)
(run-state r)
r
(run-log r)
,runs
,logs
,targets
(car (vector))
(display "still here\n")
(metrics r)
(outputs r)
END
is "$status" 0 'the REPL reads its input to the end'
like "$(out)" '= 3$' 'it evaluates'
like "$(out)" '#<experiment tiny' 'an experiment prints well'
like "$(out)" '#<run tiny [a-z0-9]{12} failed with exit code 3' 'a run prints well'
like "$(out)" '= failed' 'its state is a symbol'
is "$(grep -c '^hello' "$out_file")" 2 'run-log and ,logs print the log'
like "$(out)" '#<compute-target local' ',targets lists targets'
like "$(out)" 'type local: this machine' 'and their types'
like "$(out)" 'still here' 'an error does not end it'
unlike "$(out)" 'azml> ' 'without a terminal there is no prompt'

capture_stdin azml-guile repl <<'END'
(experimnt (name "tiny"))
help
(run 'tiny lr=0.3)
END
like "$(out)$(err)" "^unbound variable 'experimnt'" 'what is mistyped is told'
like "$(out)$(err)" "^hint: did you mean 'experiment'\\?" 'with what was meant'
like "$(out)$(err)" '^hint: ,help azml' 'and how to get help'
like "$(out)$(err)" '^hint: parameters are an alist' 'and how parameters are written here'
unlike "$(out)$(err)" 'unknown-location' 'without a warning before'

cat >recipe.scm <<'END'
(use-modules (azml))
(define box (compute-target (name "box") (type 'local)))
(define small (experiment (name "small") (command '("echo" "small"))))
END
capture_stdin azml-guile repl recipe.scm <<'END'
(run small #:parameters '((k . 1)) #:target box)
,targets
END
like "$(out)" '^small --k 1' 'a recipe can be loaded, and its experiments run'
like "$(out)" '#<compute-target box' 'its targets are listed'

# The same from a plain guile.
cat >plain.scm <<'END'
(use-modules (azml))
(define r (run (experiment (name "plain") (command '("echo" "from guile")))))
(display (run-state r))
(newline)
(cancel r)
(display (length (runs)))
END
capture guile plain.scm
is "$status" 0 'the procedures work in a plain guile'
like "$(out)" '^from guile' 'the log is shown'
like "$(out)" '^completed' 'and the state told'

done_testing
