# tests/c: what GNU Make loads, with a stand-in of make.
EXTRA_DIST += tests/c/gmk.h tests/c/test-make-functions.c tests/c/test-make-load.c

check_PROGRAMS += tests/c/test-jobserver
tests_c_test_jobserver_SOURCES = tests/c/test-jobserver.c
tests_c_test_jobserver_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-jobserver

if GNU_MAKE_OBJECT
check_PROGRAMS += tests/c/test-make-functions tests/c/test-make-load \
  tests/c/test-make-load-abi
TESTS += tests/c/test-make-functions tests/c/test-make-load tests/c/test-make-load-abi
tests_c_test_make_functions_SOURCES = tests/c/test-make-functions.c $(azml_make_sources)
tests_c_test_make_functions_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
tests_c_test_make_functions_LDADD = $(azml_test_ldadd)
tests_c_test_make_load_SOURCES = tests/c/test-make-load.c plugins/make/load.c
tests_c_test_make_load_CPPFLAGS = $(AM_CPPFLAGS)
tests_c_test_make_load_abi_SOURCES = tests/c/test-make-load.c plugins/make/load.c
tests_c_test_make_load_abi_CPPFLAGS = $(AM_CPPFLAGS) -DGMK_ABI_VERSION=1
endif
