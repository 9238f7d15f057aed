# tests/cli: shell tests of the commands and of the tree itself.
