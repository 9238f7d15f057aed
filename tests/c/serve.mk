# The protocol: client and runner, over real pipes.
EXTRA_DIST += tests/c/serve.h
check_PROGRAMS += tests/c/test-serve tests/c/test-session tests/c/test-session-faults \
  tests/c/test-peer
tests_c_test_serve_SOURCES = tests/c/test-serve.c
tests_c_test_serve_LDADD = $(azml_test_ldadd)
tests_c_test_session_SOURCES = tests/c/test-session.c
tests_c_test_session_LDADD = $(azml_test_ldadd)
tests_c_test_session_faults_SOURCES = tests/c/test-session-faults.c
tests_c_test_session_faults_LDADD = $(azml_test_ldadd)
tests_c_test_peer_SOURCES = tests/c/test-peer.c
tests_c_test_peer_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-serve tests/c/test-session tests/c/test-session-faults \
  tests/c/test-peer

check_PROGRAMS += tests/c/test-serve-build
tests_c_test_serve_build_SOURCES = tests/c/test-serve-build.c
tests_c_test_serve_build_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-serve-build
