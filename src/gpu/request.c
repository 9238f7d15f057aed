/* request.c: what a run asks for in GPUs.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "gpu/request.h"

#include <string.h>

#include "core/buffer.h"
#include "core/json.h"
#include "gpu/value.h"

#define LARGEST_COUNT 1024

static int
wrong (azml_error **err, const char *key, const char *what)
{
  return azml__error (err, AZML_E_FORMAT, "the GPU request: '%s' %s", key, what);
}

static int
read_flag (const json_t *json, const char *key, int *ret, azml_error **err)
{
  const json_t *value = json_object_get (json, key);
  if (!value || json_is_null (value))
    return 0;
  if (!json_is_boolean (value))
    return wrong (err, key, "is neither true nor false");
  *ret = json_is_true (value);
  return 0;
}

static int
read_size (const json_t *json, const char *key, int64_t *ret, azml_error **err)
{
  const json_t *value = json_object_get (json, key);
  if (!value || json_is_null (value))
    return 0;
  if (!json_is_integer (value) || json_integer_value (value) < 0)
    return wrong (err, key, "is not a number of bytes");
  *ret = json_integer_value (value);
  return 0;
}

static int
read_count (azml__gpu_request *request, const json_t *json, azml_error **err)
{
  const json_t *count = json_object_get (json, "count");
  request->count = 1;
  if (!count || json_is_null (count))
    return 0;
  if (json_is_string (count) && strcmp (json_string_value (count), "all") == 0)
    {
      request->all = 1;
      return 0;
    }
  if (!json_is_integer (count) || json_integer_value (count) < 0
      || json_integer_value (count) > LARGEST_COUNT)
    return wrong (err, "count", "is neither a number of GPUs nor \"all\"");
  request->count = json_integer_value (count);
  return 0;
}

static int
read_texts (azml__gpu_request *request, const json_t *json, azml_error **err)
{
  const json_t *model = json_object_get (json, "model");
  const json_t *capability = json_object_get (json, "capability");
  if (model && !json_is_null (model))
    {
      if (!json_is_string (model) || !*json_string_value (model))
        return wrong (err, "model", "is not a name");
      request->model = strdup (json_string_value (model));
      if (!request->model)
        return azml__error_no_memory (err);
    }
  if (capability && !json_is_null (capability))
    {
      const char *text = json_string_value (capability);
      request->capability = text ? azml__gpu_value_capability (text) : -1;
      if (request->capability < 0)
        return wrong (err, "capability", "is not like \"8.0\"");
    }
  return 0;
}

int
azml__gpu_request_read (const json_t *json, azml__gpu_request **ret,
                        azml_error **err)
{
  *ret = NULL;
  if (!json || json_is_null (json))
    return 0;
  if (!json_is_object (json))
    return azml__error (err, AZML_E_FORMAT, "the GPU request is not an object");
  AZML_AUTO (azml__gpu_request) request = calloc (1, sizeof *request);
  if (!request)
    return azml__error_no_memory (err);
  request->foreign = -1;
  int rc = read_count (request, json, err);
  if (rc == 0)
    rc = read_size (json, "memory", &request->memory, err);
  if (rc == 0)
    rc = read_size (json, "foreign", &request->foreign, err);
  if (rc == 0)
    rc = read_texts (request, json, err);
  if (rc == 0)
    rc = read_flag (json, "optional", &request->optional, err);
  if (rc == 0)
    rc = read_flag (json, "require_use", &request->require_use, err);
  if (rc == 0)
    *ret = azml_steal (&request);
  return rc;
}

void
azml__gpu_request_free (azml__gpu_request *request)
{
  if (!request)
    return;
  free (request->model);
  free (request);
}

char *
azml__gpu_request_describe (const azml__gpu_request *request)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  if (request->all)
    azml__buffer_add_text (&text, "all GPUs");
  else
    azml__buffer_add_format (&text, "%d GPU%s", (int)request->count,
                             request->count == 1 ? "" : "s");
  if (request->model)
    azml__buffer_add_format (&text, " of model %s", request->model);
  if (request->memory > 0)
    azml__buffer_add_format (&text, " with %.4g GiB",
                             (double)request->memory / (1 << 30));
  if (request->capability > 0)
    azml__buffer_add_format (&text, " of capability %d.%d",
                             (int)(request->capability / 10),
                             (int)(request->capability % 10));
  return azml__buffer_steal (&text);
}
