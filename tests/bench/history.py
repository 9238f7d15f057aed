# history.py: a project with many runs, as files and as MLflow's rows.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Made once and kept: 100,000 run directories take minutes to write."""

import json
import os
import random
import sqlite3
import subprocess
import uuid

BASE_MS = 1750000000000
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def values(number):
    """The facts of run NUMBER, the same for every store."""
    rng = random.Random(number)
    return {"id": "".join(rng.choice(LETTERS) for _ in range(12)),
            "ms": BASE_MS + number * 1000, "lr": rng.choice([0.1, 0.01, 0.001]),
            "accuracy": rng.random(), "loss": rng.random() * 3,
            "state": "failed" if rng.random() < 0.05 else "completed"}


def time_text(ms):
    import datetime
    moment = datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (ms % 1000)


def write_run(folder, number):
    v = values(number)
    path = os.path.join(folder, v["id"])
    os.mkdir(path)
    run = {"version": 1, "id": v["id"], "project": "bench", "experiment": "digits",
           "command": ["python3", "train.py", "--lr", str(v["lr"])],
           "script": "train.py", "parameters": {"lr": v["lr"], "epochs": 5},
           "target": {"name": "local", "type": "local"}, "submitted": time_text(v["ms"]),
           "user": "me", "host": "laptop"}
    status = {"version": 1, "id": v["id"], "state": v["state"],
              "times": {"queued": time_text(v["ms"]), "ended": time_text(v["ms"] + 900)},
              "durations": {"running": 0.8, "total": 0.9},
              "exit_code": 0 if v["state"] == "completed" else 1,
              "cpu": {"user": 0.5, "system": 0.1},
              "memory": {"peak_tree": 1000000, "peak_process": 900000},
              "host": "laptop", "boot_id": "bench"}
    points = "".join('{"name": "%s", "value": %r, "step": 5, "time": "%s"}\n'
                     % (name, v[name], time_text(v["ms"])) for name in ("accuracy", "loss"))
    for name, text in (("run.json", json.dumps(run) + "\n"),
                       ("status.json", json.dumps(status) + "\n"),
                       ("metrics.jsonl", points)):
        with open(os.path.join(path, name), "w") as out:
            out.write(text)


def project(context, count):
    """The folder of a project with COUNT runs."""
    root = context.path("history-%d" % count)
    done = os.path.join(root, "written")
    if not os.path.exists(done):
        subprocess.run(["rm", "-rf", root], check=True)
        runs = os.path.join(root, ".azml", "runs")
        os.makedirs(runs, mode=0o700)
        with open(os.path.join(root, ".azml", "project"), "w") as out:
            out.write("benchproject\n")
        for number in range(count):
            write_run(runs, number)
        open(done, "w").close()
    return root


MAKE_STORE = """
import sys, mlflow
from mlflow.tracking import MlflowClient
client = MlflowClient("sqlite:///" + sys.argv[1])
print(client.create_experiment("digits"))
"""


def mlflow_store(context, python, count):
    """The path of an MLflow SQLite store with COUNT runs, filled by SQL."""
    path = context.path("mlflow-%d.db" % count)
    if not os.path.exists(path):
        scratch = path + ".new"
        if os.path.exists(scratch):
            os.remove(scratch)
        made = subprocess.run([python, "-c", MAKE_STORE, scratch], check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        fill(scratch, int(made.stdout.split()[-1]), count)
        os.rename(scratch, path)
    return path


def fill(path, experiment, count):
    database = sqlite3.connect(path)

    def columns(table):
        return [row[1] for row in database.execute("pragma table_info(%s)" % table)]

    def insert(table, rows):
        known = columns(table)
        keys = [key for key in rows[0] if key in known]
        database.executemany("insert into %s (%s) values (%s)" % (
            table, ", ".join(keys), ", ".join("?" * len(keys))),
            [[row[key] for key in keys] for row in rows])

    for first in range(0, count, 10000):
        runs, metrics, latest, parameters = [], [], [], []
        for number in range(first, min(first + 10000, count)):
            v = values(number)
            run = uuid.UUID(int=number).hex
            runs.append({"run_uuid": run, "name": v["id"], "source_type": "LOCAL",
                         "source_name": "train.py", "entry_point_name": "", "user_id": "me",
                         "status": "FINISHED" if v["state"] == "completed" else "FAILED",
                         "start_time": v["ms"], "end_time": v["ms"] + 900,
                         "source_version": "", "lifecycle_stage": "active",
                         "artifact_uri": "file:///none", "experiment_id": experiment})
            for name in ("accuracy", "loss"):
                point = {"key": name, "value": v[name], "timestamp": v["ms"],
                         "run_uuid": run, "step": 5, "is_nan": 0}
                metrics.append(point)
                latest.append(point)
            parameters.append({"key": "lr", "value": str(v["lr"]), "run_uuid": run})
        insert("runs", runs)
        insert("metrics", metrics)
        insert("latest_metrics", latest)
        insert("params", parameters)
    database.commit()
    database.close()
