# azml: what a script that azml-guile runs can say and ask.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log metrics of a run and find its folders.

    import azml

    azml.log("loss", 0.25, step=3)
    azml.log({"loss": 0.25, "accuracy": 0.97}, step=3)
    model.save(azml.output_path("model.bin"))

Outside a run the same script works: log() does nothing and output_path() is below
./outputs.  Logging never stops a script: what goes wrong is said once on standard
error.  The package needs nothing but Python 3.5 or later; 2.7 will do.
"""

import os
import time

__all__ = ["log", "output_path", "run_id", "run_dir", "output_dir", "metrics_file"]

#: The id of this run; None outside a run.
run_id = os.environ.get("AZML_RUN_ID") or None

#: The run directory; None outside a run.
run_dir = os.environ.get("AZML_RUN_DIR") or None

#: What is put here is kept with the run.
output_dir = os.environ.get("AZML_OUTPUT_DIR") or "outputs"

#: Where log() writes; None outside a run.
metrics_file = os.environ.get("AZML_METRICS") or None

_missing = object()
_float_text = float.__repr__
_int_text = int.__repr__
_write = os.write
_clock = time.time

# The descriptor of metrics_file.  No buffer stands behind it, so a fork has nothing to
# write twice; and each call is one write, so lines of threads and processes never mix.
_descriptor = -1

# A full disk may have taken half a line: the next one must not be glued to it.
_torn = False

# '{"name": "loss", "value": ' by metric name.
_heads = {}

# The second that was formatted last, and its text.
_second = (0, "")
_tails = tuple('.%03dZ"}\n' % i for i in range(1000))

_warned = set()


def log(name, value=_missing, step=None):
    """Record VALUE as metric NAME of this run, at STEP if one is given.

    VALUE is a number, a boolean, a text, or a list of numbers; the numbers and arrays of numpy,
    torch and their like are taken as they are.  NAME may also be a dictionary of names
    and values.  Outside a run, do nothing.
    """
    global _second, _torn
    descriptor = _descriptor
    if descriptor < 0:
        if not metrics_file:
            return
        descriptor = _open()
        if descriptor < 0:
            return

    now = _clock()
    seconds = int(now)
    cached, time_text = _second
    if cached != seconds:
        time_text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
        _second = (seconds, time_text)
    tail = _tails[int((now - seconds) * 1000)]

    try:
        if step is None:
            middle = ', "time": "'
        elif type(step) is int:
            middle = ', "step": ' + _int_text(step) + ', "time": "'
        else:
            middle = _step(step)
        if type(value) is float and type(name) is str:
            text = _float_text(value)
            if text[-1] in "nf":  # nan, inf, -inf
                text = _number(value)
            line = (_heads.get(name) or _head(name)) + text + middle + time_text + tail
        else:
            line = _lines(name, value, middle + time_text + tail)
        data = line.encode("ascii")
    except Exception as error:
        _warn("value", "a metric was not logged: %s" % (error,))
        return

    if _torn:
        data = b"\n" + data
    try:
        written = _write(descriptor, data)
        _torn = written != len(data)
        if _torn:
            _warn("write", "a metric was cut short: no room for %r" % (metrics_file,))
    except OSError as error:
        _failed(error, data)


def output_path(*names):
    """Return the path of the file NAMES below output_dir; make the folders above it."""
    path = os.path.join(output_dir, *names)
    folder = os.path.dirname(path)
    if folder and not os.path.isdir(folder):
        try:
            os.makedirs(folder)
        except OSError:
            if not os.path.isdir(folder):  # another process may have been faster
                raise
    return path


def _head(name):
    """The line up to the value of the metric NAME."""
    from azml import _values

    head = '{"name": ' + _values.name_text(name) + ', "value": '
    if len(_heads) >= 10000:  # names made by a loop must not fill the memory
        _heads.clear()
    if type(name) is str:
        _heads[name] = head
    return head


def _number(value):
    from azml import _values

    return _values.value_text(value)


def _step(step):
    from azml import _values

    return ', "step": ' + _values.step_text(step) + ', "time": "'


def _lines(name, value, rest):
    """One line for each metric; REST is what follows the value."""
    from azml import _values

    if value is _missing:
        if not hasattr(name, "items"):
            raise TypeError("log() needs a value for %r" % (name,))
        lines, problem = [], None
        for key, one in name.items():
            try:
                lines.append(_head(key) + _values.value_text(one, key) + rest)
            except Exception as error:  # the other metrics are logged all the same
                problem = error
        if problem is not None:
            _warn("value", "a metric was not logged: %s" % (problem,))
        return "".join(lines)
    return _head(name) + _values.value_text(value, name) + rest


def _open():
    """Open metrics_file; return its descriptor, or -1 after a warning."""
    global _descriptor
    # O_NONBLOCK: a pipe in its place must not stop the script.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    flags |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(metrics_file, flags, 0o666)
    except OSError as error:
        _warn("write", "metrics are not recorded: %s" % (error,))
        return -1
    _descriptor = _move_up(descriptor)
    return _descriptor


def _move_up(descriptor):
    """Give DESCRIPTOR a high number and return it.

    A script that closes all its descriptors (many daemons do) and opens a file of its
    own would get our number otherwise, and our lines into its file.
    """
    try:
        import fcntl
        import resource

        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        lowest = 1000 if limit < 0 or limit > 1010 else limit - 10
        if lowest <= descriptor:
            return descriptor
        moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, lowest)
        os.close(descriptor)
        return moved
    except Exception:
        return descriptor


def _failed(error, data):
    """A write of DATA failed by ERROR: try once more on a new descriptor, or warn."""
    global _descriptor
    import errno

    if error.errno == errno.EBADF:  # the script closed it
        _descriptor = -1
        descriptor = _open()
        if descriptor < 0:
            return
        try:
            _write(descriptor, data)
            return
        except OSError as again:
            error = again
    _warn("write", "metrics are not recorded: %s" % (error,))


def _warn(kind, text):
    """Say TEXT on standard error, once for each KIND of trouble."""
    if kind in _warned:
        return
    _warned.add(kind)
    try:
        import sys

        sys.stderr.write("azml: warning: " + text + "\n")
        sys.stderr.flush()
    except Exception:
        pass
