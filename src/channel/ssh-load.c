/* ssh-load.c: the libssh door is a module, loaded when it is first used.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <dlfcn.h>
#include <string.h>

#include "channel/ssh-module.h"

#if AZML_HAVE_LIBSSH

static int
load (const struct azml__ssh_module **ret, azml_error **err)
{
  const char *wish = getenv ("AZML_SSH_MODULE");
  const char *file = wish && *wish ? wish : AZML_SSH_MODULE_FILE;
  const char *why = NULL;
  /* Never closed: libssh's own data would be lost under a session.  */
  void *handle = dlopen (file, RTLD_NOW | RTLD_LOCAL);
  const struct azml__ssh_module *module =
      handle ? dlsym (handle, AZML__SSH_MODULE_SYMBOL) : NULL;
  if (!module)
    why = dlerror ();
  else if (strcmp (module->version, PACKAGE_VERSION) != 0)
    why = "it is of another version";
  if (why)
    {
      int rc = azml__error (err, AZML_E_UNSUPPORTED, "the module for SSH: %s", why);
      azml__error_hint (
          err,
          "install libssh and azml-guile again, or set AZML_SSH=ssh to use the "
          "ssh command");
      return rc;
    }
  *ret = module;
  return 0;
}

int
azml__ssh_load_open (const json_t *description, azml__connection_notice *notice,
                     void *data, azml_cancel *cancel, azml__connection **ret,
                     azml_error **err)
{
  const struct azml__ssh_module *module = NULL;
  int rc = load (&module, err);
  return rc < 0 ? rc : module->open (description, notice, data, cancel, ret, err);
}

#else

int
azml__ssh_load_open (const json_t *description, azml__connection_notice *notice,
                     void *data, azml_cancel *cancel, azml__connection **ret,
                     azml_error **err)
{
  return azml__ssh_command_open (description, notice, data, cancel, ret, err);
}

#endif
