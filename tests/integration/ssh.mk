# tests/integration: real SSH servers.
EXTRA_DIST += tests/fixtures/sshd.sh tests/fixtures/sshd-accounts.c tests/fixtures/relay.py
azml_ssh_tests = \
  tests/integration/test-ssh-fixture.sh
TESTS += $(azml_ssh_tests)
EXTRA_DIST += $(azml_ssh_tests)
