# azml._values: names, values and steps of metrics as JSON.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON of what scripts log.

A number that JSON lacks is the string "NaN", "Infinity" or "-Infinity"; a string that
is not UTF-8 is {"bytes": "<base64>"}.  numpy, torch and the like are never imported:
their objects are known by what they can do (item, tolist, numpy, __float__).
"""

import base64
import json

try:
    _TEXT, _INTEGER = unicode, (int, long)  # Python 2.7, whose str is bytes
except NameError:
    _TEXT, _INTEGER = str, int

_LIMIT = 2 ** 63  # the integers that every reader of JSON holds exactly
_DEPTH = 32


def name_text(name):
    """Return the JSON of a metric's NAME."""
    if not isinstance(name, (_TEXT, bytes)):
        raise TypeError("the name of a metric must be a text, not %r" % (name,))
    return _text(name)


def step_text(step):
    """Return the JSON of STEP, a number of any kind."""
    plain = _plain(step)
    if isinstance(plain, (list, tuple)) and len(plain) == 1:
        plain = plain[0]
    if isinstance(plain, float) and plain == int(plain):
        plain = int(plain)
    if not isinstance(plain, (_INTEGER, float)):
        raise TypeError("the step of a metric must be a number, not %r" % (step,))
    return _json(plain, 0)


def value_text(value, name="value"):
    """Return the JSON of VALUE; NAME is for the error."""
    try:
        plain = _plain(value)
        if isinstance(plain, bool):
            return "true" if plain else "false"
        return _json(plain, 0)
    except _NoValue as error:
        raise TypeError("%s: %s cannot be a metric" % (name, error))


class _NoValue(Exception):
    pass


def _plain(value):
    """Reduce VALUE to Python's own numbers, texts and lists."""
    if isinstance(value, (_INTEGER, float, _TEXT, bytes, list, tuple)):
        return value
    # Arrays and scalars of numpy, torch, pandas, jax, array.array: tolist() gives the
    # plain numbers of all of them, wherever the data lies.
    for method in ("tolist", "item"):
        call = getattr(value, method, None)
        if callable(call):
            return call()
    call = getattr(value, "numpy", None)  # TensorFlow
    if callable(call):
        return _plain(call())
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, (set, frozenset, type(range(0)))):
        return sorted(value)
    if hasattr(type(value), "__index__"):
        return type(value).__index__(value)
    if hasattr(type(value), "__float__"):  # Decimal, Fraction
        return float(value)
    raise _NoValue("%s of type %s" % (_short(value), type(value).__name__))


def _json(value, depth):
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, _INTEGER):
        if -_LIMIT <= value < _LIMIT:
            return "%d" % value
        try:
            return _float(float(value))
        except OverflowError:
            raise _NoValue("an integer of %d bits" % value.bit_length())
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, (_TEXT, bytes)):
        return _text(value)
    if isinstance(value, (list, tuple)):
        if depth >= _DEPTH:
            raise _NoValue("a list nested more than %d deep" % _DEPTH)
        return "[" + ", ".join([_json(_plain(one), depth + 1) for one in value]) + "]"
    if isinstance(value, complex):
        raise _NoValue("the complex number %r" % (value,))
    return _json(_plain(value), depth + 1)


def _float(value):
    text = float.__repr__(value)
    if text[-1] in "nf":
        return {"nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'}[text]
    return text


def _text(value):
    if isinstance(value, _TEXT):
        try:
            value.encode("utf-8")
            if "\0" not in value:
                return json.dumps(value)
            data = value.encode("utf-8")
        except UnicodeEncodeError:
            # Python's own way to carry bytes of file names and arguments.
            try:
                data = value.encode("utf-8", "surrogateescape")
            except UnicodeEncodeError:
                return json.dumps(value.encode("utf-8", "replace").decode("utf-8"))
    else:
        data = value
        try:
            return _text(data.decode("utf-8"))
        except UnicodeDecodeError:
            pass
    return '{"bytes": "%s"}' % base64.b64encode(data).decode("ascii")


def _short(value):
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
