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
# Of an address without TLS pip keeps nothing, unless the host is trusted.
PIP_INDEX_URL=$(cat "$scratch/index/address") PIP_TRUSTED_HOST=127.0.0.1
export PIP_INDEX_URL PIP_TRUSTED_HOST
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
is "$(docker inspect --format '{{json .Config.Entrypoint}} {{json .Config.Cmd}}' azml-test/base)" \
  "$(docker inspect --format '{{json .Config.Entrypoint}} {{json .Config.Cmd}}' "$(docker images -q azml/env)")" \
  'the image starts what its base starts'
capture azml-guile run demo.scm
is "$(run_status 'j["environment"]["built"]')" False 'a later run finds it'
like "$(cat "$(run_folder)/environment.lock")" '^azml-demo==1.0$' 'and knows its versions'
no_container 'after builds'


# Built before a run needs it, in the machine's Docker and not on the machine; what else the run
# needs, such as a GPU and data, is of no matter.
recipe early '(network "host")' -- '(script "demo.py") (gpus 1)
  (inputs (list (local-path "later")))
  (environment (environment (pip (list "azml-demo==1.0"))))'
# The index has the package no more, but what an earlier build got is kept.
mv "$scratch/index"/*.whl "$scratch"
capture azml-guile env build early.scm
mv "$scratch"/*.whl "$scratch/index"
is "$status" 0 'env build, for a run in a container'
like "$(err)" 'Using cached .*azml_demo-1\.0' 'what another build got is not got again'
like "$(err)" '^early: environment .* built, Python 3.*, in azml/env:' 'builds an image'
like "$(err)" 'Successfully installed azml-demo-1.0' 'and shows what the builder prints'
is "$(azml-guile env list --json)" '[]' 'nothing is built on the machine itself'
capture azml-guile env build -q --json early.scm
is "$(json "$out_file" 'len(j), j[0]["builder"], j[0]["built"]')" "(1, 'image', False)" \
  'it is built once'
is "$(err)" '' 'with -q nothing else is told'
image=$(json "$out_file" 'j[0]["path"]')
recipe late '(network "host")' -- '(script "demo.py")
  (environment (environment (pip (list "azml-demo==1.0"))))'
capture azml-guile run late.scm
is "$status $(run_status 'j["environment"]["built"], j["environment"]["path"]')" \
  "0 (False, '$image')" 'the run has it, and builds nothing'
recipe none '(network "host")' -- '(command (list "true"))
  (environment (environment (pip (list "no-such-package"))))'
capture azml-guile env build -q none.scm
is "$status" 1 'one that cannot be built'
like "$(err)" "^azml-guile: build the environment's image: pip finds no such package" 'the cause is said'
recipe plain -- '(command (list "false"))'
capture azml-guile env build plain.scm
like "$status:$(err)" '^plain: needs no environment, azml-test/base is there' 'only an image'
docker rmi "$image" >/dev/null

# What is ours and unused can be removed; not what is used, nor what is somebody else's.
recipe slow '(network "host")' -- '(command (list "sh" "-c" "echo begun; sleep 600"))
  (environment (environment (pip (list "azml-demo"))))'
id=$(azml-guile run --detach slow.scm)
begun () { grep -q begun ".azml/runs/$id/log"; }
wait_until 60 begun
docker run -d --name theirs --network none --label azml.user=4294967290 \
  --label azml.directory=/nowhere azml-test/base true >/dev/null
docker create --name left --network none --label azml.run=x --label "azml.user=$(id -u)" \
  --label "azml.directory=$scratch/.azml/runs/gone" azml-test/base true >/dev/null
sleep 1.1
capture azml-guile env gc -n --unused 1s
like "$status:$(err)" '^0:would remove container left' 'a container that a run has left would be removed'
isnt "$(docker ps -aq --filter name=left)" '' 'but was not'
capture azml-guile env gc --unused 1s
unlike "$(err)" 'image' 'the image that a run uses is not removed'
is "$(docker ps -aq --filter name=left)" '' 'the container is'
isnt "$(docker ps -aq --filter name=theirs)" '' 'that of somebody else is not'
like "$(err)" '^removed volume azml-cache, used ' 'so is the cache of builds that were long ago'
is "$(docker volume ls -q)" '' 'of which nothing is left'
is "$(state "$id")" running 'the run goes on'
azml-guile stop "$id" >/dev/null 2>&1
docker rm -f theirs >/dev/null
# From another base another image is made under the same name; the old one is nobody's.
docker tag azml-test/base azml-test/first
docker import --change 'ENV PATH=/usr/bin:/bin' "$docker_archive" azml-test/base >/dev/null
capture azml-guile run demo.scm
is "$status $(run_status 'j["environment"]["built"]')" '0 True' 'a base that has changed'
is "$(docker volume ls -q)" azml-cache 'has a cache again'
capture azml-guile env gc
like "$(err)" '^removed image azml/env:' 'the image of the old one is removed'
is "$(docker volume ls -q)" azml-cache 'the cache is not, without an age'
is "$(docker images -q azml/env | wc -l)" 1 'that of the new one is not'
sleep 1.1
capture azml-guile env gc --unused 1s --json
is "$(json "$out_file" 'j["removed"][0]["what"], j["removed"][0]["bytes"] > 1000000')" "('image', True)" \
  'until it was not used for long'
is "$(docker images -aq --filter label=azml.environment)" '' 'then no image of ours is left'
isnt "$(docker images -q azml-test/base)" '' 'the base image stays'
capture azml-guile run demo.scm
is "$status" 0 'the next run builds again'
no_container 'at the end'
exec 8>&-
wait "$index"
# A conda package, by the micromamba of this machine; the channel's address has a password.
mkdir -p 'files/me:geheim@/channel' tree/bin empty
printf '#!/bin/sh\necho tool of the channel\n' >tree/bin/azml-tool
chmod +x tree/bin/azml-tool
tar -cf 'files/me:geheim@/channel/azml-tool-2.1-h1_0.tar' -C tree .
version=$(docker run --rm --network none azml-test/base python3 -c \
  'import sys; print("%d.%d.%d" % sys.version_info[:3])')
tar -cf "files/me:geheim@/channel/python-$version-h0_0.tar" -C empty .
box=$(docker create azml-test/base true)
docker cp files/. "$box:/" >/dev/null
docker commit "$box" azml-test/channel >/dev/null
docker rm "$box" >/dev/null
mkdir mamba
cp "$AZML_SRCDIR/tests/fixtures/micromamba" mamba/micromamba
chmod 755 mamba/micromamba
recipe conda '(base-docker-image "azml-test/channel")' -- '(command (list "azml-tool"))
  (environment (environment (conda (list "azml-tool"))
                            (channels (list "file://me:geheim@/channel"))))'
PATH=$scratch/mamba:$PATH capture azml-guile run conda.scm
is "$status:$(out)" '0:tool of the channel' 'a conda package, where the image has no conda' \
  || diag "$(cat "$(run_folder)/prepare.log")"
like "$(cat "$(run_folder)/prepare.log")" 'create .*azml-tool' 'the log says what is installed'
unlike "$(cat "$(run_folder)/prepare.log" "$out_file" "$err_file")" geheim \
  'and not the password of the channel'
unlike "$(cat "$(run_folder)/prepare.log")" 'azml-tool .*Cached' 'which it was got from'
sed -i 's/(conda (list "azml-tool"))/(conda (list "azml-tool=2.1"))/' conda.scm
PATH=$scratch/mamba:$PATH capture azml-guile run conda.scm
is "$status $(run_status 'j["environment"]["built"]')" '0 True' 'another environment with it'
like "$(cat "$(run_folder)/prepare.log")" 'azml-tool .*Cached' 'does not get it again'

done_testing
