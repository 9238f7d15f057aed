/* paths.c: where the parts were installed.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "guile/binding.h"

static SCM
pair (const char *key, const char *text)
{
  return scm_cons (scm_from_utf8_symbol (key), azml__guile_from_text (text));
}

/* Parts that a build may lack.  */
#if AZML_HAVE_LIBSSH
#define SSH_MODULE AZML_SSH_MODULE_FILE
#else
#define SSH_MODULE ""
#endif
#ifndef AZML_MAKEFILE
#define AZML_MAKEFILE ""
#endif

static SCM
paths (void)
{
  return scm_list_n (
      pair ("version", PACKAGE_VERSION), pair ("runner", AZML_RUNNER_FILE),
      pair ("python", AZML_PYTHON_DIR), pair ("plugins", AZML_PLUGIN_DIR),
      pair ("plugin-objects", AZML_PLUGIN_OBJECT_DIR),
      pair ("ssh-module", SSH_MODULE), pair ("makefile", AZML_MAKEFILE),
      SCM_UNDEFINED);
}

void
azml__guile_init_paths (void)
{
  azml__guile_define ("%paths", 0, 0, paths);
}
