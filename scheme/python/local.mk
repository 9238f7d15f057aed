# scheme/python: the Python package of scripts, on PYTHONPATH of every run.
azmlpythonpackagedir = $(azmlpythondir)/azml
dist_azmlpythonpackage_DATA = \
  scheme/python/azml/__init__.py \
  scheme/python/azml/_values.py

# The package of Workbench scripts and of SDK v1, for where there is none.
azmlpythonazuremldir = $(azmlpythondir)/azureml
dist_azmlpythonazureml_DATA = \
  scheme/python/azureml/__init__.py \
  scheme/python/azureml/_files.py \
  scheme/python/azureml/api.py \
  scheme/python/azureml/assets.py \
  scheme/python/azureml/datacollector.py \
  scheme/python/azureml/dataprep.py \
  scheme/python/azureml/logging.py
azmlpythonazuremlcoredir = $(azmlpythondir)/azureml/core
dist_azmlpythonazuremlcore_DATA = \
  scheme/python/azureml/core/__init__.py \
  scheme/python/azureml/core/run.py
