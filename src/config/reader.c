/* reader.c: the keys that a map may have.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "config/reader.h"

#include <string.h>

#include "config/explain.h"
#include "config/problem.h"
#include "config/value.h"
#include "core/json.h"
#include "core/nearest.h"

#define MOST_KEYS 64

/* What people wrote instead, and what they meant.  */
static const char *const meant[][2] = {
  { "baseImage", "baseDockerImage" },
  { "baseDockerImage", "baseImage" },
  { "gpuSupport", "nvidiaDocker" },
  { "nvidiaDocker", "gpuSupport" },
  { "dockerImage", "baseDockerImage" },
  { "host", "address" },
  { "hostname", "address" },
  { "user", "username" },
  { "pythonPath", "pythonLocation" },
  { "Arguments", "ArgumentVector" },
};

static const azml__key *
find_key (const azml__key *keys, const char *name)
{
  for (; keys->name; keys++)
    if (strcmp (keys->name, name) == 0)
      return keys;
  return NULL;
}

static void
unknown_key (azml__reader *reader, const azml__yaml *key, const azml__key *keys)
{
  const char *names[MOST_KEYS], *near = NULL;
  const char *merge =
      strcmp (key->text, "<<") == 0 ? "write the keys of that map out here" : NULL;
  size_t n = 0;
  for (const azml__key *k = keys; k->name && n < MOST_KEYS; k++)
    names[n++] = k->name;
  for (size_t i = 0; i < sizeof meant / sizeof *meant && !near; i++)
    if (strcmp (meant[i][0], key->text) == 0 && find_key (keys, meant[i][1]))
      near = meant[i][1];
  if (!near)
    near = azml__nearest (key->text, names, n);
  azml__problem_add (reader->document, "warning", key->start.offset, merge,
                     "'%s' is no key of %s; it is ignored", key->text,
                     reader->what);
  if (near)
    azml__problem_hint (reader->document, "did you mean '%s'?", near);
}

/* The key NODE was there before, in MAP: the last one counts.  */
static void
check_twice (azml__reader *reader, const azml__yaml *map, size_t position)
{
  const azml__yaml *key = map->keys[position];
  for (size_t i = 0; i < position; i++)
    if (map->keys[i]->kind == AZML__YAML_SCALAR
        && strcmp (map->keys[i]->text, key->text) == 0)
      {
        azml__problem_add (reader->document, "warning", key->start.offset,
                           "remove one of them",
                           "'%s' is given twice; the one on line %zu is not used",
                           key->text, map->keys[i]->start.line);
        return;
      }
}

static int
add_place (azml__reader *reader, const char *prefix, const azml__yaml *key,
           const azml__yaml *value)
{
  AZML_AUTO_BUFFER name = AZML__BUFFER_INIT;
  const azml__place *place =
      azml__yaml_is_null (value) ? &key->start : &value->start;
  azml__buffer_add_text (&name, prefix);
  azml__buffer_add_text (&name, key->text);
  if (!azml__buffer_ok (&name))
    return -1;
  return json_object_set_new (
      reader->places, name.data,
      json_pack ("[I, I]", (json_int_t)place->line, (json_int_t)place->column));
}

/* The values of the map NODE of KEY.  */
static int
read_nested (azml__reader *reader, const azml__yaml *node, const azml__key *key,
             const char *prefix, json_t *values)
{
  AZML_AUTO_BUFFER longer = AZML__BUFFER_INIT;
  json_t *inner = json_object ();
  azml__buffer_add_format (&longer, "%s%s.", prefix, key->name);
  if (!azml__buffer_ok (&longer)
      || json_object_set_new (values, key->name, inner) < 0)
    return -1;
  return azml__reader_map (reader, node, key->keys, longer.data, inner);
}

static int
read_pair (azml__reader *reader, const azml__yaml *name, const azml__yaml *value,
           const azml__key *keys, const char *prefix, json_t *values)
{
  const azml__key *key = find_key (keys, name->text);
  if (!key)
    {
      unknown_key (reader, name, keys);
      return 0;
    }
  if (add_place (reader, prefix, name, value) < 0)
    return -1;
  value = azml__yaml_follow (value);
  if (key->ignored)
    azml__problem_add (reader->document, "note", name->start.offset, NULL,
                       "'%s' is ignored: %s", key->name, key->ignored);
  if (azml__yaml_is_null (value))
    return json_object_del (values, key->name), 0;
  if (key->type == AZML__KEY_MAP)
    return read_nested (reader, value, key, prefix, values);
  json_t *json = azml__value_read (reader, value, key);
  return json ? json_object_set_new (values, key->name, json) : 0;
}

int
azml__reader_map (azml__reader *reader, const azml__yaml *node,
                  const azml__key *keys, const char *prefix, json_t *values)
{
  if (node->kind != AZML__YAML_MAP)
    {
      if (!azml__explain_no_blank (reader->document, "error", node->start.offset))
        azml__problem_add (reader->document, "error", node->start.offset,
                           "write lines of 'key: value'",
                           "%s holds keys and values, and this is no key",
                           reader->what);
      return 0;
    }
  for (size_t i = 0; i < node->n; i++)
    {
      const azml__yaml *key = azml__yaml_follow (node->keys[i]);
      if (key->kind != AZML__YAML_SCALAR)
        {
          azml__problem_add (reader->document, "error", key->start.offset, NULL,
                             "a key is a word");
          continue;
        }
      check_twice (reader, node, i);
      if (read_pair (reader, key, node->items[i], keys, prefix, values) < 0)
        return -1;
    }
  return 0;
}

const char *
azml__reader_text (const azml__reader *reader, const char *key,
                   const char *fallback)
{
  const char *text = azml__json_string (reader->values, key);
  return text ? text : fallback;
}

void
azml__reader_default (azml__reader *reader, const char *key, const char *text)
{
  if (!json_object_get (reader->values, key))
    json_object_set_new (reader->values, key, json_string (text));
}

void
azml__reader_say_false (azml__reader *reader, const char *key, const char *why)
{
  if (json_is_false (json_object_get (reader->values, key)))
    azml__problem_add (reader->document, "note", azml__reader_offset (reader, key),
                       NULL, "'%s' is ignored: %s", key, why);
}

size_t
azml__reader_offset (const azml__reader *reader, const char *key)
{
  const azml__yaml *root = reader->document->root;
  const azml__yaml *value = azml__yaml_ref (root, key);
  return value ? value->start.offset : root ? root->start.offset : 0;
}
