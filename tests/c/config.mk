# tests/c: YAML documents, and the files of Workbench.
EXTRA_DIST += tests/fixtures/workbench
check_PROGRAMS += tests/c/test-config tests/c/test-document
tests_c_test_config_SOURCES = tests/c/test-config.c
tests_c_test_config_LDADD = $(azml_test_ldadd)
tests_c_test_document_SOURCES = tests/c/test-document.c
tests_c_test_document_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-config tests/c/test-document
