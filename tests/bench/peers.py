# peers.py: the tools a user would pick instead, installed where the benchmark lives.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each peer is a virtual environment of its own, made once and kept."""

import os
import subprocess
import sys

from measure import Missing

PACKAGES = {"mlflow": ["mlflow"], "guild": ["guildai"], "dvc": ["dvc"]}


def program(context, peer, name=None):
    """The path of program NAME of PEER; Missing when it cannot be installed."""
    folder = context.path("peers", peer)
    path = os.path.join(folder, "bin", name or peer)
    if not os.path.exists(path):
        install(folder, peer)
    if not os.path.exists(path):
        raise Missing("%s has no program %s" % (peer, name or peer))
    return path


def install(folder, peer):
    print("# installing %s (once)" % peer, file=sys.stderr)
    steps = [[sys.executable, "-m", "venv", folder],
             [os.path.join(folder, "bin", "pip"), "install", "-q"] + PACKAGES[peer]]
    for step in steps:
        done = subprocess.run(step, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            lines = done.stdout.decode(errors="replace").strip().splitlines()
            raise Missing("%s cannot be installed: %s" % (peer, (lines or ["?"])[-1]))
