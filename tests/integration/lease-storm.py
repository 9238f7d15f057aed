#!/usr/bin/env python3
# lease-storm.py: many runs of several users on few GPUs, clients and runners killed.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: lease-storm.py RUNNER [--runs N] [--seconds T] [--kills N] [--seed N]

Start N runs of four users (as root four real ones), each for one of two GPUs that a
stand-in of nvidia-smi tells of, each T seconds long.  Kill clients, runners and keepers at
random.  Each job locks a file for its GPU: two at once are written down.  Print what was
seen as JSON: "busy" is how long the jobs that started were meant to last or were let,
"wall" from the first start to the last end, "jumps" of the clock make both worthless."""

import argparse
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

GPUS = 2
USERS = 4
FIRST_UID = 61001

GPU = """<gpu id="00000000:0%d:00.0"><product_name>NVIDIA A100</product_name>
<product_architecture>Ampere</product_architecture><uuid>%s</uuid>
<fb_memory_usage><total>40960 MiB</total><used>4 MiB</used><free>40956 MiB</free>
</fb_memory_usage><compute_mode>Default</compute_mode><processes></processes></gpu>
"""

# Where it only streams samples it has nothing to say.
SMI = """#!/bin/sh
case " $* " in
  *" -lms"* | *" -l "*) exec sleep 3600 ;;
  *" -x "*) exec cat '%s' ;;
esac
"""

JOB = """exec 4>>"$1/gpu-$CUDA_VISIBLE_DEVICES"
flock -n 4 || echo "$AZML_RUN_ID $CUDA_VISIBLE_DEVICES" >>"$1/clash"
date +%s.%N >"$1/start-$AZML_RUN_ID"
exec sleep "$2"
"""


class Clock(threading.Thread):
    """Watches the clock by which jobs tell when they started.  A machine that is paused, or
    whose clock is set, makes it jump: what was measured meanwhile is worth nothing.  A
    busy machine wakes this thread late, too, but never by so much."""

    PERIOD = 0.1
    JUMP = 1.0

    def __init__(self):
        super().__init__(daemon=True)
        self.jumps = []
        self.over = threading.Event()

    def run(self):
        last = time.time()
        while not self.over.wait(self.PERIOD):
            now = time.time()
            if abs(now - last - self.PERIOD) > self.JUMP:
                self.jumps.append(round(now - last - self.PERIOD, 1))
            last = now

    def stop(self):
        """Seconds of each jump."""
        self.over.set()
        self.join()
        return self.jumps


def frame(number, message):
    payload = json.dumps(message).encode()
    return struct.pack(">IIBBH", len(payload), number, 1, 0, 0) + payload


class Storm:
    def __init__(self, options):
        self.options = options
        self.random = random.Random(options.seed)
        self.folder = tempfile.mkdtemp(prefix="azml-storm.")
        os.chmod(self.folder, 0o755)
        self.runner = self.path("azml-runner")
        shutil.copy(options.runner, self.runner)
        self.uuids = ["GPU-%08x-0000-4000-8000-%012x" % (random.getrandbits(32),
                                                          random.getrandbits(48))
                      for _ in range(GPUS)]
        with open(self.path("machine.xml"), "w") as out:
            out.write("<nvidia_smi_log><driver_version>550.1</driver_version>"
                      "<cuda_version>12.4</cuda_version>\n")
            for number, uuid in enumerate(self.uuids):
                out.write(GPU % (number + 1, uuid))
            out.write("</nvidia_smi_log>\n")
        self.write("nvidia-smi", SMI % self.path("machine.xml"), 0o755)
        self.write("job", JOB, 0o644)
        os.mkdir(self.path("seen"))
        os.chmod(self.path("seen"), 0o1777)
        for user in range(USERS):
            os.mkdir(self.root(user))
            if os.getuid() == 0:
                os.chown(self.root(user), FIRST_UID + user, FIRST_UID + user)
        for uuid in self.uuids:
            open(self.path("seen", "gpu-" + uuid), "w").close()
            os.chmod(self.path("seen", "gpu-" + uuid), 0o666)
        self.clients = {}
        self.runs = []  # (id, user)
        self.killed = {}

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def root(self, user):
        return self.path("root%d" % user)

    def write(self, name, text, mode):
        with open(self.path(name), "w") as out:
            out.write(text)
        os.chmod(self.path(name), mode)

    def as_user(self, user):
        environment = {"PATH": os.environ["PATH"], "HOME": self.root(user),
                       "USER": "storm%d" % user, "AZML_ROOT": self.root(user),
                       "AZML_NVIDIA_SMI": self.path("nvidia-smi"),
                       "LC_ALL": "C.UTF-8"}
        arguments = {"env": environment, "cwd": "/"}
        if os.getuid() == 0:
            arguments.update(user=FIRST_UID + user, group=FIRST_UID + user,
                             extra_groups=[])
        return arguments

    def directory(self, run):
        return os.path.join(self.root(run[1]), "runs", run[0])

    def submit(self, user):
        name = "".join(self.random.choice("abcdefghijklmnopqrstuvwxyz0123456789")
                       for _ in range(12))
        job = {"version": 1, "id": name, "gpus": {"count": 1}, "grace": 1,
               "argv": ["sh", self.path("job"), self.path("seen"),
                        str(self.options.seconds)]}
        client = subprocess.Popen([self.runner, "serve"], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  **self.as_user(user))
        client.stdin.write(frame(1, {"op": "hello", "version": 1, "silence": 0})
                           + frame(2, {"op": "start", "id": name, "job": job,
                                       "run": {"version": 1, "id": name}})
                           + frame(3, {"op": "follow", "id": name,
                                       "files": {"events.jsonl": 0}}))
        client.stdin.flush()
        self.clients[name] = client
        self.runs.append((name, user))

    def status(self, run):
        try:
            with open(os.path.join(self.directory(run), "status.json")) as file:
                return json.load(file)
        except (OSError, ValueError):
            return {}

    def ended(self, run):
        return self.status(run).get("state") in ("completed", "failed", "canceled")

    def processes(self, run):
        try:
            with open(os.path.join(self.directory(run), "alive")) as file:
                return {line.split()[0]: int(line.split()[1]) for line in file}
        except (OSError, ValueError, IndexError):
            return {}

    def kill_one(self):
        """Kill a client, a runner, a keeper, or both of a run, whatever it does."""
        run = self.random.choice(self.runs)
        what = self.random.choice(["client", "runner", "keeper", "both"])
        if what == "client":
            self.clients[run[0]].kill()
            return
        processes = self.processes(run)
        if self.ended(run) or "runner" not in processes:
            return
        self.killed.setdefault(run[0], time.time())
        for who in ("keeper", "runner"):
            if what in (who, "both"):
                try:
                    os.kill(processes[who], signal.SIGKILL)
                except ProcessLookupError:
                    pass

    def settle(self):
        for user in range(USERS):
            subprocess.run([self.runner, "settle"], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False, **self.as_user(user))

    def leases(self):
        table = json.loads(subprocess.check_output([self.runner, "gpus", "--json"]))
        ours = {run[0] for run in self.runs}
        return ([lease for lease in table["leases"] if lease["uuid"] in self.uuids]
                + [one for one in table["waiting"] if one["run"] in ours])

    def run(self):
        options = self.options
        for number in range(options.runs):
            self.submit(number % USERS)
        limit = time.time() + 300 + 3 * options.runs * options.seconds / GPUS
        due = [time.time() + self.random.uniform(
            1, max(2, 0.8 * options.runs * options.seconds / GPUS))
               for _ in range(options.kills)]
        left, next_settle = list(self.runs), time.time() + 5
        while left and time.time() < limit:
            time.sleep(0.05)
            while due and min(due) < time.time():
                due.remove(min(due))
                self.kill_one()
            # One at a time, so that looking does not take what is measured.
            while left and self.ended(left[0]):
                left.pop(0)
            if time.time() > next_settle:
                next_settle = time.time() + 5
                if self.killed:
                    self.settle()
        self.settle()
        return [run for run in left if not self.ended(run)]

    def starts(self):
        seen = {}
        for run in self.runs:
            try:
                with open(self.path("seen", "start-" + run[0])) as file:
                    seen[run[0]] = float(file.read())
            except (OSError, ValueError):
                pass
        return seen

    def overtaken(self, starts):
        """How often one that came clearly later started clearly earlier."""
        known = []
        for run in self.runs:
            if run[0] in starts and run[0] not in self.killed:
                text = self.status(run).get("times", {}).get("waiting", "")
                known.append((text, starts[run[0]]))
        known.sort()
        latest, count = 0, 0
        # Where all takes many times as long, so does a start.
        wall = max(starts.values()) - min(starts.values()) if starts else 0
        slow = max(1, wall * GPUS / (len(self.runs) * self.options.seconds))
        for _, start in known:
            if start < latest - (3 * self.options.seconds + 1) * slow:
                count += 1
            latest = max(latest, start)
        return count

    def report(self, unended):
        starts = self.starts()
        length = self.options.seconds
        ends = {name: min(start + length, self.killed.get(name, start + length))
                for name, start in starts.items()}
        busy = sum(max(0, ends[name] - starts[name]) for name in starts)
        wall = max(ends.values()) - min(starts.values()) if starts else 0
        deadline = time.time() + 60
        while self.leases() and time.time() < deadline:
            time.sleep(0.1)
        completed = [run for run in self.runs
                     if self.status(run).get("state") == "completed"]
        try:
            with open(self.path("seen", "clash")) as file:
                clashes = file.read().splitlines()
        except OSError:
            clashes = []
        return {"runs": len(self.runs), "completed": len(completed),
                "killed": len(self.killed), "unended": len(unended),
                "failed_unkilled": [run[0] for run in self.runs if run not in completed
                                    and run[0] not in self.killed],
                "clashes": clashes, "left": self.leases(),
                "overtaken": self.overtaken(starts), "busy": busy, "wall": wall,
                "share": busy / (GPUS * wall) if wall else 0}

    def done(self):
        for client in self.clients.values():
            client.kill()
            client.wait()
        for run in self.runs:
            if not self.ended(run):
                for pid in self.processes(run).values():
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
        self.settle()
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("runner")
    options.add_argument("--runs", type=int, default=200)
    options.add_argument("--seconds", type=float, default=1)
    options.add_argument("--kills", type=int, default=40)
    options.add_argument("--seed", type=int, default=int(time.time()))
    storm = Storm(options.parse_args())
    clock = Clock()
    clock.start()
    try:
        unended = storm.run()
        jumps = clock.stop()
        json.dump(dict(storm.report(unended), jumps=jumps), sys.stdout)
        print()
    finally:
        storm.done()


if __name__ == "__main__":
    main()
