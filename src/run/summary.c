/* summary.c: each metric of a run in a few numbers.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <math.h>
#include <string.h>

#include "core/file.h"
#include "core/json.h"
#include "run/metrics.h"
#include "run/text.h"

#define VALUES 64 /* of a sparkline */

/* What is known of one metric.  KEPT holds every STRIDE-th number; when it is full,
   every other one goes and the stride doubles, so memory does not grow.  */
typedef struct summary
{
  char *key;
  json_t *last;                   /* number or text */
  json_t *first_step, *last_step; /* or NULL */
  json_int_t count, numbers;
  double min, max; /* NAN: none yet */
  double kept[2 * VALUES];
  double newest; /* the last number */
  json_int_t stride;
  int n_kept;
} summary;

typedef struct summaries
{
  summary *all;
  size_t n, size;
} summaries;

static void
summaries_done (summaries *s)
{
  for (size_t i = 0; i < s->n; i++)
    {
      free (s->all[i].key);
      json_decref (s->all[i].last);
      json_decref (s->all[i].first_step);
      json_decref (s->all[i].last_step);
    }
  free (s->all);
}

/* The summary of the metric that POINT belongs to, made if there is none.  Points
   of one metric tend to follow one another, or to take turns: look from the end. */
static summary *
find (summaries *s, const json_t *point)
{
  AZML_AUTO_FREE char *key = azml__text_of_json (json_object_get (point, "name"));
  if (!key)
    return NULL;
  for (size_t i = s->n; i-- > 0;)
    if (strcmp (s->all[i].key, key) == 0)
      return &s->all[i];
  if (s->n == s->size)
    {
      size_t size = s->size ? 2 * s->size : 8;
      summary *all = realloc (s->all, size * sizeof *all);
      if (!all)
        return NULL;
      s->all = all;
      s->size = size;
    }
  summary *made = &s->all[s->n++];
  memset (made, 0, sizeof *made);
  made->key = azml_steal (&key);
  made->stride = 1;
  made->min = made->max = NAN;
  return made;
}

static void
add_number (summary *m, double number)
{
  m->min = isnan (m->min) || number < m->min ? number : m->min;
  m->max = isnan (m->max) || number > m->max ? number : m->max;
  m->newest = number;
  if (m->numbers++ % m->stride != 0)
    return;
  if (m->n_kept == 2 * VALUES)
    {
      for (int i = 0; i < VALUES; i++)
        m->kept[i] = m->kept[2 * i];
      m->n_kept = VALUES;
      m->stride *= 2;
    }
  /* 2 * VALUES times the old stride is a multiple of the new one as well.  */
  m->kept[m->n_kept++] = number;
}

static void
replace (json_t **slot, json_t *value)
{
  json_decref (*slot);
  *slot = json_incref (value);
}

static int
add_point (const json_t *point, void *data, azml_error **err)
{
  summary *m = find (data, point);
  json_t *value = json_object_get (point, "value");
  json_t *step = json_object_get (point, "step");
  double number;
  if (!m)
    return azml__error_no_memory (err);
  if (json_is_array (value))
    value = json_array_get (value, json_array_size (value) - 1);
  if (azml__json_get_number (value, &number) == 0)
    add_number (m, number);
  replace (&m->last, value);
  step = json_is_number (step) ? step : NULL;
  if (m->count++ == 0)
    replace (&m->first_step, step);
  replace (&m->last_step, step);
  return 0;
}

/* At most VALUES of the numbers kept, evenly spaced; the last is the newest.  */
static json_t *
thin (const summary *m)
{
  int n = m->n_kept < VALUES ? m->n_kept : VALUES;
  json_t *values = json_array ();
  for (int i = 0; i < n; i++)
    {
      int at = n < 2 ? 0 : (int)((long)i * (m->n_kept - 1) / (n - 1));
      double number = i == n - 1 ? m->newest : m->kept[at];
      json_array_append_new (values, azml__json_number (number));
    }
  return values;
}

static json_t *
summary_to_json (const summary *m)
{
  json_t *json = json_object ();
  json_object_set (json, "last", m->last);
  if (m->numbers && !isnan (m->min))
    {
      json_object_set_new (json, "min", azml__json_number (m->min));
      json_object_set_new (json, "max", azml__json_number (m->max));
    }
  json_object_set_new (json, "count", json_integer (m->count));
  if (m->first_step)
    json_object_set (json, "first_step", m->first_step);
  if (m->last_step)
    json_object_set (json, "last_step", m->last_step);
  if (m->numbers)
    json_object_set_new (json, "values", thin (m));
  return json;
}

int
azml__metrics_summary_at (int folder, json_t **ret, azml_error **err)
{
  AZML_CLEANUP (summaries_done) summaries s = { NULL, 0, 0 };
  json_int_t skipped;
  int rc = azml__metrics_each (folder, add_point, &s, &skipped, err);
  if (rc < 0)
    return rc;
  AZML_AUTO (json_t) metrics = json_object ();
  for (size_t i = 0; i < s.n; i++)
    if (json_object_set_new (metrics, s.all[i].key, summary_to_json (&s.all[i]))
        < 0)
      return azml__error_no_memory (err);
  json_t *made = json_pack ("{s:O, s:I}", "metrics", metrics, "skipped", skipped);
  if (!made)
    return azml__error_no_memory (err);
  *ret = made;
  return 0;
}

int
azml__metrics_summary (const char *folder, json_t **ret, azml_error **err)
{
  AZML_AUTO_CLOSE int fd = -1;
  int rc = azml__folder_open (folder, &fd, err);
  if (rc == 0)
    rc = azml__metrics_summary_at (fd, ret, err);
  return rc < 0 ? azml__error_prefix (err, rc, "'%s'", folder) : 0;
}
