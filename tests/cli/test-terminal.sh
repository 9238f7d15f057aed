#!/bin/sh
# test-terminal.sh: progress, Ctrl-C and the REPL on a terminal.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

terminal ()
{
  capture "$tap_python" "$AZML_SRCDIR/tests/cli/terminal.py" "$@"
}

escape=$(printf '\033')

cat >steps.scm <<'END'
(use-modules (azml))
(experiment (name "stepped")
            (steps (list (step (name "fetch the data") (command '("sh" "-c" "echo half of it; sleep 1.6")))))
            (command '("echo" "the job")))
END

# A terminal: a line that is drawn again and wiped.
terminal seen -- azml-guile run steps.scm
is "$status" 0 'a run on a terminal'
like "$(tr '\r' '\n' <seen)" 'fetch the data 1 s' 'progress counts the seconds'
like "$(tr '\r' '\n' <seen)" 'fetch the data 1 s  half of it' \
  'and shows the last line of what is printed'
like "$(tr '\r' '\n' <seen)" "$escape\\[K" 'on a line that is drawn again'
like "$(tr '\r' '\n' <seen)" "^($escape\\[K)?the job" 'and wiped before the job prints'
like "$(cat seen)" "$escape\\[32m" 'the summary has colours'
terminal seen -- env NO_COLOR=1 azml-guile run steps.scm
unlike "$(cat seen)" "$escape\\[[0-9]*m" 'NO_COLOR: none'

# No terminal: one plain line for what takes over a second.
capture azml-guile run steps.scm
like "$(err)" '^fetch the data \.\.\.$' 'without a terminal a long step is one line'
unlike "$(err)" "$escape" 'without cursor movement'
is "$(grep -c 'fetch' "$err_file")" 1 'once'

# Ctrl-C.
terminal seen ready '\x03' -- azml-guile run -- sh -c 'trap "echo caught; exit 1" INT
echo ready; while :; do sleep 0.05; done'
is "$status" 130 'Ctrl-C ends a foreground run with 130'
like "$(cat seen)" 'caught' 'its job gets INT'
is "$(state "$(last_run)")" canceled 'it is canceled'
like "$(cat seen)" 'stopping' 'this is said'

terminal seen ready '\x03' stopping '\x03' -- azml-guile run -- sh -c 'trap "" INT TERM
echo ready; while :; do sleep 0.05; done'
is "$status" 130 'a second Ctrl-C kills'
like "$(cat seen)" 'killing' 'and says so'

# The window is closed while something is printed.
terminal seen ready hang-up -- azml-guile run -- sh -c 'echo ready
while :; do echo more; sleep 0.02; done'
run=$(last_run)
wait_until 15 eval '[ "$(state "$run")" = canceled ]'
is "$(state "$run")" canceled 'a terminal that is closed stops its foreground run'
terminal seen ready hang-up -- env --ignore-signal=HUP azml-guile run -- sh -c 'echo ready
for i in 1 2 3 4 5 6 7 8; do echo more; sleep 0.1; done'
is "$(state "$(last_run)")" completed 'but not with HUP ignored, as by nohup'

run=$(azml-guile run -d -- sh -c 'echo here; exec sleep 60')
terminal seen here '\x03' -- azml-guile attach "$run"
is "$status" 130 'Ctrl-C ends attach'
is "$(state "$run")" running 'but not the run'
like "$(cat seen)" 'azml-guile attach .* azml-guile stop' 'and says how to return and to stop'
azml-guile stop --signal KILL "$run" 2>/dev/null

# A log that does not end in a newline.
terminal seen -- env NO_COLOR=1 azml-guile run -- printf 'no newline'
like "$(tr -d '\r' <seen)" '^no newline$' 'the summary begins on a line of its own'

# An endless recipe.
echo '(let loop () (loop))' >endless.scm
terminal seen begin '\x03' -- sh -c 'echo begin; exec azml-guile run endless.scm'
is "$status" 130 'Ctrl-C ends an endless recipe'

# The question about a large folder, and its answers.
mkdir large
truncate -s 1100M large/data
(cd large && echo 'echo ran' >go.sh)
(
  cd large || exit 1
  azml-guile run -- go.sh >../large.out 2>../large.err </dev/null
  echo "$?" >../large.code
)
is "$(cat large.code)" 125 'a large folder is refused without a terminal'
like "$(cat large.err)" 'data' 'the error shows what is large'
like "$(cat large.err)" '\.azmlignore' 'and how to leave it out'
like "$(cat large.err)" '[-]-yes' 'and how to take it all the same'
(cd large && "$tap_python" "$AZML_SRCDIR/tests/cli/terminal.py" ../seen '[y/N]' 'n\n' -- \
  azml-guile run -- go.sh)
is "$?" 125 'on a terminal it is asked, and no is no'
printf 'data\n' >large/.azmlignore
(cd large && azml-guile run -q -- go.sh >../large.out)
is "$(cat large.out)" ran 'once ignored it runs'
rm -r large

# The REPL.
terminal seen 'azml>' '(+ 40 2)\n' '= 42' \
  '(begin (display (string-append "spin" "ning")) (force-output) (let loop () (loop)))\n' \
  'spinning' '\x03' \
  'nterrupt' '(string-append "st" "ill")\n' '"still"' ',quit\n' -- azml-guile repl
is "$status" 0 'the REPL is left by ,quit'
like "$(cat seen)" '= 42' 'it has evaluated'
like "$(cat seen)" '"still"' 'Ctrl-C ends a computation, not the REPL'
terminal seen 'azml>' '(run (experiment (name "long") (command (list "sh" "-c" "echo rea$((1))dy; sleep 60"))))\n' \
  'rea1dy' '\x03' 'nterrupt' '(string-append "st" "ill")\n' '"still"' ',quit\n' -- azml-guile repl
is "$status" 0 'a run that says nothing is left by Ctrl-C'
like "$(cat seen)" 'the run goes on: \(follow \(attach "[a-z0-9]{6}"\)\)' 'and how to return to it is said'
is "$(state "$(last_run)")" running 'it goes on'
azml-guile stop --signal KILL last 2>/dev/null
ok 'its history is kept' grep -q 40 "$HOME/.local/state/azml/repl-history"

done_testing
