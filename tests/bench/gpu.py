# gpu.py: what GPUs cost: a lease, a queue of two hundred runs.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in of nvidia-smi tells of two GPUs, so that every machine can measure this."""

import json
import os
import subprocess
import sys

from measure import Figure

RUNS = 200
SECONDS = 2
KILLS = 40


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


FIGURES = (lease, storm)
