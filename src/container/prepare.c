/* prepare.c: the engine and the image of a container, before the run wants them.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "container/prepare.h"

#include <dirent.h>
#include <string.h>
#include <strings.h>
#include <sys/utsname.h>

#include "container/ask.h"
#include "container/image-build.h"
#include "container/image-collect.h"
#include "container/image.h"
#include "core/path.h"
#include "environment/spec.h"
#include "process/signals.h"

static int
pull (azml__container *container, azml_error **err)
{
  char *words[] = { (char *)"pull", (char *)"--", container->base, NULL };
  AZML_AUTO_FREE char *what = azml__path_format ("pull '%s'", container->base);
  azml__charge_event (container->run.charge,
                      json_pack ("{s:s, s:s, s:o}", "event", "image", "what",
                                 "pulling", "image",
                                 azml__json_text (container->base)));
  azml__container_save (container);
  azml__image_look_at_disk (container);
  container->fetched = 1;
  return azml__container_work (container, words, what ? what : "pull", err);
}

/* The name of the kernel's architecture in the words of images.  */
static const char *
architecture (void)
{
  static struct utsname name;
  static const char *const names[][2] = { { "x86_64", "amd64" },
                                          { "aarch64", "arm64" },
                                          { "armv7l", "arm" },
                                          { "i686", "386" } };
  uname (&name);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp (name.machine, names[i][0]) == 0)
      return names[i][1];
  return name.machine;
}

/* 1 if an emulator of other architectures is set up.  */
static int
has_emulator (void)
{
  AZML_AUTO (DIR) dir = opendir ("/proc/sys/fs/binfmt_misc");
  struct dirent *entry;
  while (dir && (entry = readdir (dir)))
    if (strncmp (entry->d_name, "qemu-", 5) == 0
        || strncasecmp (entry->d_name, "fex", 3) == 0
        || strncmp (entry->d_name, "box64", 5) == 0
        || strncmp (entry->d_name, "rosetta", 7) == 0)
      return 1;
  return 0;
}

/* One that can run nowhere but under an emulator is a likely mistake; where there is an
   emulator it works.  */
static int
check (const azml__container *container, azml_error **err)
{
  const char *made = azml__json_string (container->facts, "Architecture");
  const char *here = architecture ();
  if (!made || !*made || strcmp (made, here) == 0 || has_emulator ())
    return 0;
  int rc = azml__error (err, AZML_E_UNSUPPORTED,
                        "the image '%s' is made for %s, this machine is %s",
                        container->base, made, here);
  azml__error_hint (err, "pull it with '--platform linux/%s', or name another",
                    here);
  return rc;
}

/* The hash of the job's environment, NULL if nothing is to be installed.  That of the base
   is not in it, but beside it, in a label: so one question finds both.  */
static int
find_hash (azml__container *container, azml_error **err)
{
  AZML_AUTO (json_t) spec = NULL;
  AZML_AUTO_FREE char *platform = azml__spec_platform ();
  AZML_AUTO_FREE char *python = NULL;
  int rc = azml__spec_normalise (container->run.job->environment, &spec, err);
  if (rc < 0 || !azml__spec_is_built (spec))
    return rc;
  const char *version = azml__json_string (spec, "python");
  python = azml__path_format ("%s %s", version ? version : "", container->base);
  if (!platform || !python)
    return azml__error_no_memory (err);
  container->environment = json_incref (spec);
  return azml__spec_hash (spec, "image", python, platform, &container->hash, err);
}

/* Which of FOUND is the one that was asked for, which that of the environment?  Borrowed;
   NULL: it is not there.  */
static void
tell_apart (const azml__container *container, const json_t *found,
            json_t **ret_base, json_t **ret_built)
{
  *ret_base = *ret_built = NULL;
  for (size_t i = 0; i < json_array_size (found); i++)
    {
      json_t *facts = json_array_get (found, i);
      const char *hash = azml__image_label (facts, AZML__LABEL_ENVIRONMENT);
      if (container->hash && hash && strcmp (hash, container->hash) == 0)
        *ret_built = facts;
      else
        *ret_base = facts;
    }
}

static int
ensure_base (azml__container *container, json_t **found, azml_error **err)
{
  const char *const names[] = { container->base, NULL };
  int rc = pull (container, err);
  json_decref (azml_steal (found));
  if (rc == 0)
    rc = azml__image_inspect (container, names, found, err);
  if (rc == 0 && json_array_size (*found) == 0)
    rc = azml__error (err, AZML_E_NOT_FOUND, "there is no image '%s'",
                      container->base);
  return rc;
}

/* Bring the image here, if it is not, and see that the one of the job's environment is
   built; fill container->image and ->facts.  */
static int
ensure (azml__container *container, const char **ret_cause, azml_error **err)
{
  AZML_AUTO (json_t) found = NULL;
  AZML_AUTO (json_t) built = NULL;
  json_t *base;
  int rc = find_hash (container, err);
  if (rc < 0)
    return rc;
  AZML_AUTO_FREE char *tag =
      container->hash ? azml__path_format (AZML__IMAGE_NAME "%s", container->hash)
                      : NULL;
  const char *const names[] = { container->base, tag, NULL };
  while (container->hash
         && !azml__image_hold (container->run.charge->root, container->hash,
                               &container->used))
    {
      if (azml__container_is_ending (container))
        return azml__error (err, AZML_E_CANCELLED, "the run is to end");
      azml__signals_wait (100);
    }
  rc = azml__image_inspect (container, names, &found, err);
  if (rc < 0)
    return rc;
  tell_apart (container, found, &base, &built);
  json_incref (built);
  if (!base && !built)
    rc = ensure_base (container, &found, err);
  if (rc < 0)
    return rc;
  if (!base && !built)
    base = json_array_get (found, 0);
  container->facts = json_incref (base);
  container->image = strdup (container->base);
  rc = !container->image ? azml__error_no_memory (err)
       : base            ? check (container, err)
                         : 0;
  if (rc < 0 || !container->hash)
    {
      azml__image_report (container, 0, 0);
      return rc;
    }
  *ret_cause = "environment";
  return azml__image_environment (container, built, err);
}

int
azml__container_prepare (azml__container *container, const char **ret_cause,
                         azml_error **err)
{
  *ret_cause = "container";
  if (!container->name || !container->base)
    return azml__error_no_memory (err);
  int rc = azml__engine_find (&container->engine,
                              azml__json_string (container->spec, "engine"), err);
  if (rc == 0)
    rc = ensure (container, ret_cause, err);
  /* Nothing is installed later.  */
  json_decref (azml_steal (&container->environment));
  return rc;
}
