# scheme/python: the Python package of scripts, on PYTHONPATH of every run.
azmlpythonpackagedir = $(azmlpythondir)/azml
dist_azmlpythonpackage_DATA = \
  scheme/python/azml/__init__.py \
  scheme/python/azml/_values.py
