/* match.c: which GPUs of a machine a request can have.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <string.h>
#include <strings.h>

#include "core/buffer.h"
#include "gpu/request.h"

/* What a card of so many GiB tells is less by what the driver and error correction
   keep: an L4 of 24 GiB says 23034 MiB, a T4 of 16 GiB 15360.  */
#define NOMINAL 0.93

static int
has_part (const char *text, const char *part, size_t n)
{
  for (; *text; text++)
    if (strncasecmp (text, part, n) == 0)
      return 1;
  return 0;
}

/* 1 if MODEL has one of the parts of PATTERN, which bars separate.  */
static int
model_fits (const char *pattern, const char *model)
{
  while (model)
    {
      size_t n = strcspn (pattern, "|");
      if (n && has_part (model, pattern, n))
        return 1;
      if (!pattern[n])
        return 0;
      pattern += n + 1;
    }
  return 0;
}

int
azml__gpu_request_fits (const azml__gpu_request *request, const azml__gpu *gpu)
{
  if (!azml__gpu_is_device (gpu))
    return 0;
  if (request->memory > 0
      && (double)gpu->memory_total < (double)request->memory * NOMINAL)
    return 0;
  if (request->capability > 0 && gpu->capability < request->capability)
    return 0;
  return !request->model || model_fits (request->model, gpu->model);
}

size_t
azml__gpu_request_count (const azml__gpu_request *request,
                         const azml__gpu_list *list)
{
  size_t n = 0;
  for (size_t i = 0; i < list->count; i++)
    n += (size_t)azml__gpu_request_fits (request, &list->gpus[i]);
  return n;
}

int
azml__gpu_request_check (const azml__gpu_request *request,
                         const azml__gpu_list *list, azml_error **err)
{
  size_t fitting = azml__gpu_request_count (request, list);
  if (request->optional || (int64_t)fitting >= request->count)
    return 0;
  AZML_AUTO_FREE char *wanted = azml__gpu_request_describe (request);
  AZML_AUTO_FREE char *has = azml__gpu_list_describe (list);
  if (!wanted || !has)
    return azml__error_no_memory (err);
  if (!list->count && list->problem)
    {
      /* What it has is not known: that may be another thing in a minute.  */
      azml__error (err, AZML_E_UNSUPPORTED, "this machine cannot give %s: %s",
                   wanted, list->problem);
      azml__error_hint (err, "`azml-guile doctor' says more; to run without, say "
                             "(optional? #t) or `--gpus 0'");
      return AZML_E_UNSUPPORTED;
    }
  int rc = azml__error (err, AZML_E_UNSUPPORTED,
                        "this machine can never give %s; it has: %s", wanted, has);
  azml__error_hint (
      err, "ask for what is there, or say (optional? #t) or `--gpus 0' to run "
           "without");
  return rc;
}

typedef struct candidate
{
  size_t at;
  const char *uuid;
} candidate;

static int
by_uuid (const void *a, const void *b)
{
  return strcmp (((const candidate *)a)->uuid, ((const candidate *)b)->uuid);
}

int
azml__gpu_request_match (const azml__gpu_request *request,
                         const azml__gpu_list *list,
                         const unsigned char *free_flags, size_t *picks,
                         size_t *ret_n)
{
  AZML_AUTO_FREE candidate *candidates =
      calloc (list->count + 1, sizeof *candidates);
  size_t fitting = azml__gpu_request_count (request, list), n = 0;
  size_t wanted = request->all ? fitting : (size_t)request->count;
  *ret_n = 0;
  if (request->count == 0)
    return 1;
  /* Fewer than asked for is none at all: half of what was meant helps nobody.  */
  if (fitting < (size_t)request->count)
    return request->optional;
  for (size_t i = 0; candidates && i < list->count; i++)
    if ((!free_flags || free_flags[i])
        && azml__gpu_request_fits (request, &list->gpus[i]))
      candidates[n++] = (candidate){ i, list->gpus[i].uuid };
  if (n < wanted || !candidates)
    return 0;
  qsort (candidates, n, sizeof *candidates, by_uuid);
  for (size_t i = 0; i < wanted; i++)
    picks[i] = candidates[i].at;
  *ret_n = wanted;
  return 1;
}

char *
azml__gpu_visible (const azml__gpu_list *list, const size_t *picks, size_t n)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  for (size_t i = 0; i < list->count; i++)
    for (size_t k = 0; k < n; k++)
      if (picks[k] == i)
        {
          if (text.length)
            azml__buffer_add_char (&text, ',');
          azml__buffer_add_text (&text, list->gpus[i].uuid);
        }
  return azml__buffer_steal (&text);
}
