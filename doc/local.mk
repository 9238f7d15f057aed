# doc: manual, man pages, examples.
dist_doc_DATA = README.md NEWS HACKING.md doc/run-directory.md doc/protocol.md

digitsexampledir = $(docdir)/examples/digits
dist_digitsexample_DATA = \
  doc/examples/digits/README \
  doc/examples/digits/recipe.scm \
  doc/examples/digits/train.py \
  doc/examples/digits/picture.py
