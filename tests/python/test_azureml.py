# test_azureml.py: the package azureml, as scripts of Workbench use it; prints TAP.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap

SOURCE = os.environ.get("AZML_SRCDIR") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", ".."
)
PACKAGE = os.path.join(os.path.abspath(SOURCE), "scheme", "python")

scratch = tempfile.mkdtemp(prefix="azml-azureml-")
count = 0
failed = 0


def equal(got, want, name):
    global count, failed
    count += 1
    print("%sok %d - %s" % ("" if got == want else "not ", count, name))
    if got != want:
        failed += 1
        print("# got:  %r\n# want: %r" % (got, want))
    sys.stdout.flush()


def script(code, run=True, path=()):
    """Run CODE in a run; return its metrics [(name, value)], outputs, and what it said."""
    folder = tempfile.mkdtemp(dir=scratch)
    variables = {
        key: value for key, value in os.environ.items() if not key.startswith("AZML_")
    }
    variables["PYTHONPATH"] = os.pathsep.join([PACKAGE] + list(path))
    variables["PYTHONDONTWRITEBYTECODE"] = "1"
    if run:
        variables["AZML_RUN_ID"] = "k3v9x2m4q7pz"
        variables["AZML_METRICS"] = os.path.join(folder, "metrics.jsonl")
        variables["AZML_OUTPUT_DIR"] = os.path.join(folder, "kept")
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    said = process.communicate()[0].decode("utf-8")
    points = []
    if os.path.exists(os.path.join(folder, "metrics.jsonl")):
        with open(os.path.join(folder, "metrics.jsonl")) as file:
            points = [json.loads(line) for line in file]
    kept = {}
    for above, _, files in os.walk(os.path.join(folder, "kept")):
        for name in files:
            where = os.path.join(above, name)
            with open(where) as file:
                kept[os.path.relpath(where, os.path.join(folder, "kept"))] = file.read()
    return [(point["name"], point["value"]) for point in points], kept, said


metrics, kept, said = script("""
    from azureml.logging import get_azureml_logger
    run_logger = get_azureml_logger()
    class Array:
        def tolist(self):
            return [0.5, 1.0]
    run_logger.log("Accuracy", 0.97)
    run_logger.log("Loss", [0.9, 0.5])
    run_logger.log("flag", True)
    run_logger.log("amlrealworld.x", "true")
    run_logger.log("precision", Array())
    print(run_logger.log("waited", 1).wait() is not None)
    run_logger.upload("outputs/notes/a.txt", "hello")
    run_logger.upload("../../b.txt", "inside")
""")
equal(metrics, [("Accuracy", 0.97), ("Loss", [0.9, 0.5]), ("flag", True),
                ("amlrealworld.x", "true"), ("precision", [0.5, 1.0]), ("waited", 1)],
      "the logger of Workbench writes metrics")
equal(repr(dict(metrics)["flag"]), "True", "a boolean stays one")
equal(kept, {os.path.join("notes", "a.txt"): "hello", "b.txt": "inside"},
      "upload keeps a text, never outside of the outputs")
equal(said, "True\n", "log(...).wait() works, and nothing is said")

metrics, kept, said = script("""
    from azureml.logging import get_azureml_logger
    run_logger = get_azureml_logger()
    run_logger.log(u"caf\\u00e9", u"\\u00fc")
    run_logger.log("bytes", b"plain")
    run_logger.log("large", 2 ** 62)
    run_logger.log("larger", 2 ** 70)
    run_logger.log("some", [True, 2, 2 ** 40])
    run_logger.upload("e.txt", u"\\u00e9")
    import os
    print(os.path.getsize(os.path.join(os.environ["AZML_OUTPUT_DIR"], "e.txt")))
    os.remove(os.path.join(os.environ["AZML_OUTPUT_DIR"], "e.txt"))
""")
equal(metrics, [(u"caf\u00e9", u"\u00fc"), ("bytes", "plain"), ("large", 2 ** 62),
                ("larger", 2.0 ** 70), ("some", [1, 2, 2 ** 40])],
      "texts beyond ASCII and large integers")
equal(said, "2\n", "a text is kept as UTF-8")

metrics, kept, said = script("""
    from azureml.core.run import Run
    import azureml.core
    run = Run.get_submitted_run()
    assert run is Run.get_context() and azureml.core.Run is Run
    run.log("rate", 0.1)
    run.log("loss", 0.5, step=3)
    run.log_list("list", (1, 2))
    run.log_row("point", x=1, y=2.5)
    run.log_table("table", {"a": [1, 2]})
    with open("model.txt", "w") as file:
        file.write("model")
    run.upload_file("outputs/model.txt", "model.txt")
    run.upload_file("outputs/model.txt", path_or_stream="model.txt")
    with open("plot.png", "w") as file:
        file.write("png")
    run.log_image("curve", path="plot.png")
    class Figure:
        def savefig(self, name):
            with open(name, "w") as file:
                file.write("figure")
    run.log_image("figure", plot=Figure())
    print(run.id)
    run.complete()
""")
equal(sorted(metrics), [("list", [1, 2]), ("loss", 0.5), ("point.x", 1),
                        ("point.y", 2.5), ("rate", 0.1), ("table.a", [1, 2])],
      "the run of SDK v1 writes metrics")
equal(kept, {"model.txt": "model", "curve.png": "png", "figure.png": "figure"},
      "and keeps files and images")
equal(said, "k3v9x2m4q7pz\n", "it knows its id")

metrics, kept, said = script("""
    from azureml.logging import get_azureml_logger
    from azureml.core import Run
    get_azureml_logger().log("a", 1)
    Run.get_context().log("b", 2)
    print(Run.get_context().id)
""", run=False)
equal((metrics, said), ([], "OfflineRun\n"), "outside of a run both do nothing")

metrics, kept, said = script("""
    from azureml.datacollector import ModelDataCollector
    collector = ModelDataCollector("model.pkl", identifier="inputs", feature_names=["a", "b"])
    collector.collect([[1, 2]], user_correlation_id="x")
    collector.collect([[3, 4]])
    for name in ("dataprep.package", "dataprep", "api.schema.dataTypes", "assets"):
        try:
            __import__("azureml." + name)
        except ImportError as reason:
            print(reason)
""")
equal([json.loads(line) for line in kept["collected/model.pkl/inputs.jsonl"].splitlines()],
      [{"data": [[1, 2]], "features": ["a", "b"], "id": "x"},
       {"data": [[3, 4]], "features": ["a", "b"]}], "what a model is asked is kept")
equal([line.split(" went")[0] for line in said.splitlines()],
      ["azureml.dataprep", "azureml.dataprep", "azureml.api", "azureml.assets"],
      "what is gone is said to be")


def installed(name, code):
    """A folder with a package azureml that has the module own; CODE is its __init__."""
    folder = os.path.join(scratch, name)
    os.makedirs(os.path.join(folder, "azureml"))
    if code is not None:
        with open(os.path.join(folder, "azureml", "__init__.py"), "w") as file:
            file.write(code)
    with open(os.path.join(folder, "azureml", "own.py"), "w") as file:
        file.write("name = %r\n" % name)
    return folder


for name, code in (
    ("plain", "here = True\n"),
    ("extended", "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"),
    ("namespace", None),
):
    _, _, said = script("""
        import azureml.own
        print(azureml.own.name)
        try:
            import azureml.logging
        except ImportError:
            print("theirs alone")
    """, path=[installed(name, code)])
    equal(said, name + "\ntheirs alone\n",
          "it steps aside for an azureml that is installed (%s)" % name)


def newer(text):
    """What TEXT has that Python 3.5 lacks, as far as this Python can tell; else None."""
    import ast

    try:
        ast.parse(text, feature_version=(3, 5))
    except SyntaxError as error:
        return str(error)


if sys.version_info >= (3, 8):
    equal(newer("a: int = 1") is None, False, "a syntax newer than Python 3.5 is found")
    for folder, _, names in sorted(os.walk(PACKAGE)):
        for name in sorted(names):
            if name.endswith(".py"):
                path = os.path.join(folder, name)
                with open(path) as source:
                    equal(newer(source.read()), None,
                          "%s is Python 3.5" % os.path.relpath(path, PACKAGE))

print("1..%d" % count)
shutil.rmtree(scratch, ignore_errors=True)
sys.exit(1 if failed else 0)
