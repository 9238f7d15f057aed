# azureml.core.run: the run of SDK v1 scripts.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""run = Run.get_context(); run.log("accuracy", 0.97)."""

import os

import azml

from azureml import _files

__all__ = ["Run"]


class Run(object):
    """This run; outside a run what is logged goes nowhere."""

    @classmethod
    def get_context(cls, *ignored, **also_ignored):
        """Return this run."""
        return _run

    @classmethod
    def get_submitted_run(cls, *ignored, **also_ignored):
        """Return this run; the name of 2018."""
        return _run

    @property
    def id(self):
        """The id of this run; one that begins with OfflineRun outside of any."""
        return azml.run_id or "OfflineRun"

    def log(self, name, value, description="", step=None):
        """Record VALUE as the metric NAME."""
        azml.log("%s" % (name,), value, step=step)

    def log_list(self, name, value, description=""):
        """Record the list VALUE as the metric NAME."""
        azml.log("%s" % (name,), list(value))

    def log_row(self, name, description=None, **columns):
        """Record each of COLUMNS as the metric NAME.COLUMN."""
        azml.log(dict(("%s.%s" % (name, key), columns[key]) for key in columns))

    def log_table(self, name, value, description=""):
        """Record each list of the dictionary VALUE as the metric NAME.KEY."""
        azml.log(dict(("%s.%s" % (name, key), value[key]) for key in value))

    def log_image(self, name, path=None, plot=None, description=""):
        """Keep the image file PATH, or the figure of matplotlib PLOT, as an output."""
        if path is not None:
            _files.copy(name + (os.path.splitext(path)[1] or ".png"), path)
        elif plot is not None:
            plot.savefig(_files.place(name + ".png"))

    def upload_file(self, name, path_or_stream, *ignored, **also_ignored):
        """Keep the file PATH_OR_STREAM as the output NAME."""
        if hasattr(path_or_stream, "read"):
            _files.write(name, path_or_stream.read())
        else:
            _files.copy(name, path_or_stream)

    def upload_folder(self, name, path, *ignored, **also_ignored):
        """Keep all files below the folder PATH as outputs below NAME."""
        _files.copy_folder(name, path)

    def tag(self, key, value=None):
        """Record the text VALUE as the metric KEY."""
        azml.log("%s" % (key,), "" if value is None else "%s" % (value,))

    def add_properties(self, properties):
        """Record the texts of the dictionary PROPERTIES as metrics."""
        azml.log(dict(("%s" % (key,), "%s" % (properties[key],)) for key in properties))

    def complete(self, *ignored, **also_ignored):
        """Do nothing: a run ends with its script."""

    def flush(self, *ignored, **also_ignored):
        """Do nothing: what is logged is written already."""

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        return False


_run = Run()
