#!/bin/sh
# test-workbench.sh: a Workbench project, run, changed, imported.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

mkdir aml_config
cat >train.py <<'END'
import os, sys
print("words", sys.argv[1:], os.environ.get("EXAMPLE_ENV_VAR"))
END
printf 'type: "local"\r\npythonLocation: "python3"   # ours\r\n' >aml_config/here.compute
cat >aml_config/here.runconfig <<'END'
# Where the script runs.
"ArgumentVector":
  - "$file"
"Target": "here"
"EnvironmentVariables":
  "EXAMPLE_ENV_VAR": "Example Value"
"Framework": "Python"
"UseSampling": true
END

capture azml-guile run -c here -- train.py --epochs 3
is "$status" 0 'a run by a run configuration'
like "$(out)" "words ..--epochs., .3.. Example Value" \
  'has its words, and the variables of the file'
capture azml-guile run -c here.runconfig -- train.py
is "$status" 0 'so has the name of the file'
is "$(json "$(run_folder)/run.json" 'j["target"]["name"]')" here 'the target is recorded'

capture azml-guile run -c nowhere -- train.py
is "$status" 1 'a name that nothing has is an error'
like "$(err)" "hint: there are here" 'which names those that there are'

capture azml-guile runconfiguration list -o json
is "$(out)" '["here.runconfig"]' 'run configurations are listed as JSON'
cp aml_config/here.runconfig before
capture azml-guile runconfiguration update here EnvironmentVariables.EXAMPLE_ENV_VAR=new
is "$status" 0 'a value is changed'
is "$(diff before aml_config/here.runconfig | grep '^[<>]')" \
  '<   "EXAMPLE_ENV_VAR": "Example Value"
>   "EXAMPLE_ENV_VAR": "new"' 'and nothing else'
capture azml-guile run -c here -- train.py
like "$(out)" 'words \[\] new' 'the run sees it'
capture azml-guile runconfiguration update here Framework=Pyhton
is "$status" 1 'a wrong value is refused'
like "$(err)" "here.runconfig:7:14: there is no Framework .Pyhton." 'with its place'
like "$(err)" "did you mean 'Python'" 'and what was meant'

cp aml_config/here.runconfig before
capture azml-guile runconfiguration update here framework=Python target=x
is "$status" 1 'a key that the file cannot have is refused'
like "$(err)" "here.runconfig: 'framework' is no key of a .runconfig file" 'as what it is'
like "$(err)" "did you mean 'Framework'" 'with the one that is meant'
ok 'and nothing is written' cmp -s before aml_config/here.runconfig
printf 'framework: Python\n' >>aml_config/here.runconfig
capture azml-guile runconfiguration update here EnvironmentVariables.EXAMPLE_ENV_VAR=new
like "$(err)" "'framework' is no key of a .runconfig file; it is ignored" \
  'one that is there does not make it the file of another product'
cp before aml_config/here.runconfig

capture azml-guile runconfiguration create -n second -t here Framework=Python
is "$status" 0 'a run configuration is made'
capture azml-guile run -c second -- train.py
is "$status" 0 'and runs'
capture azml-guile runconfiguration create -n second -t here
is "$status" 1 'it is not replaced'
capture azml-guile runconfiguration delete -n second
is "$status" 0 'it is deleted'
capture azml-guile runconfiguration show second
like "$(err)" "no run configuration .second." 'and gone'

capture azml-guile runconfiguration create -n third -t hree
like "$(err)" "warning: there is no compute target 'hree'" 'a target that there is not is told'
like "$(err)" "did you mean 'here'" 'with what may be meant'
mkdir aml_config/kept.runconfig
touch aml_config/kept.runconfig/mine
capture azml-guile runconfiguration delete kept
is "$status" 1 'a folder is no run configuration'
like "$(err)" "'aml_config/kept.runconfig' is not a file" 'which is said'
ok 'and it stays' test -f aml_config/kept.runconfig/mine
rm -r aml_config/kept.runconfig
capture azml-guile runconfiguration delete -n third

capture azml-guile import here.runconfig
is "$status" 1 'a file that there is not is no recipe'
like "$(err)" "there is no file 'here.runconfig'" 'which is said'
like "$(err)" "did you mean 'aml_config/here.runconfig'" 'with the one that is meant'
capture azml-guile import aml_config
like "$(err)" "'aml_config' is a folder" 'nor is a folder'
capture azml-guile import aml_config/here.runconfig -o none/recipe.scm
like "$(err)" "there is no folder 'none'" 'a place that there is not is told'
capture azml-guile import aml_config/here.runconfig --force -o aml_config
like "$(err)" "'aml_config' is a folder" 'or cannot be written'
if [ "$(id -u)" != 0 ]; then
  cp aml_config/here.runconfig closed.runconfig
  chmod 0 closed.runconfig
  capture azml-guile import closed.runconfig
  like "$(err)" 'do not let you read it' 'a file that cannot be read is told as that'
  rm -f closed.runconfig
fi
capture azml-guile asset download -l assets/none.link
like "$(err)" "there is no link 'assets/none.link'" 'so is a link'
capture azml-guile experiment submit -c local trian.py
is "$status" 127 'and a script'
is "$(err)" "azml-guile: there is no script 'trian.py' in $(pwd -P)
hint: did you mean 'train.py'?" 'without a place in the program'

# Lists that are logged at once.
cat >lists.py <<'END'
from azureml.logging import get_azureml_logger
get_azureml_logger().log("Accuracy", [0.1, 0.75, 0.7])
END
capture azml-guile experiment submit -c here lists.py
like "$(err)" 'Accuracy +0.7 .* min 0.1 +max 0.75' 'a list is a course'
like "$(azml-guile history last)" '"Accuracy":\[0.1,0.75,0.7\]' 'and a list in the record, as it was logged'
capture azml-guile history list --json --where 'metrics.Accuracy.max = 0.75 and metrics.Accuracy = 0.7'
is "$(json "$out_file" 'len(j)')" 1 'its least, largest and last are found'
rm lists.py

# What az ml had and is not here.
capture azml-guile workspace list
is "$status" 2 'a command that is gone is an error'
like "$(err)" 'a project is a folder' 'with what is there'
capture azml-guile run submit -c here train.py
like "$(err)" 'experiment submit -c NAME' 'a verb of another time, too'
capture azml-guile project delete
like "$(err)" 'hint: a project is a folder: remove it' 'or of the same'

capture azml-guile import aml_config/here.runconfig -o recipe.scm
is "$status" 0 'a recipe is made'
capture azml-guile run recipe.scm
is "$status" 0 'it runs'
like "$(out)" 'words \[\] new' 'and does the same'

# What is logged in two dimensions, and what is no number, is there, too.
cat >tables.py <<'END_OF_SCRIPT'
from azureml.logging import get_azureml_logger
class Array:
    def __init__(self, rows): self.rows = rows
    def tolist(self): return self.rows
log = get_azureml_logger().log
log("confusion", Array([[50, 2], [1, 47]]))
log("classes", ["cat", "dog"])
log("rows", [[1, "one", True, [0.5, float("nan")]]])
END_OF_SCRIPT
azml-guile experiment submit -c local tables.py >/dev/null 2>&1
capture azml-guile history info -o json
is "$(json "$out_file" '[j[n] for n in ("confusion", "classes", "rows")]')" \
  "[[[50, 2], [1, 47]], ['cat', 'dog'], [[1, 'one', 1, [0.5, 'NaN']]]]" \
  'a table that was logged is in the record'
capture azml-guile history show last
like "$(out)" 'confusion +\[\[50,2\],\[1,47\]\]' 'and shown'
unlike "$(out)$(err)" 'cannot be read' 'nothing is skipped'
capture azml-guile history list --where 'metrics.confusion > 0' --json
is "$(out)" '[]' 'it is no number to compare'

# One registry: the files are targets like those that were attached.
printf 'address: gpu.example.org\r\ntype: remote\r\nusername: "me" # c' >aml_config/box.compute
capture azml-guile computetarget list --json
is "$(out | "$tap_python" -c 'import json, sys
for t in json.load(sys.stdin): print(t["name"], t["scope"], t["file"], t["fields"]["type"])')" \
  'box workbench aml_config/box.compute remote
here workbench aml_config/here.compute local' 'targets of files are listed'
capture azml-guile computetarget update box username=you yarnDeployMode=client
is "$status" 0 'one is changed'
is "$(od -c aml_config/box.compute)" "$(printf \
  'address: gpu.example.org\r\ntype: remote\r\nusername: "you" # c\r\nyarnDeployMode: client' \
  | od -c)" 'in the text: quotes, line ends and the missing last one stay'
capture azml-guile computetarget update box type=remotte
like "$(err)" "box.compute:2:7: there is no type .remotte" 'a wrong value is refused'
like "$(err)" "did you mean .remote" 'with what was meant'
capture azml-guile computetarget update box baseImage=x
like "$(err)" "did you mean 'baseDockerImage'" 'and a key that there is not'
capture azml-guile computetarget show box
like "$(out)" 'username *you' 'it is shown'
cat >empty.scm <<'END'
(use-modules (azml))
(experiment (name "x") (script "train.py"))
END
capture azml-guile run empty.scm -c here
is "$status" 0 'an experiment of a recipe runs on the target of a file'
like "$(azml-guile computetarget show -n here.compute)" '^shared-directory +|^type +local' \
  'by option and by its file, too'
capture azml-guile computetarget attach --name x -a y -u me -w secret --type remotedockr
like "$(err)" "did you mean 'remotedocker'" 'a type that is none is told as that'
capture azml-guile computetarget attach -n x -a y --private-key-passphrase z remote
is "$status" 2 'a passphrase is refused'
capture azml-guile computetarget attach -n x -a y -u me -type cluster --ssh-port 2200
is "$status" 0 'the spellings of old documents are taken'
is "$(sed -n 1p aml_config/x.compute)" 'address: y:2200' 'with a port'
capture azml-guile computetarget detach -n x
is "$status" 0 'and detached so'
rm -f aml_config/x.runconfig
# What YAML takes for something else; and who works on the project, too, may read it.
for name in null '#x' "o'x" 1001 me; do
  (umask 022 && azml-guile computetarget attach remote -n x -a 127.0.0.1 --port 1 -u "$name") \
    >out 2>err
  is "$(azml-guile computetarget show x --json | json /dev/stdin 'j["fields"]["username"]')" \
    "$name" "the user $name"
  is "$(stat -c %a aml_config/x.compute)" 644 'a file of the project is not ours alone'
  rm -f aml_config/x.compute aml_config/x.runconfig
done
capture azml-guile computetarget update -n aml_config/box.compute username=us
is "$status" 0 'update takes the file, too'
capture azml-guile computetarget detach box
is "$status" 0 'it is detached'
not_ok 'its file is gone' test -e aml_config/box.compute

printf 'type: localdocker\nbaseDockerImage: x:gpu\nnvidiaDocker:true\n' >aml_config/bad.compute
capture azml-guile computetarget list
like "$(out)" 'bad *unreadable' 'a broken file does not hide the others'
like "$(out)" 'here *local' 'which are listed'
is "$status $(err)" "0 azml-guile: warning: aml_config/bad.compute:3:13: a blank is missing after \
the colon (see: azml-guile computetarget show bad)" 'and is told in a line'
capture azml-guile computetarget list -o json
is "$(json "$out_file" '[t["fields"].get("problem") for t in j]')" \
  "['aml_config/bad.compute:3:13: a blank is missing after the colon', None]" 'and in JSON'
for format in table json; do
  capture azml-guile computetarget show bad -o "$format"
  is "$status $(out)" '1 ' "it is not shown as $format"
  is "$(err)" "aml_config/bad.compute:3:13: error: a blank is missing after the colon
  3 | nvidiaDocker:true
    |             ^
  hint: write 'nvidiaDocker: true'" 'but what is wrong in it'
done
places () { sed -n 's/^aml_config[^:]*:\([0-9:]*: error\): .*/\1/p' "$err_file" | tr '\n' ' '; }
printf 'Target:local\nFramework:Python\nUseSampling: true\n\tTrackedRun: maybe\n' \
  >aml_config/bad.runconfig
mv aml_config/bad.compute bad.compute
cp aml_config/bad.runconfig aml_config/bad.compute
for verb in 'runconfiguration show bad.runconfig' 'computetarget show bad'; do
  # shellcheck disable=SC2086 # the words of a command
  capture azml-guile $verb
  is "$status $(places)" '1 1:7: error 2:10: error 4:1: error ' "$verb: all that YAML cannot read"
done
printf 'type: dockr\nsharedVolumes: maybe\nusername: [me]\n' >aml_config/bad.compute
capture azml-guile computetarget show bad
is "$status $(places)" '1 1:7: error 2:16: error 3:11: error ' 'and each value that is wrong'
rm aml_config/bad.runconfig
mv bad.compute aml_config/bad.compute
printf 'type: local\nbaseImage: x\n' >aml_config/key.compute
printf '{"version": 1, "targets": [{"name": "odd", "type": "unreadable"}]}' >.azml/targets.json
capture azml-guile computetarget list
like "$(out)" '^odd *unreadable' 'what is kept as of such a type is listed, too'
rm .azml/targets.json
capture azml-guile computetarget show key
like "$status $(out | tr '\n' ' ')" '^0 .*type *local' 'a file with a key that there is not is shown'
is "$(err)" "aml_config/key.compute:2:1: warning: 'baseImage' is no key of a .compute file; it is ignored
  2 | baseImage: x
    | ^
  hint: did you mean 'baseDockerImage'?" 'and the key is told'
rm aml_config/key.compute
mkdir aml_config/folder.compute
mkfifo aml_config/pipe.compute
head -c 2000000 /dev/zero >aml_config/large.compute
ln -s circle.compute aml_config/circle.compute
capture timeout 300 azml-guile computetarget list
is "$status $(out | grep -c 'folder\|pipe')" '0 0' 'what is no file is no target, and not waited for'
like "$(out)" 'large *unreadable' 'one that is too large is told as that'
like "$(out)" 'circle *unreadable' 'nor does a circle of links hide them'
rm -r aml_config/folder.compute aml_config/pipe.compute aml_config/circle.compute aml_config/large.compute
capture azml-guile run -c bad -- train.py
is "$status" 1 'a broken file is an error'
is "$(err | sed -n 1,4p)" "azml-guile: aml_config/bad.compute:3:13: a blank is missing after the colon
  3 | nvidiaDocker:true
    |             ^
hint: write 'nvidiaDocker: true'" 'with the line, a caret, and what to write'
capture azml-guile doctor
like "$(out)" "bad.compute:3:13 *a blank is missing" 'doctor finds it'
head -c 2000000 /dev/zero >aml_config/large.compute
printf 'dependencies:\n\t- numpy\n' >aml_config/broken.yml
printf 'Target: local\nFramework: Python\nCondaDependenciesFile: aml_config/broken.yml\n' \
  >aml_config/broken.runconfig
capture azml-guile doctor
like "$(out)" 'large.compute *aml_config/large.compute: larger than' 'also one that is too large'
like "$(out)" "bad.compute:3:13 *a blank is missing" 'which does not hide the others'
like "$(out)" 'broken.yml:2:1 *a tab cannot indent a line' 'nor the packages that are named'
ln -s circle.yml aml_config/circle.yml
mkfifo aml_config/pipe.yml
for name in circle pipe; do
  printf 'Target: local\nFramework: Python\nCondaDependenciesFile: aml_config/%s.yml\n' "$name" \
    >aml_config/$name.runconfig
done
ln -s circle "$tap_folder/circle"
printf 'type: local\nsparkSubmitLocation: %s\n' "$tap_folder/circle" >aml_config/spark.compute
printf 'Target: spark\nFramework: PySpark\n' >aml_config/spark.runconfig
capture timeout 300 azml-guile doctor
like "$(out)" "bad.compute:3:13 *a blank is missing" 'nor does what cannot be opened hide them:'
like "$(out)" 'circle.yml .*[Tt]oo many' 'packages in a circle of links'
like "$(out)" 'pipe.yml *it is no file' 'or in a pipe, which is not waited for'
like "$(out)" "Spark *there is no '$tap_folder/circle'" 'and a circle for spark-submit'
rm aml_config/large.compute aml_config/broken.* aml_config/circle.* aml_config/pipe.* aml_config/spark.*
printf 'type: localdocker\nbaseDockerImage: x:gpu\n' >aml_config/bad.compute
printf 'Target: bad\nFramework: Python\n' >aml_config/bad.runconfig
capture azml-guile doctor
like "$(out)" "bad.compute:2:18 *an image for GPUs without" 'and set-ups that see no GPU'

rm aml_config/bad.*

# A target that no file declares, but this machine.
printf 'Target: local\nFramework: Python\n' >aml_config/plain.runconfig
capture azml-guile experiment submit -c plain train.py
is "$status" 0 "'Target: local' needs no local.compute"

# The share of the project, where the product had it; and one that is named.
mkdir .azureml
echo '{"Id": "x", "Scope": "/subscriptions/s/accounts/A/workspaces/W/projects/P"}' \
  >.azureml/project.json
echo 'import os; print(os.environ["AZUREML_NATIVE_SHARE_DIRECTORY"] + "model.pkl")' >share.py
capture azml-guile experiment submit -c here share.py
like "$(out)" "^$HOME/.azureml/share/A/W/P/model.pkl" \
  'the share has the names of project.json, and a slash at its end'
ok 'and is there' test -d "$HOME/.azureml/share/A/W/P"
azml-guile computetarget update here nativeSharedDirectory="$tap_folder/shared" 2>"$err_file"
capture azml-guile experiment submit -c here share.py
like "$(out)" "^$tap_folder/shared/A/W/P/model.pkl" 'nativeSharedDirectory is its base'
rm -r .azureml
capture azml-guile experiment submit -c here share.py
like "$(out)" "^$tap_folder/shared/$(basename "$PWD")/model.pkl" \
  'without project.json it has the name of the project'
capture azml-guile computetarget update here nativeSharedDirectory=

# The packages of a conda file, where no recipe is.
printf 'name: x\ndependencies:\n- pip:\n' >none.yml
capture azml-guile run -e none.yml -- train.py
is "$status" 0 'a conda file is an environment'
printf 'dependencies:\n- pip:\n  - --no-index\n  - azml-no-such-package\n' >some.yml
capture azml-guile run -n -e some.yml -- train.py
like "$(out)" 'environment +[0-9a-f]+, ' 'which the plan has'
capture azml-guile run -n -e some.yml -c here -- train.py
like "$(out)" 'environment +[0-9a-f]+, ' 'also with a run configuration'
capture azml-guile run -e nowhere.yml -- train.py
like "$(err)" "there is no conda file 'nowhere.yml'" 'one that there is not'
capture azml-guile run -e some -- train.py
is "$status" 2 'a name without a recipe'
like "$(err)" 'hint: name it: -r RECIPE, or -e requirements.txt, -e environment.yml' 'is asked for one'

# PySpark: what spark-submit is given; and what is said where it is not.
mkdir "$tap_folder/spark"
# shellcheck disable=SC2016 # for the stand-in
printf '#!/bin/sh\nprintf "[%%s] " "$@"; echo "$PYSPARK_PYTHON"\n' \
  >"$tap_folder/spark/spark-submit"
printf '#!/bin/sh\n' >"$tap_folder/spark/java"
chmod +x "$tap_folder/spark/spark-submit" "$tap_folder/spark/java"
printf 'Target: here\n' >aml_config/spark.runconfig
azml-guile computetarget update here sparkSubmitLocation=/nowhere/spark-submit 2>"$err_file"
capture azml-guile doctor
like "$(out)" "Spark *there is no ./nowhere/spark-submit" 'doctor finds that Spark is not there'
capture azml-guile experiment submit -c spark train.py
is "$status" 127 'without spark-submit the run fails'
like "$(out)" "there is no '/nowhere/spark-submit' here. .*pip install pyspark.*Framework: Python" \
  'and its log says what to do'
azml-guile computetarget update here sparkSubmitLocation="$tap_folder/spark/spark-submit" \
  2>"$err_file"
cat >aml_config/spark_dependencies.yml <<'END'
configuration:
  "spark.app.name": "Azure ML Experiment"
packages:
  - group: "com.microsoft.ml.spark"
    artifact: "mmlspark_2.11"
    version: "0.9"
END
capture azml-guile experiment submit -c spark train.py --rate 3
like "$(out)" "^.--packages. .com.microsoft.ml.spark:mmlspark_2.11:0.9. .--conf. .spark.app.name=Azure ML Experiment. .train.py. .--rate. .3. python3" \
  'it is given the packages and settings, the script, and the Python'

done_testing
