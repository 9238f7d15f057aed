# docker.py: runs in containers, against docker run.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real engine and a real sshd of our own (tests/fixtures); root only.  The image is the
same, and so is what is executed in it: true."""

import atexit
import os
import shutil
import subprocess
import time

from measure import at_most, missing, run, seconds

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROUNDS = int(os.environ.get("AZML_BENCH_DOCKER_ROUNDS", "11"))

# It stops everything when its input ends.
SCRIPT = """
. "$AZML_SRCDIR/tests/cli/tap.sh"
tap_python=${PYTHON:-python3}
. "$AZML_SRCDIR/tests/fixtures/docker.sh"
. "$AZML_SRCDIR/tests/fixtures/sshd.sh"
docker_start
docker_base_image
sshd_start far "SetEnv DOCKER_HOST=$DOCKER_HOST DOCKER_CONFIG=$DOCKER_CONFIG" || exit
mkdir "$scratch/index"
mkfifo "$scratch/pipe"
"$tap_python" "$AZML_SRCDIR/tests/fixtures/package-index.py" "$scratch/index" \\
  <"$scratch/pipe" >/dev/null 2>&1 &
exec 8>"$scratch/pipe"
wait_until 20 test -f "$scratch/index/address"
printf '%s\\n' "$DOCKER_HOST" "$DOCKER_CONFIG" "$ssh_home" "$(cat "$scratch/index/address")"
cat >/dev/null
done_testing >/dev/null
"""

RECIPE = """(use-modules (azml))
(define box
  (compute-target (name "box") (type 'docker) (network "host")
                  (base-docker-image "azml-test/base")))
(define far
  (compute-target (name "far-box") (type 'remotedocker) (address "far") (config "%s")
                  (base-docker-image "azml-test/base")))
(define trivial
  (experiment (name "trivial") (command '("true")) (target box)))
(define packages
  (experiment (inherit trivial) (name "packages")
              (environment (environment (pip '("azml-demo"))))))
(define there
  (experiment (inherit trivial) (name "there") (target far)))
trivial
"""


class Engine:
    """An engine with the image azml-test/base, an sshd called `far', a project."""

    def __init__(self, context):
        folder = context.path("docker")
        os.makedirs(folder, exist_ok=True)
        self.process = subprocess.Popen(
            ["sh", "-c", SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=dict(os.environ, AZML_SRCDIR=os.path.dirname(TESTS),
                     AZML_BUILDDIR=os.getcwd(), TMPDIR=folder))
        atexit.register(self.stop)
        host, config, home, index = [self.process.stdout.readline().strip() for _ in range(4)]
        if not index:
            raise RuntimeError("no engine of our own")
        self.ssh_config = os.path.join(home, ".ssh", "config")
        os.environ.update(DOCKER_HOST=host, DOCKER_CONFIG=config, HOME=home,
                          PIP_INDEX_URL=index)
        os.environ.pop("PIP_FIND_LINKS", None)
        self.project = context.path("docker-project")
        shutil.rmtree(self.project, ignore_errors=True)
        os.makedirs(self.project)
        with open(os.path.join(self.project, "recipe.scm"), "w") as out:
            out.write(RECIPE % self.ssh_config)

    def stop(self):
        self.process.stdin.close()
        self.process.wait()

    def azml(self, name):
        return ["sh", "-c", 'cd "$0" && exec azml-guile run -q recipe.scm "$1"',
                self.project, name]

    def timed(self, command):
        """A procedure that times COMMAND.  What the engine has still to remove of a container when
        a run has ended is no part of it, nor of what comes next."""
        def measured():
            took = seconds(command)
            while subprocess.check_output(["docker", "ps", "-aq"]).strip():
                time.sleep(0.01)
            return took
        return measured

    def docker(self, image, network):
        return ["docker", "run", "--rm", "--network=" + network, image, "true"]

    def ssh(self, command):
        return ["ssh", "-F", self.ssh_config, "far", " ".join(command)]


_engine = []


def engine(context):
    if not _engine:
        _engine.append(Engine(context))
    return _engine[0]


def rooted(figure):
    def measured(context):
        if os.geteuid() != 0 or not shutil.which("dockerd"):
            yield missing(figure.__name__, 1.2, False, "only root can start an engine")
            return
        yield from figure(engine(context))
    measured.__name__ = figure.__name__
    return measured


def trivial(self):
    yield at_most("trivial run in a container / docker run --rm",
                  self.timed(self.azml("trivial")),
                  self.timed(self.docker("azml-test/base", "host")), 1.2, ROUNDS)


def packages(self):
    seconds(self.azml("packages"))
    image = subprocess.check_output(["docker", "images", "-q", "azml/env"], text=True).strip()
    yield at_most("with an environment that is there / docker run --rm",
                  self.timed(self.azml("packages")), self.timed(self.docker(image, "host")), 1.2, ROUNDS)


def through_ssh(self):
    run(self.azml("there"))
    yield at_most("trivial run in a container through SSH / ssh docker run --rm",
                  self.timed(self.azml("there")),
                  self.timed(self.ssh(self.docker("azml-test/base", "none"))), 1.2, ROUNDS)


FIGURES = [rooted(figure) for figure in (trivial, packages, through_ssh)]
