# azureml._files: outputs under the names that scripts give.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and folders that become outputs of the run."""

import os
import shutil

import azml


def place(name):
    """Return the path of the output NAME, and make its folder.

    "outputs/model.pkl" is model.pkl: a run has one folder of outputs.  A name never
    leads out of it.
    """
    parts = [part for part in ("%s" % (name,)).replace("\\", "/").split("/")
             if part not in ("", ".", "..")]
    if len(parts) > 1 and parts[0] == "outputs":
        parts = parts[1:]
    return azml.output_path(*(parts or ["unnamed"]))


def write(name, text):
    """Write TEXT, or bytes, as the output NAME."""
    data = text if isinstance(text, bytes) else (u"%s" % (text,)).encode("utf-8")
    with open(place(name), "wb") as file:
        file.write(data)


def copy(name, path):
    """Copy the file PATH as the output NAME, unless it is that already."""
    target = place(name)
    if not (os.path.exists(target) and os.path.samefile(path, target)):
        shutil.copyfile(path, target)


def copy_folder(name, path):
    """Copy all files below the folder PATH as outputs below NAME."""
    for folder, _, files in os.walk(path):
        for file in files:
            source = os.path.join(folder, file)
            copy(os.path.join(name, os.path.relpath(source, path)), source)
