# gpu.py: what GPUs cost: a lease, a queue of two hundred runs.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in of nvidia-smi tells of two GPUs, so that every machine can measure this."""

import json
import os
import subprocess
import sys
import tempfile
import time

from measure import Figure, missing, paired

RUNS = 200
SECONDS = 2
KILLS = 40
STORMS = 3    # at most: one in which the machine stood still is thrown away
WATCHED = 20  # seconds


def lease(_context):
    """A lease taken and given back, against a process."""
    ours, theirs = map(float, subprocess.check_output(
        [os.path.join(os.getcwd(), "tests", "bench", "lease-cost")]).split())
    yield Figure("lease a GPU and give it back / fork, exec and wait of true", ours,
                 theirs, ours / theirs, 1)


def one_storm():
    """What lease-storm.py saw; a lease that did not keep its promises is an error."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    seen = json.loads(subprocess.check_output(
        [sys.executable, os.path.join(top, "tests", "integration", "lease-storm.py"),
         os.path.join(os.getcwd(), "azml-runner"), "--runs", str(RUNS),
         "--seconds", str(SECONDS), "--kills", str(KILLS)]))
    faults = {key: seen[key] for key in ("clashes", "left", "failed_unkilled", "unended",
                                         "overtaken") if seen[key]}
    if faults and not seen["jumps"]:
        raise RuntimeError("the storm went wrong: %s" % faults)
    if seen["clashes"]:
        raise RuntimeError("two runs had one GPU: %s" % seen["clashes"])
    return seen


def storm(_context):
    """200 runs of four users, some killed, against two slots that are always busy."""
    name, thrown = "%d runs on 2 GPUs, %s killed / two slots always busy", []
    while len(thrown) < STORMS:
        seen = one_storm()
        if not seen["jumps"]:
            break
        thrown += [seen["jumps"]]
    note = "".join("; thrown away: one in which the clock jumped by %s s" % jumps
                   for jumps in thrown)[2:]
    if len(thrown) == STORMS:
        yield missing(name % (RUNS, "some"), 1 / 0.95, False, note)
        return
    yield Figure(name % (seen["runs"], seen["killed"]), seen["wall"], seen["busy"] / 2,
                 2 * seen["wall"] / seen["busy"], 1 / 0.95, note=note)


def cpu_of(pid):
    """Nanoseconds of CPU that process PID took, its threads and ended children, too."""
    ticks = 1e9 / os.sysconf("SC_CLK_TCK")
    with open("/proc/%d/stat" % pid) as file:
        fields = file.read().rpartition(")")[2].split()
    with open("/proc/%d/schedstat" % pid) as file:
        return int(file.read().split()[0]) + ticks * (int(fields[13]) + int(fields[14]))


def streams_of(runner):
    """The processes of nvidia-smi that the runner keeps for its samples."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % name) as file:
                parent = int(file.read().rpartition(")")[2].split()[1])
            with open("/proc/%s/cmdline" % name, "rb") as file:
                if parent == runner and b"-lms" in file.read().split(b"\0"):
                    found.append(int(name))
        except OSError:
            pass
    return found


class Watched:
    """What the runner of a run that sleeps, and its nvidia-smi, take in a second."""

    def __init__(self, folder, variables):
        def call(*words):
            return subprocess.check_output(["azml-guile"] + list(words), cwd=folder,
                                           env=dict(os.environ, **variables),
                                           stderr=subprocess.DEVNULL).decode().strip()

        run = call("run", "-d", "--", "sleep", "600")
        runs = os.path.join(folder, ".azml", "runs", run)
        try:
            time.sleep(4)
            with open(os.path.join(runs, "alive")) as file:
                pid = [int(line.split()[1]) for line in file
                       if line.startswith("runner")][0]
            watched = [pid] + streams_of(pid)
            before = [cpu_of(one) for one in watched]
            time.sleep(WATCHED)
            used = [(cpu_of(one) - start) / 1e9 / WATCHED
                    for one, start in zip(watched, before)]
        finally:
            call("stop", "--signal", "KILL", run)
        self.runner, self.streams, self.smi = used[0], len(used) - 1, sum(used[1:])
        try:
            with open(os.path.join(runs, "gpu.jsonl")) as file:
                self.samples = [len(json.loads(line)["gpus"]) for line in file]
        except FileNotFoundError:
            self.samples = []


def stand_in():
    """The variables by which a machine has eight GPUs."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    fixtures = os.path.join(top, "tests", "fixtures")
    return {"AZML_NVIDIA_SMI": os.path.join(fixtures, "nvidia-smi"),
            "NVIDIA_SMI_MACHINE": os.path.join(fixtures, "gpu", "eight.json")}


def sampling(_context):
    """Eight GPUs sampled every second: the runner's own CPU time, without nvidia-smi's."""
    with tempfile.TemporaryDirectory() as folder:
        sampled = Watched(folder, stand_in())
        plain = Watched(folder, {"AZML_NVIDIA_SMI": ""})
    if sampled.streams != 2 or plain.streams or plain.samples:
        raise RuntimeError("nvidia-smi was started %d and %d times"
                           % (sampled.streams, plain.streams))
    if len(sampled.samples) < WATCHED - 3 or set(sampled.samples) != {8}:
        raise RuntimeError("in %d seconds there were samples of %s GPUs"
                           % (WATCHED, sampled.samples))
    cost = sampled.runner - plain.runner
    yield Figure("eight GPUs sampled for a second / 0.5 % of a core", cost, 0.005,
                 cost / 0.005, 1,
                 note="%d samples; beside it nvidia-smi, here a stand-in in Python: %.1f ms"
                 % (len(sampled.samples), 1000 * sampled.smi))


def startup(_context):
    """A run that is over at once, where there is an nvidia-smi and where there is none."""
    with tempfile.TemporaryDirectory() as folder:
        def run(variables):
            start = time.perf_counter()
            subprocess.check_call(["azml-guile", "run", "-q", "--", "true"], cwd=folder,
                                  env=dict(os.environ, **variables))
            return time.perf_counter() - start

        ours, theirs, ratio = paired(lambda: run(stand_in()),
                                     lambda: run({"AZML_NVIDIA_SMI": ""}), 31)
    yield Figure("a trivial run with nvidia-smi / without", ours, theirs, ratio, 1.05)


FIGURES = (lease, storm, sampling, startup)
