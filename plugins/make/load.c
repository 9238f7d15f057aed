/* load.c: the object that GNU Make loads.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Most makes look at time stamps and call none of the functions; they shall not wait for a
   library with a data base.  So this object is on libc alone, and has azml_make.so, which
   lies beside it, do the work from the first call on.  */

#include <config.h>

#include "table.h"

#include <dlfcn.h>
#include <gnumake.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORTED __attribute__ ((visibility ("default")))

/* GNU Make loads nothing that lacks this.  */
extern EXPORTED int plugin_is_GPL_compatible;
int plugin_is_GPL_compatible;

static char *call_function (const char *name, unsigned int argc, char **argv);

/* Open the object that has the functions.  It stays, and shows its symbols to nobody.  */
static azml_make_caller *
open_functions (void)
{
  Dl_info here;
  char path[4096];
  if (!dladdr ((void *)call_function, &here) || !here.dli_fname)
    return NULL;
  const char *slash = strrchr (here.dli_fname, '/');
  int folder = slash ? (int)(slash + 1 - here.dli_fname) : 0;
  if ((size_t)snprintf (path, sizeof path, "%.*s%s", folder, here.dli_fname,
                        AZML_MAKE_OBJECT)
      >= sizeof path)
    return NULL;
  void *object = dlopen (path, RTLD_NOW | RTLD_LOCAL);
  return object ? (azml_make_caller *)dlsym (object, AZML_MAKE_ENTRY) : NULL;
}

/* Have make stop: the reason, which may have any character, is no text of a makefile.  */
static void
stop_make (const char *reason)
{
  char text[4096];
  char *at = text
             + snprintf (text, sizeof text, "define azml--reason\n%.3900s",
                         reason ? reason : "no object with the functions");
  for (char *c = strchr (text, '\n') + 1; *c; c++)
    if (*c == '\n')
      *c = ' ';
  strcpy (at, "\nendef\n$(error azml: $(value azml--reason))\n");
  gmk_eval (text, NULL);
}

static char *
call_function (const char *name, unsigned int argc, char **argv)
{
  static azml_make_caller *caller;
  if (!caller)
    caller = open_functions ();
  if (caller)
    return caller (name, argc, argv);
  stop_make (dlerror ());
  return NULL;
}

static int
register_all (void)
{
#define REGISTER(name, function, least, most)                                      \
  gmk_add_function (name, call_function, least, most, GMK_FUNC_DEFAULT);
  AZML_MAKE_FUNCTIONS (REGISTER)
  return 1;
}

/* What make calls when it has loaded the object; 0 makes it stop.  Releases from 4.4.90 on
   tell their ABI, of which 1 is known.  */
#ifdef GMK_ABI_VERSION
EXPORTED int azml_gmk_gmk_setup (unsigned int abi, const gmk_floc *place);

int
azml_gmk_gmk_setup (unsigned int abi, const gmk_floc *place)
{
  (void)place;
  return abi == GMK_ABI_VERSION ? register_all () : 0;
}
#else
EXPORTED int azml_gmk_gmk_setup (const gmk_floc *place);

int
azml_gmk_gmk_setup (const gmk_floc *place)
{
  (void)place;
  return register_all ();
}
#endif
