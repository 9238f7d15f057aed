# scheme/python: the Python package of scripts, on PYTHONPATH of every run.
azmlpythonpackagedir = $(azmlpythondir)/azml
dist_azmlpythonpackage_DATA = \
  scheme/python/azml/__init__.py \
  scheme/python/azml/_values.py

# What Python keeps beside them once a script was run.
uninstall-local:
	rm -rf '$(DESTDIR)$(azmlpythonpackagedir)/__pycache__'
