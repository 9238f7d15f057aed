# azureml.api: what is said to scripts that import it.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""There is no azureml.api any more."""

raise ImportError(
    "azureml.api went with Azure ML Workbench: it made web services of models; keep "
    "the model as an output, and serve it with a package such as FastAPI"
)
