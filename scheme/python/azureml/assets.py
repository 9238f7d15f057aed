# azureml.assets: what is said to scripts that import it.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""There is no azureml.assets any more."""

raise ImportError(
    "azureml.assets went with Azure ML Workbench: it was a part of the product's "
    "service; 'azml-guile asset download' brings what was promoted"
)
