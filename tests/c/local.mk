# tests/c: unit tests; they see the internal symbols.  Each is made of the file of its name.
EXTRA_DIST += tests/c/tap.h tests/c/scratch.h tests/c/snapshot-help.h tests/c/packs-help.h tests/c/serve.h \
  tests/c/indexed.h tests/c/leases.h tests/c/runs.h tests/c/samples.h \
  tests/fixtures/workbench

azml_c_tests = \
  tests/c/test-ahead \
  tests/c/test-archive \
  tests/c/test-charge \
  tests/c/test-config \
  tests/c/test-config-edit \
  tests/c/test-connection \
  tests/c/test-container-gpus \
  tests/c/test-core \
  tests/c/test-document \
  tests/c/test-environment \
  tests/c/test-gpu \
  tests/c/test-jobserver \
  tests/c/test-lease \
  tests/c/test-lease-queue \
  tests/c/test-mirror \
  tests/c/test-peer \
  tests/c/test-placement \
  tests/c/test-places \
  tests/c/test-public \
  tests/c/test-run \
  tests/c/test-runner \
  tests/c/test-samples \
  tests/c/test-scan \
  tests/c/test-secret \
  tests/c/test-serve \
  tests/c/test-serve-build \
  tests/c/test-serve-settle \
  tests/c/test-session \
  tests/c/test-session-copy \
  tests/c/test-session-faults \
  tests/c/test-snapshot \
  tests/c/test-snapshot-ignore \
  tests/c/test-snapshot-listed \
  tests/c/test-snapshot-manifest \
  tests/c/test-snapshot-mend \
  tests/c/test-snapshot-packs \
  tests/c/test-snapshot-packs-shared \
  tests/c/test-snapshot-part \
  tests/c/test-snapshot-revise \
  tests/c/test-snapshot-take \
  tests/c/test-specification \
  tests/c/test-store \
  tests/c/test-store-faults \
  tests/c/test-where \
  tests/c/test-where-random
check_PROGRAMS += $(azml_c_tests)
TESTS += $(azml_c_tests)

tests_c_test_scan_SOURCES = tests/c/test-scan.c src/cli/scan.c
tests_c_test_store_faults_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
tests_c_test_store_faults_LDADD = $(LDADD) $(SQLITE_LIBS)
# The library as others see it: nothing but the public headers and libazml.
tests_c_test_public_CPPFLAGS = -I$(top_srcdir)/src/include
tests_c_test_public_LDADD = libazml.la

# What shell tests call.
check_PROGRAMS += tests/c/environment-tool tests/c/ssh-config-tool tests/c/ssh-tool

# What GNU Make loads, with a stand-in of make.
EXTRA_DIST += tests/c/gmk.h tests/c/test-make-functions.c tests/c/test-make-load.c
if GNU_MAKE_OBJECT
azml_make_c_tests = tests/c/test-make-functions tests/c/test-make-load \
  tests/c/test-make-load-abi
check_PROGRAMS += $(azml_make_c_tests)
TESTS += $(azml_make_c_tests)
tests_c_test_make_functions_SOURCES = tests/c/test-make-functions.c $(azml_make_sources)
tests_c_test_make_functions_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
tests_c_test_make_load_SOURCES = tests/c/test-make-load.c plugins/make/load.c
tests_c_test_make_load_CPPFLAGS = $(AM_CPPFLAGS)
tests_c_test_make_load_LDADD =
tests_c_test_make_load_abi_SOURCES = tests/c/test-make-load.c plugins/make/load.c
tests_c_test_make_load_abi_CPPFLAGS = $(AM_CPPFLAGS) -DGMK_ABI_VERSION=1
tests_c_test_make_load_abi_LDADD =
endif
