# train.py: fit a line to data.csv by gradient descent; the rate is --lr.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
import argparse
import csv
import os

import azml

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
rate = parser.parse_args().lr

with open("data.csv") as file:
    points = [(float(x), float(y)) for x, y in csv.reader(file)]

slope, offset = 0.0, 0.0
for step in range(200):
    errors = [(slope * x + offset - y, x) for x, y in points]
    slope -= rate * 2 * sum(e * x for e, x in errors) / len(points)
    offset -= rate * 2 * sum(e for e, _ in errors) / len(points)
    azml.log("loss", sum(e * e for e, _ in errors) / len(points), step=step)

with open(os.path.join("outputs", "model.txt"), "w") as file:
    file.write("%r %r\n" % (slope, offset))
