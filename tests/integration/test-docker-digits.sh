#!/bin/sh
# test-docker-digits.sh: the example of doc/examples in a container, here and, as another
# user behind a real SSH server, there; its image is built once.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/docker.sh"
. "$AZML_SRCDIR/tests/fixtures/sshd.sh"

docker_wanted 'the digits in a container'
docker_start
docker_base_image
unset AZML_ROOT
sshd_other_account there
# How this machine reaches a package index is what the other user needs to know, too.
settings=$(env | grep -E '^(PIP_(INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|CERT|DEFAULT_TIMEOUT)|SSL_CERT_FILE|https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY)=' \
  | tr '\n' ' ')
AS=there sshd_start gpu1 "SetEnv DOCKER_HOST=$DOCKER_HOST DOCKER_CONFIG=$DOCKER_CONFIG $settings"
HOME=$ssh_home
export HOME
cp -r "$AZML_SRCDIR/doc/examples/digits" digits
chmod -R u+w digits
cd digits || exit 99

capture azml-guile computetarget attach docker -n box base-docker-image=azml-test/base network=host
is "$status" 0 'one command attaches the container'
capture azml-guile computetarget attach remotedocker -n far -a gpu1 \
  base-docker-image=azml-test/base network=host config="$ssh_home/.ssh/config"
is "$status" 0 'one command attaches that of another machine'

# outcome NAME USER: of the latest run.
outcome ()
{
  is "$status" 0 "$1: it ends well"
  is "$(grep -c '^epoch' "$out_file")" 3 "$1: with all of its log"
  folder=$(run_folder)
  is "$(grep -c accuracy "$folder/metrics.jsonl")" 3 "$1: with its metrics"
  ok "$1: with its model" test -s "$folder/outputs/model.joblib"
  ok "$1: with its picture" test -s "$folder/outputs/confusion.png"
  is "$(run_status 'j["container"]["engine"], j["environment"]["builder"]')" "('docker', 'image')" \
    "$1: it was in a container"
  lock=$folder/environment.lock
  [ -f "$lock" ] || lock=$(sshd_home there)/.local/share/azml/runs/$(last_run)/environment.lock
  like "$(cat "$lock")" '^scikit-learn==1\.' "$1: its packages are recorded"
}
capture azml-guile run -c box recipe.scm epochs=3
outcome here
is "$(run_status 'j["environment"]["built"]')" True 'here: its image is built'
is "$(stat -c %u "$(run_folder)/outputs/model.joblib")" "$(id -u)" 'here: the model is this user'\''s'
capture env -u DOCKER_HOST azml-guile run -c far recipe.scm epochs=3
outcome there
is "$(run_status 'j["environment"]["built"]')" False 'there: it finds the image'
there=$(sshd_home there)/.local/share/azml/runs/$(last_run)
is "$(stat -c %u "$there/outputs/model.joblib")" "$(id -u nobody)" 'there: the work was done by the other user'
is "$(docker images -q azml/env | wc -l)" 1 'one image was built for both'
no_container 'after both'
done_testing
