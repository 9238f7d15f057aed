# azureml.logging: the logger of Workbench scripts.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""run_logger = get_azureml_logger(); run_logger.log("accuracy", 0.97)."""

import azml

from azureml import _files

__all__ = ["get_azureml_logger"]


class _Done(object):
    """What log() returns: it has happened already."""

    def wait(self, timeout=None):
        return self

    def done(self):
        return True

    def result(self, timeout=None):
        return None


class _Logger(object):
    def log(self, key, value):
        """Record VALUE, a number, text, list or array, as the metric KEY."""
        azml.log("%s" % (key,), value)
        return _Done()

    def upload(self, artifact_path, text):
        """Keep TEXT as the output ARTIFACT_PATH of the run."""
        _files.write(artifact_path, text)
        return _Done()


_logger = _Logger()


def get_azureml_logger(*ignored, **also_ignored):
    """Return the logger of this run; outside a run it does nothing."""
    return _logger
