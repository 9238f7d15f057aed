#!/bin/sh
# test-json.sh: what --json prints is what the manual lists.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

# compare SECTION FILE [LEFT-OUT...]: each key in the FILE is in the SECTION of the manual, with
# its type; each key of the SECTION, less those LEFT-OUT, is in the FILE.
cat >"$tap_folder/compare.py" <<'END'
import json, os, re, sys

manual = open(os.environ["AZML_SRCDIR"] + "/doc/manual/json.texi").read()
keys = {}
for section in re.split(r"(?m)^@section ", manual)[1:]:
    name = re.match(r"@code\{(.*?)\}\n", section).group(1)
    rows = re.findall(r"(?m)^@item @code\{(.*?)\} @tab (.*?) @tab", section)
    for part in name.split(", "):
        keys[part] = rows


def pattern(key):
    return re.compile("".join(
        r"\[\]" if word == "[]" else "[^.]+" if re.fullmatch("[A-Z]+", word)
        else re.escape(word) for word in re.findall(r"\[\]|\.|[^.\[\]]+", key)) + "$")


def fits(value, kind):
    kind = kind.split(",")[0]
    if value is None or kind == "any":
        return True
    if kind.startswith("array"):
        return isinstance(value, list)
    if kind == "number" and value in ("NaN", "Infinity", "-Infinity"):
        return True
    types = {"string": str, "integer": int, "number": (int, float), "boolean": bool,
             "object": dict}[kind]
    return isinstance(value, types) and (kind == "boolean" or not isinstance(value, bool))


def check(value, path, rows, seen):
    for key, kind in rows:
        if pattern(key).match(path):
            seen.add(key)
            if not fits(value, kind):
                print("# %s is not %s: %r" % (path, kind, value))
                return False
            inner = re.search(r"@file\{(.*)\}", kind)
            if inner:
                return walk(value, "", keys[inner.group(1)], set())
            return True
    if isinstance(value, (dict, list)):
        return walk(value, path, rows, seen)
    print("# not in the manual: %s" % path)
    return False


def walk(value, path, rows, seen):
    if isinstance(value, list):
        return all([check(v, path + "[]", rows, seen) for v in value])
    return all([check(v, (path + "." if path else "") + k, rows, seen)
                for k, v in value.items()])


section, left_out = sys.argv[1], sys.argv[3:]
seen, good = set(), True
text = open(sys.argv[2]).read()
for document in [text] if text.count("\n") < 2 or text[0] == "[" else text.splitlines():
    good = walk(json.loads(document), "", keys[section], seen) and good
for key, _ in keys[section]:
    if key not in seen and key not in left_out:
        print("# in the manual, but not printed: %s" % key)
        good = False
sys.exit(not good)
END

# documented SECTION [LEFT-OUT...]: the last output.
documented ()
{
  cp "$out_file" output.json
  json_section=$1
  shift
  ok "$json_section" "$tap_python" "$tap_folder/compare.py" "$json_section" output.json "$@"
}

cat >recipe.scm <<'END'
(use-modules (azml))
(experiment (name "train") (script "train.py") (time-limit "1h")
  (parameters '((lr . 0.1) (text . "x") (on . #t) (many . (1 2)))))
END
cat >train.py <<'END'
import azml
for step in range(3):
    azml.log("loss", 1 / (step + 1), step=step)
azml.log("note", "text")
azml.log("odd", float("nan"))
open("outputs/model", "w").write("x")
open("left", "w").write("x")
END
echo data >.azmlignore
echo x >data
git init -q . && git add train.py && git -c user.name=a -c user.email=a@b commit -qm one
mkfifo pipe

capture azml-guile run -n --gpus 0 --json recipe.scm
documented 'run -n --json'
capture azml-guile run --json recipe.scm lr=0.5
documented 'run --json'
first=$(json "$out_file" 'j["id"]')
echo 'print(1)' >>train.py
capture azml-guile run --json recipe.scm
second=$(json "$out_file" 'j["id"]')
capture azml-guile run --json -- sh -c 'kill -9 $$'
documented 'run --json' metrics.NAME.count metrics.NAME.last metrics.NAME.min \
  metrics.NAME.max metrics.NAME.first_step metrics.NAME.last_step metrics.NAME.values \
  'outputs[].path' 'outputs[].bytes'
capture azml-guile history list --json
documented 'history list' '[].environment'
capture azml-guile history show "$first" --json
documented 'history show'
capture azml-guile history outputs "$first" --json
documented 'history outputs' 'left[]' 'unread[].path' 'unread[].error'
capture azml-guile history metrics "$first" --json
documented 'history metrics RUN'
capture azml-guile history metrics "$first" loss --json
documented 'history metrics RUN NAME'
capture azml-guile history compare "$first" "$second" --json
documented 'history compare' packages.NAME.a packages.NAME.b
capture azml-guile history plot "$first" "$second" loss --json
documented 'history plot' 'runs[].points[][]'
is "$(json "$out_file" '[len(r["points"]) for r in j["runs"]], j["runs"][0]["points"][0]')" \
  '([3, 3], [0, 1.0])' 'each point of both runs'
capture azml-guile history export
documented 'history export'
capture azml-guile history gc -n --keep 1 --json
documented 'history gc' 'removed[].path' 'removed[].used'
echo '{' >".azml/runs/$second/run.json"
capture azml-guile history reindex --json
documented 'history reindex'
capture azml-guile env --json
documented env '[].hash' '[].path' '[].builder' '[].python' '[].base_python' '[].packages' \
  '[].bytes' '[].built' '[].used' '[].seconds' '[].spec'
capture azml-guile doctor --json
documented doctor 'checks[].install' 'checks[].needed'


# Records and files of Workbench.
mkdir wb
cd wb || exit 99
mkdir aml_config sub
cat >aml_config/all.runconfig <<'END'
ArgumentVector: ["train.py", 1]
Target: here
EnvironmentVariables: {A: b}
Framework: Python
CondaFile: x.yml
SparkDependenciesFile: null
PrepareEnvironment: true
TrackedRun: true
UseSampling: true
DataSourceSettings: {my.dsource: {Sampling: {Sample: MySample}}}
DataSourceSubstitutions: {a.dsource: b.dsource}
Description: text
ManagedEnvironment: true
END
printf 'type: local\n' >aml_config/here.compute
echo 'import azml; azml.log("Accuracy", 0.5)' >sub/train.py
cat >sub/recipe.scm <<'END'
(use-modules (azml))
(experiment (name "sub") (script "train.py"))
END
capture azml-guile run --json sub/recipe.scm
documented 'run --json' 'metrics.NAME.first_step' 'metrics.NAME.last_step' \
  'outputs[].path' 'outputs[].bytes'
is "$(json output.json 'j["run"]["source"]')" "$PWD/sub" 'with its source folder'
capture azml-guile history list -o json
documented 'history list -o json'
capture azml-guile computetarget list -o json
documented 'computetarget list'
capture azml-guile runconfiguration show all
documented 'runconfiguration show'
capture azml-guile project sample list -o json
documented 'project sample list'
mkdir assets
echo '{"assetSource": "azureml", "name": "old.h5", "version": "1"}' >assets/old.h5.link
capture azml-guile asset list -o json
documented 'asset list'

# What a verb of the product has done, with its option -o.
capture azml-guile history download -d got -o json
documented 'history download -o json'
is "$(azml-guile history download -d got --overwrite -o tsv 2>/dev/null | head -n 1)" \
  "$(printf 'control_log\tgot/control_log')" 'what was downloaded, with tabs'
azml-guile run -- sh -c 'echo x >outputs/model.pkl' >/dev/null 2>&1
capture azml-guile history promote -a outputs/model.pkl -n model.pkl -o json
documented 'history promote -o json'
capture azml-guile history promote -a outputs/model.pkl -n model.pkl -o table
is "$(out | tr -s ' ')" "$(printf 'Name Version Link\nmodel.pkl 2 assets/model.pkl.link')" \
  'a promoted file, as a table'
capture azml-guile asset download -l assets/model.pkl.link -d got -o json
documented 'asset download -o json'
capture azml-guile experiment return -o json
documented 'experiment return -o json'
capture azml-guile experiment diagnostics -o json
documented 'experiment diagnostics -o json'
capture azml-guile experiment clean -n -o json
documented 'experiment clean -o json' '[].what' '[].name' '[].bytes'
capture azml-guile history compare last~1 last -o json
documented 'history compare' packages.NAME.a packages.NAME.b parameters.NAME.a parameters.NAME.b \
  'source[].path' 'source[].change'
capture azml-guile history compare last~1 last -o tsv
like "$(out)" "$(printf '^run\tcommand\t')" 'what differs, with tabs'
like "$(out)" "$(printf 'metrics\tAccuracy\t0.5')" 'metrics, too'
capture azml-guile history compare last~1 last -o table
like "$(out)" '^Section +Key +A +B' 'and as a table'
for verb in "create -n second -t here" "update second Framework=PySpark" "delete second"; do
  # shellcheck disable=SC2086 # words
  capture azml-guile runconfiguration $verb -o json
  documented "runconfiguration ${verb%% *} -o json"
done
capture azml-guile runconfiguration create -n second -t here -o yaml
is "$status:$(ls aml_config/second.runconfig 2>/dev/null)" 2: 'a format that there is not, and nothing is done'
capture azml-guile project create -n made -o json
documented 'project create -o json'
echo more >>sub/train.py
capture azml-guile project restore --run-id last --dry-run -o json
documented 'project restore -o json'
capture azml-guile computetarget attach remote -n gone -a localhost -u me port=1 -g -o json
is "$(json "$out_file" 'j["name"], j["fields"]["port"]')" "('gone', 1)" 'a target that is attached'
capture azml-guile computetarget update gone port=2 -o tsv
is "$(out)" "$(printf 'gone\tremote\tme@localhost:2\tuser')" 'one that is changed'
capture azml-guile computetarget detach gone -o jsonc
documented 'computetarget list'
is "$(json "$out_file" 'len(j), j[0]["fields"]["port"]')" '(1, 2)' 'one that is detached'
capture azml-guile computetarget detach here -o xml
is "$status:$(ls aml_config/here.compute)" 2:aml_config/here.compute \
  'a format that there is not leaves a target alone'

# The same as a table and with tabs; and what is refused.
capture azml-guile computetarget list -o tsv
is "$(out)" "$(printf 'here\tlocal\t\tworkbench')" 'targets with tabs'
capture azml-guile computetarget show here -o table
like "$(out)" '^Name +Type +Address +Scope' 'and as a table'
capture azml-guile computetarget list --query '[].name'
is "$status" 2 'JMESPath is refused there'
like "$(err)" 'hint: give JSON to a program that does: azml-guile computetarget list -o json' \
  'with what to do'
capture azml-guile runconfiguration list --query '[0]'
like "$(err)" 'azml-guile runconfiguration list -o json' 'and for run configurations'

done_testing
