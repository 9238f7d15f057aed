# ssh.py: runs on another machine, against what moves files and commands there today.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real sshd of our own on this machine (tests/fixtures/sshd.sh); every other
command goes there, too.  AZML_BENCH_SSH_DOORS=libssh,openssh says which doors."""

import os
import shutil
import subprocess
import threading
import time

import sshd
from measure import Figure, at_most, faster, peak_memory, run, seconds

BIG = int(os.environ.get("AZML_BENCH_SSH_BYTES", str(1 << 30)))
FILES = int(os.environ.get("AZML_BENCH_SSH_FILES", "10000"))
ROUNDS = int(os.environ.get("AZML_BENCH_SSH_ROUNDS", "0"))
DOORS = os.environ.get("AZML_BENCH_SSH_DOORS", "libssh").split(",")

TRIVIAL = """(use-modules (azml))
(experiment (name "trivial") (command '("true")))
"""
TWENTY = """(use-modules (azml))
(map (lambda (i)
       (experiment (name (string-append "trivial-" (number->string i)))
                   (command '("true"))))
     (iota 20))
"""


def rounds(wanted):
    return ROUNDS or wanted


def project(context, name, recipe):
    """A fresh project with RECIPE."""
    folder = context.path(name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with open(os.path.join(folder, "recipe.scm"), "w") as out:
        out.write(recipe)
    return folder


def azml_run(folder, *words, host="far"):
    return ["sh", "-c", 'cd "$1" && shift && exec azml-guile run -q -c "$@"', "sh", folder, host,
            *(words or ("recipe.scm",))]


def each_door(figure):
    """FIGURE (context, server) for each door that is wanted."""
    def measured(context):
        server = sshd.server(context)
        for door in DOORS:
            server.attach(door)
            for row in figure(context, server):
                row.name = "%s [%s]" % (row.name, door)
                yield row
    measured.__name__ = figure.__name__
    return measured


def write_many(folder):
    source = os.path.join(folder, "many")
    os.makedirs(source)
    for i in range(FILES):
        sub = os.path.join(source, "%02d" % (i % 100))
        os.makedirs(sub, exist_ok=True)
        with open(os.path.join(sub, "file-%d" % i), "wb") as out:
            out.write(os.urandom(2048))
    return source


class Aside:
    """Puts folders of many files aside in place of removing them, until all rounds are over:
    ext4 is slow to make files where many were just deleted, and that is not what is
    measured."""

    def __init__(self):
        self.folders = []

    def put(self, path):
        self.folders.append("%s.aside-%d" % (path, len(self.folders)))
        os.rename(path, self.folders[-1])

    def clear(self):
        for folder in self.folders:
            shutil.rmtree(folder)


def against(server, source, folder, command, remove=shutil.rmtree):
    """A procedure that times COMMAND (SOURCE, TO) into an empty folder."""
    def go():
        to = os.path.join(folder, "copied")
        if os.path.exists(to):
            remove(to)
        os.makedirs(to)
        os.chmod(to, 0o777)
        os.sync()
        return seconds(command(source, to))
    return go


def first_send(server, folder, remove=shutil.rmtree):
    """A procedure that times a run whose source nobody has seen, neither here nor there;
    the runner is there."""
    run(azml_run(folder, "--yes", "--", "true"))

    def go():
        server.forget(remove)
        for name in ("runs", "objects", "cache"):
            path = os.path.join(folder, ".azml", name)
            if os.path.exists(path):
                remove(path)
        os.sync()
        return seconds(azml_run(folder, "--yes", "--", "true"))
    return go


def many(context, server):
    folder = project(context, "ssh-many", TRIVIAL)
    source = write_many(folder)
    aside = Aside()
    theirs = against(server, source, context.path(), server.rsync, aside.put)
    yield faster("first send of %d files of 2 KiB, x rsync -a" % FILES,
                 first_send(server, folder, aside.put), theirs, 1, rounds(3))
    aside.clear()


def again(context, server):
    folder = project(context, "ssh-again", TRIVIAL)
    source = write_many(folder)
    to = context.path("copied-again")
    shutil.rmtree(to, ignore_errors=True)
    os.makedirs(to)
    os.chmod(to, 0o777)
    rsync = server.rsync(source, to)
    run(azml_run(folder, "--yes", "--", "true"))

    def nothing():
        server.ready()
        return seconds(azml_run(folder, "--yes", "--", "true"))
    yield at_most("nothing changed of %d / ssh true" % FILES, nothing, server.ssh("true"),
                  1.1, rounds(11))
    yield faster("nothing changed of %d, x rsync -a" % FILES, nothing, rsync, 1, rounds(5))

    def one_changed():
        server.ready()
        with open(os.path.join(source, "07", "file-7"), "wb") as out:
            out.write(os.urandom(2048))
        return seconds(azml_run(folder, "--yes", "--", "true"))
    yield at_most("one changed of %d / ssh true" % FILES, one_changed, server.ssh("true"),
                  1.2, rounds(11))


def big(context, server):
    folder = project(context, "ssh-big", TRIVIAL)
    source = os.path.join(folder, "big")
    with open(source, "wb") as out:
        for _ in range(BIG >> 20):
            out.write(os.urandom(1 << 20))
    ours = first_send(server, folder)
    size = "%d MiB of random bytes" % (BIG >> 20)
    for name, command, limit in (("rsync", server.rsync, 1), ("scp", server.scp, 1),
                                 ("ssh -c aes128-gcm cat", server.cat_to, 0.7)):
        yield faster("first send of %s, x %s" % (size, name), ours,
                     against(server, source, context.path(), command), limit, rounds(3),
                     warmup=0)
    os.unlink(source)
    server.forget()


def trivial(context, server):
    folder = project(context, "ssh-trivial", TRIVIAL)
    yield at_most("trivial run on a machine used before / ssh true", azml_run(folder),
                  server.ssh("true"), 1.4, rounds(21))


def twenty(context, server):
    folder = project(context, "ssh-twenty", TWENTY)

    def theirs():
        return sum(seconds(server.ssh("true")) for _ in range(20))
    yield faster("twenty trivial runs, x twenty times ssh true", azml_run(folder), theirs, 5,
                 rounds(5))


def log(context, server):
    """Both ends of a run keep its log, and the command ssh keeps none: as for what is sent,
    each round begins with an empty store and a disk that has written what came before."""
    folder = project(context, "ssh-log", TRIVIAL)
    peak = []

    def ours():
        shutil.rmtree(os.path.join(folder, ".azml", "runs"), ignore_errors=True)
        server.forget()
        os.sync()
        start = time.perf_counter()
        child = subprocess.Popen(
            azml_run(folder, "--", "head", "-c", str(BIG), "/dev/zero"),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        watch = threading.Thread(target=watch_memory, args=(child, peak))
        watch.start()
        drain(child)
        taken = time.perf_counter() - start
        watch.join()
        return taken

    def theirs():
        os.sync()
        start = time.perf_counter()
        drain(subprocess.Popen(server.ssh("head -c %d /dev/zero" % BIG),
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE))
        return time.perf_counter() - start
    yield faster("a log of %d MiB followed, x ssh cat" % (BIG >> 20), ours, theirs, 0.7,
                 rounds(5), warmup=0)
    server.forget()
    yield Figure("most memory of the client meanwhile, MiB", max(peak), 64 << 20,
                 max(peak) / (64 << 20), 1)


def watch_memory(child, peak):
    while child.poll() is None:
        size = peak_memory(child.pid)
        if size:
            peak.append(size)
        time.sleep(0.05)


def drain(child):
    while child.stdout.read(1 << 20):
        pass
    if child.wait() != 0:
        raise RuntimeError("exit %d: %s" % (child.returncode, child.args))


def turns(context, server):
    folder = project(context, "ssh-turns", TRIVIAL)
    slow = azml_run(folder, host="slow")
    # The command ssh waits twice once it is connected: for its channel, and for the end.
    base = server.turns(server.ssh("true", "slow")) - 2
    run(slow)
    for what, limit in (("nothing changed", 3), ("objects travel", 4)):
        n = server.turns(slow) - base
        yield Figure("round trips of a run, %s" % what, n, limit, n, limit)
        with open(os.path.join(folder, "new"), "wb") as out:
            out.write(os.urandom(100000))


FIGURES = [each_door(figure) for figure in (many, again, big, trivial, twenty, log, turns)]
