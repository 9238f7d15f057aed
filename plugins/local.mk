# plugins: the built-in target types.
