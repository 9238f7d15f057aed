# src/cli: the program azml-guile.
