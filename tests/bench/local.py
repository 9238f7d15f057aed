# local.py: the local path, against what a user would pick instead.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import shutil
import subprocess
import sys
import time

import history
import peers
from measure import (Figure, Missing, at_most, faster, missing, paired, peak_memory,
                     proportional_memory, run, seconds, which)

GUILE = ["guile", "-c", "1"]
RUNS = int(os.environ.get("AZML_BENCH_RUNS", "100000"))
LOG_BYTES = 1 << 30


def project(context, name, recipe):
    """A fresh project folder with RECIPE in recipe.scm; its runs start empty."""
    folder = context.path(name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with open(os.path.join(folder, "recipe.scm"), "w") as out:
        out.write(recipe)
    return folder


TRIVIAL = """(use-modules (azml))
(experiment (name "trivial") (command '("true")))
"""
THOUSAND = """(use-modules (azml))
(map (lambda (i)
       (experiment (name (string-append "trivial-" (number->string i)))
                   (command '("true"))))
     (iota 1000))
"""


def startup(context):
    yield at_most("azml-guile --version / guile -c 1", ["azml-guile", "--version"], GUILE,
                  0.5)
    complete = ["azml-guile", "complete", "--", "azml-guile", "hist"]
    yield at_most("completion of a word / guile -c 1", complete, GUILE, 0.5)


def trivial_command(context):
    folder = project(context, "trivial", TRIVIAL)
    return ["sh", "-c", 'cd "$1" && exec azml-guile run recipe.scm', "sh", folder]


def trivial(context):
    yield at_most("trivial recorded run / guile -c 1", trivial_command(context), GUILE, 3)


def against(context, peer, setup, rounds=3):
    name = "trivial recorded run, times faster than %s" % peer
    try:
        yield faster(name, trivial_command(context), setup(context), 20, rounds)
    except Missing as reason:
        yield missing(name, 20, True, reason)


def against_mlflow(context):
    def setup(context):
        program = peers.program(context, "mlflow")
        folder = context.path("mlproject")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "MLproject"), "w") as out:
            out.write('name: trivial\nentry_points:\n  main:\n    command: "true"\n')
        return ["sh", "-c", 'cd "$1" && PATH="$3:$PATH" MLFLOW_TRACKING_URI="sqlite:///$1/m.db" '
                'exec "$2" run --env-manager=local .', "sh", folder, program,
                os.path.dirname(program)]
    return against(context, "mlflow run", setup)


def against_guild(context):
    def setup(context):
        if "guild" not in context.peers:
            raise Missing("not asked for (BENCH_WITH=guild)")
        program = peers.program(context, "guild")
        folder = context.path("guildproject")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "guild.yml"), "w") as out:
            out.write("trivial:\n  exec: 'true'\n")
        return ["sh", "-c", 'cd "$1" && exec "$2" run trivial -y', "sh", folder, program]
    return against(context, "guild run", setup)


def against_dvc(context):
    def setup(context):
        if "dvc" not in context.peers:
            raise Missing("not asked for (BENCH_WITH=dvc)")
        program = peers.program(context, "dvc")
        folder = context.path("dvcproject")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        with open(os.path.join(folder, "dvc.yaml"), "w") as out:
            out.write("stages:\n  trivial:\n    cmd: 'true'\n    always_changed: true\n")
        run(["sh", "-c", 'cd "$1" && git init -q && "$2" init -q && git add -A && '
             'git -c user.name=b -c user.email=b@example.org commit -qm start',
             "sh", folder, program])
        return ["sh", "-c", 'cd "$1" && exec "$2" exp run', "sh", folder, program]
    return against(context, "dvc exp run", setup)


def thousand(context):
    name = "1,000 trivial runs, two at a time, times faster than parallel"
    try:
        parallel = which("parallel")
        # A new folder each time, removed at the end: ext4 is slow to make files where
        # many were just deleted, and that is not what is measured.
        folders = [project(context, "thousand-%d" % i, THOUSAND) for i in range(3)]
        left = list(folders)

        def ours():
            return seconds(["sh", "-c", 'cd "$1" && exec azml-guile run -j 2 recipe.scm',
                            "sh", left.pop()])

        def theirs():
            return seconds(["sh", "-c", 'seq 1000 | "$1" -j2 --joblog "$2" true', "sh",
                            parallel, os.path.join(folders[0], "joblog")])
        yield faster(name, ours, theirs, 1.5, rounds=3, warmup=0)
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
    except Missing as reason:
        yield missing(name, 1.5, True, reason)


LOG_OURS = """
import sys, time, os
os.environ["AZML_METRICS"] = sys.argv[1]; os.environ["AZML_RUN_ID"] = "bench"
import azml
azml.log("loss", 0.5, step=0)
start = time.perf_counter()
for step in range(20000): azml.log("loss", 0.123 + step, step=step)
print(time.perf_counter() - start)
"""
LOG_THEIRS = """
import sys, time, json
file = open(sys.argv[1], "a")
start = time.perf_counter()
for step in range(20000):
    file.write(json.dumps({"name": "loss", "value": 0.123 + step, "step": step}) + "\\n")
    file.flush()
print(time.perf_counter() - start)
"""


def logging(context):
    def timed(program):
        def call():
            target = context.path("points.jsonl")
            if os.path.exists(target):
                os.remove(target)
            printed = subprocess.run(
                [sys.executable, "-c", program, target], check=True,
                stdout=subprocess.PIPE,
                env=dict(os.environ, PYTHONPATH=os.environ.get("AZML_PYTHON_DIR", "")))
            return float(printed.stdout)
        return call
    ours, theirs, ratio = paired(timed(LOG_OURS), timed(LOG_THEIRS), 7)
    yield Figure("azml.log() / write and flush of json.dumps (20,000 points)", ours,
                 theirs, ratio, 2)


LIST = ('cd "$1" && exec azml-guile history list '
        "--where 'metrics.accuracy > 0.9 and state = completed' "
        "--sort metrics.accuracy --limit 20")


def indexed(context):
    folder = history.project(context, RUNS)
    if not os.path.exists(os.path.join(folder, ".azml", "index.db")):
        run(["sh", "-c", 'cd "$1" && exec azml-guile history reindex', "sh", folder])
    return folder


def listing(context):
    folder = indexed(context)
    yield at_most("history list --where --limit 20 of %s runs / guile -c 1" % f"{RUNS:,}",
                  ["sh", "-c", LIST, "sh", folder], GUILE, 5)


SEARCH = """
import sys
from mlflow.tracking import MlflowClient
client = MlflowClient("sqlite:///" + sys.argv[1])
experiment = client.get_experiment_by_name("digits").experiment_id
print(len(client.search_runs([experiment], "metrics.accuracy > 0.9 and attributes.status = 'FINISHED'",
                             order_by=["metrics.accuracy"], max_results=20)))
"""


def listing_against_mlflow(context):
    name = "the same, times faster than MLflow's search"
    try:
        folder = indexed(context)
        python = peers.program(context, "mlflow", "python")
        store = history.mlflow_store(context, python, RUNS)
        yield faster(name, ["sh", "-c", LIST, "sh", folder], [python, "-c", SEARCH, store],
                     20, rounds=3)
    except Missing as reason:
        yield missing(name, 20, True, reason)


READ_ALL = """
import json, os, sys
runs = []
for entry in os.scandir(sys.argv[1]):
    with open(entry.path + "/run.json") as f: run = json.load(f)
    with open(entry.path + "/status.json") as f: status = json.load(f)
    runs.append((run["id"], status["state"]))
print(len(runs))
"""


def reindexing(context):
    folder = history.project(context, RUNS)
    yield at_most("history reindex of %s runs / Python loop over the JSON" % f"{RUNS:,}",
                  ["sh", "-c", 'cd "$1" && exec azml-guile history reindex', "sh", folder],
                  [sys.executable, "-c", READ_ALL, os.path.join(folder, ".azml", "runs")],
                  2, rounds=3)


def following(context):
    """A log of 1 GiB: the rate through `logs`, and the client's memory meanwhile."""
    folder = project(context, "biglog", TRIVIAL)
    run(["sh", "-c", 'cd "$1" && exec azml-guile run -d -- sh -c '
         '"head -c %d /dev/zero | tr \'\\\\0\' x"' % LOG_BYTES, "sh", folder])
    run(["sh", "-c", 'cd "$1" && exec azml-guile attach last', "sh", folder])
    ids = os.listdir(os.path.join(folder, ".azml", "runs"))
    log = os.path.join(folder, ".azml", "runs", ids[0], "log")
    peak = [0]

    def drain(command):
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder,
                                   stderr=subprocess.DEVNULL)
        total, looks = 0, 0
        while True:
            data = process.stdout.read1(1 << 16)
            if not data:
                break
            total += len(data)
            looks += 1
            if looks % 256 == 1 and command[0] == "azml-guile":
                peak[0] = max(peak[0], peak_memory(process.pid) or 0)
        if process.wait() != 0 or total != LOG_BYTES:
            raise RuntimeError("%s: %d bytes" % (command, total))
        return time.perf_counter() - start

    ours, theirs, ratio = paired(lambda: drain(["azml-guile", "logs", "-f", ids[0]]),
                                 lambda: drain(["cat", log]), 3)
    yield Figure("a 1 GiB log followed to a pipe: part of cat's rate", ours, theirs,
                 1 / ratio, 0.5, at_least=True)
    plain = subprocess.run(
        ["guile", "-c", '(display (call-with-input-file "/proc/self/status" '
         "(@ (ice-9 textual-ports) get-string-all)))"], stdout=subprocess.PIPE, check=True)
    guile = next(int(line.split()[1]) * 1024 for line in plain.stdout.decode().split("\n")
                 if line.startswith("VmHWM:"))
    yield Figure("memory of that client / guile -c 1", peak[0], guile, peak[0] / guile, 2)
    shutil.rmtree(folder, ignore_errors=True)


def children(pid):
    """The children of process PID, none when it is gone."""
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as line:
            return [int(child) for child in line.read().split()]
    except OSError:
        return []


def waiting_memory(context):
    """Keeper and runner while a job sleeps, against a shell that waits."""
    name = "keeper and runner while a job runs / sh -c 'sleep 60; :'"
    folder = project(context, "sleeping", TRIVIAL)
    run(["sh", "-c", 'cd "$1" && exec azml-guile run -d -- sleep 60', "sh", folder])
    time.sleep(3)  # the runner gives memory back once the job runs
    runs = os.path.join(folder, ".azml", "runs")
    with open(os.path.join(runs, os.listdir(runs)[0], "alive")) as alive:
        ours = [int(line.split()[1]) for line in alive
                if line.split()[0] in ("keeper", "runner")]
    shell = subprocess.Popen(["sh", "-c", "sleep 60; :"])
    time.sleep(0.5)
    try:
        sizes = [proportional_memory(pid) for pid in ours + [shell.pid]]
        if len(ours) != 2 or None in sizes:
            yield missing(name, 0.5, False, "a process has ended early")
        else:
            mine, theirs = sum(sizes[:-1]), sizes[-1]
            yield Figure(name, mine, theirs, mine / theirs, 0.5)
    finally:
        for child in children(shell.pid):
            os.kill(child, 15)
        shell.wait()
        run(["sh", "-c", 'cd "$1" && exec azml-guile stop last', "sh", folder])


# The thousand runs come first: ext4 without a journal passes over what was deleted in the
# last five minutes, one inode at a time, and the others delete a lot.
FIGURES = (thousand, startup, trivial, against_mlflow, against_guild, against_dvc, logging,
           listing, listing_against_mlflow, reindexing, following, waiting_memory)
