#!/bin/sh
# test-docker-ways.sh: by which way the engine is reached: sudo, a daemon of the user's own,
# one on another machine, podman.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/docker.sh"

docker_wanted 'ways to an engine'
docker_start
docker_base_image
user_group=$(id -gn "$docker_user")
folder=$tap_folder/user
bin=$tap_folder/bin
mkdir "$folder" "$bin"
chmod 755 "$tap_folder" "$scratch"
chown "$docker_user" "$folder"

# The run directory is where only this name space has it, as if the daemon were elsewhere.
recipe job -- '(command (list "id" "-u"))'
mkdir private
capture unshare --mount sh -c 'mount -t tmpfs none private && cp job.scm private && cd private \
  && azml-guile run job.scm'
is "$status" 125 'a daemon on another machine'
like "$(err)" 'the Docker daemon is on another machine' 'is recognised'
like "$(err)" "hint: .*'remotedocker'" 'and the type to use is said'
unlike "$(out)" '^0' 'the command was not executed'
no_container 'a daemon on another machine'

cd "$folder" || exit 99
recipe job -- '(command (list "id" "-u"))'
chown "$docker_user" job.scm
as_user ()
{
  capture as_ordinary env AZML_ROOT="$folder/root" PATH="$bin:$PATH" "$@"
}
as_user azml-guile --version
if [ "$status" = 126 ]; then
  skip 'what an ordinary user is told, and gets' 'the build is closed to other users'
  done_testing
fi
last () { echo .azml/runs/*; }
again () { rm -rf .azml root; }

# Under SELinux the labels of files would keep a container from what is mounted.
cat >"$bin/docker" <<END
#!/bin/sh
echo "\$*" >>"$tap_folder/docker.log"
exec $(command -v docker) "\$@"
END
chmod 755 "$bin/docker"
cd "$scratch" || exit 99
recipe labels -- '(command (list "echo" "ran"))
  (environment (environment (pip (list "no-such-package"))))'
selinux ()
{
  PATH=$bin:$PATH capture unshare --mount sh -c 'mount -t tmpfs none /sys/fs && mkdir /sys/fs/selinux \
    && echo 1 >/sys/fs/selinux/enforce && exec "$@"' sh "$@"
}
selinux azml-guile run job.scm
is "$status:$(out)" "0:$(id -u)" 'a machine with SELinux: a run'
like "$(cat "$tap_folder/docker.log")" '^run .* --security-opt=label=disable .* inner ' 'is not kept from its mounts'
: >"$tap_folder/docker.log"
selinux env PIP_NO_INDEX=1 azml-guile run labels.scm
like "$(cat "$tap_folder/docker.log")" '^run .* --security-opt=label=disable .*install.sh$' 'nor is a build'
: >"$tap_folder/docker.log"
PATH=$bin:$PATH capture azml-guile run job.scm
unlike "$(cat "$tap_folder/docker.log")" 'security-opt' 'elsewhere nothing is said of labels'
rm "$bin/docker"
cd "$folder" || exit 99

# Not in the group: two ways out are said. (As root wrote it, sudo is what is first on PATH.)
chgrp root "$docker_folder/docker.sock"
printf '#!/bin/sh\necho "sudo: a password is required" >&2\nexit 1\n' >"$bin/sudo"
chmod 755 "$bin/sudo"
as_user azml-guile run job.scm
is "$status" 125 'a user who may not use the daemon'
like "$(err)" 'this user may not use Docker, and sudo wants a password' 'is told so'
like "$(err)" 'hint: either .*usermod -aG docker.*sudo run docker' 'and both ways out'
again

# One who may use sudo without a password.
# A stand-in for root's rights: a socket for everybody, which only what sudo executes knows.
cat >"$bin/relay.py" <<'EOP'
import os, socket, sys, threading
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[2])
os.chmod(sys.argv[2], 0o666)
listener.listen(50)
def pump(source, sink):
    try:
        while True:
            data = source.recv(65536)
            if not data:
                break
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass
while True:
    near = listener.accept()[0]
    far = socket.socket(socket.AF_UNIX)
    far.connect(sys.argv[1])
    threading.Thread(target=pump, args=(near, far), daemon=True).start()
    threading.Thread(target=pump, args=(far, near), daemon=True).start()
EOP
"$tap_python" "$bin/relay.py" "$docker_folder/docker.sock" "$tap_folder/open.sock" >/dev/null 2>&1 &
relay=$!
end_relay () { kill "$relay" 2>/dev/null; }
at_end end_relay
wait_until 20 test -S "$tap_folder/open.sock"
cat >"$bin/sudo" <<END
#!/bin/sh
[ "\$1" = -n ] && [ "\$2" = docker ] || exit 1
shift 2
echo "\$*" >>"$folder/sudo.log"
for word; do
  shift
  case \$word in unix://*) word=unix://$tap_folder/open.sock ;; esac
  set -- "\$@" "\$word"
done
exec docker "\$@"
END
as_user azml-guile run job.scm
is "$status:$(out)" "0:$(id -u "$docker_user")" 'sudo without a password is found and used'
like "$(cat sudo.log)" '^--config .* --host .* run ' 'with this user'\''s configuration and host'
is "$(find .azml ! -user "$docker_user" | head -n 3)" '' 'all files are the user'\''s'
no_container 'through sudo'
again
rm "$bin/sudo"

# A daemon of the user's own, as its socket says: root in there is this user. (This one is
# not: what is written there is root's.)
chown "$docker_user" "$docker_folder/docker.sock"
as_user azml-guile run job.scm
is "$(out)" 0 'rootless Docker: uid 0 inside'
is "$status" 0 'an end that another user has written is read'
again
chown root "$docker_folder/docker.sock"
chgrp "$user_group" "$docker_folder/docker.sock"

# Podman has the same commands; this stand-in leaves out what Docker does not know, and tells
# of images as Podman does: a list, of many lines. All of a LABEL is one to it.
docker=$(command -v docker)
cat >"$bin/podman" <<END
#!/bin/sh
echo "\$*" >>"$folder/podman.log"
export DOCKER_HOST=$DOCKER_HOST
if [ "\$1 \$2" = 'image inspect' ]; then
  shift 3 # without a format Docker does, too
  exec $docker image inspect "\$@"
fi
for word; do
  shift
  case \$word in
    --userns=keep-id) continue ;;
    'LABEL '*) # one, whatever is behind the first sign of equality
      key=\${word%%=*}
      word="\$key=\"\$(printf %s "\${word#*=}" | tr -d '"')\"" ;;
  esac
  set -- "\$@" "\$word"
done
exec $docker "\$@"
END
chmod 755 "$bin/podman"
recipe job "(engine 'podman)" -- '(command (list "id" "-u"))'
as_user azml-guile run job.scm
is "$status:$(out)" "0:$(id -u "$docker_user")" 'podman'
like "$(cat podman.log)" '^run .*--userns=keep-id ' 'the user is the same inside'
is "$(json "$(last)/status.json" 'j["container"]["engine"]')" podman 'it is recorded'
no_container 'with podman'

# An environment's image is built once, and removed when it is not used, whatever docker says.
mkdir "$tap_folder/index"
mkfifo "$tap_folder/pipe"
"$tap_python" "$AZML_SRCDIR/tests/fixtures/package-index.py" "$tap_folder/index" \
  <"$tap_folder/pipe" >/dev/null 2>&1 &
exec 8>"$tap_folder/pipe"
wait_until 20 test -f "$tap_folder/index/address"
PIP_INDEX_URL=$(cat "$tap_folder/index/address")
export PIP_INDEX_URL
unset PIP_FIND_LINKS PIP_EXTRA_INDEX_URL PIP_NO_INDEX
again
recipe job "(engine 'podman)" '(network "host")' -- \
  '(command (list "python3" "-c" "import azml_demo, sys; print(sys.prefix)"))
  (environment (environment (pip (list "azml-demo"))))'
as_user azml-guile env build -q job.scm
is "$status" 0 'podman: an image is built'
like "$(err)" ' built, Python 3' 'with its Python'
as_user azml-guile run --json job.scm
like "$status:$(err)" '^/opt/azml/env' 'the run has it'
is "$(json "$out_file" 'j["status"]["environment"]["built"]')" False 'and builds nothing'
mkdir -p "$tap_folder/ordinary/.local/share/containers/storage"
chmod -R a+rX "$tap_folder/ordinary/.local"
sleep 1.1

# The command docker of the package podman-docker is Podman, whatever its name.
cat >"$bin/docker" <<END
#!/bin/sh
echo 'Emulate Docker CLI using podman. Create /etc/containers/nodocker to quiet msg.' >&2
exec $bin/podman "\$@"
END
chmod 755 "$bin/docker"
: >podman.log
recipe disguised '(network "host")' -- '(command (list "id" "-u"))
  (environment (environment (pip (list "azml-demo"))))'
as_user azml-guile run --json disguised.scm
like "$status:$(err)" "^0:run" 'podman under the name of docker'
like "$(cat podman.log)" '^run .*--userns=keep-id ' 'is given the words of podman'
is "$(json "$out_file" 'j["status"]["container"]["engine"]')" podman 'and recorded by its own name'
sleep 1.1
as_user azml-guile env gc -n --unused 1s
is "$(err | grep -c '^would remove image')" 1 'what it has is told once'
rm "$bin/docker"
as_user env DOCKER_HOST=unix:///nowhere azml-guile env gc --unused 1s
like "$(err)" '^removed image azml/env:' 'which is removed when it was not used'
is "$(docker images -aq --filter label=azml.environment)" '' 'as podman does'
no_container 'with images of podman'
exec 8>&-
done_testing
