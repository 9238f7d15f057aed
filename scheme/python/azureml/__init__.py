# azureml: what scripts of Azure ML Workbench import, logging to azml.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand in for the package azureml where the environment has none.

Scripts of Workbench log with azureml.logging, those of SDK v1 with azureml.core.run;
both are here, and write the metrics of the run.  An azureml that is installed, or lies
beside the script, comes first: this package steps aside for it as a whole.
"""

import os
import sys

_here = os.path.dirname(os.path.abspath(__file__))


def _others():
    """The folders of other packages azureml, in the order of sys.path."""
    found = []
    for entry in sys.path:
        folder = os.path.join(entry or os.curdir, "azureml")
        try:
            if os.path.isdir(folder) and not os.path.samefile(folder, _here):
                found.append(folder)
        except OSError:
            pass
    return found


_found = _others()
if _found:
    __path__ = _found
    __file__ = os.path.join(_found[0], "__init__.py")
    if os.path.isfile(__file__):
        with open(__file__, "rb") as _file:
            _code = compile(_file.read(), __file__, "exec")
        exec(_code, globals())
    # It may have added all folders azureml that there are.
    __path__ = [folder for folder in __path__ if folder in _found]
