#!/usr/bin/env python3
# bench.py: run benchmark parts, print a table, write JSON.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: bench.py [--json FILE] [--with guild,dvc] [--only TEXT] PART...

Each PART is a module of this folder with FIGURES, procedures that take a context
and yield a measure.Figure each.  Exit status 1 when a figure does not hold."""

import argparse
import datetime
import importlib
import json
import os
import platform
import sys

import measure


class Context:
    """What a part needs to know: where it may keep files, which peers are wanted."""

    def __init__(self, folder, peers):
        self.folder = os.path.abspath(folder)
        self.peers = peers
        os.makedirs(self.folder, exist_ok=True)

    def path(self, *names):
        return os.path.join(self.folder, *names)


def text_of(value):
    if value is None:
        return "-"
    if value >= 1 << 16:
        return "%.1f MiB" % (value / (1 << 20))
    return "%.1f ms" % (value * 1000) if value < 1 else "%.2f s" % value


def row(figure):
    sense = "at least" if figure.at_least else "at most"
    ratio = "-" if figure.ratio is None else "%.2f" % figure.ratio
    verdict = {True: "ok", False: "NOT REACHED", None: figure.note}[figure.holds()]
    if figure.note and verdict != figure.note:
        verdict += " (%s)" % figure.note
    return "%-62s %11s %11s %8s  %s %-5g %s" % (
        figure.name, text_of(figure.ours), text_of(figure.theirs), ratio, sense,
        figure.limit, verdict)


def all_parts():
    """The modules of this folder that have figures, sorted."""
    folder = os.path.dirname(os.path.abspath(__file__))
    names = []
    for entry in sorted(os.listdir(folder)):
        if entry.endswith(".py"):
            with open(os.path.join(folder, entry)) as text:
                if any(line.startswith("FIGURES =") for line in text):
                    names.append(entry[:-len(".py")])
    return names


def measure_part(name, context, only):
    print("\n%-62s %11s %11s %8s  promised" % (name, "azml-guile", "other", "ratio"))
    for procedure in importlib.import_module(name).FIGURES:
        if only and only not in procedure.__name__:
            continue
        for figure in procedure(context):
            print(row(figure), flush=True)
            yield figure


def main():
    options = argparse.ArgumentParser(description="measure azml-guile side by side")
    options.add_argument("--json", default="bench.json")
    options.add_argument("--folder", default="bench.tmp")
    options.add_argument("--with", dest="peers", default="")
    options.add_argument("--only", default="")
    options.add_argument("parts", nargs="+")
    given = options.parse_args()
    parts = all_parts()
    for part in given.parts:
        if part not in parts:
            options.error("there is no part '%s'; there are: %s" % (part, " ".join(parts)))
    context = Context(given.folder, [p for p in given.peers.split(",") if p])
    figures = [figure for part in given.parts
               for figure in measure_part(part, context, given.only)]
    if not figures:
        options.error("no figure of %s has '%s' in the name of its procedure"
                      % (" ".join(given.parts), given.only))
    with open(given.json, "w") as out:
        json.dump({"time": datetime.datetime.now(datetime.timezone.utc).isoformat(),
                   "machine": platform.platform(), "cores": os.cpu_count(),
                   "figures": [figure.as_json() for figure in figures]}, out, indent=1)
        out.write("\n")
    return 1 if any(figure.holds() is False for figure in figures) else 0


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    sys.modules.setdefault("measure", measure)
    sys.exit(main())
