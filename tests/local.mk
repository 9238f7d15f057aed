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

include tests/c/local.mk
include tests/scheme/local.mk
include tests/cli/local.mk
include tests/python/local.mk
include tests/bench/local.mk
include tests/fuzz/local.mk
include tests/integration/local.mk

EXTRA_DIST += tests/environment.sh

# What the tests leave in their home folder is kept from one check to the next: the
# downloads of pip, and uv.
clean-local:
	-chmod -R u+w tests/home.tmp 2>/dev/null
	-rm -rf tests/home.tmp
