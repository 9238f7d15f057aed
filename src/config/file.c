/* file.c: which kind of file it is.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "config/file.h"

#include <string.h>

#include "config/problem.h"
#include "core/json.h"

static const struct
{
  const char *name, *what;
  const azml__key *keys;
  void (*finish) (azml__reader *reader);
} kinds[] = {
  { "compute", "a .compute file", azml__compute_keys, azml__compute_finish },
  { "runconfig", "a .runconfig file", azml__runconfig_keys,
    azml__runconfig_finish },
  { "conda", "a file of conda packages", azml__conda_keys, azml__conda_finish },
  { "spark", "a file of Spark packages", azml__spark_keys, azml__spark_finish },
  { "base", "a file of base versions", azml__base_keys, NULL },
  { "project", "project.json", azml__project_keys, azml__project_finish },
  { "link", "a .link file", azml__link_keys, NULL },
  { "v1", "a .runconfig of SDK v1", azml__v1_keys, azml__v1_finish },
  { "job", "a command job", azml__job_keys, azml__job_finish },
};
#define N_KINDS (sizeof kinds / sizeof *kinds)

static int
ends_with (const char *text, const char *end)
{
  size_t n = strlen (text), m = strlen (end);
  return n >= m && strcmp (text + n - m, end) == 0;
}

static int
has_any (const azml__yaml *root, const char *const *keys)
{
  for (; *keys; keys++)
    if (azml__yaml_ref (root, *keys))
      return 1;
  return 0;
}

static const char *
kind_of (const azml__document *document)
{
  static const char *const v1[] = { "script", "framework", "environment",
                                    "target", "history",   NULL };
  static const char *const own[] = { "ArgumentVector", "Target", "Framework",
                                     NULL };
  static const char *const job[] = { "command", "$schema", "code", NULL };
  static const char *const conda[] = { "dependencies", "channels", NULL };
  static const char *const spark[] = { "packages", "repositories", "configuration",
                                       NULL };
  static const char *const base[] = { "base_docker_image", "spark_version", NULL };
  const azml__yaml *root = document->root;
  const char *slash = strrchr (document->name, '/');
  const char *name = slash ? slash + 1 : document->name;
  if (ends_with (name, ".compute"))
    return "compute";
  if (ends_with (name, ".link"))
    return "link";
  if (ends_with (name, ".runconfig"))
    return has_any (root, v1) && !has_any (root, own) ? "v1" : "runconfig";
  if (strcmp (name, "project.json") == 0)
    return "project";
  return has_any (root, job)                       ? "job"
         : has_any (root, base)                    ? "base"
         : has_any (root, conda)                   ? "conda"
         : has_any (root, spark)                   ? "spark"
         : has_any (root, v1)                      ? "v1"
         : azml__yaml_ref (root, "ArgumentVector") ? "runconfig"
         : strstr (name, "conda")                  ? "conda"
         : strstr (name, "spark")                  ? "spark"
                                                   : NULL;
}

/* No problem is an error.  */
static int
is_ok (const json_t *problems)
{
  size_t i;
  json_t *problem;
  json_array_foreach (
      problems, i,
      problem) if (strcmp (azml__json_string (problem, "severity"), "error")
                   == 0) return 0;
  return 1;
}

/* Problems by their place.  */
static void
sort_problems (json_t *problems)
{
  size_t n = json_array_size (problems);
  for (size_t i = 1; i < n; i++)
    for (size_t j = i; j > 0; j--)
      {
        json_t *a = json_array_get (problems, j - 1);
        json_t *b = json_array_get (problems, j);
        json_int_t line = azml__json_integer (a, "line", 0);
        json_int_t other = azml__json_integer (b, "line", 0);
        if (line < other
            || (line == other
                && azml__json_integer (a, "column", 0)
                       <= azml__json_integer (b, "column", 0)))
          break;
        json_incref (a);
        json_array_set (problems, j - 1, b);
        json_array_set_new (problems, j, a);
      }
}

static int
read_as (azml__reader *reader, size_t i)
{
  const azml__document *d = reader->document;
  reader->what = kinds[i].what;
  if (d->broken)
    return 0;
  if (!azml__yaml_is_null (d->root)
      && azml__reader_map (reader, azml__yaml_follow (d->root), kinds[i].keys, "",
                           reader->values)
             < 0)
    return -1;
  if (kinds[i].finish)
    kinds[i].finish (reader);
  return 0;
}

int
azml__file_kind_read (azml__document *document, const char *kind, json_t **ret,
                      azml_error **err)
{
  AZML_AUTO (json_t) values = json_object ();
  AZML_AUTO (json_t) places = json_object ();
  azml__reader reader = { document, NULL, values, places };
  size_t i = 0;
  if (!values || !places)
    return azml__error_no_memory (err);
  if (!kind)
    kind = kind_of (document);
  while (kind && i < N_KINDS && strcmp (kinds[i].name, kind) != 0)
    i++;
  if (kind && i == N_KINDS)
    return azml__error (err, AZML_E_INVALID, "no kind of file is called '%s'",
                        kind);
  if (!kind && !document->broken)
    azml__problem_add (document, "error", 0,
                       "the names are NAME.compute, NAME.runconfig,"
                       " conda_dependencies.yml, spark_dependencies.yml",
                       "this is none of the files that can be read");
  if (kind && read_as (&reader, i) < 0)
    return azml__error_no_memory (err);
  sort_problems (document->problems);
  *ret = json_pack ("{s:o, s:s?, s:b, s:O, s:O, s:O}", "file",
                    azml__json_text (document->name), "kind", kind, "ok",
                    is_ok (document->problems), "values", values, "places", places,
                    "problems", document->problems);
  return *ret ? 0 : azml__error_no_memory (err);
}

int
azml__config_read (const char *name, const char *kind, json_t **ret,
                   azml_error **err)
{
  AZML_AUTO (azml__document) document = NULL;
  int rc = azml__document_read (name, &document, err);
  return rc < 0 ? rc : azml__file_kind_read (document, kind, ret, err);
}
