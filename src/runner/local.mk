# src/runner: azml-runner.
EXTRA_DIST += src/runner/keeper.h
