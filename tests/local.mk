# tests: one TAP stream of C, Scheme, shell and Python tests.

LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)
SCM_LOG_DRIVER = $(LOG_DRIVER)
PY_LOG_DRIVER = $(LOG_DRIVER)
TEST_EXTENSIONS = .sh .scm .py
SH_LOG_COMPILER = $(SHELL)
AM_TESTS_ENVIRONMENT = \
  AZML_SRCDIR='$(abs_top_srcdir)'; AZML_BUILDDIR='$(abs_top_builddir)'; \
  CC='$(CC)'; GUILE='$(GUILE)'; PYTHON='$(PYTHON)'; \
  export AZML_SRCDIR AZML_BUILDDIR CC GUILE PYTHON; \
  . '$(top_srcdir)/tests/environment.sh';

# Tests that are scripts are in the tarball, too.
azml_script_tests =
# What a program is linked with that does not say otherwise.
LDADD = libazml-runner.la libazml-core.la

include tests/c/local.mk
include tests/scheme/local.mk
include tests/cli/local.mk
include tests/python/local.mk
include tests/bench/local.mk
include tests/fuzz/local.mk
include tests/integration/local.mk

TESTS += $(azml_script_tests)
EXTRA_DIST += $(azml_script_tests) tests/environment.sh tests/fuzz/search.sh

# An hour, or what is asked for, of search over all fuzz targets; needs clang.  It is built
# from a copy: where the program was built among its sources, no other build can be.
FUZZ_SECONDS = 3600
check-fuzz:
	$(AM_V_at)$(MKDIR_P) fuzz.tmp
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) -s distdir distdir=fuzz.tmp/source
	$(AM_V_at)AZML_SRCDIR='$(abs_top_builddir)/fuzz.tmp/source' $(SHELL) \
	  $(srcdir)/tests/fuzz/search.sh $(FUZZ_SECONDS) fuzz.tmp \
	  $(filter tests/fuzz/search-%,$(EXTRA_PROGRAMS))

# All tests with their full times, a storm of two hundred runs on two GPUs, then the
# search.
check-long:
	AZML_TEST_TIME_SCALE=1 LEASE_STORM='200 2 40' $(MAKE) $(AM_MAKEFLAGS) check
	$(MAKE) $(AM_MAKEFLAGS) check-fuzz

.PHONY: check-fuzz check-long

# What the tests leave in their home folder is kept from one check to the next: the
# downloads of pip, and uv.
clean-local:
	-chmod -R u+w tests/home.tmp 2>/dev/null
	-rm -rf tests/home.tmp tests/docker.tmp fuzz.tmp
