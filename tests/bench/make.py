# make.py: a makefile with nothing to do, with azml.mk and without.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Five hundred runs, all made: what make does most often.  With AZML_BENCH_MAKE another
make than the one on PATH is measured."""

import os

import measure

TARGETS = 500
RULE = """LR = 0.1
all: %s
runs/%%/model.txt: train.py data.csv
\t%s
"""


def write_project(folder, head, recipe):
    os.makedirs(folder, exist_ok=True)
    targets = ["runs/%d/model.txt" % n for n in range(TARGETS)]
    with open(os.path.join(folder, "Makefile"), "w") as out:
        out.write(head + RULE % (" ".join(targets), recipe))
    for name in ("train.py", "data.csv"):
        path = os.path.join(folder, name)
        open(path, "w").close()
        os.utime(path, (1, 1))
    for name in targets:
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, "w").close()


def describe_build(folder):
    """Have pkg-config and make find what is not installed."""
    build = os.getcwd()
    makefile = os.path.join(build, "plugins", "make", "azml.mk")
    if not os.path.exists(makefile):
        raise measure.Missing("the object for GNU Make was not built")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(build, "azml-guile.pc")) as source:
        lines = ["makefile=%s\n" % makefile if line.startswith("makefile=") else line
                 for line in source]
    with open(os.path.join(folder, "azml-guile.pc"), "w") as out:
        out.writelines(lines)
    os.environ["PKG_CONFIG_PATH"] = folder
    os.environ["AZML_GMKDIR"] = os.path.join(build, ".libs")
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
        os.environ.pop(name, None)


def nothing_to_do(context):
    name, limit = "make, %d targets, nothing to do" % TARGETS, 1.5
    try:
        program = os.environ.get("AZML_BENCH_MAKE") or measure.which("make")
        measure.which("pkg-config")
        describe_build(context.path("make-pkgconfig"))
    except measure.Missing as reason:
        yield measure.missing(name, limit, False, reason)
        return
    ours, plain = context.path("make-ours"), context.path("make-plain")
    write_project(ours, "include $(shell pkg-config --variable=makefile azml-guile)\n",
                  "$(azml.run) --output outputs/model.txt=$@ -- train.py --lr $*")
    write_project(plain, "", "python3 train.py --lr $* >$@")
    yield measure.at_most(name, [program, "-q", "-C", ours], [program, "-q", "-C", plain],
                          limit, rounds=101, warmup=3)


FIGURES = [nothing_to_do]
