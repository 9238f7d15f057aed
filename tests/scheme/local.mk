# tests/scheme: SRFI-64 tests.
SCM_LOG_COMPILER = $(top_builddir)/pre-inst-env \
  env LSAN_OPTIONS=suppressions=$(abs_top_srcdir)/tests/scheme/lsan.supp:print_suppressions=0 \
  $(AZML_PRELOAD) $(GUILE)
AM_SCM_LOG_FLAGS = --no-auto-compile -L $(top_srcdir)/tests/scheme

azml_script_tests += \
  tests/scheme/test-binding.scm \
  tests/scheme/test-modules.scm \
  tests/scheme/test-options.scm \
  tests/scheme/test-parameters.scm \
  tests/scheme/test-plugins.scm \
  tests/scheme/test-recipes.scm \
  tests/scheme/test-snapshot.scm \
  tests/scheme/test-store.scm \
  tests/scheme/test-text.scm \
  tests/scheme/test-workbench.scm \
  tests/scheme/test-workbench-keys.scm
EXTRA_DIST += tests/scheme/azml-test.scm tests/scheme/lsan.supp
