# src/guile: one binding file per noun.
