# tests/cli: shell tests of the commands and of the tree itself.
EXTRA_DIST += tests/cli/tap.sh tests/cli/installcheck.sh

# The gates: what holds for the tree as a whole.
azml_gates = \
  tests/cli/test-layers.sh \
  tests/cli/test-style.sh \
  tests/cli/test-headers.sh \
  tests/cli/test-symbols.sh \
  tests/cli/test-manual.sh \
  tests/cli/test-packaging.sh \
  tests/cli/test-tutorial.sh \
  tests/cli/test-examples.sh
TESTS += $(azml_gates)
EXTRA_DIST += $(azml_gates)

# The commands, with real runs.
azml_command_tests = \
  tests/cli/test-run.sh \
  tests/cli/test-run-errors.sh \
  tests/cli/test-run-recipe.sh \
  tests/cli/test-history.sh \
  tests/cli/test-follow.sh \
  tests/cli/test-terminal.sh \
  tests/cli/test-history-verbs.sh \
  tests/cli/test-repl.sh
TESTS += $(azml_command_tests)
EXTRA_DIST += tests/cli/azml.sh tests/cli/terminal.py $(azml_command_tests)
TESTS += tests/cli/test-completion.sh
EXTRA_DIST += tests/cli/test-completion.sh

# GNU Make: the one that is there, and the newest.
azml_make_tests = \
  tests/cli/test-make-functions.sh \
  tests/cli/test-make-run.sh \
  tests/cli/test-make-jobs.sh \
  tests/cli/test-make-newest.sh
TESTS += $(azml_make_tests)
EXTRA_DIST += tests/fixtures/make.sh $(azml_make_tests)

# What works here, and what to install.
TESTS += tests/cli/test-doctor.sh
EXTRA_DIST += tests/cli/test-doctor.sh

# The program: dispatch, errors, interrupts, odd surroundings.
TESTS += tests/cli/test-program.sh
EXTRA_DIST += tests/cli/test-program.sh

# Target types of a user's plugin, with real runs.
TESTS += tests/cli/test-plugins.sh
EXTRA_DIST += tests/cli/test-plugins.sh

# Bad input and faults, as a user meets them; files and secrets.
TESTS += tests/cli/test-bad-input.sh tests/cli/test-security.sh
EXTRA_DIST += tests/cli/test-bad-input.sh tests/cli/test-security.sh

# The keys of JSON output, and the manual.
TESTS += tests/cli/test-json.sh
EXTRA_DIST += tests/cli/test-json.sh

# Workbench projects.
TESTS += tests/cli/test-workbench.sh tests/cli/test-experiment.sh tests/cli/test-project.sh
EXTRA_DIST += tests/cli/test-workbench.sh tests/cli/test-experiment.sh \
  tests/cli/test-project.sh

# Compute targets that are kept.
TESTS += tests/cli/test-computetarget.sh
EXTRA_DIST += tests/cli/test-computetarget.sh

# GPUs, on machines that are described.
TESTS += tests/cli/test-gpu.sh tests/cli/test-gpu-faults.sh tests/cli/test-gpu-kit.sh \
  tests/cli/test-gpu-default.sh
EXTRA_DIST += tests/cli/gpu.sh tests/cli/test-gpu.sh tests/cli/test-gpu-faults.sh \
  tests/cli/test-gpu-kit.sh tests/cli/test-gpu-default.sh

# What a person sees whose run waits for a GPU.
TESTS += tests/cli/test-lease.sh
EXTRA_DIST += tests/cli/test-lease.sh
