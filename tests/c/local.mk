# tests/c: unit tests; they see the internal symbols.
check_LTLIBRARIES +=
EXTRA_DIST += tests/c/tap.h
azml_test_ldadd = libazml-core.la

check_PROGRAMS += tests/c/test-core
tests_c_test_core_SOURCES = tests/c/test-core.c
tests_c_test_core_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-core

EXTRA_DIST += tests/c/scratch.h tests/c/snapshot-help.h
check_PROGRAMS += tests/c/test-snapshot
tests_c_test_snapshot_SOURCES = tests/c/test-snapshot.c
tests_c_test_snapshot_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-snapshot

check_PROGRAMS += tests/c/test-snapshot-take
tests_c_test_snapshot_take_SOURCES = tests/c/test-snapshot-take.c
tests_c_test_snapshot_take_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-snapshot-take

check_PROGRAMS += tests/c/test-snapshot-ignore
tests_c_test_snapshot_ignore_SOURCES = tests/c/test-snapshot-ignore.c
tests_c_test_snapshot_ignore_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-snapshot-ignore

check_PROGRAMS += tests/c/test-snapshot-listed
tests_c_test_snapshot_listed_SOURCES = tests/c/test-snapshot-listed.c
tests_c_test_snapshot_listed_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-snapshot-listed

check_PROGRAMS += tests/c/test-snapshot-part
tests_c_test_snapshot_part_SOURCES = tests/c/test-snapshot-part.c
tests_c_test_snapshot_part_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-snapshot-part

check_PROGRAMS += tests/c/test-snapshot-revise
tests_c_test_snapshot_revise_SOURCES = tests/c/test-snapshot-revise.c
tests_c_test_snapshot_revise_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-snapshot-revise

check_PROGRAMS += tests/c/test-snapshot-manifest
tests_c_test_snapshot_manifest_SOURCES = tests/c/test-snapshot-manifest.c
tests_c_test_snapshot_manifest_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-snapshot-manifest

check_PROGRAMS += tests/c/environment-tool
tests_c_environment_tool_SOURCES = tests/c/environment-tool.c
tests_c_environment_tool_LDADD = $(azml_test_ldadd)

include tests/c/make.mk
include tests/c/store.mk
include tests/c/config.mk

check_PROGRAMS += tests/c/test-environment
tests_c_test_environment_SOURCES = tests/c/test-environment.c
tests_c_test_environment_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-environment

check_PROGRAMS += tests/c/test-specification
tests_c_test_specification_SOURCES = tests/c/test-specification.c
tests_c_test_specification_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-specification

include tests/c/runner.mk
check_PROGRAMS += tests/c/test-scan
tests_c_test_scan_SOURCES = tests/c/test-scan.c src/cli/scan.c
tests_c_test_scan_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-scan
include tests/c/serve.mk

check_PROGRAMS += tests/c/test-gpu
tests_c_test_gpu_SOURCES = tests/c/test-gpu.c
tests_c_test_gpu_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-gpu
include tests/c/ssh.mk

check_PROGRAMS += tests/c/test-mirror
tests_c_test_mirror_SOURCES = tests/c/test-mirror.c
tests_c_test_mirror_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-mirror
