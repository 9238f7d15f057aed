#!/bin/sh
# test-docker-image.sh: images: those that are pulled, those that are built for environments.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/docker.sh"

docker_wanted 'an environment in an image'
docker_start
docker_base_image

# An index of our own, which only the settings of this machine's pip lead to.
mkdir "$scratch/index"
# It goes on as long as this end of the pipe is open.
mkfifo "$scratch/pipe"
"$tap_python" "$AZML_SRCDIR/tests/fixtures/package-index.py" "$scratch/index" \
  <"$scratch/pipe" >/dev/null 2>&1 &
index=$!
exec 8>"$scratch/pipe"
wait_until 20 test -f "$scratch/index/address"
PIP_INDEX_URL=$(cat "$scratch/index/address")
export PIP_INDEX_URL
unset PIP_FIND_LINKS PIP_EXTRA_INDEX_URL PIP_NO_INDEX

cat >demo.py <<'EOP'
import sys
import azml_demo
print("installed in", sys.prefix)
EOP
demo='(script "demo.py") (environment (environment (pip (list "azml-demo"))))'
recipe demo '(network "host")' -- "$demo"
# Two at once wait for one build.
azml-guile run demo.scm >"$scratch/first" 2>&1 &
first=$!
capture azml-guile run demo.scm
is "$status" 0 'a run with an environment'
like "$(out)" '^installed in /opt/azml/env$' 'its packages are in the image'
wait "$first"
is "$?" 0 'another at the same time'
is "$(cat .azml/runs/*/events.jsonl | grep -c '"what":"built"')" 1 'the image is built once'
is "$(docker images -q azml/env | wc -l)" 1 'there is one image'
is "$(run_status 'j["environment"]["builder"], j["container"]["engine"]')" "('image', 'docker')" \
  'the status has the image'
like "$(run_status 'j["container"]["id"]')" '^sha256:' 'by its digest'
like "$(cat "$(run_folder)/environment.lock")" '^azml-demo==1.0$' 'and the exact versions'
unlike "$(docker history --no-trunc "$(docker images -q azml/env)")$(docker inspect "$(docker images -q azml/env)")" \
  '127\.0\.0\.1' 'no layer knows the index'
capture azml-guile run demo.scm
is "$(run_status 'j["environment"]["built"]')" False 'a later run finds it'
like "$(cat "$(run_folder)/environment.lock")" '^azml-demo==1.0$' 'and knows its versions'
no_container 'after builds'
exec 8>&-
wait "$index"
done_testing
