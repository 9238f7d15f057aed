/* image-build.c: the image of an environment, built once.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The packages are installed in a container of the base image, which then becomes the
   image azml/env:HASH.  Unlike a build from a Dockerfile this is the same on every engine,
   old or new, and what only the build may see (addresses with passwords, certificates, the
   cache of pip and conda) is mounted and so in no layer.  */

#include <config.h>

#include "container/image-build.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "container/address.h"
#include "container/ask.h"
#include "container/engine-explain.h"
#include "container/image-collect.h"
#include "container/image-context.h"
#include "container/image-script.h"
#include "container/image.h"
#include "container/mount.h"
#include "container/remove.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/path.h"
#include "environment/lock.h"
#include "environment/spec.h"
#include "process/signals.h"

#define POLL_MS 200
#define REMOVE_SECONDS 600
#define LABEL_LIMIT 60000

/* Wait until nobody else builds; the descriptor of the lock (new), or a code.  */
static int
get_lock (azml__container *container, const char *hash, azml_error **err)
{
  AZML_AUTO_FREE char *path =
      azml__path_join (container->run.charge->root, "images");
  AZML_AUTO_FREE char *name = azml__path_format ("%s.lock", hash);
  AZML_AUTO_CLOSE int folder = -1;
  int told = 0, fd;
  if (!path || !name)
    return azml__error_no_memory (err);
  int rc = azml__folder_make (path, 0700, err);
  if (rc == 0)
    rc = azml__folder_open (path, &folder, err);
  if (rc < 0)
    return rc;
  while ((fd = azml__lock_try (folder, name)) < 0)
    {
      if (azml__container_is_ending (container))
        return azml__error (err, AZML_E_CANCELLED, "the run is to end");
      if (!told++)
        {
          AZML_AUTO (json_t) holder = NULL;
          azml__json_read (folder, name, &holder, NULL);
          azml__charge_event (container->run.charge,
                              json_pack ("{s:s, s:s, s:s, s:s*}", "event",
                                         "environment", "what", "waiting", "hash",
                                         hash, "for",
                                         azml__json_string (holder, "holder")));
          azml__container_save (container);
        }
      azml__signals_wait (POLL_MS);
    }
  azml__lock_sign (fd, container->run.charge->id);
  return fd;
}

static void
tell (azml__container *container, const char *what, const char *hash)
{
  azml__charge_event (container->run.charge,
                      json_pack ("{s:s, s:s, s:s, s:s}", "event", "environment",
                                 "what", what, "hash", hash, "builder", "image"));
}

/* Install in a container.  Its name is the run's: whoever ends the run finds it.  */
static int
install (azml__container *container, azml_error **err)
{
  AZML_AUTO_FREE char *certificate = azml__image_certificates ();
  const char *network = azml__json_string (container->spec, "network");
  AZML_AUTO_FREE char *micromamba = azml__path_program (
      "micromamba", azml__variables_get (&container->engine.variables, "PATH"));
  AZML_AUTO_FREE char *build =
      azml__path_join (container->run.charge->path, "container/build");
  AZML_AUTO_CLOSE int cache = -1;
  azml__words words = AZML__WORDS_INIT;
  static const char *const first[] = {
    "run",         "--pull=never",  "--user=0:0", "--log-driver=none",
    "--workdir=/", "--entrypoint=", NULL
  };
  if (!build)
    return azml__error_no_memory (err);
  azml__words_add_all (&words, (char *const *)first);
  azml__words_format (&words, "--name=%s", container->name);
  azml__words_format (&words, "--label=azml.building=%s",
                      container->run.charge->id);
  azml__words_format (&words, "--label=azml.user=%lu", (unsigned long)getuid ());
  azml__words_format (&words, "--label=azml.directory=%s",
                      container->run.charge->path);
  if (network)
    azml__words_format (&words, "--network=%s", network);
  if (access ("/sys/fs/selinux/enforce", F_OK) == 0)
    azml__words_add (&words, "--security-opt=label=disable");
  azml__mount_add (&words, build, "/opt/azml/build", 1);
  if (micromamba
      && json_array_size (json_object_get (container->environment, "conda")))
    azml__mount_add (&words, micromamba, "/opt/azml/micromamba", 1);
  if (certificate)
    azml__mount_add (&words, certificate, "/opt/azml/certificates.pem", 1);
  azml__image_links (&words);
  azml__words_add (&words, "--mount=type=volume,src=" AZML__IMAGE_CACHE
                           ",dst=/opt/azml/cache");
  azml__words_add (&words, container->base);
  azml__words_add (&words, "/bin/sh");
  azml__words_add (&words, "/opt/azml/build/install.sh");
  azml__image_hold (container->run.charge->root, AZML__IMAGE_CACHE, &cache);
  int rc = words.failed
               ? azml__error_no_memory (err)
               : azml__container_work (container, words.words,
                                       "build the environment's image", err);
  azml__words_done (&words);
  return rc;
}

/* What the script printed behind its last line, one blank between two (new).  */
static char *
read_packages (const azml__container *container, char python[32])
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER list = AZML__BUFFER_INIT;
  azml__prepare_log_read (container->run.charge->folder, 0, &text);
  char *mark = NULL;
  for (char *p = text.data; p && (p = strstr (p, AZML__IMAGE_INSTALLED)); p++)
    mark = p;
  *python = '\0';
  if (!mark)
    return strdup ("");
  for (char *p = mark; p > text.data && !*python; p--)
    if (strncmp (p, "Python ", 7) == 0)
      sscanf (p, "Python %31[0-9.]", python);
  for (char *p = mark + strlen (AZML__IMAGE_INSTALLED); *p; p++)
    if (*p == '\n')
      azml__buffer_add_char (&list, ' ');
    else if (strchr ("\"\\$", *p) || (unsigned char)*p < ' ')
      continue;
    else
      azml__buffer_add_char (&list, *p);
  while (list.length && list.data[list.length - 1] == ' ')
    azml__buffer_truncate (&list, list.length - 1);
  if (list.length > LABEL_LIMIT)
    azml__buffer_truncate (&list, LABEL_LIMIT);
  return azml__buffer_steal (&list);
}

static void
add_change (azml__words *words, const char *key, const json_t *value,
            const char *absent)
{
  AZML_AUTO_FREE char *text = json_is_array (value)
                                  ? json_dumps (value, JSON_COMPACT)
                              : json_is_string (value) && *json_string_value (value)
                                  ? strdup (json_string_value (value))
                                  : strdup (absent);
  AZML_AUTO_FREE char *word = text ? azml__path_format ("%s %s", key, text) : NULL;
  azml__words_add (words, "--change");
  azml__words_add (words, word ? word : "");
}

/* Podman takes all of a line with several for one.  */
static void
add_label (azml__words *words, const char *key, const char *value)
{
  azml__words_add (words, "--change");
  azml__words_format (words, "LABEL %s=\"%s\"", key, value);
}

/* Make the container an image with the base's settings, and our folder on PATH.  */
static int
commit (azml__container *container, const char *hash, const char *tag,
        azml_error **err)
{
  const json_t *config = json_object_get (container->facts, "Config");
  char python[32];
  AZML_AUTO_FREE char *packages = read_packages (container, python);
  azml__words inherited = AZML__WORDS_INIT, words = AZML__WORDS_INIT;
  azml__container_inherit (container, &inherited);
  const char *path = azml__variables_get (&inherited, "PATH");
  const char *const labels[][2] = {
    { AZML__LABEL_ENVIRONMENT, hash },
    { AZML__LABEL_BASE, azml__json_string (container->facts, "Id") },
    { AZML__LABEL_PYTHON, python },
    { AZML__LABEL_PACKAGES, packages },
    { "azml.building", NULL }, /* these are the container's */
    { "azml.user", NULL },
    { "azml.directory", NULL },
  };
  AZML_AUTO_FREE char *search = azml__path_format (
      "ENV PATH=/opt/azml/env/bin:%s",
      path ? path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  if (!search)
    return azml__error_no_memory (err);
  const char *const first[] = { "commit", "--change", search, NULL };
  azml__words_add_all (&words, (char *const *)first);
  for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
    add_label (&words, labels[i][0], labels[i][1] ? labels[i][1] : "");
  /* Without one Docker's container has none, and none cannot be said; Podman's has an empty
     one.  */
  if (container->engine.podman
      || json_array_size (json_object_get (config, "Entrypoint")))
    add_change (&words, "ENTRYPOINT", json_object_get (config, "Entrypoint"), "[]");
  add_change (&words, "CMD", json_object_get (config, "Cmd"), "[]");
  add_change (&words, "USER", json_object_get (config, "User"), "root");
  add_change (&words, "WORKDIR", json_object_get (config, "WorkingDir"), "/");
  azml__words_add (&words, container->name);
  azml__words_add (&words, tag);
  int rc = azml__container_work (container, words.words,
                                 "keep the environment's image", err);
  azml__words_done (&words);
  azml__words_done (&inherited);
  return rc;
}

/* The container of the run gets the same name: so the end of this one is waited for, which
   takes the engine as long as it has written much, and is told if it does not come.  */
static int
remove_builder (const azml__container *container, azml_error **err)
{
  char *words[] = { (char *)"rm", (char *)"--force", (char *)"--volumes",
                    container->name, NULL };
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  int status = 0;
  int rc =
      azml__container_ask (container, words, REMOVE_SECONDS, &text, &status, err);
  if (rc < 0 || status == 0)
    return rc;
  return azml__engine_explain ("remove the container of the build",
                               text.data ? text.data : "", err);
}

static int
build (azml__container *container, const char *hash, const char *tag,
       azml_error **err)
{
  tell (container, "building", hash);
  azml__container_save (container);
  azml__image_look_at_disk (container);
  int rc = azml__image_context (container, container->environment, err);
  if (rc == 0)
    rc = azml__address_write (container, err);
  if (rc == 0)
    rc = install (container, err);
  if (rc == 0)
    rc = commit (container, hash, tag, err);
  if (rc == 0)
    rc = remove_builder (container, err);
  else
    azml__container_remove (container->run.charge->folder);
  if (rc == AZML_E_CANCELLED)
    azml__container_remove_late (container->run.charge);
  azml__file_remove_tree (container->run.charge->folder, "container/build", NULL);
  if (rc == 0)
    tell (container, "built", hash);
  return rc;
}

/* 1 if FACTS are of an image of the environment HASH made from the base of CONTAINER.  */
static int
is_current (const azml__container *container, const json_t *facts)
{
  const char *base = azml__image_label (facts, AZML__LABEL_BASE);
  const char *id = azml__json_string (container->facts, "Id");
  return base && (!id || strcmp (base, id) == 0);
}

static int
take (azml__container *container, const json_t *facts, const char *tag,
      azml_error **err)
{
  json_decref (container->facts);
  container->facts = json_incref ((json_t *)facts);
  free (container->image);
  container->image = strdup (tag);
  return container->image ? 0 : azml__error_no_memory (err);
}

int
azml__image_environment (azml__container *container, const json_t *known,
                         azml_error **err)
{
  AZML_AUTO_FREE char *tag =
      azml__path_format (AZML__IMAGE_NAME "%s", container->hash);
  const char *const names[] = { tag, NULL };
  AZML_AUTO (json_t) found = NULL;
  int64_t began = azml__clock_boot_ms ();
  int built = 0;
  if (!tag)
    return azml__error_no_memory (err);
  if (known && is_current (container, known))
    {
      tell (container, "found", container->hash);
      int rc = take (container, known, tag, err);
      azml__image_report (container, 0, 0);
      return rc;
    }
  AZML_AUTO_CLOSE int lock = get_lock (container, container->hash, err);
  if (lock < 0)
    return lock;
  int rc = azml__image_inspect (container, names, &found, err);
  if (rc == 0
      && !(json_array_size (found)
           && is_current (container, json_array_get (found, 0))))
    {
      rc = build (container, container->hash, tag, err);
      json_decref (azml_steal (&found));
      if (rc == 0)
        rc = azml__image_inspect (container, names, &found, err);
      built = 1;
    }
  if (rc == 0 && !json_array_size (found))
    rc = azml__error (err, AZML_E_FAILED, "the image '%s' is gone", tag);
  if (rc == 0)
    rc = take (container, json_array_get (found, 0), tag, err);
  if (rc == 0)
    azml__image_report (container, built,
                        (double)(azml__clock_boot_ms () - began) / 1e3);
  return rc;
}
