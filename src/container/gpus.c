/* gpus.c: what the engine and the machine tell of the ways to their GPUs.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "container/gpus.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container/ask.h"
#include "core/file.h"
#include "core/path.h"

#define ASK_SECONDS 20
#define SPECIFICATION_LIMIT ((size_t)4 << 20)
#define PLACES "/usr/bin:/usr/local/bin:/usr/sbin:/usr/local/sbin"
#define PODMAN_HOOKS "/usr/share/containers/oci/hooks.d/oci-nvidia-hook.json"

/* Append the CDI specifications of GPUs that are in FOLDER to TEXT.  */
static void
read_folder (const char *folder, azml__buffer *text)
{
  AZML_AUTO (DIR) dir = opendir (folder);
  struct dirent *entry;
  while (dir && (entry = readdir (dir)))
    {
      AZML_AUTO_BUFFER one = AZML__BUFFER_INIT;
      const char *end = strrchr (entry->d_name, '.');
      if (!end || (strcmp (end, ".json") && strcmp (end, ".yaml")))
        continue;
      if (azml__file_read (dirfd (dir), entry->d_name, SPECIFICATION_LIMIT, &one,
                           NULL)
              == 0
          && one.data && strstr (one.data, "nvidia.com/gpu"))
        azml__buffer_add_format (text, "%s\n", one.data);
    }
}

static void
read_specifications (const azml__gpu_house *house, azml__buffer *text)
{
  static const char *const usual[] = { "/etc/cdi", "/var/run/cdi" };
  const json_t *named = json_object_get (house->info, "CDISpecDirs");
  for (size_t i = 0; i < json_array_size (named); i++)
    {
      const char *folder = json_string_value (json_array_get (named, i));
      if (folder)
        read_folder (folder, text);
    }
  for (size_t i = 0; house->podman && i < sizeof usual / sizeof *usual; i++)
    read_folder (usual[i], text);
}

static int
has_hook (const azml__words *variables)
{
  static const char *const names[] = { "nvidia-container-runtime-hook",
                                       "nvidia-container-toolkit" };
  const char *path = azml__variables_get (variables, "PATH");
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    {
      AZML_AUTO_FREE char *first = azml__path_program (names[i], path);
      AZML_AUTO_FREE char *usual = azml__path_program (names[i], PLACES);
      if (first || usual)
        return 1;
    }
  return 0;
}

/* Without an answer the choice is made of what is known.  */
static int
ask_engine (azml__container *container, json_t **ret, azml_error **err)
{
  char *words[] = { (char *)"info", (char *)"--format={{json .}}", NULL };
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  int status = 0;
  int rc = azml__container_ask (container, words, ASK_SECONDS, &text, &status, err);
  if (rc < 0)
    return rc;
  const char *begin = text.data ? strchr (text.data, '{') : NULL;
  if (begin)
    azml__json_parse (begin, strcspn (begin, "\n"), "answer", ret, NULL);
  return 0;
}

int
azml__container_gpus (azml__container *container, const azml__gpu_list *machine,
                      azml__words *words, azml_error **err)
{
  const azml__lease *lease = container->run.lease;
  AZML_AUTO (json_t) info = NULL;
  AZML_AUTO_BUFFER cdi = AZML__BUFFER_INIT;
  if (!lease->count)
    {
      /* Where nvidia is the runtime of all containers, an image for GPUs would see them.  */
      if (container->run.job->gpus && !container->run.job->gpus->all
          && container->run.job->gpus->count == 0)
        azml__words_add (words, "--env=NVIDIA_VISIBLE_DEVICES=void");
      return 0;
    }
  int rc = container->engine.podman ? 0 : ask_engine (container, &info, err);
  if (rc < 0)
    return rc;
  azml__gpu_house house = {
    .info = info,
    .podman = container->engine.podman,
    .hook = has_hook (&container->engine.variables),
    .podman_hook = access (PODMAN_HOOKS, F_OK) == 0,
    .wsl = access ("/dev/dxg", F_OK) == 0,
    .named = azml__json_string (container->spec, "gpu_access"),
  };
  read_specifications (&house, &cdi);
  house.cdi = cdi.length && azml__buffer_ok (&cdi) ? cdi.data : NULL;
  container->door = azml__gpu_door_choose (&house);
  azml__gpu_door_add (&house, container->door, machine, lease->uuids, lease->count,
                      words);
  json_object_set_new (json_object_get (container->run.status, "container"),
                       "gpu_access",
                       json_string (azml__gpu_door_name (container->door)));
  return 0;
}
