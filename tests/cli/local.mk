# tests/cli: shell tests of the commands and of the tree itself.
EXTRA_DIST += tests/cli/tap.sh tests/cli/installcheck.sh tests/cli/azml.sh \
  tests/cli/gpu.sh tests/cli/terminal.py tests/fixtures/make.sh

# The gates: what holds for the tree as a whole.
azml_script_tests += \
  tests/cli/test-layers.sh \
  tests/cli/test-style.sh \
  tests/cli/test-headers.sh \
  tests/cli/test-symbols.sh \
  tests/cli/test-manual.sh \
  tests/cli/test-packaging.sh \
  tests/cli/test-tutorial.sh \
  tests/cli/test-examples.sh

# The commands, with real runs.
azml_script_tests += \
  tests/cli/test-run.sh \
  tests/cli/test-run-errors.sh \
  tests/cli/test-run-recipe.sh \
  tests/cli/test-history.sh \
  tests/cli/test-follow.sh \
  tests/cli/test-terminal.sh \
  tests/cli/test-history-verbs.sh \
  tests/cli/test-repl.sh \
  tests/cli/test-completion.sh \
  tests/cli/test-doctor.sh \
  tests/cli/test-json.sh \
  tests/cli/test-computetarget.sh

# GNU Make: the one that is there, and the newest.
azml_script_tests += \
  tests/cli/test-make-functions.sh \
  tests/cli/test-make-run.sh \
  tests/cli/test-make-jobs.sh \
  tests/cli/test-make-newest.sh

# The program: dispatch, errors, interrupts, odd surroundings; target types of a user's
# plugin; bad input and faults, as a user meets them; files and secrets.
azml_script_tests += \
  tests/cli/test-program.sh \
  tests/cli/test-plugins.sh \
  tests/cli/test-bad-input.sh \
  tests/cli/test-foreign-git.sh \
  tests/cli/test-leaks.sh \
  tests/cli/test-security.sh

# Workbench projects.
azml_script_tests += \
  tests/cli/test-workbench.sh \
  tests/cli/test-spark-file.sh \
  tests/cli/test-experiment.sh \
  tests/cli/test-project.sh

# GPUs, on machines that are described; what a person sees whose run waits for one.
azml_script_tests += \
  tests/cli/test-gpu.sh \
  tests/cli/test-gpu-faults.sh \
  tests/cli/test-gpu-kit.sh \
  tests/cli/test-gpu-default.sh \
  tests/cli/test-gpu-ends.sh \
  tests/cli/test-gpu-changes.sh \
  tests/cli/test-gpu-handover.sh \
  tests/cli/test-gpu-interrupted.sh \
  tests/cli/test-lease.sh
