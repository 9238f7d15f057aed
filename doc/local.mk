# doc: manual, man pages, examples.
