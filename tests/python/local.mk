# tests/python: the Python package.
PY_LOG_COMPILER = $(PYTHON)
TESTS += tests/python/test_azml.py tests/python/test_azureml.py \
  tests/python/test-versions.sh
EXTRA_DIST += tests/python/test_azml.py tests/python/test_azureml.py \
  tests/python/test-versions.sh
