# YAML documents and the files of Workbench.
check_PROGRAMS += tests/fuzz/fuzz-document
EXTRA_PROGRAMS += tests/fuzz/search-document
TESTS += tests/fuzz/fuzz-document

tests_fuzz_fuzz_document_SOURCES = tests/fuzz/driver.c tests/fuzz/document.c
# Each input is parsed a dozen times.
tests_fuzz_fuzz_document_CPPFLAGS = $(AM_CPPFLAGS) -DMUTATIONS=1500
tests_fuzz_search_document_SOURCES = tests/fuzz/document.c
tests_fuzz_search_document_LDFLAGS = $(fuzz_ldflags)
