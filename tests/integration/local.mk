# tests/integration: whole parts at work: real processes, real faults.
azml_script_tests += \
  tests/integration/test-runner-ends.sh \
  tests/integration/test-runner-faults.sh \
  tests/integration/test-runner-memory.sh \
  tests/integration/test-runner-stops.sh
EXTRA_DIST += tests/integration/runner.sh

azml_script_tests += \
  tests/integration/test-environment-conda.sh \
  tests/integration/test-environment-gc.sh \
  tests/integration/test-environment-pip.sh \
  tests/integration/test-environment-run.sh \
  tests/integration/test-environment-uv.sh
EXTRA_DIST += tests/integration/environment.sh tests/fixtures/package-index.py \
  tests/fixtures/micromamba

# Real SSH servers.
azml_script_tests += \
  tests/integration/test-ssh-certificate.sh \
  tests/integration/test-ssh-channel.sh \
  tests/integration/test-ssh-choices.sh \
  tests/integration/test-ssh-config.sh \
  tests/integration/test-ssh-fixture.sh \
  tests/integration/test-ssh-hardware.sh \
  tests/integration/test-ssh-key.sh \
  tests/integration/test-ssh-login.sh \
  tests/integration/test-ssh-patience.sh
EXTRA_DIST += tests/integration/mounts.sh tests/integration/ssh.sh tests/fixtures/sshd.sh tests/fixtures/sshd-accounts.c \
  tests/fixtures/security-key.c \
  tests/fixtures/relay.py tests/fixtures/pipe.py tests/fixtures/type.py

# Real containers.
azml_script_tests += \
  tests/integration/test-docker-bad.sh \
  tests/integration/test-docker-copy.sh \
  tests/integration/test-docker-digits.sh \
  tests/integration/test-docker-gpus.sh \
  tests/integration/test-docker-image.sh \
  tests/integration/test-docker-late.sh \
  tests/integration/test-docker-owner.sh \
  tests/integration/test-docker-remote.sh \
  tests/integration/test-docker-restart.sh \
  tests/integration/test-docker-run.sh \
  tests/integration/test-docker-stops.sh \
  tests/integration/test-docker-ways.sh
EXTRA_DIST += tests/integration/docker.sh tests/fixtures/docker.sh tests/fixtures/registry.py tests/fixtures/slow-daemon.py

# The client harmed at every stage, and what must hold afterwards.
azml_script_tests += \
  tests/integration/test-client-faults.sh \
  tests/integration/test-together.sh \
  tests/integration/test-full-disk.sh
EXTRA_DIST += tests/integration/faults.sh tests/fixtures/frame-relay.py \
  tests/fixtures/collect.py

azml_script_tests += \
  tests/integration/test-lease.sh \
  tests/integration/test-lease-storm.sh
EXTRA_DIST += tests/integration/lease.sh tests/integration/lease-storm.py

# Runs on a target that is not the project's own place.
azml_script_tests += \
  tests/integration/test-hostile-runner.sh \
  tests/integration/test-damage.sh \
  tests/integration/test-mirror.sh \
  tests/integration/test-remote-follow.sh
EXTRA_DIST += tests/integration/mirror.sh tests/fixtures/hostile-runner.py

# Whole runs on other machines, and what happens to them on the way.
azml_script_tests += \
  tests/integration/test-make-remote.sh \
  tests/integration/test-remote-place.sh \
  tests/integration/test-remote-crowd.sh \
  tests/integration/test-remote-cut.sh \
  tests/integration/test-remote-descriptors.sh \
  tests/integration/test-remote-digits.sh \
  tests/integration/test-remote-factor.sh \
  tests/integration/test-remote-faults.sh \
  tests/integration/test-remote-fetch.sh \
  tests/integration/test-remote-gc.sh \
  tests/integration/test-remote-gpus.sh \
  tests/integration/test-remote-home.sh \
  tests/integration/test-remote-killed.sh \
  tests/integration/test-remote-lost.sh \
  tests/integration/test-remote-outputs.sh \
  tests/integration/test-remote-refused.sh \
  tests/integration/test-remote-removed.sh \
  tests/integration/test-remote-repl.sh \
  tests/integration/test-remote-resume.sh \
  tests/integration/test-remote-shells.sh \
  tests/integration/test-remote-turns.sh \
  tests/integration/test-spare.sh
EXTRA_DIST += tests/integration/remote.sh tests/integration/remote-stages.sh

# A Workbench project from attach to history.
azml_script_tests += \
  tests/integration/test-workbench-walk.sh \
  tests/integration/test-workbench-docker.sh

# What stands in for a machine with NVIDIA GPUs; what only such a machine, or one with
# Java, can run.
EXTRA_DIST += tests/fixtures/nvidia-smi tests/fixtures/use-gpu tests/fixtures/cuda.py \
  tests/fixtures/gpu tests/gpu/test-gpu.sh tests/gpu/cuda.py tests/gpu/kit.sh \
  tests/spark/test-spark.sh tests/spark/test-yarn.sh tests/spark/pyspark.sh \
  tests/spark/yarn.sh tests/spark/yarn-pom.xml
