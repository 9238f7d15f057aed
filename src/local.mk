# src/local.mk: the C parts, lowest first.  A room may include only headers of
# the rooms above it in this list (tests/cli/test-layers.sh checks that).

# What client and runner share; no library but libc, jansson and nettle.
noinst_LTLIBRARIES += libazml-base.la
libazml_base_la_SOURCES =
libazml_base_la_LIBADD = $(JANSSON_LIBS) $(NETTLE_LIBS)

# All of the C library, internal symbols visible: what the tests, the Guile
# binding and the program link.
noinst_LTLIBRARIES += libazml-core.la
libazml_core_la_SOURCES =
libazml_core_la_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS) $(YAML_CFLAGS) \
  $(AZML_PATHS)
libazml_core_la_LIBADD = libazml-base.la $(SQLITE_LIBS) $(YAML_LIBS)

azmlincludedir = $(includedir)/azml
azmlinclude_HEADERS =

include src/core/local.mk
include src/digest/local.mk
include src/config/local.mk
include src/channel/local.mk
include src/session/local.mk
include src/snapshot/local.mk
include src/environment/local.mk
include src/gpu/local.mk
include src/run/local.mk
include src/store/local.mk
include src/lease/local.mk
include src/process/local.mk
include src/charge/local.mk
include src/container/local.mk
include src/runner/local.mk
include src/serve/local.mk
include src/guile/local.mk
include src/cli/local.mk

# Who says AZML_PATHS.  By a variable: for a target that is named, Automake would leave its own rule out.
azml_told_folders = src/channel/libazml_core_la-ssh-load.lo src/guile/libazml_guile_la-paths.lo \
  src/cli/azml_guile-main.$(OBJEXT)
$(azml_told_folders): folders.stamp

# The public library: the same objects behind a symbol map.
lib_LTLIBRARIES += libazml.la
libazml_la_SOURCES =
libazml_la_LIBADD = libazml-core.la
libazml_la_LDFLAGS = $(AM_LDFLAGS) -version-info $(AZML_LT_VERSION) -no-undefined \
  -Wl,--version-script=$(top_srcdir)/src/libazml.map
libazml_la_DEPENDENCIES = libazml-core.la src/libazml.map folders.stamp
EXTRA_DIST += src/libazml.map src/azml.sym
