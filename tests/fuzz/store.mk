# The filter language and the lines of metrics.jsonl.
check_PROGRAMS += tests/fuzz/fuzz-where tests/fuzz/fuzz-point
EXTRA_PROGRAMS += tests/fuzz/search-where tests/fuzz/search-point
TESTS += tests/fuzz/fuzz-where tests/fuzz/fuzz-point

tests_fuzz_fuzz_where_SOURCES = tests/fuzz/driver.c tests/fuzz/where.c
tests_fuzz_search_where_SOURCES = tests/fuzz/where.c
tests_fuzz_search_where_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_fuzz_point_SOURCES = tests/fuzz/driver.c tests/fuzz/point.c
tests_fuzz_search_point_SOURCES = tests/fuzz/point.c
tests_fuzz_search_point_LDFLAGS = $(fuzz_ldflags)
