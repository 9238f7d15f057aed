# What others say or write: recipes that are not evaluated, machines without a runner, the
# configuration of SSH, leases, archives of containers.
check_PROGRAMS += tests/fuzz/fuzz-scan tests/fuzz/fuzz-kit tests/fuzz/fuzz-ssh-config \
  tests/fuzz/fuzz-lease tests/fuzz/fuzz-archive
EXTRA_PROGRAMS += tests/fuzz/search-scan tests/fuzz/search-kit tests/fuzz/search-ssh-config \
  tests/fuzz/search-lease tests/fuzz/search-archive
TESTS += tests/fuzz/fuzz-scan tests/fuzz/fuzz-kit tests/fuzz/fuzz-ssh-config \
  tests/fuzz/fuzz-lease tests/fuzz/fuzz-archive

tests_fuzz_fuzz_scan_SOURCES = tests/fuzz/driver.c tests/fuzz/scan.c src/cli/scan.c
tests_fuzz_search_scan_SOURCES = tests/fuzz/scan.c src/cli/scan.c
tests_fuzz_search_scan_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_fuzz_kit_SOURCES = tests/fuzz/driver.c tests/fuzz/kit.c
tests_fuzz_search_kit_SOURCES = tests/fuzz/kit.c
tests_fuzz_search_kit_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_fuzz_ssh_config_SOURCES = tests/fuzz/driver.c tests/fuzz/ssh-config.c
tests_fuzz_search_ssh_config_SOURCES = tests/fuzz/ssh-config.c
tests_fuzz_search_ssh_config_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_fuzz_lease_SOURCES = tests/fuzz/driver.c tests/fuzz/lease.c
tests_fuzz_search_lease_SOURCES = tests/fuzz/lease.c
tests_fuzz_search_lease_LDFLAGS = $(fuzz_ldflags)

tests_fuzz_fuzz_archive_SOURCES = tests/fuzz/driver.c tests/fuzz/archive.c
tests_fuzz_search_archive_SOURCES = tests/fuzz/archive.c
tests_fuzz_search_archive_LDFLAGS = $(fuzz_ldflags)
