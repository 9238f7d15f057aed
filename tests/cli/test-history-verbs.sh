#!/bin/sh
# test-history-verbs.sh: compare, checkout, export, plot, rm and gc.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

azml () { azml-guile "$@"; }
json () { "$tap_python" -c "import json, sys; d = json.load(sys.stdin); print($1)"; }

mkdir project && cd project || exit 99
cat >train.sh <<'END'
#!/bin/sh
echo "$@"
for step in 1 2 3 4; do azml-runner log loss=0.$((9 - step)) --step $step; done
azml-runner log note='a, "b"'
END
chmod +x train.sh
printf 'keep\n' >kept
chmod +x kept
printf 'line one\nline two\n' >changes
ln -s kept link
odd=$(printf 'odd\nname')
echo odd >"$odd"
cat >recipe.scm <<'END'
(use-modules (azml))
(experiment (name "sweep") (script "train.sh") (parameters '((lr . 0.1) (deep . #f))))
END
azml run -q recipe.scm >/dev/null 2>&1
first=$(azml history list --json | json 'd[0]["id"]')
mkdir ../before && cp -a . ../before/source && rm -rf ../before/source/.azml
printf 'line one\nline 2\n' >changes
rm "$odd"
echo new >added
azml run -q recipe.scm lr=0.25 >/dev/null 2>&1
second=$(azml history list --json | json 'd[0]["id"]')

capture azml history remove "$first"
is "$status" 2 'a verb of other programs is none'
like "$(err)" "did you mean 'rm'" 'the right one is told'

# compare
capture azml history compare "$first" "$second"
is "$status" 0 'compare two runs'
like "$(out)" 'lr  *0\.1  *0\.25  *[+]0\.15' 'a parameter and its difference'
like "$(out)" 'loss  *0\.5  *0\.5' 'metrics side by side, equal ones too'
like "$(out)" '^CHANGED  *changes' 'a changed file'
like "$(out)" '^ADDED  *added' 'an added file'
like "$(out)" '^REMOVED  *odd' 'a removed file'
like "$(out)" '^-line two' 'its lines before'
like "$(out)" '^[+]line 2' 'and after'
unlike "$(out)" 'kept' 'not what is the same'
capture azml history compare --brief "$first" "$second"
unlike "$(out)" '^[+]line 2' 'no lines when brief'
azml history compare --json "$first" "$second" >compared
is "$(json 'd["parameters"]["lr"]["b"]' <compared)" 0.25 'as JSON'
is "$(json 'sorted(c["change"] for c in d["source"])' <compared)" \
  "['added', 'changed', 'removed']" 'with the files'
capture azml history compare "$first" "$first"
unlike "$(out)" 'CHANGED' 'a run does not differ from itself'
capture azml history compare "$first"
is "$status" 2 'one run is a usage error'

# checkout
capture azml history checkout "$first" ../out
is "$status" 0 'check out what ran'
is "$(diff -r ../before/source ../out && echo same)" same 'exactly'
is "$(readlink ../out/link)" kept 'links too'
is "$([ -x ../out/train.sh ] && echo yes)" yes 'and what is executable'
capture azml history checkout "$first" ../out
is "$status" 1 'an existing folder is left alone'
like "$(err)" 'not empty' 'and named'

# export
azml history export >runs.jsonl
is "$(wc -l <runs.jsonl | tr -d ' ')" 2 'a JSON line for each run'
is "$(tail -n 1 runs.jsonl | json 'd["metrics"]["loss"]["last"]')" 0.5 'with metrics'
azml history export --format csv -o runs.csv
is "$(python3 - <<'END'
import csv
rows = list(csv.DictReader(open("runs.csv", newline="")))
print(len(rows), [r["parameters.lr"] for r in rows], rows[0]["metrics.loss"],
      rows[0]["metrics.note"], rows[0]["parameters.deep"])
END
)" "2 ['0.25', '0.1'] 0.5 a, \"b\" false" 'CSV that a spreadsheet reads'
is "$(ls runs.csv.tmp 2>/dev/null)" '' 'and no temporary file'
is "$(azml history export --where 'parameters.lr > 0.2' | wc -l | tr -d ' ')" 1 \
  'a part of the runs'

# plot
capture azml history plot last loss
is "$status" 0 'plot a metric'
like "$(out)" '0\.8' 'with its range'
NO_COLOR=1 LC_ALL=C azml history plot "$first" "$second" loss >ascii
is "$(LC_ALL=C tr -d '\000-\177' <ascii | wc -c | tr -d ' ')" 0 'ASCII where there is no UTF-8'
azml history plot "$first" "$second" loss -o loss.svg
is "$(python3 - <<'END'
import xml.etree.ElementTree as tree
root = tree.parse("loss.svg").getroot()
lines = [e for e in root.iter() if e.tag.endswith("polyline")]
print(len(lines), {len(e.get("points").split()) for e in lines})
END
)" '2 {4}' 'an SVG picture with a line for each run'
capture azml history plot last nothing
is "$status" 1 'a metric that was not logged'
like "$(err)" 'it has logged loss, note' 'what was'
capture azml history plot last lsos
like "$(err)" "did you mean 'loss'" 'or which was meant'
capture azml history metrics last lsos
is "$status" 1 'nor has it points'
like "$(err)" "^azml-guile: run .* has logged no metric 'lsos'" 'which says so'
for command in 'plot last loss -o none/loss.svg' 'export -o none/runs.csv --format csv'; do
  # shellcheck disable=SC2086 # words
  capture azml history $command
  is "$status" 1 "${command%% *} into a folder that is not there"
  like "$(err)" "^azml-guile: write 'none/.*': No such file or directory" 'names the file'
done
mkdir taken.svg
capture azml history plot last loss -o taken.svg
is "$status $(find . -maxdepth 1 -name '*.tmp')" '1 ' 'what cannot be put in place leaves nothing'
rmdir taken.svg
capture azml history plot last note
is "$status" 1 'a text cannot be drawn'

# rm
azml run -d -- sleep 30 >running 2>/dev/null
running=$(cat running)
capture azml history rm "$running"
is "$status" 1 'a run that has not ended is not removed'
like "$(err)" 'azml-guile stop' 'the way out'
azml stop --signal KILL "$running" >/dev/null 2>&1
capture azml history rm -n "$running"
like "$(err)" 'would remove' 'a dry run'
is "$([ -d ".azml/runs/$running" ] && echo there)" there 'removes nothing'
capture azml history rm "$running"
is "$status" 0 'remove a run'
is "$(find .azml/runs -name "*$running*")" '' 'its folder is gone'
is "$(azml history list --json | json 'len(d)')" 2 'and its row'

# What somebody removes by hand is no run any more, when its time as a new one is over.
azml run -q -- true
gone=$(azml history show last --json | json 'd["id"]')
rm -rf ".azml/runs/$gone"
is "$(azml history list --json | json "'$gone' in [r['id'] for r in d]")" False \
  'a run whose folder was removed is not listed'
capture azml history show "$gone"
is "$status" 1 'nor shown'

# gc
for i in 1 2 3; do azml run -q -- false >/dev/null 2>&1; done
capture azml history gc -n --keep 0 --state failed
like "$(err)" 'would remove 3 runs' 'a policy, dry'
is "$(azml history list --json | json 'len(d)')" 5 'removes nothing'
capture azml history gc --older-than 1h
like "$(err)" 'removed 0 runs' 'none is old enough'
azml history gc --keep 4 >/dev/null 2>&1
is "$(azml history list --json | json 'len(d)')" 4 'keep the latest four'
azml history gc --keep 0 --where 'state = failed' --json >removed
is "$(json '[e["what"] for e in d["removed"]]' <removed | grep -o run | wc -l | tr -d ' ')" 3 \
  'as JSON'
capture azml history gc --older-than yesterday
is "$status" 2 'not an age'
is "$(azml history list --json | json '[r["id"] for r in d]')" "['$second']" \
  'the oldest run went first'
is "$(azml history checkout "$second" ../again 2>/dev/null && cat ../again/added)" new \
  'sources of the runs that stayed are there'

done_testing
