#!/bin/sh
# test-workbench-docker.sh: the way of a user of Workbench to a GPU machine, in containers.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Command by command as the product's pages had it: attach, edit the compute target, the
# run configuration and the conda file, prepare, submit, look at the GPU, history.  What
# exists no longer has a stand-in: the image is one of this test, the conda channel a folder
# in it.

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/docker.sh"
. "$AZML_SRCDIR/tests/fixtures/sshd.sh"

docker_wanted 'the walk of a user of Workbench, with containers'
docker_start
docker_base_image
unset AZML_ROOT

# The image: the base, a conda, and a channel with one package.
mkdir -p channel tree/bin
printf '#!/bin/sh\necho tool of the channel\n' >tree/bin/azml-tool
chmod +x tree/bin/azml-tool
tar -cf channel/azml-tool-2.1-h1_0.tar -C tree .
version=$(docker run --rm --network none azml-test/base python3 -c \
  'import sys; print("%d.%d.%d" % sys.version_info[:3])')
mkdir empty
tar -cf "channel/python-$version-h0_0.tar" -C empty .
tar -cf channel/pip-23.0-h0_0.tar -C empty .
box=$(docker create azml-test/base true)
docker cp channel "$box:/channel" >/dev/null
cp "$AZML_SRCDIR/tests/fixtures/micromamba" micromamba
chmod 755 micromamba
docker cp micromamba "$box:/usr/bin/micromamba" >/dev/null
docker commit "$box" azml-test/conda-gpu >/dev/null
docker rm "$box" >/dev/null

sshd_other_account there
AS=there sshd_start vm "SetEnv DOCKER_HOST=$DOCKER_HOST DOCKER_CONFIG=$DOCKER_CONFIG"
HOME=$ssh_home
export HOME
az () { env -u DOCKER_HOST azml-guile "$@"; }

# The project, as it was cloned: a script and the files for this machine.
mkdir "$scratch/mnist"
cd "$scratch/mnist" || exit 99
mkdir aml_config
cat >tf_mnist.py <<'END_OF_SCRIPT'
import os, subprocess, sys
from azureml.logging import get_azureml_logger
run_logger = get_azureml_logger()
print("share", os.environ["AZUREML_NATIVE_SHARE_DIRECTORY"], os.environ.get("TEST_DEVICE"))
sys.stdout.flush()
subprocess.check_call(["azml-tool"])
open(os.environ["AZUREML_NATIVE_SHARE_DIRECTORY"] + "count", "a").write("x")
run_logger.log("Accuracy", [0.5, 0.75])
run_logger.log("Runs", len(open(os.environ["AZUREML_NATIVE_SHARE_DIRECTORY"] + "count").read()))
open("outputs/cntk.model", "w").write("model")
END_OF_SCRIPT
printf 'name: project_environment\ndependencies:\n  - python=%s  # as the image\n' "$version" \
  >aml_config/conda_dependencies.yml

# 1. Attach the machine.
capture az computetarget attach remotedocker -n my_dsvm -a 127.0.0.1 -p "$sshd_port" -u there \
  --private-key-file "$ssh_home/.ssh/id_ed25519"
is "$status" 0 'a machine is attached'
is "$(sed -n 's/^type: //p; s/^baseDockerImage: //p' aml_config/my_dsvm.compute)" \
  'microsoft/mmlspark:plus-0.9.9
remotedocker' 'as the product wrote it'

# 2. Edit the compute target.
capture az computetarget update my_dsvm baseDockerImage=azml-test/conda-gpu
is "$status" 0 'its image is changed'

# 3. Edit the run configuration.
capture az runconfiguration update my_dsvm Framework=Python EnvironmentVariables.TEST_DEVICE=gpu \
  CondaDependenciesFile=aml_config/conda_dependencies_gpu.yml
is "$status" 0 'so is the run configuration'

# 4. Edit the conda file.
{
  echo 'channels: ["file:///channel"]'
  cat aml_config/conda_dependencies.yml
  echo '  - azml-tool=2'
} >aml_config/conda_dependencies_gpu.yml

# 5. Prepare.
capture az experiment prepare -c my_dsvm
is "$status" 0 'the environment is prepared over there'
is "$(docker images -q azml/env | wc -l)" 1 'as an image'

# 6. Submit.
capture az experiment submit -c my_dsvm tf_mnist.py
is "$status" 0 'the script runs in a container over there'
like "$(err)" "hint: .*nvidiaDocker: true" 'with a warning, since the image is for GPUs'
like "$(out)" '^share /azureml-share/ gpu$' 'it sees the share, and its variables'
like "$(out)" '^tool of the channel$' 'and the package of the conda file'
is "$(docker images -q azml/env | wc -l)" 1 'no image was built again'
id=$(out | sed -n '1s/RunId: //p')

# 7. Look at the GPU: none was asked for, none is there.
like "$(az history show "$id")" 'GPU' 'the run says what there was of GPUs'

# 8. History.
capture az history list -o json
is "$(json "$out_file" 'j[0]["run_id"], j[0]["Accuracy"], j[0]["status"], j[0]["target"]')" \
  "('$id', [0.5, 0.75], 'Completed', 'my_dsvm')" 'the run is in the history'
capture az history download -r "$id" --artifact outputs/cntk.model -d got
is "$(cat got/cntk.model)" model 'its model comes back'
capture az experiment submit -c my_dsvm tf_mnist.py
capture az history last -o json
is "$(json "$out_file" 'j["Runs"]')" 2 'the share lasts from run to run'
capture az experiment status -r "$id" -t my_dsvm
like "$(out)" '^state : Completed$' 'its state is told'
capture az experiment clean -t my_dsvm
is "$status" 0 'the machine is cleaned'
capture az computetarget detach my_dsvm
is "$(cd aml_config && echo *)" \
  'conda_dependencies.yml conda_dependencies_gpu.yml my_dsvm.runconfig' 'and detached'
no_container 'in the end'

done_testing
