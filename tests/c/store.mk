# tests/c: runs, metrics, projects, the index.
EXTRA_DIST += tests/c/indexed.h tests/c/runs.h tests/c/samples.h

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

check_PROGRAMS += tests/c/test-where-random
tests_c_test_where_random_SOURCES = tests/c/test-where-random.c
tests_c_test_where_random_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-where-random

check_PROGRAMS += tests/c/test-store-faults
tests_c_test_store_faults_SOURCES = tests/c/test-store-faults.c
tests_c_test_store_faults_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
tests_c_test_store_faults_LDADD = $(azml_test_ldadd) $(SQLITE_LIBS)
TESTS += tests/c/test-store-faults

# The library as others see it: nothing but the public headers and libazml.
check_PROGRAMS += tests/c/test-public
tests_c_test_public_SOURCES = tests/c/test-public.c
tests_c_test_public_CPPFLAGS = -I$(top_srcdir)/src/include
tests_c_test_public_LDADD = libazml.la
TESTS += tests/c/test-public
