/* parse.c: the list of GPUs from what nvidia-smi prints.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Names of elements have changed over the years; all that are known are read.  An
   element that is not known is passed over.  What drivers 430 to 590 print, by dumps of
   real machines (the test data of telegraf's nvidia_smi input: a10g.xml 515.105,
   a100-sxm4-v12.xml 535.54, pro-6000-maxq-blackwell-v13.xml 590.44; netdata issue 15755;
   Breakend/experiment-impact-tracker pull 80; telegraf issue 16569):
     power_readings with power_draw, power_limit and enforced_power_limit up to 525,
     gpu_power_readings with power_draw and current_power_limit from 535,
     average_power_draw and instant_power_draw in it later;
     gpu_recovery_action from 570, when gpu_reset_status began to say "Requested
     functionality has been deprecated";
     a mig_device without a UUID, though later schemas have one;
     a compute capability in none of them.  */

#include <config.h>

#include <string.h>

#include "core/buffer.h"
#include "core/printable.h"
#include "gpu/capability.h"
#include "gpu/gpu.h"
#include "gpu/lost.h"
#include "gpu/value.h"
#include "gpu/xml.h"

#define LARGEST_COUNT 1024 /* GPUs, and processes on one */

typedef struct parser
{
  azml__gpu_list *list;
  char names[AZML__XML_DEPTH][AZML__XML_NAME];
  int depth;
  int64_t gpu, instance; /* where in the list we are, -1: nowhere */
  int process;           /* in a process_info */
  char architecture[AZML__XML_NAME];
  int failed; /* out of memory */
} parser;

static azml__gpu *
add_gpu (parser *p, int parent)
{
  azml__gpu_list *list = p->list;
  azml__gpu *grown = list->count < LARGEST_COUNT
                         ? reallocarray (list->gpus, list->count + 1, sizeof *grown)
                         : NULL;
  if (!grown)
    {
      p->failed = 1;
      return NULL;
    }
  list->gpus = grown;
  azml__gpu *gpu = &grown[list->count++];
  *gpu = azml__gpu_unknown (parent);
  return gpu;
}

static azml__gpu_process *
add_process (parser *p, azml__gpu *gpu)
{
  azml__gpu_process *grown =
      gpu->n_processes < LARGEST_COUNT
          ? reallocarray (gpu->processes, gpu->n_processes + 1, sizeof *grown)
          : NULL;
  if (!grown)
    {
      p->failed = 1;
      return NULL;
    }
  gpu->processes = grown;
  grown += gpu->n_processes++;
  *grown = (azml__gpu_process){ .memory = -1, .gi = -1, .ci = -1 };
  return grown;
}

/* Put TEXT (copied, on one line) into *RET unless it says that nothing is known.  */
static void
set_text (parser *p, char **ret, const char *text)
{
  char *copy;
  if (azml__gpu_value_is_missing (text))
    return;
  copy = azml__printable (strdup (text));
  p->failed |= !copy;
  free (*ret);
  *ret = copy;
}

static int
is (const char *a, const char *b)
{
  return strcmp (a, b) == 0;
}

static void
take_memory (azml__gpu *gpu, const char *name, const char *text)
{
  if (is (name, "total"))
    gpu->memory_total = azml__gpu_value_bytes (text);
  else if (is (name, "used"))
    gpu->memory_used = azml__gpu_value_bytes (text);
  else if (is (name, "free"))
    gpu->memory_free = azml__gpu_value_bytes (text);
}

static void
take_process (parser *p, azml__gpu_process *process, const char *name,
              const char *text)
{
  int64_t pid = azml__gpu_value_integer (text);
  if (is (name, "pid"))
    process->pid = pid > 0 && pid < INT32_MAX ? (pid_t)pid : 0;
  else if (is (name, "type"))
    process->compute = strchr (text, 'C') != NULL;
  else if (is (name, "process_name"))
    set_text (p, &process->name, text);
  else if (is (name, "used_memory"))
    process->memory = azml__gpu_value_bytes (text);
  else if (is (name, "gpu_instance_id"))
    process->gi = azml__gpu_value_integer (text);
  else if (is (name, "compute_instance_id"))
    process->ci = azml__gpu_value_integer (text);
}

/* A value of the section ABOVE of GPU.  */
static void
take_reading (azml__gpu *gpu, const char *above, const char *name, const char *text)
{
  if (is (above, "fb_memory_usage"))
    take_memory (gpu, name, text);
  else if (is (above, "utilization") && is (name, "gpu_util"))
    gpu->utilisation = azml__gpu_value_integer (text);
  else if (is (above, "temperature") && is (name, "gpu_temp"))
    gpu->temperature = azml__gpu_value_integer (text);
  else if (is (above, "mig_mode") && is (name, "current_mig"))
    gpu->mig = is (text, "Enabled");
  else if (is (above, "gpu_reset_status") && is (name, "reset_required"))
    gpu->reset |= is (text, "Yes");
  else if (is (above, "power_readings") || is (above, "gpu_power_readings"))
    {
      double value = azml__gpu_value_number (text);
      if (value < 0)
        return;
      /* An average comes before what is drawn this instant, which is preferred.  */
      if (is (name, "power_draw") || is (name, "instant_power_draw")
          || (is (name, "average_power_draw") && gpu->power < 0))
        gpu->power = value;
      else if (is (name, "current_power_limit") || is (name, "enforced_power_limit")
               || (is (name, "power_limit") && gpu->power_limit < 0))
        gpu->power_limit = value;
    }
}

/* What stands directly in the element of GPU.  */
static void
take_fact (parser *p, azml__gpu *gpu, const char *name, const char *text)
{
  if (is (name, "product_name"))
    set_text (p, &gpu->model, text);
  else if (is (name, "product_architecture"))
    snprintf (p->architecture, sizeof p->architecture, "%s", text);
  else if (is (name, "compute_cap"))
    gpu->capability = azml__gpu_value_capability (text);
  else if (is (name, "uuid"))
    set_text (p, &gpu->uuid, text);
  else if (is (name, "gpu_recovery_action"))
    gpu->reset |= strstr (text, "Reset") || strstr (text, "Reboot");
  else if (is (name, "compute_mode"))
    gpu->prohibited = is (text, "Prohibited");
  else if (is (name, "processes") && *text && azml__gpu_value_is_missing (text))
    gpu->processes_listed = 0;
}

static void
begin (const char *name, const char *id, void *data)
{
  parser *p = data;
  azml__gpu *gpu = p->gpu >= 0 ? &p->list->gpus[p->gpu] : NULL;
  snprintf (p->names[p->depth++], AZML__XML_NAME, "%s", name);
  if (p->depth == 2 && is (name, "gpu"))
    {
      gpu = add_gpu (p, -1);
      p->gpu = gpu ? (int64_t)p->list->count - 1 : -1;
      p->instance = -1;
      *p->architecture = '\0';
      if (gpu && id)
        set_text (p, &gpu->bus, id);
    }
  else if (gpu && p->depth == 4 && is (name, "mig_device"))
    p->instance = add_gpu (p, (int)p->gpu) ? (int64_t)p->list->count - 1 : -1;
  else if (gpu && p->depth == 4 && is (name, "process_info"))
    p->process = add_process (p, gpu) != NULL;
}

static void
end_gpu (parser *p, azml__gpu *gpu)
{
  if (gpu->capability < 0)
    gpu->capability = azml__gpu_capability (gpu->model, p->architecture);
  p->gpu = -1;
}

static void
end_element (const char *name, const char *text, void *data)
{
  parser *p = data;
  int depth = p->depth--;
  const char *above = depth > 1 ? p->names[depth - 2] : "";
  azml__gpu *gpu = p->gpu >= 0 ? &p->list->gpus[p->gpu] : NULL;
  azml__gpu *instance = p->instance >= 0 ? &p->list->gpus[p->instance] : NULL;
  if (depth == 2 && is (name, "driver_version"))
    set_text (p, &p->list->driver, text);
  else if (depth == 2 && is (name, "cuda_version"))
    set_text (p, &p->list->cuda, text);
  else if (depth == 2 && gpu)
    end_gpu (p, gpu);
  else if (depth == 3 && gpu)
    take_fact (p, gpu, name, text);
  else if (depth == 4 && instance && is (name, "mig_device"))
    p->instance = -1;
  else if (depth == 4 && is (name, "process_info"))
    p->process = 0;
  else if (depth == 5 && gpu && p->process)
    take_process (p, &gpu->processes[gpu->n_processes - 1], name, text);
  else if (depth == 4 && gpu)
    take_reading (gpu, above, name, text);
  else if (depth == 5 && instance && is (name, "index"))
    instance->index = azml__gpu_value_integer (text);
  else if (depth == 5 && instance && is (name, "uuid"))
    set_text (p, &instance->uuid, text);
  else if (depth == 5 && instance && is (name, "gpu_instance_id"))
    instance->gi = azml__gpu_value_integer (text);
  else if (depth == 5 && instance && is (name, "compute_instance_id"))
    instance->ci = azml__gpu_value_integer (text);
  else if (depth == 6 && instance && is (above, "fb_memory_usage"))
    take_memory (instance, name, text);
}

static void
set_problem (azml__gpu *gpu, const char *text)
{
  if (!gpu->problem)
    gpu->problem = strdup (text);
}

/* Give the instances of the GPU at AT what they have from it, and its processes.  */
static void
settle_instances (azml__gpu_list *list, size_t at)
{
  azml__gpu *gpu = &list->gpus[at];
  for (size_t i = at + 1; i < list->count && list->gpus[i].parent == (int)at; i++)
    {
      azml__gpu *instance = &list->gpus[i];
      size_t kept = 0;
      instance->capability = gpu->capability;
      instance->temperature = gpu->temperature;
      instance->processes_listed = gpu->processes_listed;
      instance->prohibited = gpu->prohibited;
      instance->processes = calloc (gpu->n_processes + 1, sizeof *gpu->processes);
      for (size_t k = 0; instance->processes && k < gpu->n_processes; k++)
        if (gpu->processes[k].gi == instance->gi
            && gpu->processes[k].ci == instance->ci)
          instance->processes[instance->n_processes++] = gpu->processes[k];
        else
          gpu->processes[kept++] = gpu->processes[k];
      if (instance->processes)
        gpu->n_processes = kept;
      if (gpu->bus)
        instance->bus = strdup (gpu->bus);
      if (gpu->model)
        instance->model = strdup (gpu->model);
    }
}

static void
settle (azml__gpu_list *list)
{
  int64_t index = 0;
  for (size_t i = 0; i < list->count; i++)
    {
      azml__gpu *gpu = &list->gpus[i];
      if (gpu->parent >= 0)
        continue;
      gpu->index = index++;
      if (!gpu->uuid)
        set_problem (gpu,
                     "the driver does not tell its UUID: it may have fallen off "
                     "the bus");
      else if (gpu->memory_total < 0 && gpu->memory_used < 0 && gpu->temperature < 0
               && gpu->utilisation < 0 && !gpu->mig)
        set_problem (gpu, "it answers no reading (ERR!): it may need a reset");
      else if (gpu->reset)
        set_problem (gpu, "the driver asks for a reset of it, or of the machine");
      settle_instances (list, i);
    }
  if (!list->count)
    list->state = AZML__GPU_STATE_NONE;
}

/* Where XML begins at or behind AT, NULL if nowhere.  */
static const char *
find_document (const char *at, const char *end)
{
  const char *xml = memmem (at, (size_t)(end - at), "<?xml", 5);
  return xml ? xml : memmem (at, (size_t)(end - at), "<nvidia_smi_log>", 16);
}

/* Read the XML that begins at *AT; go past it.  */
static int
read_document (parser *p, const char **at, const char *end, azml_error **err)
{
  static const char last[] = "</nvidia_smi_log>";
  azml__xml_reader reader = { begin, end_element, p };
  const char *close = memmem (*at, (size_t)(end - *at), last, sizeof last - 1);
  const char *stop = close ? close + sizeof last - 1 : end;
  int rc = azml__xml_read (*at, (size_t)(stop - *at), &reader, err);
  *at = stop;
  return rc;
}

/* What stands beside the XML are messages: of GPUs that are lost, of an infoROM that is
   corrupted (behind it, with exit code 14).  */
int
azml__gpu_list_parse (const char *text, size_t n, azml__gpu_list **ret,
                      azml_error **err)
{
  AZML_AUTO (azml__gpu_list) list = calloc (1, sizeof *list);
  AZML_AUTO_BUFFER messages = AZML__BUFFER_INIT;
  parser p = { .list = list, .gpu = -1, .instance = -1 };
  const char *at = text, *end = text + n;
  int rc = list ? 0 : azml__error_no_memory (err), documents = 0;
  while (rc == 0 && (at < end || !documents))
    {
      const char *xml = find_document (at, end);
      azml__buffer_add (&messages, at, (size_t)((xml ? xml : end) - at));
      azml__buffer_add_char (&messages, '\n');
      at = xml ? xml : end;
      if (xml)
        rc = read_document (&p, &at, end, err);
      else if (!documents)
        rc = azml__error (err, AZML_E_FORMAT, "nvidia-smi prints no XML");
      documents++;
    }
  if (rc == 0 && p.failed)
    rc = azml__error (err, AZML_E_TOO_LARGE, "nvidia-smi lists too much");
  if (rc == 0 && messages.length)
    rc = azml__gpu_lost_add (list, messages.data, messages.length, err);
  if (rc < 0)
    return rc;
  settle (list);
  *ret = azml_steal (&list);
  return 0;
}
