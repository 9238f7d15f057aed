# tests/cli: shell tests of the commands and of the tree itself.
EXTRA_DIST += tests/cli/tap.sh
