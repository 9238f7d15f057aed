# measure.py: time commands side by side.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ratios, never absolute times: two commands take turns (A B A B ...), each
pair gives one ratio, and the median of the ratios is the figure.  A machine that
slows down slows both."""

import os
import statistics
import subprocess
import time


class Missing(Exception):
    """What a figure is compared with cannot be had on this machine."""


class Figure:
    """One row of the table.  RATIO is ours / theirs when `at most` is promised, and
    theirs / ours ("times faster") when `at least` is."""

    def __init__(self, name, ours, theirs, ratio, limit, at_least=False, note=""):
        self.name = name
        self.ours = ours
        self.theirs = theirs
        self.ratio = ratio
        self.limit = limit
        self.at_least = at_least
        self.note = note

    def holds(self):
        if self.ratio is None:
            return None
        return self.ratio >= self.limit if self.at_least else self.ratio <= self.limit

    def as_json(self):
        return {"name": self.name, "ours": self.ours, "theirs": self.theirs,
                "ratio": self.ratio, "limit": self.limit,
                "sense": "at least" if self.at_least else "at most",
                "holds": self.holds(), "note": self.note}


def missing(name, limit, at_least, reason):
    """A row for what could not be measured."""
    return Figure(name, None, None, None, limit, at_least, "missing: %s" % reason)


def run(command, **options):
    """Run COMMAND quietly; an unexpected exit is an error that shows its output."""
    options.setdefault("stdout", subprocess.DEVNULL)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          **options)
    if done.returncode != 0:
        raise RuntimeError("%s: exit %d\n%s" % (command, done.returncode,
                                                done.stderr.decode(errors="replace")))


def seconds(action):
    """Wall seconds of ACTION: a command or a procedure that returns its own."""
    if callable(action):
        return action()
    start = time.perf_counter()
    run(action)
    return time.perf_counter() - start


def paired(ours, theirs, rounds, warmup=1):
    """Take turns; return (median of ours, median of theirs, median of ours/theirs)."""
    for _ in range(warmup):
        seconds(ours)
        seconds(theirs)
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    return (statistics.median(a for a, _ in pairs),
            statistics.median(b for _, b in pairs),
            statistics.median(a / b for a, b in pairs))


def at_most(name, ours, theirs, limit, rounds=21, **options):
    a, b, ratio = paired(ours, theirs, rounds, **options)
    return Figure(name, a, b, ratio, limit)


def faster(name, ours, theirs, limit, rounds=5, **options):
    a, b, ratio = paired(ours, theirs, rounds, **options)
    return Figure(name, a, b, 1 / ratio, limit, at_least=True)


def peak_memory(pid):
    """Largest resident size so far of process PID in bytes, None when it is gone."""
    try:
        with open("/proc/%d/status" % pid) as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return None


def proportional_memory(pid):
    """Memory of process PID with shared pages counted in proportion, in bytes, None when it
    is gone."""
    try:
        with open("/proc/%d/smaps_rollup" % pid) as rollup:
            for line in rollup:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return None


def which(program):
    """The path of PROGRAM, or Missing."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        path = os.path.join(folder, program)
        if os.access(path, os.X_OK) and not os.path.isdir(path):
            return path
    raise Missing("%s is not installed" % program)
