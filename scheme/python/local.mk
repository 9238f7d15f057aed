# scheme/python: the Python packages of scripts, on PYTHONPATH of every run: azml, and
# azureml of Workbench scripts and of SDK v1, for where there is none.
azml_python_modules = \
  scheme/python/azml/__init__.py \
  scheme/python/azml/_values.py \
  scheme/python/azureml/__init__.py \
  scheme/python/azureml/_files.py \
  scheme/python/azureml/api.py \
  scheme/python/azureml/assets.py \
  scheme/python/azureml/core/__init__.py \
  scheme/python/azureml/core/run.py \
  scheme/python/azureml/datacollector.py \
  scheme/python/azureml/dataprep.py \
  scheme/python/azureml/logging.py
EXTRA_DIST += $(azml_python_modules)
