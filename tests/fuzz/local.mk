# tests/fuzz: parsers, fed with nonsense (see fuzz.h).
EXTRA_DIST += tests/fuzz/fuzz.h tests/fuzz/corpus
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer

check_PROGRAMS += tests/fuzz/fuzz-manifest tests/fuzz/fuzz-ignore
EXTRA_PROGRAMS += tests/fuzz/search-manifest tests/fuzz/search-ignore
TESTS += tests/fuzz/fuzz-manifest tests/fuzz/fuzz-ignore

tests_fuzz_fuzz_manifest_SOURCES = tests/fuzz/driver.c tests/fuzz/manifest.c
tests_fuzz_search_manifest_SOURCES = tests/fuzz/manifest.c
tests_fuzz_search_manifest_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_fuzz_ignore_SOURCES = tests/fuzz/driver.c tests/fuzz/ignore.c
tests_fuzz_search_ignore_SOURCES = tests/fuzz/ignore.c
tests_fuzz_search_ignore_LDFLAGS = $(fuzz_ldflags)

check_PROGRAMS += tests/fuzz/fuzz-pack
EXTRA_PROGRAMS += tests/fuzz/search-pack
TESTS += tests/fuzz/fuzz-pack

tests_fuzz_fuzz_pack_SOURCES = tests/fuzz/driver.c tests/fuzz/pack.c
tests_fuzz_search_pack_SOURCES = tests/fuzz/pack.c
tests_fuzz_search_pack_LDFLAGS = $(fuzz_ldflags)

check_PROGRAMS += tests/fuzz/fuzz-job
EXTRA_PROGRAMS += tests/fuzz/search-job
TESTS += tests/fuzz/fuzz-job

tests_fuzz_fuzz_job_SOURCES = tests/fuzz/driver.c tests/fuzz/job.c
tests_fuzz_search_job_SOURCES = tests/fuzz/job.c
tests_fuzz_search_job_LDFLAGS = $(fuzz_ldflags)

include tests/fuzz/store.mk
include tests/fuzz/config.mk
include tests/fuzz/outside.mk

check_PROGRAMS += tests/fuzz/fuzz-session
EXTRA_PROGRAMS += tests/fuzz/search-session
TESTS += tests/fuzz/fuzz-session

tests_fuzz_fuzz_session_SOURCES = tests/fuzz/driver.c tests/fuzz/session.c
tests_fuzz_search_session_SOURCES = tests/fuzz/session.c
tests_fuzz_search_session_LDFLAGS = $(fuzz_ldflags)

check_PROGRAMS += tests/fuzz/fuzz-gpu
EXTRA_PROGRAMS += tests/fuzz/search-gpu
TESTS += tests/fuzz/fuzz-gpu

tests_fuzz_fuzz_gpu_SOURCES = tests/fuzz/driver.c tests/fuzz/gpu.c
tests_fuzz_search_gpu_SOURCES = tests/fuzz/gpu.c
tests_fuzz_search_gpu_LDFLAGS = $(fuzz_ldflags)
