#!/bin/sh
# test-program.sh: the program itself: dispatch, help, errors, interrupts, odd surroundings.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

capture azml-guile --version
is "$status" 0 '--version succeeds'
like "$(out)" '^azml-guile [0-9]+\.[0-9]+' '--version says which'

capture azml-guile help
is "$status" 0 'help succeeds'
like "$(out)" '^  run ' 'help lists the commands'
is "$(err)" '' 'help says nothing else'

capture azml-guile
is "$status" 2 'no command is a wrong command line'
capture azml-guile lgos
is "$status" 2 'an unknown command is a wrong command line'
is "$(err)" "azml-guile: unknown command 'lgos'
hint: did you mean 'logs'?" 'an unknown command comes with the one that was meant'
for pair in 'version:--version' 'ps:history list' 'init:project create' 'start:run'; do
  capture azml-guile "${pair%%:*}"
  like "$(err)" "^hint: did you mean 'azml-guile ${pair#*:}'\\?" "${pair%%:*} is answered with what it is here"
done
capture azml-guile --hlep
like "$(err)" "did you mean '--help'" 'a misspelt option, too'
capture azml-guile -V
like "$(out)" '^azml-guile [0-9]' 'and -V is --version'
capture azml-guile train.py
like "$(err)" 'hint: azml-guile run -- train\.py$' 'a script in its place, with how it is run'
capture azml-guile recipe.scm
like "$(err)" 'hint: azml-guile run recipe\.scm$' 'a recipe, too'
for pair in compare:compare diff:compare ls:list delete:rm; do
  capture azml-guile "${pair%:*}" last
  like "$(err)" "did you mean 'azml-guile history ${pair#*:}'" "'${pair%:*}' is taken for a verb of history"
done
capture azml-guile cancel last
like "$(err)" "did you mean 'stop'" 'a word of other programs'
capture azml-guile ../main
is "$status" 2 'a command is a name, not a path'
capture azml-guile --frobnicate run
is "$status" 2 'an unknown option is a wrong command line'

# A recipe's mistakes on the way to the terminal.
printf '(use-modules (azml))\n(define (f x)\n  (car x))\n(f 5)\n' >wrong.scm
capture azml-guile run wrong.scm
is "$(err)" 'azml-guile: wrong.scm:3:3: In procedure car: Wrong type argument in position 1 (expecting pair): 5' \
  'a mistake has its place'
unlike "$(err)" 'Backtrace' 'and no backtrace'
capture azml-guile --debug run wrong.scm
like "$(err)" 'Backtrace' '--debug adds one'
like "$(err)" 'wrong.scm:3:3' '--debug keeps the message'

printf '(use-modules (azml))\n(raise-azml (quote x) "caf\351")\n' >bytes.scm
capture azml-guile run bytes.scm
like "$(err)" "bytes.scm:2:2: unbound variable 'raise-azml'" 'bytes that are not UTF-8 do no harm'

# Ctrl-C, a request to end, and a hang-up, while a recipe computes.
printf '(use-modules (azml))\n(display "begun")\n(force-output)\n(let loop () (loop))\n' >loop.scm
for signal in INT TERM HUP; do
  case $signal in
    INT) code=130 ;;
    TERM) code=143 ;;
    HUP) code=129 ;;
  esac
  : >begun
  # env: a background job of a shell ignores INT, which a terminal's does not.
  env --default-signal=INT,TERM,HUP \
    azml-guile run loop.scm >begun 2>"$err_file" &
  pid=$!
  n=0
  while ! [ -s begun ] && [ "$n" -lt 600 ]; do
    sleep 0.1
    n=$((n + 1))
  done
  kill -s "$signal" "$pid"
  wait "$pid"
  is "$?" "$code" "an endless loop ends by $signal, with its exit code"
  is "$(err)" 'azml-guile: interrupted' "and says so ($signal)"
done

# Whoever ignores a signal has reasons.
sh -c 'trap "" HUP; exec azml-guile run loop.scm' \
  >begun2 2>"$err_file" &
pid=$!
n=0
while ! [ -s begun2 ] && [ "$n" -lt 600 ]; do
  sleep 0.1
  n=$((n + 1))
done
kill -s HUP "$pid"
pause 3
ok 'an ignored HUP stays ignored (nohup)' kill -0 "$pid"
kill -s TERM "$pid"
wait "$pid" 2>/dev/null

# Odd surroundings.
printf '(use-modules (azml))\n(experiment (name "n\303\244chte") (command (list "true")))\n(display "n\303\244chte\\n")\n(experiment (name "x") (script "none.py"))\n' >umlaut.scm
for locale in C POSIX C.UTF-8 xx_YY; do
  capture env LC_ALL="$locale" azml-guile run -n umlaut.scm
  like "$(out)$(err)" 'nächte' "text is UTF-8 in the locale $locale"
done
capture env -u HOME azml-guile help
is "$status" 0 'HOME may be unset'
is "$(err)" '' 'and nothing is said about it'

mkdir -p azml
printf '(display "hijacked")\n' >azml/commands.scm
capture env GUILE_LOAD_PATH=":$GUILE_LOAD_PATH:" azml-guile help
unlike "$(out)$(err)" hijacked 'modules are not taken from the working folder'

# A reader that goes away.
status_of_pipe=$( ( azml-guile help; echo "$?" >pipe ) | head -n 0; cat pipe)
unlike "$status_of_pipe" '^(1|2|125)$' 'a closed pipe is no error of the program'
capture azml-guile help /dev/full
is "$status" 2 'help of what is no command'
if [ -w /dev/full ]; then
  azml-guile help >/dev/full 2>"$err_file"
  isnt "$?" 0 'a full disk is an error'
fi

# What the program sets for itself does not reach the jobs.
printf '(use-modules (azml))\n(display (list (getenv "GUILE_AUTO_COMPILE") (getenv "GC_INITIAL_HEAP_SIZE") (getenv "GC_MARKERS")))\n(experiment (name "x") (script "none.py"))\n' >env.scm
capture env -u GUILE_AUTO_COMPILE azml-guile run -n env.scm
like "$(out)" '\(#f #f #f\)' 'the settings of the collector and of Guile are its own'

done_testing
