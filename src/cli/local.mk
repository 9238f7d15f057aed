# src/cli: the program azml-guile.
bin_PROGRAMS += azml-guile
azml_guile_SOURCES = src/cli/main.c \
  src/cli/complete.c src/cli/complete.h src/cli/scan.c src/cli/scan.h src/cli/words.h
nodist_azml_guile_SOURCES = src/cli/words.c
azml_guile_CPPFLAGS = $(AM_CPPFLAGS) $(GUILE_CFLAGS) $(AZML_PATHS)
azml_guile_LDADD = libazml-guile.la $(GUILE_LIBS)
# A real program in the build folder, not libtool's script (9 ms each time).
azml_guile_LDFLAGS = $(AM_LDFLAGS) -no-install

# The words that completion knows, from the options of the commands.
EXTRA_DIST += build-aux/words.scm
CLEANFILES += src/cli/words.c
src/cli/words.c: build-aux/words.scm $(azml_objects)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && unset GUILE_LOAD_PATH GUILE_LOAD_COMPILED_PATH && \
	AZML_NO_EXTENSION=1 GUILE_AUTO_COMPILE=0 $(GUILE) --no-auto-compile \
	  -C $(abs_top_builddir)/scheme \
	  -L $(abs_top_builddir)/scheme -L $(abs_top_srcdir)/scheme \
	  $(top_srcdir)/build-aux/words.scm >$@.tmp && mv $@.tmp $@
