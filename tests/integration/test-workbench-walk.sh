#!/bin/sh
# test-workbench-walk.sh: a Workbench project from attach to history, as its user went.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/fixtures/sshd.sh"

sshd_start box
port=$sshd_port
HOME=$ssh_home
export HOME

mkdir mnist
cd mnist || exit 99
mkdir aml_config
cat >train.py <<'END_OF_SCRIPT'
import os, sys
from azureml.logging import get_azureml_logger
get_azureml_logger().log("Accuracy", 0.75)
print("there", sys.argv[1:], os.environ.get("WHERE"))
open("outputs/model.pkl", "w").write("model")
END_OF_SCRIPT

# attach: the type in front, behind, as an option, or not at all
for form in 'remotedocker -n T' '-n T remotedocker' '-n T --type remotedocker' '-n T'; do
  # shellcheck disable=SC2086 # words
  capture azml-guile computetarget attach $form -a 127.0.0.1 -p "$port" -u user
  is "$status" 0 "attach $form"
  is "$(grep '^type' aml_config/T.compute)" 'type: remotedocker' 'is remotedocker'
  like "$(cat aml_config/T.compute)" '^nvidiaDocker: (true|false)$' 'the machine was asked for GPUs'
  like "$(err)" 'T.compute: the images microsoft/mmlspark are gone' 'and what is gone is told'
  like "$(err)" 'computetarget update T baseDockerImage=' 'with what changes it'
  rm aml_config/T.compute aml_config/T.runconfig
done
capture azml-guile computetarget attach --cluster -n hdi -a 127.0.0.1 -p 1 -u sshuser
is "$(cat aml_config/hdi.compute)" 'address: 127.0.0.1:1
type: cluster
userManagedEnvironment: false
username: sshuser
yarnDeployMode: cluster' 'a cluster has the keys of one'

capture azml-guile computetarget attach remote -n my_dsvm -a 127.0.0.1 -p "$port" -u user \
  -w 'secret user'
is "$status" 0 'a machine is attached by its password'
is "$(sed 's/#[0-9a-f]\{32\}$/#HEX/' aml_config/my_dsvm.compute)" "address: 127.0.0.1:$port
nativeSharedDirectory: ~/.azureml/share/
password: AzureMlSecret=my_dsvm#user#HEX
type: remote
userManagedEnvironment: true
username: user" 'the file has a handle in the place of the password'
# shellcheck disable=SC2016 # $file is the product's word
is "$(cat aml_config/my_dsvm.runconfig)" 'ArgumentVector:
- $file
CondaDependenciesFile: aml_config/conda_dependencies.yml
EnvironmentVariables: null
Framework: Python
PrepareEnvironment: false
SparkDependenciesFile: aml_config/spark_dependencies.yml
Target: my_dsvm
TrackedRun: true
UseSampling: true' 'there is a run configuration for it'
not_ok 'the password is nowhere' grep -rqF 'secret user' . "$HOME"
capture azml-guile computetarget attach remote -n my_dsvm -a other
is "$status" 1 'it is not replaced'

# edit, submit, status, history
capture azml-guile computetarget update my_dsvm pythonLocation=python3
is "$(tail -n 1 aml_config/my_dsvm.compute)" 'pythonLocation: python3' 'it is changed'
capture azml-guile runconfiguration update my_dsvm EnvironmentVariables.WHERE=elsewhere
is "$status" 0 'so is the run configuration'
rm "$HOME/.ssh/id_ed25519"
capture azml-guile experiment submit -t my_dsvm -c my_dsvm train.py --epochs 3
is "$status" 0 'a script runs there, by the key that was made'
like "$(out)" "^there ..--epochs., .3.. elsewhere" 'with its words and variables'
id=$(out | sed -n '1s/RunId: //p')
is "$(azml-guile experiment status -r "$id" -t my_dsvm | grep '^state')" \
  'state : Completed' 'it has completed'
is "$(azml-guile experiment status -r "$id" -o tsv | cut -f 3,6 | tr '\t' ' ')" "$id Completed" \
  'which is in a table, too'
capture azml-guile experiment status --debug
like "$(err)" 'hint: it comes before the command' '--debug has its place'
capture azml-guile history last -o json
is "$(json "$out_file" 'j["run_id"], j["target"], j["Accuracy"]')" \
  "('$id', 'my_dsvm', 0.75)" 'and is in the history'
capture azml-guile experiment return -r "$id"
is "$(cat outputs/model.pkl)" model 'its outputs come back'
# A cluster: spark-submit on its head node, here a stand-in that says what it was given.
mkdir "$(sshd_home user)/spark"
# shellcheck disable=SC2016 # for the stand-in
printf '#!/bin/sh\necho "submit: $*"\n' >"$(sshd_home user)/spark/spark-submit"
printf '#!/bin/sh\n' >"$(sshd_home user)/spark/java"
chmod +x "$(sshd_home user)"/spark/*
capture azml-guile computetarget attach cluster -n spark -a 127.0.0.1 -p "$port" -u user \
  --private-key-file "$HOME/.config/azml/keys/my_dsvm"
is "$status" 0 'a cluster is attached by the key that there is'
capture azml-guile runconfiguration update spark Framework=PySpark
azml-guile computetarget update spark \
  sparkSubmitLocation="$(sshd_home user)/spark/spark-submit" 2>"$err_file"
capture azml-guile experiment submit -c spark train.py 7
like "$(out)" '^submit: --master yarn --deploy-mode cluster train.py 7$' \
  'a script goes to YARN from there'
like "$(err)" "outputs stay there" 'with a warning of what does not come back'
printf 'configuration:\n  spark.master: spark://head:7077\n' >aml_config/spark_dependencies.yml
capture azml-guile experiment submit -c spark train.py 7
like "$(out)" '^submit: --conf spark.master=spark://head:7077 train.py 7$' \
  'spark.master names another master than YARN'

capture azml-guile computetarget detach my_dsvm
ok 'detach removes the target' test ! -e aml_config/my_dsvm.compute
ok 'and leaves the run configuration' test -e aml_config/my_dsvm.runconfig

done_testing
