/* door.c: how a container is given the GPUs that a run has leased.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "container/door.h"

#include <stdio.h>
#include <string.h>

#include "core/buffer.h"
#include "core/json.h"

#define DEVICE "nvidia.com/gpu="

/* --gpus came with Docker 19.03.  */
#define FIRST_YEAR 19
#define FIRST_MONTH 3

static int
knows_gpus_option (const json_t *info)
{
  int year, month = 0;
  const char *version = azml__json_string (info, "ServerVersion");
  if (!version || sscanf (version, "%d.%d", &year, &month) < 1)
    return 1;
  return year > FIRST_YEAR || (year == FIRST_YEAR && month >= FIRST_MONTH);
}

/* 1 if one of the devices that the engine itself has found is a GPU; with a NAME: that
   one.  */
static int
has_found (const json_t *info, const char *name)
{
  const json_t *devices = json_object_get (info, "DiscoveredDevices");
  for (size_t i = 0; i < json_array_size (devices); i++)
    {
      const char *id = azml__json_string (json_array_get (devices, i), "ID");
      if (id && strncmp (id, DEVICE, strlen (DEVICE)) == 0
          && (!name || strcmp (id + strlen (DEVICE), name) == 0))
        return 1;
    }
  return 0;
}

/* 1 if NAME stands in TEXT as a word of YAML or JSON.  */
static int
has_name (const char *text, const char *name)
{
  size_t n = strlen (name);
  for (const char *at = text; at && (at = strstr (at, name)); at += n)
    if (at > text && strchr (" \"'", at[-1])
        && (!at[n] || strchr ("\"' \r\n,}", at[n])))
      return 1;
  return 0;
}

static int
has_cdi (const azml__gpu_house *house)
{
  if (house->podman)
    return house->cdi != NULL;
  return has_found (house->info, NULL)
         || (house->cdi
             && json_array_size (json_object_get (house->info, "CDISpecDirs")));
}

azml__gpu_door
azml__gpu_door_choose (const azml__gpu_house *house)
{
  static const azml__gpu_door doors[] = { AZML__GPU_DOOR_TOOLKIT,
                                          AZML__GPU_DOOR_CDI,
                                          AZML__GPU_DOOR_RUNTIME };
  const json_t *runtimes = json_object_get (house->info, "Runtimes");
  for (size_t i = 0; house->named && i < sizeof doors / sizeof *doors; i++)
    if (strcmp (house->named, azml__gpu_door_name (doors[i])) == 0)
      return doors[i];
  if (house->podman)
    return has_cdi (house) || !house->podman_hook ? AZML__GPU_DOOR_CDI
                                                  : AZML__GPU_DOOR_RUNTIME;
  /* Its daemon is in a machine of its own, and sees nothing that is on this one.  */
  const char *system = azml__json_string (house->info, "OperatingSystem");
  if (system && strncmp (system, "Docker Desktop", 14) == 0)
    return AZML__GPU_DOOR_TOOLKIT;
  /* The hook asks the driver each time; a CDI specification may be older than it.  */
  if (house->hook && knows_gpus_option (house->info))
    return AZML__GPU_DOOR_TOOLKIT;
  if (has_cdi (house))
    return AZML__GPU_DOOR_CDI;
  if (json_object_get (runtimes, "nvidia"))
    return AZML__GPU_DOOR_RUNTIME;
  return AZML__GPU_DOOR_TOOLKIT; /* the engine says best what it lacks */
}

const char *
azml__gpu_door_name (azml__gpu_door door)
{
  static const char *const names[] = { "toolkit", "cdi", "runtime" };
  return names[door];
}

const char *
azml__gpu_door_hint (azml__gpu_door door, int podman)
{
  if (podman || door == AZML__GPU_DOOR_CDI)
    return "on that machine 'sudo nvidia-ctk cdi generate "
           "--output=/etc/cdi/nvidia.yaml', again after each new driver";
  if (door == AZML__GPU_DOOR_RUNTIME)
    return "on that machine 'sudo nvidia-ctk runtime configure --runtime=docker', "
           "and "
           "restart Docker; its config.toml may forbid NVIDIA_VISIBLE_DEVICES";
  return "install the NVIDIA Container Toolkit on that machine, then 'sudo "
         "nvidia-ctk "
         "runtime configure --runtime=docker', and restart Docker";
}

/* What the device with UUID is called where UUIDs are not known: the number of a GPU, and
   of the instance behind a colon.  */
static int
number_of (const azml__gpu_list *list, const char *uuid, char name[48])
{
  const azml__gpu *gpu = list ? azml__gpu_find (list, uuid) : NULL;
  if (!gpu || gpu->index < 0)
    return 0;
  if (gpu->parent < 0)
    snprintf (name, 48, "%lld", (long long)gpu->index);
  else
    snprintf (name, 48, "%lld:%lld", (long long)list->gpus[gpu->parent].index,
              (long long)gpu->index);
  return 1;
}

/* Older specifications name GPUs by numbers only.  */
static void
add_cdi (const azml__gpu_house *house, const azml__gpu_list *list, const char *uuid,
         azml__words *words)
{
  char number[48];
  const char *name = uuid;
  int by_uuid =
      has_found (house->info, uuid) || (house->cdi && has_name (house->cdi, uuid));
  if (!by_uuid && number_of (list, uuid, number)
      && (has_found (house->info, number)
          || (house->cdi && has_name (house->cdi, number))))
    name = number;
  azml__words_format (words, "--device=" DEVICE "%s", name);
}

static char *
joined (char *const *uuids, size_t n)
{
  azml__buffer text = AZML__BUFFER_INIT;
  for (size_t i = 0; i < n; i++)
    azml__buffer_add_format (&text, "%s%s", i ? "," : "", uuids[i]);
  return azml__buffer_steal (&text);
}

/* In WSL there are all GPUs or none; CUDA_VISIBLE_DEVICES makes the difference.  */
static void
add_all (const azml__gpu_house *house, azml__gpu_door door, azml__words *words)
{
  if (door == AZML__GPU_DOOR_CDI)
    azml__words_add (words, "--device=" DEVICE "all");
  else if (door == AZML__GPU_DOOR_TOOLKIT)
    azml__words_add (words, "--gpus=all");
  else
    {
      if (!house->podman)
        azml__words_add (words, "--runtime=nvidia");
      azml__words_add (words, "--env=NVIDIA_VISIBLE_DEVICES=all");
    }
}

void
azml__gpu_door_add (const azml__gpu_house *house, azml__gpu_door door,
                    const azml__gpu_list *list, char *const *uuids, size_t n,
                    azml__words *words)
{
  AZML_AUTO_FREE char *all = joined (uuids, n);
  if (!n)
    return;
  if (!all)
    {
      words->failed = 1;
      return;
    }
  if (house->wsl)
    {
      add_all (house, door, words);
      return;
    }
  if (door == AZML__GPU_DOOR_CDI)
    {
      for (size_t i = 0; i < n; i++)
        add_cdi (house, list, uuids[i], words);
      return;
    }
  if (door == AZML__GPU_DOOR_TOOLKIT)
    {
      /* The value is a line of CSV, hence the quotes.  */
      azml__words_format (words, "--gpus=\"device=%s\"", all);
      return;
    }
  if (!house->podman)
    azml__words_add (words, "--runtime=nvidia");
  azml__words_format (words, "--env=NVIDIA_VISIBLE_DEVICES=%s", all);
}
