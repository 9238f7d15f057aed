"""Say what the model in the file of the first argument is."""
import os
import sys

with open(sys.argv[1]) as file:
    slope, offset = (float(word) for word in file.read().split())

with open(os.path.join("outputs", "report.txt"), "w") as file:
    file.write("y = %.2f x %+.2f\n" % (slope, offset))
