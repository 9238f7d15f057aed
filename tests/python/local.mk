# tests/python: the Python package.
