#!/bin/sh
# test-history.sh: azml-guile history, env, the plan, and their JSON.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

capture azml-guile history
is "$status" 1 'without a project history is an error'
like "$(err)" 'no project' 'which says so'

cat >train.py <<'END'
import sys, azml
lr = float(sys.argv[2])
for step in range(10):
    azml.log("loss", (10 - step) * lr, step=step)
azml.log("accuracy", 1 - lr)
azml.log("note", "text\nwith lines")
open("outputs/model", "w").write("m" * 100)
END
cat >recipe.scm <<'END'
(use-modules (azml))
(experiment (name "digits") (script "train.py") (parameters '((lr . 0.5))))
END
azml-guile run -q recipe.scm
azml-guile run -q recipe.scm lr=0.25
azml-guile run -q -- sh -c 'exit 9'

# What the index says of the folder is how it knows that nothing else was put there.
known () {
  python3 -c 'import os, sqlite3
seen = sqlite3.connect(".azml/index.db").execute("select max(seen) from scans").fetchone()[0]
print(seen == os.stat(".azml/runs").st_mtime_ns)'
}
is "$(known)" True 'after a run nobody has to read the folder of the runs'
one=$(cd .azml/runs && echo *)
one=${one%% *}
cp -R ".azml/runs/$one" .azml/runs/copycopycopy
sed -i "s/$one/copycopycopy/" .azml/runs/copycopycopy/*.json
like "$(azml-guile history list)" 'copyco' 'one that was put there is found'
azml-guile history rm copycopycopy >"$out_file" 2>&1

capture azml-guile history list
is "$status" 0 'history lists the runs'
is "$(wc -l <"$out_file" | tr -d ' ')" 4 'one a line, and a heading'
like "$(out)" '^ID +EXPERIMENT +STATE +WHEN +TIME +METRICS' 'with what was asked for'
like "$(sed -n 2p "$out_file")" 'sh +failed: exit 9' 'the latest is first'
like "$(sed -n 3p "$out_file")" 'digits +completed +.* ago|just now' 'with state and time'
like "$(sed -n 3p "$out_file")" 'accuracy=0\.75' 'and metrics'
capture azml-guile history
is "$(wc -l <"$out_file" | tr -d ' ')" 4 'list is what history does'
capture env COLUMNS=40 azml-guile history
ok 'rows are cut to the width' test "$(awk '{ if (length > n) n = length } END { print n }' "$out_file")" -le 40

capture azml-guile history list --json
is "$(json "$out_file" '[r["experiment"] for r in j]')" "['sh', 'digits', 'digits']" \
  'the list is JSON with --json'
is "$(json "$out_file" 'j[1]["metrics"]["accuracy"]')" 0.75 'with metrics'
capture azml-guile history list --json --where 'metrics.accuracy > 0.6'
is "$(json "$out_file" 'len(j)')" 1 '--where filters'
capture azml-guile history list --where 'metrics.acuracy > 0.6 and parameters.none = 1'
is "$status:$(out)" '0:' 'a metric that no run has finds nothing'
like "$(err)" "warning: no run has logged a metric 'acuracy'" 'which is said'
like "$(err)" "did you mean 'metrics.accuracy'" 'with what may be meant'
like "$(err)" "warning: no run has a parameter 'none'" 'so is a parameter'
capture azml-guile history list --where 'metrics.accuracy > 2 or command ~ metrics.acuracy'
unlike "$(err)" 'warning' 'one that a run has is not, nor a value'
capture azml-guile history list --sort metrics.acuracy.max
like "$(err)" "no run has logged a metric 'acuracy'" 'what the list is sorted by is looked at, too'
capture azml-guile history list --sort acuracy
like "$(err)" 'a metric is metrics.acuracy' 'a field that is none may be a metric'
capture azml-guile history export --where 'metrics.acuracy > 0.6'
like "$(err)" "no run has logged a metric 'acuracy'" 'export says it'
capture azml-guile history gc -n --older-than 1d --where 'metrics.acuracy > 0.6'
like "$(err)" "no run has logged a metric 'acuracy'" 'and gc'
capture azml-guile history list --json --where 'metrics.accuracy >'
is "$status" 1 'a broken filter is an error'
capture azml-guile history list --json --state failed
is "$(json "$out_file" 'len(j)')" 1 '--state filters'
capture azml-guile history list --state complted
is "$status" 1 'a state that is none is an error'
like "$(err)" "did you mean 'completed'" 'with a suggestion'
capture azml-guile history list --limit x
is "$status" 2 'a number that is none, too'
like "$(err)" "option '--limit': 'x'" 'which names the option'
capture azml-guile history reindex all
is "$status" 2 'reindex takes no words'
capture azml-guile history list --json --experiment digits --sort metrics.accuracy
is "$(json "$out_file" '[r["metrics"]["accuracy"] for r in j]')" "[0.75, 0.5]" \
  '--sort sorts, the greatest first'
capture azml-guile history list --json --experiment digits --sort metrics.accuracy --reverse
is "$(json "$out_file" '[r["metrics"]["accuracy"] for r in j]')" "[0.5, 0.75]" \
  '--reverse turns the order round'
capture azml-guile history list --json --limit 1
is "$(json "$out_file" 'len(j)')" 1 '--limit limits'

best=$(azml-guile history list --json --where 'metrics.accuracy > 0.6' |
  "$tap_python" -c 'import json, sys; print(json.load(sys.stdin)[0]["id"])')
capture azml-guile history show "$best"
is "$status" 0 'show shows a run'
like "$(out)" 'accuracy +0\.75' 'its metrics'
like "$(out)" 'command +python3 train\.py --lr 0\.25' 'its command'
like "$(out)" 'parameters +lr=0\.25' 'its parameters'
like "$(out)" 'source +2 files' 'its snapshot'
is "$(err)" '' 'all of it on the standard output'
capture azml-guile history show --json "$best"
is "$(json "$out_file" 'j["state"], j["run"]["parameters"], j["metrics"]["loss"]["count"]')" \
  "('completed', {'lr': 0.25}, 10)" 'and as JSON'
capture azml-guile history metrics "$best"
like "$(out)" '^loss +0\.25 +0\.25 +2\.5 +10' 'metrics shows last, min, max and count'
capture azml-guile history metrics "$best" loss
is "$(wc -l <"$out_file" | tr -d ' ')" 11 'and every point of one'
capture azml-guile history metrics "$best" loss --json
is "$(json "$out_file" 'j["points"][3]["step"]')" 3 'also as JSON'
capture azml-guile history metrics "$best" los
is "$status" 1 'a metric that is not there is an error'
capture azml-guile history outputs "$best"
like "$(out)" '100 B +.*/outputs/model' 'outputs shows the files'
capture azml-guile history outputs "$best" --json
is "$(json "$out_file" 'j["files"]')" "[{'path': 'model', 'bytes': 100}]" 'also as JSON'

# What cannot be looked at (a path that is too long, for anybody) keeps nothing else away.
long=$(printf '%0200d' 0)
(cd ".azml/runs/$best/outputs" && for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21; do
  mkdir "$long" && cd "$long" || exit
done) 2>"$err_file"
capture azml-guile history outputs "$best"
is "$status" 1 'outputs of which not all can be read'
like "$(out)" '100 B +.*/outputs/model' 'the others are listed'
like "$(err)" 'warning: not all is listed: .*File name too long' 'and it is said what is not'
capture azml-guile history outputs "$best" --json
is "$(json "$out_file" 'j["files"], len(j["unread"])')" "([{'path': 'model', 'bytes': 100}], 1)" \
  'in JSON, too'
capture azml-guile history show "$best"
is "$status" 0 'history show shows the run'
like "$(out)" 'warning: outputs/000.* is left out: ' 'and warns'
rm -rf ".azml/runs/$best/outputs/$long"

azml-guile history list --json --limit 0 >before
rm .azml/index.db*
capture azml-guile history reindex
is "$status" 0 'reindex makes the index anew'
not_ok 'and leaves no journal to be read by who comes next' test -s .azml/index.db-wal
like "$(err)" '3 runs' 'and counts'
azml-guile history list --json --limit 0 >after
ok 'with the same answers' cmp before after
capture azml-guile history shwo last
is "$status" 2 'an unknown verb is a usage error'
like "$(err)" "did you mean 'show'" 'with a suggestion'

# The plan.
printf 'data/\n' >.gitignore
mkdir data
head -c 5000 /dev/zero >data/big
runs=$(ls .azml/runs | wc -l)
capture azml-guile run -n recipe.scm lr=0.125
is "$status" 0 'run -n prints the plan'
like "$(out)" '^digits' 'of the experiment'
like "$(out)" 'target +local' 'its target'
like "$(out)" 'command +python3 train\.py --lr 0\.125' 'its exact command'
like "$(out)" 'source .*: [0-9]+ files' 'its source'
like "$(out)" 'ignored +[0-9]+ by \.gitignore: .*data/' 'what is left out of it'
like "$(out)" 'environment +none' 'its environment'
is "$(ls .azml/runs | wc -l)" "$runs" 'and starts nothing'
capture azml-guile run -n --json recipe.scm
is "$(json "$out_file" 'j["command"], j["target"]["type"]')" \
  "(['python3', 'train.py', '--lr', '0.5'], 'local')" 'also as JSON'
sed 's/(script/(environment (environment (python "2.1"))) (script/' recipe.scm >old.scm
capture azml-guile run -n old.scm
is "$status" 125 'an environment that cannot be had is told in the plan'
like "$(out)" 'environment +cannot be built' 'by its line'
mkdir empty
(cd empty && azml-guile run -n -- true >plan)
like "$(cat empty/plan)" 'command +true' 'the plan of a command works'

# Environments.
capture azml-guile env
is "$status" 0 'env lists none'
capture azml-guile env list --json
is "$(out)" '[]' 'also as JSON'

# Help.
for command in run logs attach stop history env repl; do
  capture azml-guile "$command" --help
  is "$status" 0 "$command --help"
  ok 'fits a screen' test "$(wc -l <"$out_file")" -le 36
  ok 'of 100 columns' test "$(awk '{ if (length > n) n = length } END { print n }' "$out_file")" -le 100
  like "$(grep -nE '^(Examples|Options):' "$out_file" | head -n 1)" 'Examples' 'examples first'
done
capture azml-guile help stop
like "$(out)" '^Usage: azml-guile stop' 'help NAME is the same'

done_testing
