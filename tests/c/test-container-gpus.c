/* test-container-gpus.c: by which door a container gets its GPUs.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   What the engines say follows what people showed of their machines: Docker 29.4 with the
   toolkit, NVIDIA/nvidia-container-toolkit issue 1743; 25 with CDI switched on,
   moby/buildkit issue 1436; 19.03 with the old runtime, kata-containers issue 4211; Docker
   Desktop, docker/for-win issue 13658 and docker/desktop-feedback issue 501; the
   specifications of CDI, NVIDIA/nvidia-container-runtime issue 85.  */

#include <config.h>

#include "core/json.h"
#include "container/door.h"
#include "tap.h"

#define ONE "GPU-5a10e7a6-9a5c-cdd3-0fda-4a7a1c12c0a1"
#define TWO "GPU-0a5d8c2b-3f5c-4a0e-8f0e-b7b1c8e3d2f4"
#define PART "MIG-2f1c1d1a-7a0b-5f0e-9d6a-0b1e2c3d4e5f"

#define DIRECTORIES "\"CDISpecDirs\": [\"/etc/cdi\", \"/var/run/cdi\"]"
#define TOOLKIT                                                                    \
  "{\"ServerVersion\": \"29.4.0\", \"DefaultRuntime\": \"nvidia\", \"Runtimes\": " \
  "{\"nvidia\": {\"path\": \"nvidia-container-runtime\"}, \"runc\": {\"path\": "   \
  "\"runc\"}}, " DIRECTORIES ", \"OperatingSystem\": \"Arch Linux\"}"
#define FOUND                                                                      \
  "{\"ServerVersion\": \"28.3.0\", \"Runtimes\": {\"runc\": {}}, " DIRECTORIES     \
  ", \"DiscoveredDevices\": [{\"Source\": \"cdi\", \"ID\": "                       \
  "\"nvidia.com/gpu=0\"}, "                                                        \
  "{\"Source\": \"cdi\", \"ID\": \"nvidia.com/gpu=" ONE "\"}, "                    \
  "{\"Source\": \"cdi\", \"ID\": \"nvidia.com/gpu=all\"}]}"
#define SWITCHED_ON                                                                \
  "{\"ServerVersion\": \"25.0.3\", \"Runtimes\": {\"runc\": {}}, " DIRECTORIES "}"
#define OLD                                                                        \
  "{\"ServerVersion\": \"18.09.9\", \"Runtimes\": {\"nvidia\": {\"path\": "        \
  "\"/usr/bin/nvidia-container-runtime\"}, \"runc\": {\"path\": \"runc\"}}}"
#define RUNTIME                                                                    \
  "{\"ServerVersion\": \"19.03.12\", \"Runtimes\": {\"kata-runtime\": {}, "        \
  "\"nvidia\": {}, \"runc\": {}}, \"DefaultRuntime\": \"nvidia\"}"
#define NONE                                                                       \
  "{\"ServerVersion\": \"20.10.24+dfsg1\", \"Runtimes\": {\"runc\": {}, "          \
  "\"io.containerd.runc.v2\": {}}}"
#define DESKTOP                                                                    \
  "{\"ServerVersion\": \"29.6.1\", \"Runtimes\": {\"nvidia\": {}, \"runc\": "      \
  "{}}, " DIRECTORIES                                                              \
  ", \"OperatingSystem\": \"Docker Desktop\", \"KernelVersion\": "                 \
  "\"5.15.90.1-microsoft-standard-WSL2\"}"

/* What older versions of nvidia-ctk write: numbers only.  */
#define NUMBERS                                                                    \
  "cdiVersion: 0.5.0\nkind: nvidia.com/gpu\ndevices:\n- containerEdits:\n"         \
  "    deviceNodes:\n    - path: /dev/nvidia0\n  name: \"0\"\n- name: \"1\"\n"     \
  "- name: \"1:0\"\n- name: all\n"
#define NAMES NUMBERS "- name: " ONE "\n- name: " TWO "\n- name: " PART "\n"

static azml__gpu gpus[] = { { .index = 0, .parent = -1, .uuid = (char *)ONE },
                            { .index = 1, .parent = -1, .uuid = (char *)TWO },
                            { .index = 0, .parent = 1, .uuid = (char *)PART } };
static const azml__gpu_list list = { .gpus = gpus, .count = 3 };

typedef struct machine
{
  const char *name;
  const char *info;
  azml__gpu_house house;
  const char *words; /* for ONE, or for what is named next */
  const char *uuid;
} machine;

static const machine machines[] = {
  { "the toolkit",
    TOOLKIT,
    { .hook = 1, .cdi = NAMES },
    "--gpus=\"device=" ONE "\"",
    ONE },
  { "the toolkit, an instance of MIG",
    TOOLKIT,
    { .hook = 1 },
    "--gpus=\"device=" PART "\"",
    PART },
  { "CDI, devices that Docker itself tells",
    FOUND,
    { 0 },
    "--device=nvidia.com/gpu=" ONE,
    ONE },
  { "CDI, switched on in Docker 25",
    SWITCHED_ON,
    { .cdi = NAMES },
    "--device=nvidia.com/gpu=" ONE,
    ONE },
  { "CDI with numbers",
    SWITCHED_ON,
    { .cdi = NUMBERS },
    "--device=nvidia.com/gpu=1",
    TWO },
  { "CDI with numbers, an instance of MIG",
    SWITCHED_ON,
    { .cdi = NUMBERS },
    "--device=nvidia.com/gpu=1:0",
    PART },
  { "CDI, not switched on",
    NONE,
    { .cdi = NAMES },
    "--gpus=\"device=" ONE "\"",
    ONE },
  { "Docker before --gpus",
    OLD,
    { .hook = 1 },
    "--runtime=nvidia --env=NVIDIA_VISIBLE_DEVICES=" ONE,
    ONE },
  { "the runtime alone",
    RUNTIME,
    { 0 },
    "--runtime=nvidia --env=NVIDIA_VISIBLE_DEVICES=" ONE,
    ONE },
  { "none: Docker says so", NONE, { 0 }, "--gpus=\"device=" ONE "\"", ONE },
  { "no answer", NULL, { 0 }, "--gpus=\"device=" ONE "\"", ONE },
  { "WSL with the toolkit", TOOLKIT, { .hook = 1, .wsl = 1 }, "--gpus=all", ONE },
  { "WSL with Docker Desktop, which does not see our CDI",
    DESKTOP,
    { .cdi = NAMES, .wsl = 1 },
    "--gpus=all",
    ONE },
  { "WSL with CDI",
    SWITCHED_ON,
    { .cdi = "kind: nvidia.com/gpu", .wsl = 1 },
    "--device=nvidia.com/gpu=all",
    ONE },
  { "Podman",
    NULL,
    { .podman = 1, .cdi = NAMES },
    "--device=nvidia.com/gpu=" ONE,
    ONE },
  { "Podman before CDI",
    NULL,
    { .podman = 1, .podman_hook = 1 },
    "--env=NVIDIA_VISIBLE_DEVICES=" ONE,
    ONE },
  { "what the target says",
    TOOLKIT,
    { .hook = 1, .cdi = NAMES, .named = "cdi" },
    "--device=nvidia.com/gpu=" ONE,
    ONE },
};

static void
try_machine (const machine *self)
{
  json_t *info = self->info ? json_loads (self->info, 0, NULL) : NULL;
  azml__gpu_house house = self->house;
  azml__words words = AZML__WORDS_INIT;
  char *uuids[] = { (char *)self->uuid, NULL };
  char text[400] = "";
  house.info = info;
  azml__gpu_door_add (&house, azml__gpu_door_choose (&house), &list, uuids, 1,
                      &words);
  for (size_t i = 0; i < words.count; i++)
    snprintf (text + strlen (text), sizeof text - strlen (text), "%s%s",
              i ? " " : "", words.words[i]);
  is_string (text, self->words, self->name);
  ok (!self->info || info, "%s: what Docker says can be read", self->name);
  azml__words_done (&words);
  json_decref (info);
}

static void
test_several (void)
{
  azml__gpu_house house = { .hook = 1 };
  azml__words words = AZML__WORDS_INIT;
  char *uuids[] = { (char *)ONE, (char *)TWO, NULL };
  azml__gpu_door_add (&house, AZML__GPU_DOOR_TOOLKIT, &list, uuids, 2, &words);
  is_string (words.words[0], "--gpus=\"device=" ONE "," TWO "\"", "two GPUs");
  azml__words_done (&words);
  azml__gpu_door_add (&house, AZML__GPU_DOOR_TOOLKIT, &list, uuids, 0, &words);
  ok (words.count == 0, "none");
  azml__words_done (&words);
}

int
main (void)
{
  for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
    try_machine (&machines[i]);
  test_several ();
  return done_testing ();
}
