# tests/integration: real containers.
EXTRA_DIST += tests/fixtures/docker.sh tests/fixtures/registry.py tests/integration/docker.sh
azml_docker_tests = \
  tests/integration/test-docker-bad.sh \
  tests/integration/test-docker-digits.sh \
  tests/integration/test-docker-gpus.sh \
  tests/integration/test-docker-image.sh \
  tests/integration/test-docker-remote.sh \
  tests/integration/test-docker-restart.sh \
  tests/integration/test-docker-run.sh \
  tests/integration/test-docker-stops.sh \
  tests/integration/test-docker-ways.sh
TESTS += $(azml_docker_tests)
EXTRA_DIST += $(azml_docker_tests)
