# azureml.core: the run of SDK v1 scripts.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""from azureml.core import Run."""

from azureml.core.run import Run

__all__ = ["Run"]
