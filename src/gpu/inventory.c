/* inventory.c: ask nvidia-smi what the machine has.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   `nvidia-smi -q -x` is the one call that tells it all.  Only a machine in MIG mode
   needs a second one: no XML names the UUIDs of instances.  */

#include <config.h>

#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/path.h"
#include "core/printable.h"
#include "gpu/gpu.h"
#include "gpu/lost.h"
#include "gpu/smi.h"

/* A driver without persistence wakes each GPU anew, for a second or two each.  */
#define TIMEOUT_MS 30000
#define LINE_LIMIT 300
#define LARGEST_COUNT 64 /* GPUs that are asked for one by one */

/* More than the driver and error correction take for themselves.  */
#define USED_BY_SOMEBODY ((int64_t)1 << 30)

/* The inode of the name space that init's pids are in, the same on every kernel
   (PROC_PID_INIT_INO).  */
#define FIRST_PIDS "pid:[4026531836]"

int
azml__gpu_pids_visible (void)
{
  char name[64];
  ssize_t n = readlink ("/proc/self/ns/pid", name, sizeof name - 1);
  if (getenv ("AZML_NVIDIA_SMI")) /* whatever that is, it runs beside us */
    return 1;
  name[n > 0 ? n : 0] = '\0';
  return strcmp (name, FIRST_PIDS) == 0 && access ("/dev/dxg", F_OK) < 0;
}

/* 1 if a GPU of LIST is used by nobody, as far as it says: in a container the driver
   keeps what others do to itself.  */
static int
hides_processes (const azml__gpu_list *list)
{
  for (size_t i = 0; i < list->count; i++)
    if (!list->gpus[i].mig
        && (!list->gpus[i].processes_listed
            || (!list->gpus[i].n_processes
                && list->gpus[i].memory_used > USED_BY_SOMEBODY)))
      return 1;
  return 0;
}

/* The first line of OUTPUT that says something, as one printable line (new).  */
static char *
first_line (const azml__buffer *output)
{
  const char *text = output->data ? output->data : "";
  text += strspn (text, " \t\r\n");
  size_t n = strcspn (text, "\r\n");
  return azml__printable (strndup (text, n > LINE_LIMIT ? LINE_LIMIT : n));
}

/* What nvidia-smi's failure means, if it is one of those that people meet.  */
static const char *
explain (const char *text)
{
  static const struct
  {
    const char *part;
    const char *meaning;
  } known[] = {
    { "Driver/library version mismatch",
      "the kernel has another version of the driver loaded than its libraries are: "
      "reboot, or reload the nvidia modules" },
    { "couldn't communicate with the NVIDIA driver",
      "the driver is not loaded: install it for this kernel, or load the module "
      "'nvidia'" },
    { "GPU is lost", "a GPU fell off the bus: the machine must be rebooted" },
    { "Unable to determine the device handle",
      "a GPU fell off the bus: the machine must be rebooted" },
    { "libnvidia-ml.so", "the driver's libraries are not found" },
    { "GPU access blocked by the operating system",
      "restart the container, or WSL: Windows has got another driver since it "
      "began, or "
      "its sandbox hides /dev/dxg" },
    { "Insufficient Permissions", "this user may not ask the driver" },
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strstr (text, known[i].part))
      return known[i].meaning;
  return NULL;
}

/* Make of LIST one that says that nvidia-smi failed with CODE and OUTPUT.  */
static void
note_failure (azml__gpu_list *list, const azml__buffer *output, int code)
{
  AZML_AUTO_FREE char *line = first_line (output);
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  const char *meaning = output->data ? explain (output->data) : NULL;
  if (output->data && strstr (output->data, "No devices were found"))
    {
      list->state = AZML__GPU_STATE_NONE;
      list->problem = strdup ("nvidia-smi finds no devices");
      return;
    }
  list->state = AZML__GPU_STATE_FAILED;
  azml__buffer_add_text (&text, "nvidia-smi failed");
  if (line && *line)
    azml__buffer_add_format (&text, ": %s", line);
  else if (code > 128 && code <= 128 + 64)
    azml__buffer_add_format (&text, ": signal %d ended it", code - 128);
  else if (code)
    azml__buffer_add_format (&text, " with exit code %d", code);
  else
    azml__buffer_add_text (&text, ": it prints nothing");
  if (meaning)
    azml__buffer_add_format (&text, " (%s)", meaning);
  list->problem = azml__buffer_steal (&text);
}

static azml__gpu_list *
empty (azml__gpu_state state, const char *problem)
{
  azml__gpu_list *list = calloc (1, sizeof *list);
  if (!list)
    return NULL;
  list->state = state;
  list->problem = problem ? strdup (problem) : NULL;
  return list;
}

/* A machine on which no nvidia-smi can be asked.  */
static azml__gpu_list *
without_smi (void)
{
  AZML_AUTO_FREE char *forbidden = azml__smi_find_forbidden ();
  AZML_AUTO_FREE char *problem =
      forbidden ? azml__path_format ("this user may not execute '%s'", forbidden)
                : NULL;
  return empty (problem ? AZML__GPU_STATE_FAILED : AZML__GPU_STATE_NONE, problem);
}

/* "  MIG 1g.5gb     Device  0: (UUID: MIG-...)" behind the line of its GPU.  */
static void
add_instance (azml__gpu_list *list, const char *gpu_uuid, const char *line)
{
  char profile[40], uuid[100];
  int index;
  if (sscanf (line, " MIG %39s Device %d: (UUID: %99[^)])", profile, &index, uuid)
      != 3)
    return;
  for (size_t i = 0; i < list->count; i++)
    {
      azml__gpu *gpu = &list->gpus[i];
      char name[200];
      if (gpu->parent < 0 || gpu->index != index
          || (gpu->uuid && strcmp (gpu->uuid, uuid) != 0)
          || !list->gpus[gpu->parent].uuid
          || strcmp (list->gpus[gpu->parent].uuid, gpu_uuid) != 0)
        continue;
      snprintf (name, sizeof name, "%s MIG %s", gpu->model ? gpu->model : "GPU",
                profile);
      free (gpu->model);
      gpu->model = azml__printable (strdup (name));
      if (!gpu->uuid)
        gpu->uuid = azml__printable (strdup (uuid));
      return;
    }
}

void
azml__gpu_list_add_instances (azml__gpu_list *list, const char *text, size_t n)
{
  char gpu_uuid[100] = "";
  const char *end = text + n;
  while (text < end)
    {
      char line[400];
      const char *newline = memchr (text, '\n', (size_t)(end - text));
      size_t length = (size_t)((newline ? newline : end) - text);
      snprintf (line, sizeof line, "%.*s",
                (int)(length < sizeof line ? length : sizeof line - 1), text);
      const char *uuid = strstr (line, "(UUID: GPU-");
      if (strncmp (line, "GPU ", 4) == 0 && uuid)
        sscanf (uuid, "(UUID: %99[^)])", gpu_uuid);
      else
        add_instance (list, gpu_uuid, line);
      text += length + 1;
    }
}

/* Name the MIG instances, if there are any.  What is not named is no device.  */
static void
name_instances (azml__gpu_list *list, const char *smi, int timeout_ms,
                azml_cancel *cancel)
{
  static const char *const arguments[] = { "-L", NULL };
  AZML_AUTO_BUFFER output = AZML__BUFFER_INIT;
  int code, wanted = 0;
  for (size_t i = 0; i < list->count; i++)
    wanted |= list->gpus[i].parent >= 0;
  if (wanted
      && azml__smi_ask (smi, arguments, timeout_ms, cancel, &output, &code, NULL)
             == 0
      && output.data)
    azml__gpu_list_add_instances (list, output.data, output.length);
}

int
azml__gpu_list_read (int timeout_ms, azml__gpu_list **ret, azml_error **err)
{
  return azml__gpu_list_ask (timeout_ms, NULL, ret, err);
}

/* 1 if a GPU of LIST answers.  */
static int
has_answer (const azml__gpu_list *list)
{
  for (size_t i = 0; i < list->count; i++)
    if (list->gpus[i].uuid)
      return 1;
  return 0;
}

/* One GPU that is lost makes nvidia-smi of older drivers say nothing of the others: ask
   for each.  Return a list (new), NULL if none answers.  */
static azml__gpu_list *
ask_each (const char *smi, int timeout_ms, azml_cancel *cancel)
{
  AZML_AUTO_BUFFER output = AZML__BUFFER_INIT;
  int64_t end = azml__clock_boot_ms () + timeout_ms;
  azml__gpu_list *list = NULL;
  for (int i = 0; i < LARGEST_COUNT; i++)
    {
      char number[12];
      int code;
      size_t before = output.length;
      int64_t rest = end - azml__clock_boot_ms ();
      const char *arguments[] = { "-q", "-x", "-i", number, NULL };
      snprintf (number, sizeof number, "%d", i);
      if (rest <= 0
          || azml__smi_ask (smi, arguments, (int)rest, cancel, &output, &code, NULL)
                 < 0
          || !azml__buffer_ok (&output) || output.length == before
          || strstr (output.data + before, "No devices were found"))
        {
          azml__buffer_truncate (&output, before);
          break;
        }
    }
  if (output.length
      && azml__gpu_list_parse (output.data, output.length, &list, NULL) == 0
      && !has_answer (list))
    {
      azml__gpu_list_free (list);
      list = NULL;
    }
  return list;
}

/* The list (new) that the OUTPUT of nvidia-smi, which ended with CODE, means; NULL when
   out of memory.  Exit codes are of no use to tell whether there is one: 14 comes with
   a whole answer and a warning about an infoROM.  SMI: whom to ask once more, NULL: nobody.  */
static azml__gpu_list *
read_output (const azml__buffer *output, int code, const char *smi, int timeout_ms,
             azml_cancel *cancel)
{
  azml__gpu_list *list = NULL;
  if (output->data
      && (azml__gpu_list_parse (output->data, output->length, &list, NULL) == 0)
      && (code == 0 || has_answer (list)))
    return list;
  azml__gpu_list_free (list);
  list = NULL;
  if (smi && output->data && azml__gpu_lost_is_told (output->data))
    list = ask_each (smi, timeout_ms, cancel);
  if (!list && (list = empty (AZML__GPU_STATE_FAILED, NULL)))
    note_failure (list, output, code);
  return list;
}

/* Ask nvidia-smi for the GPUs UUIDS, NULL: for all, and for the names of instances.  */
static int
ask (const char *uuids, int timeout_ms, azml_cancel *cancel, azml__gpu_list **ret,
     azml_error **err)
{
  const char *arguments[] = { "-q", "-x", uuids ? "-i" : NULL, uuids, NULL };
  AZML_AUTO_BUFFER output = AZML__BUFFER_INIT;
  AZML_AUTO (azml_error) failure = NULL;
  AZML_AUTO_FREE char *smi = azml__smi_find ();
  azml__gpu_list *list = NULL;
  int64_t began_ms = azml__clock_boot_ms ();
  int code = 0, rc = 0;
  if (smi)
    rc = azml__smi_ask (smi, arguments, timeout_ms, cancel, &output, &code,
                        &failure);
  if (rc == AZML_E_CANCELLED)
    return azml__error (err, rc, "%s", azml_error_message (failure));
  if (!smi)
    list = without_smi ();
  else if (rc < 0)
    list = empty (rc == AZML_E_TIMEOUT ? AZML__GPU_STATE_TIMEOUT
                                       : AZML__GPU_STATE_FAILED,
                  azml_error_message (failure));
  else if ((list =
                read_output (&output, code, uuids ? NULL : smi, timeout_ms, cancel))
           && !uuids)
    name_instances (list, smi, timeout_ms, cancel);
  if (!list)
    return azml__error_no_memory (err);
  list->smi = azml_steal (&smi);
  list->took_ms = (int)(azml__clock_boot_ms () - began_ms);
  list->pids_visible = azml__gpu_pids_visible () && !hides_processes (list);
  *ret = list;
  return 0;
}

int
azml__gpu_list_ask (int timeout_ms, azml_cancel *cancel, azml__gpu_list **ret,
                    azml_error **err)
{
  return ask (NULL, timeout_ms > 0 ? timeout_ms : azml__smi_patience (TIMEOUT_MS),
              cancel, ret, err);
}

int
azml__gpu_list_ask_of (const char *uuids, int timeout_ms, azml_cancel *cancel,
                       azml__gpu_list **ret, azml_error **err)
{
  return ask (uuids, timeout_ms, cancel, ret, err);
}
