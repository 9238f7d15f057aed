# doc: manual, man pages, examples.
dist_doc_DATA = README.md NEWS HACKING.md doc/ARCHITECTURE.md doc/run-directory.md \
  doc/protocol.md

# The manual.  Without makeinfo, MAKEINFO is ":" and there is none.
info_TEXINFOS = doc/azml-guile.texi
doc_azml_guile_TEXINFOS = \
  doc/manual/tutorial.texi \
  doc/manual/concepts.texi \
  doc/manual/recipes.texi \
  doc/manual/commands.texi \
  doc/manual/filters.texi \
  doc/manual/json.texi \
  doc/manual/run-directory.texi \
  doc/manual/logging.texi \
  doc/manual/containers.texi \
  doc/manual/make.texi \
  doc/manual/c-library.texi \
  doc/manual/functions.texi \
  doc/manual/environments.texi \
  doc/manual/workbench.texi \
  doc/manual/targets.texi \
  doc/manual/leases.texi \
  doc/manual/gpus.texi \
  doc/manual/plugins.texi \
  doc/manual/scheme.texi \
  doc/manual/procedures.texi \
  doc/manual/exit-codes.texi \
  doc/manual/errors.texi \
  doc/manual/variables.texi \
  doc/manual/run-directory-format.texi \
  doc/manual/frame-protocol.texi \
  doc/manual/security.texi
AM_MAKEINFOFLAGS = --no-split

# The reference of the Scheme interface comes from the docstrings.
doc/manual/procedures.texi: build-aux/scheme-reference.scm build-aux/texinfo.scm scheme/azml.scm \
    $(azml_modules) | $(azml_objects) libguile-azml.la
	$(AM_V_GEN)$(MKDIR_P) $(@D) && GUILE_AUTO_COMPILE=0 \
	  XDG_CACHE_HOME=$(abs_top_builddir)/cache.tmp ASAN_OPTIONS=detect_leaks=0 \
	  ./pre-inst-env $(AZML_PRELOAD) $(GUILE) \
	  $(srcdir)/build-aux/scheme-reference.scm >$@.tmp && mv $@.tmp $@
EXTRA_DIST += build-aux/scheme-reference.scm
CLEANFILES += doc/manual/procedures.texi.tmp
MAINTAINERCLEANFILES = doc/manual/procedures.texi

# The reference of the C library comes from its headers.
azml_reference_headers = error cancel project run history snapshot
doc/manual/functions.texi: build-aux/c-reference.scm build-aux/texinfo.scm \
    $(azml_reference_headers:%=$(srcdir)/src/include/azml/%.h)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && GUILE_AUTO_COMPILE=0 \
	  $(GUILE) --no-auto-compile $(srcdir)/build-aux/c-reference.scm \
	  $(azml_reference_headers:%=$(srcdir)/src/include/azml/%.h) >$@.tmp && mv $@.tmp $@
EXTRA_DIST += build-aux/c-reference.scm
CLEANFILES += doc/manual/functions.texi.tmp
MAINTAINERCLEANFILES += doc/manual/functions.texi

# The formats, from the documents that describe them.
azml_document = $(AM_V_GEN)$(MKDIR_P) $(@D) && GUILE_AUTO_COMPILE=0 \
  $(GUILE) --no-auto-compile $(srcdir)/build-aux/document-texinfo.scm
azml_document_needs = build-aux/document-texinfo.scm build-aux/texinfo.scm
doc/manual/run-directory-format.texi: doc/run-directory.md $(azml_document_needs)
	$(azml_document) $(srcdir)/doc/run-directory.md 'Run directory format' \
	  'The format of the run directory' >$@.tmp && mv $@.tmp $@
doc/manual/frame-protocol.texi: doc/protocol.md $(azml_document_needs)
	$(azml_document) $(srcdir)/doc/protocol.md 'Frame protocol' \
	  'The protocol between client and runner' >$@.tmp && mv $@.tmp $@
EXTRA_DIST += $(azml_document_needs)
CLEANFILES += doc/manual/run-directory-format.texi.tmp doc/manual/frame-protocol.texi.tmp
MAINTAINERCLEANFILES += doc/manual/run-directory-format.texi doc/manual/frame-protocol.texi

azml_examples = \
  doc/examples/digits/README \
  doc/examples/digits/picture.py \
  doc/examples/digits/recipe.scm \
  doc/examples/digits/train.py \
  doc/examples/embed/Makefile \
  doc/examples/embed/best.c \
  doc/examples/make/Makefile \
  doc/examples/make/README \
  doc/examples/make/data.csv \
  doc/examples/make/report.py \
  doc/examples/make/train.py \
  doc/examples/target-type/exclusive.scm \
  doc/examples/target-type/recipe.scm
EXTRA_DIST += $(azml_examples)

# Man pages, from --help.
azml_man_pages = \
  doc/man/azml-guile.1 \
  doc/man/azml-guile-run.1 \
  doc/man/azml-guile-repl.1 \
  doc/man/azml-guile-logs.1 \
  doc/man/azml-guile-attach.1 \
  doc/man/azml-guile-stop.1 \
  doc/man/azml-guile-history.1 \
  doc/man/azml-guile-env.1 \
  doc/man/azml-guile-runconfiguration.1 \
  doc/man/azml-guile-experiment.1 \
  doc/man/azml-guile-project.1 \
  doc/man/azml-guile-asset.1 \
  doc/man/azml-guile-import.1 \
  doc/man/azml-guile-completion.1 \
  doc/man/azml-guile-computetarget.1 \
  doc/man/azml-guile-doctor.1 \
  doc/man/azml-guile-gpu.1 \
  doc/man/azml-runner.1
if MAN_PAGES
dist_man_MANS = $(azml_man_pages)
endif
EXTRA_DIST += build-aux/man-page.sh
CLEANFILES += $(azml_man_pages:.1=.1.tmp)
MAINTAINERCLEANFILES += $(azml_man_pages)

# The programs must be there to be asked, but that they were built again is no reason to
# ask again: a tarball would need help2man otherwise.
$(azml_man_pages): build-aux/man-page.sh scheme/azml/commands.scm \
    $(azml_script_modules) src/serve/main.c \
    | azml-guile$(EXEEXT) azml-runner$(EXEEXT) $(azml_objects) libguile-azml.la
	$(AM_V_GEN)$(MKDIR_P) $(@D) && ASAN_OPTIONS=detect_leaks=0 \
	  HELP2MAN='$(HELP2MAN)' VERSION='$(VERSION)' \
	  $(SHELL) $(srcdir)/build-aux/man-page.sh $@ >$@.tmp && mv $@.tmp $@
