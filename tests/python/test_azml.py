# test_azml.py: the Python package azml, as scripts of a run use it; prints TAP.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap

SOURCE = os.environ.get("AZML_SRCDIR") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", ".."
)
PACKAGE = os.path.join(os.path.abspath(SOURCE), "scheme", "python")
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

scratch = tempfile.mkdtemp(prefix="azml-python-")
count = 0
failed = 0


def ok(condition, name, detail=None):
    global count, failed
    count += 1
    print("%sok %d - %s" % ("" if condition else "not ", count, name))
    if not condition:
        failed += 1
        if detail is not None:
            for line in str(detail).splitlines()[-30:]:
                print("# " + line)
    sys.stdout.flush()


def equal(got, want, name):
    ok(got == want, name, "got:  %r\nwant: %r" % (got, want))


class Result:
    pass


def script(code, metrics="m.jsonl", **extra):
    """Run CODE as a script of a run; return its points, raw lines and what it said."""
    folder = tempfile.mkdtemp(dir=scratch)
    variables = {
        key: value for key, value in os.environ.items() if not key.startswith("AZML_")
    }
    variables["PYTHONPATH"] = PACKAGE
    variables["PYTHONDONTWRITEBYTECODE"] = "1"
    if metrics:
        variables["AZML_METRICS"] = os.path.join(folder, metrics)
    variables.update(extra)
    process = subprocess.Popen(
        [sys.executable, "-c", "import azml\n" + textwrap.dedent(code)],
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    result = Result()
    out, err = process.communicate()
    result.status = process.returncode
    result.out = out.decode("utf-8", "replace")
    result.err = err.decode("utf-8", "replace")
    result.folder = folder
    result.raw = b""
    written = os.path.join(folder, metrics or "none")
    if os.path.exists(written):
        with open(written, "rb") as file:
            result.raw = file.read()
    result.lines = result.raw.split(b"\n")[:-1] if result.raw else []
    result.points = []
    result.bad = 0
    for line in result.lines:
        try:
            result.points.append(json.loads(line.decode("utf-8"), parse_constant=refuse))
        except ValueError:
            result.bad += 1
    return result


def refuse(word):
    raise ValueError("bare " + word)


def values(result):
    return [(p["name"], p["value"], p.get("step")) for p in result.points]


def quiet(result, name):
    ok(result.status == 0 and result.err == "", name, result.err)


def one_warning(result, pattern, name):
    lines = result.err.splitlines()
    ok(
        result.status == 0
        and len(lines) == 1
        and lines[0].startswith("azml: warning: ")
        and re.search(pattern, lines[0]) is not None,
        name,
        "status %d\n%s" % (result.status, result.err),
    )


def test_numbers():
    r = script(
        """
        azml.log("accuracy", 0.97, step=3)
        azml.log("accuracy", 0.98, 4)
        azml.log("count", 12)
        azml.log("yes", True)
        azml.log("tiny", 5e-324)
        azml.log("huge", 1.7976931348623157e308)
        azml.log("third", 1 / 3)
        azml.log("minus", -0.0)
        azml.log("large", 2 ** 63 - 1)
        azml.log("larger", 2 ** 70)
        """
    )
    quiet(r, "numbers: no word on standard error")
    equal(
        values(r),
        [
            ("accuracy", 0.97, 3),
            ("accuracy", 0.98, 4),
            ("count", 12, None),
            ("yes", True, None),
            ("tiny", 5e-324, None),
            ("huge", 1.7976931348623157e308, None),
            ("third", 1 / 3, None),
            ("minus", 0.0, None),
            ("large", 2 ** 63 - 1, None),
            ("larger", float(2 ** 70), None),
        ],
        "numbers arrive exactly",
    )
    equal(r.points[3]["value"] is True, True, "a boolean stays one")
    ok(all(TIME.match(p["time"]) for p in r.points), "every point has its time in UTC")
    equal(list(r.points[0]), ["name", "value", "step", "time"], "the keys have their order")


def test_not_finite():
    r = script(
        """
        nan, inf = float("nan"), float("inf")
        for value in nan, inf, -inf, [1.5, nan, inf]:
            azml.log("x", value)
        """
    )
    quiet(r, "NaN and Infinity are no trouble")
    equal(
        [p["value"] for p in r.points],
        ["NaN", "Infinity", "-Infinity", [1.5, "NaN", "Infinity"]],
        "numbers that JSON lacks are strings",
    )


def test_texts_and_lists():
    r = script(
        r"""
        azml.log("note", 'caf\u00e9 "quoted"\n\u2603')
        azml.log("list", [1, 2.5, 3])
        azml.log("tuple", (1, 2))
        azml.log("range", range(3))
        azml.log("na\u00efve \"name\"", 1)
        azml.log("bytes", b"plain")
        azml.log("raw", b"\xff\x00")
        azml.log("escaped", b"\xfe".decode("utf-8", "surrogateescape"))
        azml.log("nul", "a\0b")
        azml.log("lone", "\ud800")
        """
    )
    quiet(r, "texts: no word on standard error")
    equal(
        values(r),
        [
            ("note", 'caf\u00e9 "quoted"\n\u2603', None),
            ("list", [1, 2.5, 3], None),
            ("tuple", [1, 2], None),
            ("range", [0, 1, 2], None),
            ('na\u00efve "name"', 1, None),
            ("bytes", "plain", None),
            ("raw", {"bytes": base64.b64encode(b"\xff\x00").decode()}, None),
            ("escaped", {"bytes": base64.b64encode(b"\xfe").decode()}, None),
            ("nul", {"bytes": base64.b64encode(b"a\0b").decode()}, None),
            ("lone", "?", None),
        ],
        "texts, lists and bytes arrive exactly",
    )


def test_dictionary():
    r = script(
        """
        azml.log({"loss": 0.5, "accuracy": 1}, step=2)
        azml.log({})
        azml.log({"good": 1, "bad": object(), "fine": 2})
        """
    )
    equal(
        values(r),
        [("loss", 0.5, 2), ("accuracy", 1, 2), ("good", 1, None), ("fine", 2, None)],
        "a dictionary logs each of its metrics, those beside a bad one too",
    )
    one_warning(r, "bad: .*object", "the bad one is named")


def test_foreign_numbers():
    r = script(
        """
        from array import array
        from decimal import Decimal
        from fractions import Fraction

        class Scalar:                    # like a scalar of torch
            def __init__(self, value): self.value = value
            def item(self): return self.value

        class Array:                     # like an array of numpy
            def __init__(self, value): self.value = value
            def tolist(self): return self.value
            def item(self): raise ValueError("only one element")

        class Eager:                     # like a tensor of TensorFlow
            def numpy(self): return Array([1.0, 2.0])

        class Float(float):              # like numpy.float64, whose repr is no number
            def __repr__(self): return "np.float64(%s)" % float.__repr__(self)

        class Int(int):
            def __repr__(self): return "Int"

        azml.log("scalar", Scalar(0.5), step=Scalar(7))
        azml.log("array", Array([1, 2.5]), step=Array(8))
        azml.log("zero-d", Array(1.25))
        azml.log("matrix", Array([[1, 2], [3, 4]]))
        azml.log("eager", Eager())
        azml.log("float", Float(0.25), step=Int(9))
        azml.log("floats", [Float(0.25), Scalar(1), Int(3)], step=10.0)
        azml.log("array.array", array("d", [1, 2]))
        azml.log("decimal", Decimal("1.5"))
        azml.log("fraction", Fraction(1, 4))
        azml.log("nan", Scalar(float("nan")))
        """
    )
    quiet(r, "foreign numbers: no word on standard error")
    equal(
        values(r),
        [
            ("scalar", 0.5, 7),
            ("array", [1, 2.5], 8),
            ("zero-d", 1.25, None),
            ("matrix", [[1, 2], [3, 4]], None),
            ("eager", [1, 2], None),
            ("float", 0.25, 9),
            ("floats", [0.25, 1, 3], 10),
            ("array.array", [1, 2], None),
            ("decimal", 1.5, None),
            ("fraction", 0.25, None),
            ("nan", "NaN", None),
        ],
        "scalars and arrays of other packages are taken as they are",
    )


def test_numpy():
    """With the real one, where this Python has it."""
    try:
        import numpy  # noqa: F401
    except ImportError:
        return
    r = script(
        """
        import numpy as np
        azml.log("a", np.float64(0.1), step=np.int64(3))
        azml.log("b", np.float32(0.5), step=np.array([4]))
        azml.log("c", np.int32(7))
        azml.log("d", np.arange(3))
        azml.log("e", np.array([1.5, np.nan]))
        azml.log("f", np.bool_(True))
        azml.log("g", np.array(2.5))
        azml.log("h", np.str_("text"))
        azml.log("i", np.eye(2))
        """
    )
    quiet(r, "numpy: no word on standard error")
    equal(
        values(r),
        [
            ("a", 0.1, 3),
            ("b", 0.5, 4),
            ("c", 7, None),
            ("d", [0, 1, 2], None),
            ("e", [1.5, "NaN"], None),
            ("f", True, None),
            ("g", 2.5, None),
            ("h", "text", None),
            ("i", [[1, 0], [0, 1]], None),
        ],
        "numpy's scalars and arrays",
    )


def test_wrong_values():
    r = script(
        """
        class Angry:
            def tolist(self): raise RuntimeError("device is gone")
        loop = []
        loop.append(loop)
        for value in object(), None, {"a": 1}, 1j, Angry(), loop, [None], 10 ** 5000:
            azml.log("x", value)
        azml.log(None, 1)
        azml.log("no value")
        azml.log("x", 1, step="three")
        azml.log("x", 1, step=float("nan"))
        azml.log("last", 1)
        """
    )
    equal(values(r), [("last", 1, None)], "what is no metric is left out, the rest goes on")
    one_warning(r, "x: .*object", "and is said once")


def test_outside_a_run():
    r = script(
        """
        azml.log("a", 1)
        azml.log({"b": object()})
        print(azml.run_id, azml.run_dir, azml.output_dir, azml.metrics_file)
        print(azml.output_path("deep", "model.bin"))
        open(azml.output_path("deep", "model.bin"), "w").close()
        """,
        metrics=None,
    )
    quiet(r, "outside a run nothing is said")
    equal(
        r.out.split("\n")[:2],
        ["None None outputs None", os.path.join("outputs", "deep", "model.bin")],
        "the folders outside a run",
    )
    ok(
        os.path.exists(os.path.join(r.folder, "outputs", "deep", "model.bin")),
        "output_path makes the folders above the file",
    )


def test_inside_a_run():
    r = script(
        "print(azml.run_id, azml.run_dir, azml.output_dir, azml.output_path('x'))",
        AZML_RUN_ID="k3v9x2m4q7pz",
        AZML_RUN_DIR="/r",
        AZML_OUTPUT_DIR=scratch,
    )
    equal(
        r.out.strip(),
        "k3v9x2m4q7pz /r %s %s" % (scratch, os.path.join(scratch, "x")),
        "the run's id and folders",
    )


def test_faults():
    loop = 'for i in range(100): azml.log("x", i)\nprint("trained")'
    full = script(loop, AZML_METRICS="/dev/full")
    equal(full.out, "trained\n", "a full disk does not stop the script")
    one_warning(full, "No space left", "a full disk is said once")
    missing = script(loop, metrics="no/such/folder/m.jsonl")
    equal(missing.out, "trained\n", "a missing folder does not stop the script")
    one_warning(missing, "No such file", "a missing folder is said once")
    directory = script(loop, AZML_METRICS=scratch)
    one_warning(directory, "[Dd]irectory", "a directory in the place is said once")
    os.mkfifo(os.path.join(scratch, "pipe"))
    pipe = script(loop, AZML_METRICS=os.path.join(scratch, "pipe"))
    equal(pipe.out, "trained\n", "a pipe that nobody reads does not stop the script")
    silent = script(
        'import sys\nsys.stderr.close()\nazml.log("x", object())\nprint("trained")',
    )
    equal(silent.out, "trained\n", "a closed standard error does not stop the script")


def test_torn_line():
    r = script(
        """
        import resource
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        azml.log("a", 1)
        azml.log("long", "x" * 100)
        import os
        size = os.stat(azml.metrics_file).st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 30, limit[1]))
        azml.log("torn", 1)
        azml.log("refused", 2)
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        azml.log("after", 3)
        azml.log("last", 4)
        """
    )
    equal(
        [p["name"] for p in r.points],
        ["a", "long", "after", "last"],
        "a line that the disk cut short spoils no other",
    )
    equal(r.bad, 1, "the torn line stands alone")


def test_threads_and_forks():
    r = script(
        """
        import os, threading
        azml.log("start", 0)
        def work(name):
            for i in range(500):
                azml.log(name, i, step=i)
        def threads(prefix):
            all = [threading.Thread(target=work, args=(prefix + str(t),)) for t in range(4)]
            for t in all: t.start()
            for t in all: t.join()
        children = []
        for c in range(3):
            pid = os.fork()
            if pid == 0:
                threads("child%d-" % c)
                os._exit(0)
            children.append(pid)
        threads("parent-")
        for pid in children: os.waitpid(pid, 0)
        """
    )
    quiet(r, "threads and forks: no word on standard error")
    equal(r.bad, 0, "no line is mixed with another")
    equal(len(r.points), 1 + 4 * 4 * 500, "no line is lost or written twice")
    last = {}
    ordered = True
    for p in r.points:
        ordered = ordered and last.get(p["name"], -1) < p["value"]
        last[p["name"]] = p["value"]
    ok(ordered, "each thread's lines keep their order")


def test_long_line():
    r = script(
        """
        import os
        for i in range(4):
            if os.fork() == 0:
                for j in range(20):
                    azml.log("x%d" % i, [i] * 20000)
                os._exit(0)
        for i in range(4): os.wait()
        """
    )
    equal(r.bad, 0, "lines longer than a pipe's buffer stay whole")
    equal(len(r.points), 80, "and none is lost")


def test_closed_descriptors():
    r = script(
        """
        import os
        azml.log("before", 1)
        os.closerange(3, 5000)
        mine = open("mine.txt", "wb", buffering=0)
        more = [open("mine.txt", "rb") for i in range(5)]
        azml.log("after", 2)
        """
    )
    quiet(r, "a script that closes all descriptors: no word on standard error")
    equal([p["name"] for p in r.points], ["before", "after"], "the metrics go on")
    equal(
        os.path.getsize(os.path.join(r.folder, "mine.txt")), 0, "and not into its files"
    )


def test_many_names():
    r = script('for i in range(20001): azml.log("n%d" % i, 0.5)\nprint(len(azml._heads))')
    equal(len(r.points), 20001, "any number of names")
    ok(int(r.out) <= 10000, "whose memory is bounded")


def test_syntax():
    """No syntax younger than Python 3.5, as far as this Python can tell."""
    import ast

    for name in "__init__.py", "_values.py":
        with open(os.path.join(PACKAGE, "azml", name)) as file:
            text = file.read()
        try:
            if sys.version_info >= (3, 8):
                ast.parse(text, name, feature_version=(3, 5))
            else:
                ast.parse(text, name)
            ok(True, name + " is Python 3.5")
        except SyntaxError as error:
            ok(False, name + " is Python 3.5", error)


def test_cost():
    """A ratio in one process, best of several rounds, so that a busy machine is no matter."""
    r = script(
        """
        import json, timeit
        file = open("plain.jsonl", "w")
        def plain():
            file.write(json.dumps({"name": "loss", "value": 0.123456789, "step": 3}) + "\\n")
            file.flush()
        def log():
            azml.log("loss", 0.123456789, step=3)
        rounds = [(timeit.timeit(log, number=3000), timeit.timeit(plain, number=3000))
                  for i in range(7)]
        print(min(a for a, b in rounds) / min(b for a, b in rounds))
        """
    )
    ratio = float(r.out)
    ok(ratio <= 2, "log() costs at most twice a plain write of JSON", ratio)
    print("# log() / plain write of JSON: %.2f" % ratio)


def main():
    print("# %s %s" % (sys.executable, sys.version.split()[0]))
    try:
        for name, test in sorted(globals().items()):
            if name.startswith("test_") and callable(test):
                test()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print("1..%d" % count)
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
