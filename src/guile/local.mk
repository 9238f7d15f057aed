# src/guile: one binding file per noun.

# The binding once more as a convenience library: the program links it, so that it
# needs no dlopen.
noinst_LTLIBRARIES += libazml-guile.la
libazml_guile_la_SOURCES = \
  src/guile/binding.c src/guile/binding.h \
  src/guile/blocking.c \
  src/guile/cancel.c \
  src/guile/clock.c \
  src/guile/config.c \
  src/guile/error.c \
  src/guile/file.c \
  src/guile/git.c \
  src/guile/gpu.c \
  src/guile/handle.c \
  src/guile/init.c \
  src/guile/interrupt.c src/guile/interrupt.h \
  src/guile/jobserver.c \
  src/guile/json.c \
  src/guile/metrics.c \
  src/guile/mirror.c \
  src/guile/project.c src/guile/project.h \
  src/guile/put.c \
  src/guile/paths.c \
  src/guile/connection.c src/guile/receive.c \
  src/guile/secret.c \
  src/guile/session.c src/guile/session.h \
  src/guile/signals.c src/guile/signals.h \
  src/guile/snapshot.c \
  src/guile/store.c \
  src/guile/string.c
libazml_guile_la_CPPFLAGS = $(AM_CPPFLAGS) $(GUILE_CFLAGS) $(AZML_PATHS) \
  -DAZML_PLUGIN_OBJECT_DIR='"$(azmlpluginobjectdir)"'
libazml_guile_la_LIBADD = libazml-core.la

# The extension, for a plain guile.
guileextension_LTLIBRARIES = libguile-azml.la
libguile_azml_la_SOURCES =
EXTRA_libguile_azml_la_DEPENDENCIES = folders.stamp
libguile_azml_la_LIBADD = libazml-guile.la $(GUILE_LIBS)
libguile_azml_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version \
  -export-symbols-regex '^azml_guile_init$$'
