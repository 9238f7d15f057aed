# tests/python: the Python package.
PY_LOG_COMPILER = $(PYTHON)
azml_script_tests += tests/python/test_azml.py tests/python/test_azureml.py \
  tests/python/test-versions.sh
