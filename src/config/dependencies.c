/* dependencies.c: the packages of conda, pip and Spark.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <ctype.h>
#include <string.h>

#include "config/file.h"
#include "config/problem.h"
#include "core/json.h"

const azml__key azml__conda_keys[] = {
  { "name", AZML__KEY_TEXT, NULL, NULL, NULL },
  { "channels", AZML__KEY_TEXTS, NULL, NULL, NULL },
  { "dependencies", AZML__KEY_ANY, NULL, NULL, NULL },
  { "variables", AZML__KEY_VARIABLES, NULL, NULL, NULL },
  { "prefix", AZML__KEY_TEXT, NULL, NULL,
    "an environment's folder is chosen by its content" },
  { 0 }
};

/* What a list of packages becomes; [LINE, COLUMN] of each is in LINES.  */
struct packages
{
  azml__reader *reader;
  json_t *conda, *pip, *options, *lines;
};

static void
add_package (struct packages *p, json_t *list, json_t *text, const azml__yaml *node)
{
  json_array_append (list, text);
  json_object_set_new (p->lines, json_string_value (text),
                       json_pack ("[I, I]", (json_int_t)node->start.line,
                                  (json_int_t)node->start.column));
}

/* The version of "python=3.5.2", "python 3.6", "python>=3.6"; NULL: another package.  */
static const char *
python_version (const char *text)
{
  if (strncmp (text, "python", 6) != 0)
    return NULL;
  text += 6;
  if (*text && !strchr (" =<>!~", *text))
    return NULL; /* python-dateutil */
  text += strspn (text, " ");
  return *text == '=' ? text + strspn (text, "= ") : text;
}

static void
add_conda (struct packages *p, const azml__yaml *node)
{
  AZML_AUTO (json_t) text = azml__reader_scalar (p->reader, node, "dependencies");
  const char *package = json_string_value (text);
  if (!package || !*package)
    return;
  const char *version = python_version (package);
  if (version)
    json_object_set_new (p->lines, "python",
                         json_pack ("[I, I]", (json_int_t)node->start.line,
                                    (json_int_t)node->start.column));
  if (version && *version)
    json_object_set_new (p->reader->values, "python",
                         json_stringn (version, strcspn (version, " ")));
  else if (!version && strcmp (package, "pip") != 0)
    add_package (p, p->conda, text, node);
}

/* An option line of a requirements file among the packages: "--index-url URL".  */
static void
add_option (struct packages *p, const char *text)
{
  size_t n = strcspn (text, " =");
  const char *value = text + n + strspn (text + n, " =");
  json_array_append_new (p->options, *value && text[1] == '-' ? json_sprintf (
                                         "%.*s=%s", (int)n, text, value)
                                                              : json_string (text));
}

static void
add_pip (struct packages *p, const azml__yaml *node)
{
  AZML_AUTO (json_t) text = azml__reader_scalar (p->reader, node, "pip");
  azml__document *d = p->reader->document;
  const char *package = json_string_value (text);
  if (!package || !*package)
    return;
  if (isalpha ((unsigned char)*package) && package[1] == ':' && package[2] == '\\')
    azml__problem_add (d, "warning", node->start.offset,
                       "name the package with its version, or give an address",
                       "a file of a Windows machine can be installed nowhere else");
  else if (strncmp (package, "/azureml-share/", 15) == 0)
    azml__problem_add (d, "warning", node->start.offset,
                       "name the package with its version, or give an address",
                       "environments are built without the share; this file is not"
                       " found");
  if (*package == '-')
    add_option (p, package);
  else
    add_package (p, p->pip, text, node);
}

static void
add_pip_list (struct packages *p, const azml__yaml *node)
{
  node = azml__yaml_follow (node);
  if (azml__yaml_is_null (node))
    return;
  if (node->kind != AZML__YAML_LIST)
    azml__problem_add (p->reader->document, "error", node->start.offset,
                       "write lines of '- package' below it",
                       "'pip' is a list of packages");
  for (size_t i = 0; node->kind == AZML__YAML_LIST && i < node->n; i++)
    add_pip (p, azml__yaml_follow (node->items[i]));
}

static void
add_all (struct packages *p, const azml__yaml *list)
{
  for (size_t i = 0; i < list->n; i++)
    {
      const azml__yaml *node = azml__yaml_follow (list->items[i]);
      const azml__yaml *pip =
          node->kind == AZML__YAML_MAP ? azml__yaml_ref (node, "pip") : NULL;
      if (pip)
        add_pip_list (p, pip);
      else if (!azml__yaml_is_null (node))
        add_conda (p, node);
    }
}

void
azml__conda_finish (azml__reader *reader)
{
  struct packages p = { reader, json_array (), json_array (), json_array (),
                        json_object () };
  const azml__yaml *list =
      azml__yaml_follow (azml__yaml_ref (reader->document->root, "dependencies"));
  if (list && list->kind == AZML__YAML_LIST)
    add_all (&p, list);
  else if (!azml__yaml_is_null (list))
    azml__problem_add (reader->document, "error", list->start.offset,
                       "write lines of '- package' below it",
                       "'dependencies' is a list of packages");
  json_object_del (reader->values, "dependencies");
  json_object_set_new (reader->values, "conda", p.conda);
  json_object_set_new (reader->values, "pip", p.pip);
  json_object_set_new (reader->values, "pip_options", p.options);
  json_object_set_new (reader->places, "packages", p.lines);
}

static const azml__key package_keys[] = {
  { "group", AZML__KEY_TEXT, NULL, NULL, NULL },
  { "artifact", AZML__KEY_TEXT, NULL, NULL, NULL },
  { "version", AZML__KEY_TEXT, NULL, NULL, NULL },
  { 0 }
};

const azml__key azml__spark_keys[] = {
  { "configuration", AZML__KEY_VARIABLES, NULL, NULL, NULL },
  { "repositories", AZML__KEY_TEXTS, NULL, NULL, NULL },
  { "packages", AZML__KEY_ANY, NULL, NULL, NULL },
  { "version", AZML__KEY_ANY, NULL, NULL, NULL },
  { "precachePackages", AZML__KEY_BOOLEAN, NULL, NULL,
    "Spark keeps what it has fetched" },
  { 0 }
};

void
azml__spark_finish (azml__reader *reader)
{
  const azml__yaml *list =
      azml__yaml_follow (azml__yaml_ref (reader->document->root, "packages"));
  json_t *packages = json_array ();
  if (!azml__yaml_is_null (list) && list->kind != AZML__YAML_LIST)
    azml__problem_add (reader->document, "error", list->start.offset,
                       "write '- group: ...' with artifact and version below it",
                       "'packages' is a list");
  for (size_t i = 0; list && list->kind == AZML__YAML_LIST && i < list->n; i++)
    {
      json_t *package = json_object ();
      azml__reader_map (reader, azml__yaml_follow (list->items[i]), package_keys,
                        "packages.", package);
      json_array_append_new (packages, package);
    }
  json_object_set_new (reader->values, "packages", packages);
  if (!json_object_get (reader->values, "configuration"))
    json_object_set_new (reader->values, "configuration", json_object ());
  if (!json_object_get (reader->values, "repositories"))
    json_object_set_new (reader->values, "repositories", json_array ());
}

static const char by_image[] =
    "versions are those of the image, or of the packages";

const azml__key azml__base_keys[] = {
  { "base_docker_image", AZML__KEY_TEXT, NULL, NULL,
    "'baseDockerImage' of the .compute file took its place" },
  { "spark_version", AZML__KEY_TEXT, NULL, NULL, by_image },
  { "cntk_version", AZML__KEY_TEXT, NULL, NULL, by_image },
  { 0 }
};
