/* value.c: what one key holds.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "config/value.h"

#include <ctype.h>
#include <string.h>

#include "config/explain.h"
#include "config/problem.h"
#include "core/json.h"
#include "core/nearest.h"

/* [username]: a placeholder that is a list.  */
static void
no_scalar (azml__reader *reader, const azml__yaml *node, const char *key)
{
  azml__document *d = reader->document;
  const azml__yaml *only =
      node->kind == AZML__YAML_LIST && node->n == 1 ? node->items[0] : NULL;
  if (only && only->kind == AZML__YAML_SCALAR && node->style == AZML__YAML_FLOW)
    {
      azml__problem_add (d, "error", node->start.offset, NULL,
                         "'%s' is a placeholder that was not filled in: [ ] is a"
                         " list",
                         key);
      azml__problem_hint (d, "write '%s: ' and the value, without brackets", key);
    }
  else
    azml__problem_add (d, "error", node->start.offset, NULL,
                       "'%s' is a text, not a %s", key,
                       node->kind == AZML__YAML_MAP ? "map" : "list");
}

json_t *
azml__reader_scalar (azml__reader *reader, const azml__yaml *node, const char *key)
{
  node = azml__yaml_follow (node);
  if (node->kind != AZML__YAML_SCALAR)
    {
      no_scalar (reader, node, key);
      return NULL;
    }
  const char *text = node->text;
  size_t n = node->length;
  while (n && isspace ((unsigned char)*text))
    text++, n--;
  while (n && isspace ((unsigned char)text[n - 1]))
    n--;
  if (n < node->length && node->style != AZML__YAML_BLOCK)
    azml__problem_add (reader->document, "warning", node->start.offset,
                       "remove them", "'%s' has blanks inside of its quotes", key);
  if (memchr (text, '\0', n))
    {
      azml__problem_add (reader->document, "error", node->start.offset, NULL,
                         "'%s' has a NUL byte", key);
      return NULL;
    }
  if (n && *text == '<' && memchr (text, '>', n))
    azml__problem_add (reader->document, "warning", node->start.offset,
                       "put the value in its place",
                       "'%s' is a placeholder that was not filled in", key);
  return azml__json_bytes (text, n);
}

/* "true." and "true" in quotes.  */
static json_t *
near_boolean (azml__reader *reader, const azml__yaml *node, const char *key)
{
  azml__document *d = reader->document;
  const char *text = node->text;
  int yes = strncasecmp (text, "true", 4) == 0;
  int no = strncasecmp (text, "false", 5) == 0;
  size_t n = yes ? 4 : 5;
  if ((!yes && !no) || isalnum ((unsigned char)text[n]))
    {
      azml__problem_add (d, "error", node->start.offset, NULL,
                         "'%s' is true or false, not '%.40s'", key, text);
      azml__problem_hint (d, "write '%s: true' or '%s: false'", key, key);
      return NULL;
    }
  if (!text[n])
    azml__problem_add (d, "warning", node->start.offset, "leave out the quotes",
                       "'%s' is a text in quotes; it is read as %.*s", key, (int)n,
                       text);
  else if (strchr (text + n, ':'))
    azml__problem_add (d, "warning", node->start.offset,
                       "put a comma in the place of what follows the value",
                       "'%s' goes on over the end of the line: the key there is"
                       " lost; it is read as %.*s",
                       key, (int)n, text);
  else
    azml__problem_add (
        d, "warning", node->start.offset, "leave out what follows the word",
        "'%s' is '%.40s'; it is read as %.*s", key, text, (int)n, text);
  return json_boolean (yes);
}

static json_t *
read_boolean (azml__reader *reader, const azml__yaml *node, const char *key)
{
  if (node->kind != AZML__YAML_SCALAR)
    {
      azml__problem_add (reader->document, "error", node->start.offset, NULL,
                         "'%s' is true or false", key);
      return NULL;
    }
  int value = azml__yaml_boolean (node);
  return value >= 0 ? json_boolean (value) : near_boolean (reader, node, key);
}

static json_t *
read_integer (azml__reader *reader, const azml__yaml *node, const char *key)
{
  AZML_AUTO (json_t)
  value = node->kind == AZML__YAML_SCALAR ? azml__yaml_to_json (node) : NULL;
  if (json_is_integer (value))
    return azml_steal (&value);
  azml__problem_add (reader->document, "error", node->start.offset, NULL,
                     "'%s' is a whole number", key);
  return NULL;
}

static json_t *
read_texts (azml__reader *reader, const azml__yaml *node, const char *key)
{
  AZML_AUTO (json_t) list = json_array ();
  if (node->kind == AZML__YAML_SCALAR)
    {
      azml__problem_add (reader->document, "warning", node->start.offset, NULL,
                         "'%s' is a list; this is read as its only element", key);
      azml__problem_hint (reader->document, "write '%s: [...]'", key);
      json_t *only = azml__reader_scalar (reader, node, key);
      return only && json_array_append_new (list, only) == 0 ? azml_steal (&list)
                                                             : NULL;
    }
  if (node->kind == AZML__YAML_MAP)
    {
      azml__problem_add (reader->document, "error", node->start.offset, NULL,
                         "'%s' is a list, not a map", key);
      return NULL;
    }
  for (size_t i = 0; i < node->n; i++)
    {
      json_t *item = azml__reader_scalar (reader, node->items[i], key);
      if (!item || json_array_append_new (list, item) < 0)
        return NULL;
    }
  return azml_steal (&list);
}

static json_t *
read_variables (azml__reader *reader, const azml__yaml *node, const char *key)
{
  AZML_AUTO (json_t) map = json_object ();
  if (node->kind != AZML__YAML_MAP)
    {
      if (node->kind != AZML__YAML_SCALAR
          || !azml__explain_no_blank (reader->document, "error",
                                      node->start.offset))
        azml__problem_add (reader->document, "error", node->start.offset,
                           "write lines of 'NAME: value' below it",
                           "'%s' is a map of names and values", key);
      return NULL;
    }
  for (size_t i = 0; i < node->n; i++)
    {
      const azml__yaml *name = azml__yaml_follow (node->keys[i]);
      const azml__yaml *item = azml__yaml_follow (node->items[i]);
      if (name->kind != AZML__YAML_SCALAR || item->kind != AZML__YAML_SCALAR)
        {
          azml__problem_add (reader->document, "error", item->start.offset, NULL,
                             "a value of '%s' is a text", key);
          azml__problem_hide (reader->document,
                              json_array_size (reader->document->problems) - 1);
          return NULL;
        }
      /* Blanks may be meant here.  */
      json_t *text = azml__yaml_is_null (item)
                         ? json_string ("")
                         : azml__json_bytes (item->text, item->length);
      if (json_object_set_new (map, name->text, text) < 0)
        return NULL;
    }
  return azml_steal (&map);
}

static json_t *
read_choice (azml__reader *reader, const azml__yaml *node, const azml__key *key)
{
  AZML_AUTO (json_t) text = azml__reader_scalar (reader, node, key->name);
  AZML_AUTO_BUFFER all = AZML__BUFFER_INIT;
  const char *value = json_string_value (text);
  size_t n = 0;
  if (!value)
    return NULL;
  for (; key->choices[n]; n++)
    {
      azml__buffer_add_format (&all, "%s%s", n ? ", " : "", key->choices[n]);
      if (strcasecmp (key->choices[n], value) != 0)
        continue;
      if (strcmp (key->choices[n], value) != 0)
        {
          azml__problem_add (reader->document, "warning", node->start.offset, NULL,
                             "'%s' is written otherwise", value);
          azml__problem_hint (reader->document, "write '%s'", key->choices[n]);
        }
      return json_string (key->choices[n]);
    }
  const char *near = azml__nearest (value, key->choices, n);
  azml__problem_add (reader->document, "error", node->start.offset, NULL,
                     "there is no %s '%s'", key->name, value);
  if (near)
    azml__problem_hint (reader->document, "did you mean '%s'?", near);
  else if (azml__buffer_ok (&all))
    azml__problem_hint (reader->document, "there are %s", all.data);
  return NULL;
}

/* A handle of the product's credential store is no secret; a password is.  */
static json_t *
read_secret (azml__reader *reader, const azml__yaml *node, const char *key)
{
  azml__document *d = reader->document;
  size_t before = json_array_size (d->problems);
  AZML_AUTO (json_t) text = azml__reader_scalar (reader, node, key);
  const char *value = json_string_value (text);
  if (value && strncmp (value, "AzureMlSecret=", 14) == 0)
    {
      azml__problem_add (d, "note", node->start.offset,
                         "use a key: computetarget attach -k, or let ssh ask",
                         "'%s' is ignored: it points into a credential store that"
                         " is gone",
                         key);
      return json_pack ("{s:s, s:O}", "kind", "handle", "handle", text);
    }
  if (value && *value && *value != '<')
    azml__problem_add (d, "warning", node->start.offset,
                       "remove it from the file, and use a key",
                       "'%s' is ignored: it stands in plain text in a file that is"
                       " copied with the project",
                       key);
  azml__problem_hide (d, before);
  return value && *value ? json_pack ("{s:s}", "kind", "plain") : NULL;
}

json_t *
azml__value_read (azml__reader *reader, const azml__yaml *node,
                  const azml__key *key)
{
  switch (key->type)
    {
    case AZML__KEY_TEXT:
      return azml__reader_scalar (reader, node, key->name);
    case AZML__KEY_BOOLEAN:
      return read_boolean (reader, node, key->name);
    case AZML__KEY_INTEGER:
      return read_integer (reader, node, key->name);
    case AZML__KEY_TEXTS:
      return read_texts (reader, node, key->name);
    case AZML__KEY_VARIABLES:
      return read_variables (reader, node, key->name);
    case AZML__KEY_CHOICE:
      return read_choice (reader, node, key);
    case AZML__KEY_SECRET:
      return read_secret (reader, node, key->name);
    default:
      return azml__yaml_to_json (node);
    }
}
