# sshd.py: a real SSH server of our own to measure against, and a slow way to it.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

import atexit
import os
import shutil
import subprocess
import sys
import time

from measure import run

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# The fixture of the tests; it stops everything when its input ends.
SCRIPT = """
. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/fixtures/sshd.sh"
sshd_other_account other
AS=other sshd_start far || exit
AS=other relay_start slow far --delay 50 || exit
echo "$ssh_home"
echo "$(sshd_home other)"
echo "$sshd_folder/slow/control"
cat >/dev/null
done_testing >/dev/null
"""


class Server:
    """An sshd, called `far', and `slow', a relay that delays each direction by 50 ms.
    They lead to an ordinary user's account: another one's, where root runs this."""

    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.process = subprocess.Popen(
            ["sh", "-c", SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=dict(os.environ, AZML_SRCDIR=os.path.dirname(TESTS),
                     AZML_BUILDDIR=os.getcwd(), TMPDIR=folder))
        atexit.register(self.stop)
        self.home = self.process.stdout.readline().strip()
        self.there = self.process.stdout.readline().strip()
        self.control = self.process.stdout.readline().strip()
        if not self.control:
            raise RuntimeError("no sshd of our own")
        self.config = os.path.join(self.home, ".ssh", "config")
        os.environ["HOME"] = self.home

    def stop(self):
        self.process.stdin.close()
        self.process.wait()

    def ssh(self, command, host="far", *options):
        return ["ssh", "-F", self.config, *options, host, command]

    def rsync(self, source, to):
        return ["rsync", "-a", "-e", "ssh -F " + self.config, source, "far:" + to]

    def scp(self, source, to):
        return ["scp", "-q", "-F", self.config, source, "far:" + to]

    def cat_to(self, source, to):
        return ["sh", "-c", 'exec "$@" <"$0"', source,
                *self.ssh("cat >'%s/file'" % to, "far", "-c", "aes128-gcm@openssh.com")]

    def attach(self, door):
        """Let the targets `far' and `slow' lead here through DOOR."""
        for name in ("far", "slow"):
            subprocess.run(["azml-guile", "computetarget", "detach", name],
                           stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
            run(["azml-guile", "computetarget", "attach", "remote", "-n", name, "-a", name,
                 "ssh=" + door, "config=" + self.config])

    def forget(self, remove=shutil.rmtree):
        """Take from the account what runs have left there, but not the runner."""
        for name in ("objects", "runs"):
            path = os.path.join(self.there, ".local/share/azml", name)
            if os.path.exists(path):
                remove(path)

    def ready(self):
        """Wait until the source tree of the next run is there: a user who runs again does
        so after a moment."""
        folder = os.path.join(self.there, ".local/share/azml/runs/.spare")
        for _ in range(1200):
            names = os.listdir(folder) if os.path.isdir(folder) else []
            if names and not any(name.startswith(".") for name in names):
                return
            time.sleep(0.05)
        raise RuntimeError("no tree in " + folder)

    def tell(self, *words):
        done = subprocess.run([sys.executable, os.path.join(TESTS, "fixtures/relay.py"), "--tell",
                               self.control, *words], stdout=subprocess.PIPE, check=True)
        return done.stdout.decode().strip()

    def turns(self, command):
        """How many times COMMAND waits for an answer, one after the other."""
        self.tell("reset")
        run(command)
        return int(self.tell("turns"))


_server = []


def server(context):
    """The server; one for all figures."""
    if not _server:
        _server.append(Server(context.path("sshd")))
    return _server[0]
