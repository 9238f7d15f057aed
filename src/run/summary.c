/* summary.c: each metric of a run in a few numbers.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <math.h>
#include <string.h>

#include "core/file.h"
#include "core/json.h"
#include "run/metrics.h"

#define VALUES 64 /* of a sparkline */

/* The course of a metric's numbers, thinned while it grows: KEPT holds every STRIDE-th;
   when it is full, every other one goes and the stride doubles.  */
typedef struct course
{
  double kept[2 * VALUES];
  double newest;
  json_int_t numbers, stride;
  int n_kept;
} course;

/* What is known of one metric.  */
typedef struct summary
{
  azml__metric metric;
  azml__number first_step, last_step;
  course *course; /* NULL: not asked for */
} summary;

typedef struct summaries
{
  summary *all;
  size_t n, size;
  size_t found; /* the one that had the last point */
  int with_courses;
} summaries;

static void
metric_done (azml__metric *metric)
{
  free (metric->name);
  json_decref (metric->last_text);
}

static void
summaries_done (summaries *s)
{
  for (size_t i = 0; i < s->n; i++)
    {
      metric_done (&s->all[i].metric);
      free (s->all[i].course);
    }
  free (s->all);
}

static summary *
new_summary (summaries *s, const azml__point *point)
{
  if (s->n == s->size)
    {
      size_t size = s->size ? 2 * s->size : 8;
      summary *all = realloc (s->all, size * sizeof *all);
      if (!all)
        return NULL;
      s->all = all;
      s->size = size;
    }
  summary made = { .metric = { .min = NAN, .max = NAN } };
  made.metric.name = strndup (point->name, point->name_length);
  made.course = s->with_courses ? calloc (1, sizeof *made.course) : NULL;
  if (!made.metric.name || (s->with_courses && !made.course))
    {
      free (made.metric.name);
      free (made.course);
      return NULL;
    }
  if (made.course)
    made.course->stride = 1;
  s->all[s->n] = made;
  return &s->all[s->n++];
}

/* The summary of the metric that POINT belongs to, made if there is none.  Metrics tend
   to take turns: the search starts behind the one found last.  */
static summary *
find (summaries *s, const azml__point *point)
{
  for (size_t i = 1; i <= s->n; i++)
    {
      size_t at = (s->found + i) % s->n;
      const char *name = s->all[at].metric.name;
      if (strncmp (name, point->name, point->name_length) == 0
          && !name[point->name_length])
        {
          s->found = at;
          return &s->all[at];
        }
    }
  s->found = s->n;
  return new_summary (s, point);
}

static void
add_to_course (course *c, double number)
{
  c->newest = number;
  if (c->numbers++ % c->stride != 0)
    return;
  if (c->n_kept == 2 * VALUES)
    {
      for (int i = 0; i < VALUES; i++)
        c->kept[i] = c->kept[2 * i];
      c->n_kept = VALUES;
      c->stride *= 2;
    }
  /* 2 * VALUES times the old stride is a multiple of the new one as well.  */
  c->kept[c->n_kept++] = number;
}

static void
add_number (summary *s, double number)
{
  azml__metric *m = &s->metric;
  m->min = isnan (m->min) || number < m->min ? number : m->min;
  m->max = isnan (m->max) || number > m->max ? number : m->max;
  if (s->course)
    add_to_course (s->course, number);
}

/* What a point without a number is shown as: of a table, its JSON (new).  */
static json_t *
text_of_value (json_t *value)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  if (!json_is_array (value))
    return json_incref (value);
  return azml__json_append (&text, value, NULL) < 0
             ? NULL
             : json_stringn (text.data, text.length);
}

/* A list that was logged at once is a course, as if each number had been logged.  */
static void
add_numbers (summary *s, const azml__point *point)
{
  const json_t *list = json_object_get (point->json, "value");
  size_t n = json_array_size (list);
  double number;
  if (!n)
    add_number (s, point->value.real);
  for (size_t i = 0; i < n; i++)
    if (azml__json_get_number (json_array_get (list, i), &number) == 0)
      add_number (s, number);
}

static int
add_point (const azml__point *point, const char *line, size_t n, void *data,
           azml_error **err)
{
  summary *s = find (data, point);
  (void)line;
  (void)n;
  if (!s)
    return azml__error_no_memory (err);
  azml__metric *m = &s->metric;
  m->last = point->value;
  json_decref (azml_steal (&m->last_text));
  json_t *value = json_object_get (point->json, "value");
  if (point->value.kind == AZML__NUMBER_NONE || json_is_boolean (value))
    m->last_text = text_of_value (value);
  if (point->value.kind != AZML__NUMBER_NONE)
    add_numbers (s, point);
  if (m->count++ == 0)
    s->first_step = point->step;
  s->last_step = point->step;
  return 0;
}

void
azml__metrics_free (azml__metric *metrics, size_t n)
{
  for (size_t i = 0; i < n; i++)
    metric_done (&metrics[i]);
  free (metrics);
}

int
azml__metrics_list (int folder, azml__metric **ret, size_t *ret_n, azml_error **err)
{
  AZML_CLEANUP (summaries_done) summaries s = { 0 };
  json_int_t skipped;
  int rc = azml__metrics_each (folder, add_point, &s, &skipped, err);
  if (rc < 0)
    return rc;
  azml__metric *metrics = calloc (s.n + 1, sizeof *metrics);
  if (!metrics)
    return azml__error_no_memory (err);
  for (size_t i = 0; i < s.n; i++)
    {
      metrics[i] = s.all[i].metric; /* with what it owns */
      s.all[i].metric = (azml__metric){ 0 };
    }
  *ret = metrics;
  *ret_n = s.n;
  return 0;
}

/* At most VALUES of the numbers kept, evenly spaced; the last is the newest.  */
static json_t *
thin (const course *c)
{
  int n = c->n_kept < VALUES ? c->n_kept : VALUES;
  json_t *values = json_array ();
  for (int i = 0; i < n; i++)
    {
      int at = n < 2 ? 0 : (int)((long)i * (c->n_kept - 1) / (n - 1));
      double number = i == n - 1 ? c->newest : c->kept[at];
      json_array_append_new (values, azml__json_number (number));
    }
  return values;
}

/* OBJECT[KEY] = VALUE (taken), unless that is NULL.  */
static void
set (json_t *object, const char *key, json_t *value)
{
  if (value)
    json_object_set_new (object, key, value);
}

static json_t *
summary_to_json (const summary *s)
{
  const azml__metric *m = &s->metric;
  json_t *json = json_object ();
  set (json, "last",
       m->last_text ? json_incref (m->last_text) : azml__number_to_json (&m->last));
  if (!isnan (m->min))
    {
      set (json, "min", azml__json_number (m->min));
      set (json, "max", azml__json_number (m->max));
    }
  set (json, "count", json_integer (m->count));
  set (json, "first_step", azml__number_to_json (&s->first_step));
  set (json, "last_step", azml__number_to_json (&s->last_step));
  if (s->course->numbers)
    set (json, "values", thin (s->course));
  return json;
}

static int
summarise (int folder, json_t **ret, azml_error **err)
{
  AZML_CLEANUP (summaries_done) summaries s = { .with_courses = 1 };
  json_int_t skipped;
  int rc = azml__metrics_each (folder, add_point, &s, &skipped, err);
  if (rc < 0)
    return rc;
  AZML_AUTO (json_t) metrics = json_object ();
  for (size_t i = 0; i < s.n; i++)
    if (json_object_set_new (metrics, s.all[i].metric.name,
                             summary_to_json (&s.all[i]))
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
    rc = summarise (fd, ret, err);
  return rc < 0 ? azml__error_prefix (err, rc, "'%s'", folder) : 0;
}
