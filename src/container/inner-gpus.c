/* inner-gpus.c: does the container have the GPUs that the run was given?
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   An engine that was set up by half starts the container without them, and says nothing:
   the script would compute on the CPU.  */

#include <config.h>

#include "container/inner-gpus.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/cleanup.h"
#include "core/path.h"
#include "gpu/gpu.h"
#include "gpu/smi.h"

#define ASK_MS 60000

static const char cgroup_hint[] =
    "systemd took the devices away, as a reload of it does where the toolkit works "
    "beside it: start the run again; for good use CDI, (gpu-access 'cdi), or "
    "\"exec-opts\": [\"native.cgroupdriver=cgroupfs\"] for the daemon";

/* 0 if the device node PATH can be opened, else why not.  */
static int
try_node (const char *path)
{
  int fd = open (path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return errno;
  close (fd);
  return 0;
}

/* How many /dev/nvidiaN can be opened; *RET_DENIED: how many may not be.  */
static int
count_nodes (int *ret_denied)
{
  AZML_AUTO (DIR) dev = opendir ("/dev");
  struct dirent *entry;
  int count = 0;
  *ret_denied = 0;
  while (dev && (entry = readdir (dev)))
    {
      const char *name = entry->d_name;
      if (strncmp (name, "nvidia", 6) != 0 || !isdigit ((unsigned char)name[6])
          || name[6 + strspn (name + 6, "0123456789")])
        continue;
      AZML_AUTO_FREE char *path = azml__path_join ("/dev", name);
      int failure = path ? try_node (path) : ENOMEM;
      count += failure == 0;
      *ret_denied += failure == EPERM || failure == EACCES;
    }
  return count;
}

/* What the devices say, where nvidia-smi says nothing or nothing good.  0: WANTED of them
   are there.  */
static int
look_at_nodes (size_t wanted, const char *hint, azml_error **err)
{
  int denied, count;
  if (try_node ("/dev/dxg") == 0)
    return 0;
  count = count_nodes (&denied);
  int control = try_node ("/dev/nvidiactl");
  if (denied || control == EPERM || control == EACCES)
    {
      azml__error (err, AZML_E_UNSUPPORTED,
                   "the container may not open the GPU that it was given");
      azml__error_hint (err, "%s", cgroup_hint);
      return AZML_E_UNSUPPORTED;
    }
  if (control == 0 && (size_t)count >= wanted)
    return 0;
  if (control == ENOENT || !count)
    azml__error (err, AZML_E_UNSUPPORTED,
                 "the container has no GPU: the engine "
                 "gave it none, and said nothing");
  else if (control)
    azml__error_os (err, control, "open '/dev/nvidiactl' in the container");
  else
    azml__error (err, AZML_E_UNSUPPORTED,
                 "the container has %d GPUs, not the %zu that the run was given",
                 count, wanted);
  azml__error_hint (err, "%s", hint);
  return AZML_E_UNSUPPORTED;
}

/* nvidia-smi is there, and of no use.  */
static int
explain (const char *path, const json_t *uuids, const char *output, int code,
         const char *hint, azml_error **err)
{
  AZML_AUTO (azml__gpu_list) list = NULL;
  AZML_AUTO (azml_error) nodes = NULL;
  int rc = look_at_nodes (json_array_size (uuids), hint, &nodes);
  /* Which asks once more, and knows what it means.  255 is its own code for all that has no
     other, such as an unknown error.  */
  if ((code < 126 || code == 255) && azml__gpu_list_read (ASK_MS, &list, NULL) == 0
      && list->problem)
    {
      rc = azml__error (err, AZML_E_UNSUPPORTED,
                        "the container does not reach its GPU: %s", list->problem);
      azml__error_hint (err, "%s",
                        strstr (output, "Unknown Error") ? cgroup_hint
                        : strstr (output, "libnvidia-ml")
                            ? hint
                            : "does 'nvidia-smi' work outside of the container?");
      return rc;
    }
  if (rc < 0)
    {
      azml__error_move (err, &nodes);
      return rc;
    }
  rc = azml__error (err, AZML_E_UNSUPPORTED,
                    "this image is none for GPUs: it cannot execute the driver's "
                    "'%s'",
                    path);
  azml__error_hint (err, "its C library is another (Alpine's?); take an image with "
                         "glibc, such as one of nvidia/cuda");
  return rc;
}

/* 1 if OUTPUT, of nvidia-smi -L, has UUID.  */
static int
is_listed (const char *output, const char *uuid)
{
  AZML_AUTO_FREE char *wanted = azml__path_format ("UUID: %s)", uuid);
  return wanted && strstr (output, wanted);
}

static int
compare (const json_t *uuids, const char *output, const char *hint,
         azml_error **err)
{
  AZML_AUTO_BUFFER missing = AZML__BUFFER_INIT;
  for (size_t i = 0; i < json_array_size (uuids); i++)
    {
      const char *uuid = json_string_value (json_array_get (uuids, i));
      if (uuid && !is_listed (output, uuid))
        azml__buffer_add_format (&missing, "%s%s", missing.length ? ", " : "",
                                 uuid);
    }
  if (!missing.length)
    return 0;
  int rc = azml__error (err, AZML_E_UNSUPPORTED,
                        "the container does not see %s, which the run was given",
                        missing.data ? missing.data : "a GPU");
  azml__error_hint (err, "%s", hint);
  return rc;
}

int
azml__inner_gpus (const json_t *job, azml_error **err)
{
  static const char *const arguments[] = { "-L", NULL };
  const json_t *uuids = json_object_get (job, "gpus");
  const char *hint = azml__json_string (job, "gpu_hint");
  AZML_AUTO_FREE char *smi = NULL;
  AZML_AUTO_BUFFER output = AZML__BUFFER_INIT;
  AZML_AUTO (azml_error) failure = NULL;
  int code = 0;
  if (!json_array_size (uuids))
    return 0;
  hint = hint ? hint : "";
  smi = azml__smi_find ();
  /* An image may ask for `compute` without `utility`, and so for no nvidia-smi.  */
  if (!smi)
    return look_at_nodes (json_array_size (uuids), hint, err);
  int rc = azml__smi_ask (smi, arguments, azml__smi_patience (ASK_MS), NULL,
                          &output, &code, &failure);
  if (rc == AZML_E_TIMEOUT || rc == AZML_E_NO_MEMORY)
    {
      azml__error_move (err, &failure);
      return rc;
    }
  const char *text = output.data ? output.data : "";
  if (rc == 0 && strstr (text, "UUID: "))
    return compare (uuids, text, hint, err);
  return explain (smi, uuids, text, rc < 0 ? 127 : code, hint, err);
}
