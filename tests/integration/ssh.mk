# tests/integration: real SSH servers.
EXTRA_DIST += tests/fixtures/sshd.sh tests/fixtures/sshd-accounts.c tests/fixtures/relay.py \
  tests/fixtures/pipe.py tests/fixtures/type.py tests/integration/ssh.sh
azml_ssh_tests = \
  tests/integration/test-ssh-channel.sh \
  tests/integration/test-ssh-config.sh \
  tests/integration/test-ssh-fixture.sh \
  tests/integration/test-ssh-key.sh \
  tests/integration/test-ssh-login.sh
TESTS += $(azml_ssh_tests)
EXTRA_DIST += $(azml_ssh_tests)
