# azureml.dataprep: what is said to scripts that import it.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""There is no azureml.dataprep any more."""

raise ImportError(
    "azureml.dataprep went with Azure ML Workbench: it reads .dprep and .dsource "
    "files of the product; read the data that they name, for instance with pandas"
)
