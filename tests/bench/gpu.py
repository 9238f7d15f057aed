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

from measure import Figure

RUNS = 200
SECONDS = 2
KILLS = 40
WATCHED = 20  # seconds


def lease(_context):
    """A lease taken and given back, against a process."""
    ours, theirs = map(float, subprocess.check_output(
        [os.path.join(os.getcwd(), "tests", "bench", "lease-cost")]).split())
    yield Figure("lease a GPU and give it back / fork, exec and wait of true", ours,
                 theirs, ours / theirs, 1)


def storm(_context):
    """200 runs of four users, some killed, against two slots that are always busy."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    seen = json.loads(subprocess.check_output(
        [sys.executable, os.path.join(top, "tests", "integration", "lease-storm.py"),
         os.path.join(os.getcwd(), "azml-runner"), "--runs", str(RUNS),
         "--seconds", str(SECONDS), "--kills", str(KILLS)]))
    faults = {key: seen[key] for key in ("clashes", "left", "failed_unkilled", "unended",
                                         "overtaken") if seen[key]}
    if faults:
        raise RuntimeError("the storm went wrong: %s" % faults)
    yield Figure("%d runs on 2 GPUs, %d killed / two slots always busy"
                 % (seen["runs"], seen["killed"]), seen["wall"], seen["busy"] / 2,
                 2 * seen["wall"] / seen["busy"], 1 / 0.95)


def runner_cost(folder, variables):
    """Microseconds of CPU that the runner of a run that sleeps takes in a second."""
    def call(*words):
        return subprocess.check_output(["azml-guile"] + list(words), cwd=folder,
                                       env=dict(os.environ, **variables),
                                       stderr=subprocess.DEVNULL).decode().strip()

    run = call("run", "-d", "--", "sleep", "600")
    try:
        time.sleep(4)
        with open(os.path.join(folder, ".azml", "runs", run, "alive")) as file:
            pid = [line.split()[1] for line in file if line.startswith("runner")][0]
        used = []
        for _ in range(2):
            with open("/proc/%s/schedstat" % pid) as file:
                used.append(int(file.read().split()[0]))
            time.sleep(WATCHED)
    finally:
        call("stop", "--signal", "KILL", run)
    return (used[1] - used[0]) / 1000 / WATCHED


def sampling(_context):
    """Eight GPUs sampled every second: the runner's own CPU time, without nvidia-smi's."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    fixtures = os.path.join(top, "tests", "fixtures")
    with tempfile.TemporaryDirectory() as folder:
        sampled = runner_cost(folder, {
            "AZML_NVIDIA_SMI": os.path.join(fixtures, "nvidia-smi"),
            "NVIDIA_SMI_MACHINE": os.path.join(fixtures, "gpu", "eight.json")})
        plain = runner_cost(folder, {"AZML_NVIDIA_SMI": ""})
    # Half a percent of a core is 5000 microseconds in a second.
    yield Figure("eight GPUs sampled for a second / 0.5 % of a core", (sampled - plain) / 1e6,
                 0.005, (sampled - plain) / 5000, 1)


FIGURES = (lease, storm, sampling)
