# plugins/make: the object that GNU Make loads, and the makefile that has it do so.

EXTRA_DIST += plugins/make/azml.mk.in
CLEANFILES += plugins/make/azml.mk

if GNU_MAKE_OBJECT
azmlgmkdir = $(pkglibdir)/make
azmlgmk_LTLIBRARIES = azml_gmk.la azml_make.la
azml_make_sources = \
  plugins/make/field.c \
  plugins/make/make.h \
  plugins/make/module.c \
  plugins/make/runs.c \
  plugins/make/stale.c \
  plugins/make/table.h \
  plugins/make/targets.c \
  plugins/make/words.c plugins/make/words.h \
  plugins/make/workspace.c
azml_gmk_la_SOURCES = plugins/make/load.c plugins/make/table.h
EXTRA_azml_gmk_la_DEPENDENCIES = folders.stamp
azml_gmk_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden
azml_gmk_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared \
  -export-symbols-regex '^(plugin_is_GPL_compatible|azml_gmk_gmk_setup)$$'
azml_make_la_SOURCES = $(azml_make_sources)
EXTRA_azml_make_la_DEPENDENCIES = folders.stamp
azml_make_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden
azml_make_la_LIBADD = libazml.la $(JANSSON_LIBS)
azml_make_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared \
  -export-symbols-regex '^azml_make_call$$'

azmlmakefiledir = $(pkgdatadir)
nodist_azmlmakefile_DATA = plugins/make/azml.mk
plugins/make/azml.mk: plugins/make/azml.mk.in Makefile
	$(AM_V_GEN)$(MKDIR_P) plugins/make && sed -e 's|@bindir[@]|$(bindir)|' \
	  -e 's|@azmlgmkdir[@]|$(azmlgmkdir)|' \
	  $(srcdir)/plugins/make/azml.mk.in >$@
endif
