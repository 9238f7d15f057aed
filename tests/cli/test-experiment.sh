#!/bin/sh
# test-experiment.sh: the commands of az ml, as scripts of users call them.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

mkdir iris
cd iris || exit 99
mkdir aml_config
cat >train.py <<'END_OF_SCRIPT'
import os, sys
from azureml.logging import get_azureml_logger
logger = get_azureml_logger()
if "--epochs" in sys.argv:
    logger.log("Accuracy", 0.5 + int(sys.argv[sys.argv.index("--epochs") + 1]) / 10)
    logger.log("Loss", [3, 2, 1])
print("words", sys.argv[1:], os.environ.get("EXAMPLE_ENV_VAR"))
if "fail" in sys.argv:
    sys.exit(3)
open("outputs/model.pkl", "w").write("model %s\n" % sys.argv[1:])
END_OF_SCRIPT
cat >aml_config/local.compute <<'END_OF_FILE'
type: "local"
pythonLocation: "python"
END_OF_FILE
cat >aml_config/local.runconfig <<'END_OF_FILE'
ArgumentVector: ["train.py", 234, "-v"]
Target: "local"
EnvironmentVariables:
  "EXAMPLE_ENV_VAR": "Example Value"
Framework: "Python"
END_OF_FILE

# submit
capture azml-guile experiment submit -c local train.py --epochs 3 -c x
is "$status" 0 'a script is submitted'
like "$(out | head -n 1)" '^RunId: iris_[0-9]{13}$' 'its id comes first'
id=$(out | sed -n '1s/RunId: //p')
is "$(out | sed 1d)" "
Executing user inputs .....
===========================

words ['--epochs', '3', '-c', 'x'] Example Value

Execution Details
=================
RunId: $id" 'then what it prints, its words untouched, and its id again'
capture azml-guile experiment submit local.runconfig
like "$(out)" "words ..234., .-v.. Example Value" \
  'NAME.runconfig is a run configuration; without a script its own words are used'
capture azml-guile experiment submit local.runconfig --wait ./train.py --epochs 4
like "$(out)" "words ..--epochs., .4.. Example" 'options may follow it, then the script'
four=$(out | sed -n '1s/RunId: //p')
capture azml-guile experiment submit -c local train.py fail
is "$status" 3 'the exit code is that of the script'
failed=$(out | sed -n '1s/RunId: //p')
capture azml-guile experiment submit -a --wait -t local -c local train.py --epochs 1
is "$status" 0 'one is submitted without its output'
like "$(out)" '^RunId: iris_[0-9]{13}$' 'but its id'
unlike "$(out)" 'words' 'and nothing else'
capture azml-guile experiment status -r "$(out | sed 's/RunId: //')"
is "$(out | grep '^state')" 'state : Completed' 'with --wait it has ended then'
capture azml-guile experiment submit -a --wait -c local train.py fail
is "$status" 3 '--wait has its exit code, too'
echo 'EXAMPLE_ENV_VAR: 1' >other.yml
capture azml-guile experiment submit -c local -d nowhere.yml train.py
is "$status" 1 'a conda file that there is not'
like "$(err)" "there is no file 'nowhere.yml'" 'is named'
capture azml-guile experiment submit -c loca train.py
is "$status" 1 'a run configuration that there is not'
capture azml-guile experiment submit -c local trian.py
is "$status" 127 'a script that there is not'
cp aml_config/local.compute kept.compute
echo 'pythonLocation: python3' >aml_config/local.compute
capture azml-guile experiment submit -c local trian.py
is "$status" 127 'one that another Python is to execute'
like "$(err)" "there is no script 'trian.py' in .*iris" 'is told by us'
like "$(err)" "hint: did you mean 'train.py'" 'with the one that is meant'
sed 's/"train.py", 234/"trian.py", 234/' aml_config/local.runconfig >aml_config/typo.runconfig
capture azml-guile experiment submit -c typo
is "$status" 127 'one that the file names'
like "$(err)" "aml_config/typo.runconfig:1:17: there is no script 'trian.py'" 'with its place'
echo 'Framework: PySpark' >aml_config/typo.runconfig
capture azml-guile experiment submit -c typo trian.py
is "$status" 127 'one of Spark'
like "$(err)" "hint: did you mean 'train.py'" 'too'
rm aml_config/typo.runconfig
mv kept.compute aml_config/local.compute
capture azml-guile experiment submit train.py
like "$(err)" 'hint: name it: -c, of local' 'no run configuration'
capture azml-guile experiment sumbit -c local train.py
like "$(err)" "did you mean 'submit'" 'a verb that there is not'

# status, cancel, diagnostics, return, prepare
capture azml-guile experiment status -r "$failed" -t local
is "$(out | grep '^state')" 'state : Failed' 'a run that failed'
is "$(err)" '' 'its target is the right one'
cat >sleep.py <<'END_OF_SCRIPT'
import time
print("asleep")
time.sleep(600)
END_OF_SCRIPT
capture azml-guile experiment submit -a -c local sleep.py
is "$status" 0 'a long run is submitted'
sleeping=$(out | sed 's/RunId: //')
is_running () { azml-guile experiment status -r "$sleeping" | grep -q '^state : Running$'; }
ok 'it runs' wait_until 60 is_running
capture azml-guile experiment cancel -r "$sleeping" -t local -o json
is "$status" 0 'it is canceled'
is "$(json "$out_file" 'j["run_id"], j["status"]')" "('$sleeping', 'Canceled')" \
  'and its record written, where that is asked for'
is "$(azml-guile experiment status -r "$sleeping" | grep '^state')" 'state : Canceled' \
  'and says so'
capture azml-guile experiment return -r "$id"
is "$(cat outputs/model.pkl)" "model ['--epochs', '3', '-c', 'x']" 'outputs are returned'
capture azml-guile experiment diagnostics -r "$id"
is "$status" 0 'diagnostics.zip is written'
cat >unzip.py <<'END_OF_SCRIPT'
import sys, zipfile
z = zipfile.ZipFile("diagnostics.zip")
assert z.testzip() is None
assert z.read("project/train.py") == open("train.py", "rb").read()
print(" ".join(sorted(z.namelist())))
print(z.read("logs/driver_log.txt").decode(), end="")
END_OF_SCRIPT
is "$("$tap_python" unzip.py)" "logs/control_log.txt logs/driver_log.txt logs/metrics.jsonl \
logs/run.json logs/status.json project/aml_config/local.compute \
project/aml_config/local.runconfig project/train.py
words ['--epochs', '3', '-c', 'x'] Example Value" 'with the project as it ran, and the logs'
capture azml-guile experiment prepare -c local
is "$status" 0 'there is nothing to prepare here'
mkdir .azml/objects/left-over 2>/dev/null
AZML_ROOT=$tap_folder/root capture azml-guile experiment clean -n
is "$status" 0 'what would be cleaned is told'

# history
capture azml-guile history list -o json
is "$status" 0 'records of the product'
cat >records.py <<'END_OF_SCRIPT'
import json, re, sys
rows = {r["run_id"]: r for r in json.load(open(sys.argv[1]))}
r = rows[sys.argv[2]]
assert re.fullmatch(r"0:00:\d\d\.\d{6}", r["duration"]), r["duration"]
print(r["Accuracy"], r["Loss"], r["script_name"], r["status"], r["target"],
      r["attachments"], r["run_number"], r["arguments"], len(rows))
END_OF_SCRIPT
is "$("$tap_python" records.py "$out_file" "$id")" "0.8 [3, 2, 1] train.py Completed local \
control_log, driver_log, outputs/model.pkl 1 --epochs 3 -c x 7" \
  'metrics are keys beside the others'
capture azml-guile history list -o table
like "$(out)" 'Accuracy +Loss +Duration +Run_id +Script_name +Start_time_utc +Status' \
  'as a table'
capture azml-guile history list -o tsv
is "$(out | grep "$id" | cut -f 1,5,6 --output-delimiter ' ' | cut -d ' ' -f 1,2)" \
  '0.8 train.py' 'as values with tabs'
capture azml-guile history list -o yaml
is "$status" 2 'a format that there is not'
capture azml-guile history last -o json
is "$(json "$out_file" 'j["run_id"]')" "$sleeping" 'the latest'
capture azml-guile history info -r "$id"
is "$(json "$out_file" 'j["run_id"], j["Accuracy"]')" "('$id', 0.8)" 'one run'
capture azml-guile history info --run "$id" --artifact driver_log
is "$(out)" "words ['--epochs', '3', '-c', 'x'] Example Value" 'an artifact of it'
capture azml-guile history info -r "$id" -a outputs/model.pk
like "$(err)" "did you mean 'outputs/model.pkl'" 'one that there is not'
capture azml-guile history compare "$id" "$four"
like "$(out)" 'Accuracy +0.8 +0.9' 'two runs are compared'
capture azml-guile history download -r "$id" -d got
is "$(cd got && find . -type f | sort | tr '\n' ' ')" \
  './control_log ./driver_log ./outputs/model.pkl ' 'all artifacts are downloaded'
capture azml-guile history download -r "$id" -d got
is "$status" 1 'what is there is not replaced'
capture azml-guile history download -r "$id" --artifact outputs/model.pkl -d . --overwrite
ok 'a single one' cmp model.pkl got/outputs/model.pkl

cat >flags.py <<'END_OF_SCRIPT'
from azureml.logging import get_azureml_logger
logger = get_azureml_logger()
logger.log("Good", True)
logger.log("Bad", False)
END_OF_SCRIPT
azml-guile experiment submit -c local flags.py >/dev/null 2>&1
capture azml-guile history last -o json
is "$(json "$out_file" 'j["Good"], j["Bad"]')" '(True, False)' 'booleans stay what they are'
is "$(azml-guile history last -o tsv | cut -f 1,2)" "$(printf 'True\tFalse')" \
  'and are written as Python writes them'
for filter in 'Good = true' 'Good = 1' 'Bad = false' 'Bad < 1' 'Good.max = 1'; do
  capture azml-guile history list --where "metrics.$filter" --json
  is "$(json "$out_file" '[r["metrics"]["Good"] for r in j]')" '[True]' "they are found: $filter"
done
capture azml-guile history metrics last
like "$(out)" 'Bad +false +0 +0 +1' 'and shown'

# refused EXPRESSION WANTED NAME: --query, and what its hint is.
refused ()
{
  capture azml-guile history list --query "$1" -o table
  is "$status:$(err | sed -n 's/^hint: the same: azml-guile history list //p')" "2:$2" "$3"
}
refused "[?status=='Completed']" "--where 'state = completed'" '--query names --where'
refused '@[?Accuracy != null] | max_by(@, &Accuracy)' '--sort metrics.Accuracy --limit 1' \
  'the best run'
refused '[?Accuracy > `0.75` && target=='"'local'"'] | sort_by(@, &duration)' \
  "--where 'metrics.Accuracy > 0.75 and target = local' --sort seconds --reverse" 'both'
eval "azml-guile history list --json $(err |
  sed -n 's/^hint: the same: azml-guile history list //p')" >"$out_file"
is "$(json "$out_file" 'sorted(r["metrics"]["Accuracy"] for r in j)')" '[0.8, 0.9]' \
  'what is named does it'
capture azml-guile history list --sort metrics.Accuracy --limit 1 -o json
is "$(json "$out_file" 'j[0]["run_id"]')" "$four" 'and finds the best'

# same EXPRESSION JSON NAME: what the hint names writes JSON, with -o json as the user would.
same ()
{
  capture azml-guile history list --query "$1"
  same_line=$(err | sed -n 's/^hint: the same: //p')
  case $same_line in
    '') echo '""' >"$out_file"; same_line=: ;;
    *' jq '*) ;;
    *) same_line="$same_line -o json | jq -c 'map(.Accuracy)'" ;;
  esac
  [ "$same_line" = : ] || eval "$same_line" >"$out_file" 2>&1
  is "$(jq -c . "$out_file")" "$2" "$3"
}
if command -v jq >/dev/null; then
  same '[?Accuracy != null]' '[0.6,0.9,0.8]' 'the runs that logged it'
  same '[?Accuracy != null] | max_by(@, &Accuracy).Accuracy' 0.9 'the best value'
  same 'max_by([?Accuracy != null], &Accuracy).{run: run_id, best: Accuracy}.best' 0.9 \
    'keys by other names, of one'
  same '@[?Accuracy >= sum(`[0.9, -0.05]`)] | sort_by(@, &Accuracy)' '[0.9]' \
    'near the best: a sum that is written out'
  same '[?Accuracy != null] | sort_by(@, &Accuracy)' '[0.6,0.8,0.9]' 'the smallest first'
  same '[?Accuracy != null] | sort_by(@, &Accuracy)[0].Accuracy' 0.6 'the smallest'
  same '[?Accuracy != null] | sort_by(@, &Accuracy)[-1].Accuracy' 0.9 'the last is the largest'
  same 'reverse(sort_by([?Accuracy != null], &Accuracy))' '[0.9,0.8,0.6]' 'the largest first'
  same 'min_by([?Accuracy != null], &Accuracy).Accuracy' 0.6 'the least'
  same '[0]' '[null]' 'the first'
  same '[:2].Accuracy' '[]' 'one key of the first two, which lack it'
  same '[].Accuracy' '[0.6,0.9,0.8]' 'one key of all, where there is one'
  same '[*].Accuracy | [0]' 0.6 'the first of them'
  same "[?Accuracy != null].{a: Accuracy, s: status}" \
    '[{"a":0.6,"s":"Completed"},{"a":0.9,"s":"Completed"},{"a":0.8,"s":"Completed"}]' \
    'keys by other names'
  same '[?Accuracy != null].[Accuracy, status]' \
    '[[0.6,"Completed"],[0.9,"Completed"],[0.8,"Completed"]]' 'keys in a row'
  same "length([?status=='Failed'])" 2 'how many'
  same "[?script_name=='train.py' && status=='Failed'] | length(@)" 2 'how many, behind a pipe'
  same 'length(@)' 8 'how many there are'
  same 'sum([].Accuracy)' 2.3 'the sum of a metric'
  same 'max([].Accuracy)' 0.9 'the largest'
  same "[?status=='Failed' || status=='Canceled'] | length(@)" 3 'one or the other'
  same "[?status=='Canceled' || Accuracy != null && Accuracy > \`0.7\`] | length(@)" 3 \
    'both bind closer'
  same '[?Accuracy == null] | length(@)' 5 'those that lack it'
  same "[?(status=='Failed')]" '""' 'brackets are not guessed, either'
  same "[?contains(script_name, 'trai') && Accuracy != null] | [0].Accuracy" 0.6 'a part of a name'
fi
refused '[0].length(@)' '' 'what cannot be said is not guessed'
refused '[:2]' '--limit 2' 'the first two'
refused '[?Accuracy==`0.9`]' "--where 'metrics.Accuracy = 0.9'" 'a number in backquotes'

# promote and asset
capture azml-guile history promote -r "$id" -ap outputs/model.pkl -n model.pkl
is "$(cat assets/model.pkl.link)" \
  '{"assetSource":"azureml","name":"model.pkl","version":"1"}' 'a file is promoted'
azml-guile history promote --run "$four" --artifact-path outputs/model.pkl -n model.pkl \
  2>"$err_file"
is "$(json assets/model.pkl.link 'j["version"]')" 2 'again, as another version'
azml-guile history rm "$four" 2>"$err_file"
capture azml-guile asset download -l assets/model.pkl.link -d brought
is "$(cat brought/model.pkl)" "model ['--epochs', '4']" 'it outlives its run'
echo '{"assetSource": "azureml", "name": "old.h5", "version": "1"}' >assets/old.h5.link
capture azml-guile asset download --link-file assets/old.h5.link
is "$status" 1 'what the product kept'
like "$(err)" 'is gone' 'is gone'

is "$(azml-guile asset list -o tsv)" "$(printf 'model.pkl\t2\tyes\t%s\tassets/model.pkl.link
old.h5\t1\tno\t\tassets/old.h5.link' "$(wc -c <brought/model.pkl)")" 'assets are listed'
echo '{"assetSource": "azureml"}' >assets/bad.link
capture azml-guile asset download -l assets/bad.link
like "$(err)" "assets/bad.link: there is no 'name'" 'a link without a name is an error'
like "$(err)" 'hint: a link is' 'that says what a link is'

# The product took no project of more than 25 MB, and left outputs of 512 MB behind unsaid.
head -c 27000000 /dev/zero >data.bin
cat >large.py <<'END_OF_SCRIPT'
import os
print("data", os.path.getsize("data.bin"))
with open("outputs/large", "wb") as file:
    file.truncate(513 << 20)
END_OF_SCRIPT
capture azml-guile experiment submit -c local large.py
is "$status:$(out | grep '^data')" '0:data 27000000' 'a project of more than 25 MB runs'
capture azml-guile history info -o json
like "$(json "$out_file" 'j["attachments"]')" 'outputs/large' 'an output of more than 512 MB'
is "$(stat -c %s .azml/runs/*/outputs/large)" $((513 << 20)) 'is there, whole'
rm -f data.bin .azml/runs/*/outputs/large

done_testing
