# The runner.
check_PROGRAMS += tests/c/test-container-gpus
tests_c_test_container_gpus_SOURCES = tests/c/test-container-gpus.c
tests_c_test_container_gpus_LDADD = libazml-runner.la $(azml_test_ldadd)
TESTS += tests/c/test-container-gpus

check_PROGRAMS += tests/c/test-runner
tests_c_test_runner_SOURCES = tests/c/test-runner.c
tests_c_test_runner_LDADD = libazml-runner.la $(azml_test_ldadd)
TESTS += tests/c/test-runner

check_PROGRAMS += tests/c/test-lease tests/c/test-lease-queue
tests_c_test_lease_SOURCES = tests/c/test-lease.c tests/c/leases.h
tests_c_test_lease_LDADD = libazml-runner.la $(azml_test_ldadd)
tests_c_test_lease_queue_SOURCES = tests/c/test-lease-queue.c tests/c/leases.h
tests_c_test_lease_queue_LDADD = libazml-runner.la $(azml_test_ldadd)
TESTS += tests/c/test-lease tests/c/test-lease-queue
