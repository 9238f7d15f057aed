#!/bin/sh
# test-docker-bad.sh: what can be wrong with images and engines; the cause in one line, the
# last lines of the engine, the right exit code.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/docker.sh"

docker_wanted 'images and engines that are wrong'
docker_start
docker_base_image
docker_registry open
open=$registry
docker_registry closed me:secret
closed=$registry

# with IMAGE [TARGET-FIELD... -- EXPERIMENT-FIELD...]: run in a container of IMAGE.
with ()
{
  image=$1
  shift
  [ $# -gt 0 ] || set -- -- '(command (list "python3" "-c" "print(\"ran\")"))'
  recipe bad "(base-docker-image \"$image\")" "$@"
  capture azml-guile run bad.scm
}
# told CODE CAUSE TEXT NAME: how that ended.
told ()
{
  is "$status $(run_status 'j.get("cause")')" "$1 $2" "$4"
  like "$(err)" "^  $3" "$4: the cause is said"
}

docker rmi azml-test/base >/dev/null
with "$open/test/base"
docker tag "$open/test/base" azml-test/base
like "$status:$(out)" '^0:ran' 'an image is pulled'
like "$(cat "$(run_folder)/events.jsonl")" '"what":"pulling"' 'which is said'
like "$(cat "$(run_folder)/prepare.log")" 'Pull complete' 'prepare.log has the progress'
with "$open/test/base:no-such-tag"
told 125 container "pull '.*': the registry has no such image" 'a tag that does not exist'
like "$(err)" '^    .*manifest unknown' 'with the words of the engine'
with "$open/test/no-such-image"
told 125 container "pull '.*': the registry has no such image" 'an image that does not exist'
with "$closed/test/base"
told 125 container "pull '.*': the registry refuses" 'a registry that refuses'
like "$(err)" 'hint: .docker login' 'what to do'
docker login -u me -p secret "$closed" >/dev/null 2>&1
with "$closed/test/base"
like "$status:$(out)" '^0:ran' 'the credentials of the user'\''s docker'
with 127.0.0.1:1/x
told 125 container "pull '.*': the registry cannot be reached" 'no registry'
with 'Upper/Case'
told 125 container "pull '.*': the image has no valid name" 'a name that is none'

# An image with one program.
mkdir bare
cp "$AZML_RUNNER" bare/program
tar -C bare -c program >bare.tar
docker import bare.tar azml-test/bare >/dev/null
with azml-test/bare -- '(command (list "/program" "--version"))'
like "$status:$(out)" '^0:azml-runner' 'an image without a shell'
echo >nothing.py
with azml-test/bare -- '(script "nothing.py")'
told 127 'not found' "there is no command" 'an image without Python'
with azml-test/bare '(setup (list "true"))' -- '(command (list "/program" "--version"))'
told 127 'not found' "there is no command '/bin/sh'" 'setup lines without a shell'
like "$(err)" 'hint: the image has no shell' 'say what wanted one'
packages='(command (list "true")) (environment (environment (pip (list "azml-demo"))))'
with azml-test/bare -- "$packages"
told 125 environment "build the environment's image: the image has no shell" 'packages without a shell'
with "$open/test/base:s390x"
if [ -e /proc/sys/fs/binfmt_misc/qemu-s390x ]; then
  pass 'another architecture'
  pass 'another architecture: the cause is said'
else
  told 125 container "the image '.*:s390x' is made for s390x, this machine is" 'another architecture'
fi
docker import --change 'USER 12345' --change 'WORKDIR /no/where' "$docker_archive" azml-test/user >/dev/null
with azml-test/user
like "$status:$(out)" '^0:ran' 'an image whose user cannot write anywhere'
docker import --change 'ENTRYPOINT ["/no-such-entry"]' bare.tar azml-test/entry >/dev/null
with azml-test/entry -- '(command (list "/program" "--version"))'
is "$status" 0 'an entry point that is not there, and not asked for'
with azml-test/entry "(entrypoint 'image)" -- '(command (list "/program"))'
told 127 'not found' "there is no command '/no-such-entry'" 'when it is asked for'
like "$(err)" "hint: it is the image's own entry point" 'which is what it is'
docker import --change 'ENTRYPOINT ["/program", "no-such-verb"]' bare.tar azml-test/fails >/dev/null
with azml-test/fails "(entrypoint 'image)" -- '(command (list "/program"))'
is "$status" 2 'an entry point that fails has the exit code'
like "$(err)" "^  the image's own entry point" 'and is named'

# Packages.
docker run --name snake --network none azml-test/base sh -c 'rm /usr/bin/python3*'
docker commit snake azml-test/no-python >/dev/null
docker rm snake >/dev/null
with azml-test/no-python -- "$packages"
told 125 environment "build the environment's image: the base image has no Python" 'a base image without Python'
PIP_INDEX_URL=http://127.0.0.1:1/simple
export PIP_INDEX_URL
with azml-test/base '(network "host")' -- '(command (list "true")) (environment (environment (pip (list "azml-demo" "no-such-one"))))'
told 125 environment "build the environment's image: the container does not reach the package index" \
  'no package index'
like "$(err)" '^    ERROR: No matching distribution' 'the last lines of pip'
is "$(sed -n '/Retrying/p' "$(run_folder)/prepare.log")" '' 'which did not try again and again'

# Of fourteen packages, which are source and so are built one after the other, the ninth breaks.
mkdir shop
for n in 01 02 03 04 05 06 07 08 09 10 11 12 13 14; do
  "$tap_python" - "$n" <<'EOP'
import io, sys, zipfile
number = sys.argv[1]
name = "azml_step_" + number
if number != "09":
    with zipfile.ZipFile("shop/%s-1.0-py3-none-any.whl" % name, "w") as wheel:
        for file, text in [("%s.py", ""), ("%s-1.0.dist-info/METADATA",
                                           "Metadata-Version: 2.1\nName: %s\nVersion: 1.0\n" % name),
                           ("%s-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: hand\n"
                            "Root-Is-Purelib: true\nTag: py3-none-any\n"),
                           ("%s-1.0.dist-info/RECORD", "")]:
            wheel.writestr(file % name, text)
else:
    import tarfile
    with tarfile.open("shop/%s-1.0.tar.gz" % name, "w:gz") as archive:
        for file, text in [("setup.py", "import sys\nprint('compiling widget.c')\n"
                            "sys.exit('widget.c:7: error: expected an expression')\n"),
                           ("PKG-INFO", "Metadata-Version: 2.1\nName: %s\nVersion: 1.0\n" % name)]:
            member = tarfile.TarInfo("%s-1.0/%s" % (name, file))
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
EOP
done
PIP_NO_INDEX=1 PIP_FIND_LINKS=$scratch/shop
export PIP_NO_INDEX PIP_FIND_LINKS
unset PIP_INDEX_URL
steps=$(for n in 01 02 03 04 05 06 07 08 09 10 11 12 13 14; do printf '"azml-step-%s" ' $n; done)
with azml-test/base -- "(command (list \"true\")) (environment (environment (pip (list $steps))))"
told 125 environment "build the environment's image: 'azml_step_09-1.0.tar.gz' cannot be installed" 'a build that fails at the ninth of fourteen'
like "$(err)" '^    .*widget.c:7: error: expected an expression' 'the last lines of the builder'
like "$(cat "$(run_folder)/prepare.log")" 'azml[_-]step[_-]08' 'prepare.log has the steps before'
is "$(docker images -q azml/env)" '' 'no image is left'
unset PIP_NO_INDEX PIP_FIND_LINKS
no_container 'a build that failed'

# Engines.
DOCKER_HOST=unix://$scratch/no.sock with azml-test/base
told 125 container 'ask for the image: the Docker daemon does not answer' 'a daemon that is down'
like "$(err)" 'hint: start it' 'is to be started'
cat >daemon.py <<'EOP'
import os, socket, sys, time
kind, path = sys.argv[1:]
server = socket.socket(socket.AF_UNIX)
server.bind(path)
server.listen(20)
kept = []
text = b'{"message":"client version 1.48 is too new. Maximum supported API version is 1.12"}'
end = time.time() + 120
while time.time() < end and os.path.exists(path):
    connection = server.accept()[0]
    kept.append(connection)
    if kind == "old":
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nApi-Version: 1.12\r\nConnection: close\r\n"
                           b"Content-Length: %d\r\n\r\n" % len(text) + text)
        connection.close()
EOP
for kind in old hangs; do
  "$tap_python" daemon.py $kind "$tap_folder/$kind.sock" >/dev/null 2>&1 &
  eval "$kind=$!"
  wait_until 20 test -S "$tap_folder/$kind.sock"
done
DOCKER_HOST=unix://$tap_folder/old.sock with azml-test/base
told 125 container 'ask for the image: the Docker daemon is too old for the docker command' 'a daemon that is too old'
AZML_ENGINE_TIMEOUT=2 DOCKER_HOST=unix://$tap_folder/hangs.sock with azml-test/base
told 125 container 'the daemon does not answer: .docker image. took more than 2 s' 'a daemon that hangs'
# shellcheck disable=SC2154 # set by eval
kill "$old" "$hangs"
no_container 'after all that'
done_testing
