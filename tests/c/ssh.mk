# tests/c: ways to machines.
check_PROGRAMS += tests/c/test-connection
tests_c_test_connection_SOURCES = tests/c/test-connection.c
tests_c_test_connection_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-connection
