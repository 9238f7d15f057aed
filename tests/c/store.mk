# tests/c: runs, metrics, projects, the index.
EXTRA_DIST += tests/c/indexed.h tests/c/runs.h

check_PROGRAMS += tests/c/test-run
tests_c_test_run_SOURCES = tests/c/test-run.c
tests_c_test_run_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-run

check_PROGRAMS += tests/c/test-store
tests_c_test_store_SOURCES = tests/c/test-store.c
tests_c_test_store_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-store

check_PROGRAMS += tests/c/test-where
tests_c_test_where_SOURCES = tests/c/test-where.c
tests_c_test_where_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-where

check_PROGRAMS += tests/c/test-store-faults
tests_c_test_store_faults_SOURCES = tests/c/test-store-faults.c
tests_c_test_store_faults_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-store-faults
