# src/cli: the program azml-guile.
bin_PROGRAMS += azml-guile
azml_guile_SOURCES = src/cli/main.c
azml_guile_CPPFLAGS = $(AM_CPPFLAGS) $(GUILE_CFLAGS) $(AZML_PATHS)
azml_guile_LDADD = libazml-guile.la $(GUILE_LIBS)
# A real program in the build folder, not libtool's script (9 ms each time).
azml_guile_LDFLAGS = $(AM_LDFLAGS) -no-install
