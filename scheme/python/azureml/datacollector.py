# azureml.datacollector: what a model was asked, as an output of the run.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""collector = ModelDataCollector("model.pkl", identifier="inputs"); collector.collect(rows)."""

import json
import os

from azureml import _files

__all__ = ["ModelDataCollector"]


class ModelDataCollector(object):
    """Adds what it collects to the output collected/MODEL/IDENTIFIER.jsonl, a line each."""

    def __init__(self, model_name, identifier="default", feature_names=None, *ignored,
                 **also_ignored):
        self.feature_names = list(feature_names) if feature_names is not None else None
        name = os.path.basename(str(model_name)) or "model"
        self._path = _files.place("collected/%s/%s.jsonl" % (name, identifier))

    def collect(self, input_data, user_correlation_id=""):
        """Add INPUT_DATA: a frame of pandas, an array of numpy, or plain values."""
        if hasattr(input_data, "to_dict"):
            data = input_data.to_dict(orient="records")
        elif hasattr(input_data, "tolist"):
            data = input_data.tolist()
        else:
            data = input_data
        line = {"data": data}
        if self.feature_names:
            line["features"] = self.feature_names
        if user_correlation_id:
            line["id"] = str(user_correlation_id)
        with open(self._path, "a") as file:
            file.write(json.dumps(line, default=str) + "\n")
