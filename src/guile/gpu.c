/* gpu.c: GPUs of a run, and packages that cannot use one.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "gpu/course.h"
#include "gpu/framework.h"

#include "guile/binding.h"

struct call
{
  const char *folder;
  json_t *result;
  azml_error *err;
  int rc;
};

static void *
course_work (void *data)
{
  struct call *c = data;
  c->rc = azml__gpu_course (c->folder, &c->result, &c->err);
  return NULL;
}

static SCM
gpu_course (SCM folder)
{
  struct call c = { .folder = azml__guile_to_text (folder, "%gpu-course", 1) };
  azml__guile_blocking (course_work, &c);
  scm_remember_upto_here_1 (folder);
  if (c.rc < 0)
    azml__guile_throw ("%gpu-course", c.err);
  return azml__guile_take_json (c.result);
}

static SCM
gpu_cpu_builds (SCM packages)
{
  azml__guile_check_json (packages, "%gpu-cpu-builds", 1);
  json_t *json = azml__guile_to_json (packages);
  json_t *found = azml__gpu_cpu_builds (json);
  json_decref (json);
  return azml__guile_take_json (found);
}

void
azml__guile_init_gpu (void)
{
  azml__guile_define ("%gpu-course", 1, 0, gpu_course);
  azml__guile_define ("%gpu-cpu-builds", 1, 0, gpu_cpu_builds);
}
