"""A script like any other; azml.log records metrics, what is in outputs/ is kept."""

import argparse

import azml

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--rate", type=float, default=0.5, help="how fast the error falls")
parser.add_argument("--steps", type=int, default=10)
args = parser.parse_args()

error = 1.0
for step in range(1, args.steps + 1):
    error *= 1 - args.rate
    azml.log("error", error, step=step)
    print("step %d  error %.6f" % (step, error))

with open("outputs/error.txt", "w") as file:
    file.write("%r\n" % error)
