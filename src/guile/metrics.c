/* metrics.c: the metrics of a run directory.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "run/metrics.h"

#include "guile/binding.h"

struct call
{
  const char *folder, *name;
  json_t *result;
  azml_error *err;
  int rc;
};

static void *
read_work (void *data)
{
  struct call *c = data;
  c->rc = azml__metrics_read (c->folder, c->name, &c->result, &c->err);
  return NULL;
}

static void *
summary_work (void *data)
{
  struct call *c = data;
  c->rc = azml__metrics_summary (c->folder, &c->result, &c->err);
  return NULL;
}

/* NAME #f: all metrics.  */
static SCM
metrics_read (SCM folder, SCM name)
{
  struct call c = { .folder = azml__guile_to_text (folder, "%metrics-read", 1),
                    .name =
                        azml__guile_to_text_or_null (name, "%metrics-read", 2) };
  azml__guile_blocking (read_work, &c);
  scm_remember_upto_here_2 (folder, name);
  if (c.rc < 0)
    azml__guile_throw ("%metrics-read", c.err);
  return azml__guile_take_json (c.result);
}

static SCM
metrics_summary (SCM folder)
{
  struct call c = { .folder = azml__guile_to_text (folder, "%metrics-summary", 1) };
  azml__guile_blocking (summary_work, &c);
  scm_remember_upto_here_1 (folder);
  if (c.rc < 0)
    azml__guile_throw ("%metrics-summary", c.err);
  return azml__guile_take_json (c.result);
}

void
azml__guile_init_metrics (void)
{
  azml__guile_define ("%metrics-read", 2, 0, metrics_read);
  azml__guile_define ("%metrics-summary", 1, 0, metrics_summary);
}
