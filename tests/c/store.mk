# tests/c: runs, metrics, projects, the index.
EXTRA_DIST += tests/c/runs.h

check_PROGRAMS += tests/c/test-run
tests_c_test_run_SOURCES = tests/c/test-run.c
tests_c_test_run_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-run

check_PROGRAMS += tests/c/test-store
tests_c_test_store_SOURCES = tests/c/test-store.c
tests_c_test_store_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-store
