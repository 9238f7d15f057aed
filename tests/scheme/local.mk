# tests/scheme: SRFI-64 tests.
