# tests/integration: whole parts at work: real processes, real faults.
EXTRA_DIST += tests/integration/runner.sh
azml_runner_tests = \
  tests/integration/test-runner-ends.sh \
  tests/integration/test-runner-faults.sh \
  tests/integration/test-runner-memory.sh \
  tests/integration/test-runner-stops.sh
TESTS += $(azml_runner_tests)
EXTRA_DIST += $(azml_runner_tests)

EXTRA_DIST += tests/fixtures/package-index.py tests/fixtures/micromamba

EXTRA_DIST += tests/integration/environment.sh
azml_environment_tests = \
  tests/integration/test-environment-conda.sh \
  tests/integration/test-environment-gc.sh \
  tests/integration/test-environment-pip.sh \
  tests/integration/test-environment-run.sh \
  tests/integration/test-environment-uv.sh
TESTS += $(azml_environment_tests)
EXTRA_DIST += $(azml_environment_tests)

# What stands in for a machine with NVIDIA GPUs.
EXTRA_DIST += tests/gpu/test-gpu.sh tests/gpu/cuda.py tests/gpu/kit.sh tests/spark/test-spark.sh
EXTRA_DIST += tests/fixtures/nvidia-smi tests/fixtures/use-gpu tests/fixtures/cuda.py \
  tests/fixtures/gpu
include tests/integration/ssh.mk
include tests/integration/docker.mk
# The client harmed at every stage, and what must hold afterwards.
azml_fault_tests = \
  tests/integration/test-client-faults.sh \
  tests/integration/test-together.sh \
  tests/integration/test-full-disk.sh
TESTS += $(azml_fault_tests)
EXTRA_DIST += $(azml_fault_tests) tests/integration/faults.sh tests/fixtures/frame-relay.py \
  tests/fixtures/collect.py

EXTRA_DIST += tests/integration/lease.sh tests/integration/lease-storm.py
azml_lease_tests = \
  tests/integration/test-lease.sh \
  tests/integration/test-lease-storm.sh
TESTS += $(azml_lease_tests)
EXTRA_DIST += $(azml_lease_tests)

# The runner on other machines.
TESTS += tests/integration/test-remote-place.sh
EXTRA_DIST += tests/integration/test-remote-place.sh
# Runs on a target that is not the project's own place.
azml_mirror_tests = \
  tests/integration/test-hostile-runner.sh \
  tests/integration/test-mirror.sh \
  tests/integration/test-remote-follow.sh
TESTS += $(azml_mirror_tests)
EXTRA_DIST += $(azml_mirror_tests) tests/integration/mirror.sh \
  tests/fixtures/hostile-runner.py

# Whole runs on other machines, and what happens to them on the way.
azml_remote_tests = \
  tests/integration/test-make-remote.sh \
  tests/integration/test-remote-crowd.sh \
  tests/integration/test-remote-cut.sh \
  tests/integration/test-remote-digits.sh \
  tests/integration/test-remote-faults.sh \
  tests/integration/test-remote-gc.sh \
  tests/integration/test-remote-gpus.sh \
  tests/integration/test-remote-killed.sh \
  tests/integration/test-remote-lost.sh \
  tests/integration/test-remote-refused.sh \
  tests/integration/test-remote-repl.sh \
  tests/integration/test-remote-resume.sh \
  tests/integration/test-remote-turns.sh
TESTS += $(azml_remote_tests) tests/integration/test-spare.sh
EXTRA_DIST += tests/integration/test-spare.sh
EXTRA_DIST += $(azml_remote_tests) tests/integration/remote.sh \
  tests/integration/remote-stages.sh

# A Workbench project from attach to history.
TESTS += tests/integration/test-workbench-walk.sh \
  tests/integration/test-workbench-docker.sh
EXTRA_DIST += tests/integration/test-workbench-walk.sh \
  tests/integration/test-workbench-docker.sh
