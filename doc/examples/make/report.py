# report.py: say what the model in the file of the first argument is.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
import os
import sys

with open(sys.argv[1]) as file:
    slope, offset = (float(word) for word in file.read().split())

with open(os.path.join("outputs", "report.txt"), "w") as file:
    file.write("y = %.2f x %+.2f\n" % (slope, offset))
