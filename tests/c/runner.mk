# The runner.
check_PROGRAMS += tests/c/test-runner
tests_c_test_runner_SOURCES = tests/c/test-runner.c
tests_c_test_runner_LDADD = libazml-runner.la $(azml_test_ldadd)
TESTS += tests/c/test-runner
