/* door.h: how a container is given the GPUs that a run has leased.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   There are three doors, and which one is open is a matter of how the machine was set up:
   the option --gpus, which wants the hook of NVIDIA's toolkit; names of devices by CDI,
   which Podman and Docker 25 or later know; a runtime named nvidia that looks at a
   variable.  */

#ifndef AZML_CONTAINER_DOOR_H
#define AZML_CONTAINER_DOOR_H

#include "core/json.h"
#include "gpu/gpu.h"
#include "process/words.h"

typedef enum azml__gpu_door
{
  AZML__GPU_DOOR_TOOLKIT, /* --gpus */
  AZML__GPU_DOOR_CDI,     /* --device nvidia.com/gpu=... */
  AZML__GPU_DOOR_RUNTIME, /* --runtime=nvidia and NVIDIA_VISIBLE_DEVICES */
} azml__gpu_door;

/* What is known of the engine and of the machine; all borrowed.  */
typedef struct azml__gpu_house
{
  const json_t *info; /* what `docker info` says, or NULL */
  const char *cdi;    /* the CDI specifications of GPUs, all in one text, or NULL */
  int podman;
  int hook;          /* the toolkit's hook for --gpus is on this machine */
  int podman_hook;   /* the one that Podman before CDI had is set up */
  int wsl;           /* Windows has the GPUs, and gives all or none */
  const char *named; /* the name of the door that the target says, or NULL */
} azml__gpu_house;

azml__gpu_door azml__gpu_door_choose (const azml__gpu_house *house);

/* "toolkit", "cdi", "runtime".  */
const char *azml__gpu_door_name (azml__gpu_door door);

/* Append to WORDS the options that give a container the N GPUs or instances of LIST with
   UUIDS.  */
void azml__gpu_door_add (const azml__gpu_house *house, azml__gpu_door door,
                         const azml__gpu_list *list, char *const *uuids, size_t n,
                         azml__words *words);

/* What is to be done if a container that was given its GPUs through DOOR has none.  */
const char *azml__gpu_door_hint (azml__gpu_door door, int podman);

#endif
