/* edit-text.c: what an edit writes, in the style of what is there.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <string.h>

#include "config/edit.h"
#include "config/problem.h"
#include "config/scalar.h"

azml__yaml_style
azml__edit_key_style (const azml__yaml *map)
{
  if (!map || !map->n || map->keys[0]->kind != AZML__YAML_SCALAR)
    return AZML__YAML_PLAIN;
  return map->keys[0]->style == AZML__YAML_BLOCK ? AZML__YAML_PLAIN
                                                 : map->keys[0]->style;
}

azml__yaml_style
azml__edit_value_style (const azml__yaml *map)
{
  size_t count[3] = { 0 };
  for (size_t i = 0; map && i < map->n; i++)
    {
      const azml__yaml *item = map->items[i];
      if (item->kind != AZML__YAML_SCALAR || item->style > AZML__YAML_DOUBLE)
        continue;
      /* A number has no quotes anywhere.  */
      AZML_AUTO (json_t)
      value = item->style == AZML__YAML_PLAIN
                  ? azml__scalar_resolve (item->text, item->length)
                  : NULL;
      if (item->style != AZML__YAML_PLAIN || json_is_string (value))
        count[item->style]++;
    }
  if (count[0] + count[1] + count[2] == 0)
    return azml__edit_key_style (map);
  return count[AZML__YAML_DOUBLE] > count[AZML__YAML_PLAIN]
                 && count[AZML__YAML_DOUBLE] >= count[AZML__YAML_SINGLE]
             ? AZML__YAML_DOUBLE
         : count[AZML__YAML_SINGLE] > count[AZML__YAML_PLAIN] ? AZML__YAML_SINGLE
                                                              : AZML__YAML_PLAIN;
}

static void
write_key (azml__buffer *out, const char *key, azml__yaml_style style, int flow)
{
  AZML_AUTO (json_t) text = json_string (key);
  if (text)
    azml__scalar_write (out, text, style, flow);
  else
    out->failed = 1;
}

static void
write_list (azml__buffer *out, const azml__document *document, const json_t *value,
            azml__yaml_style style)
{
  azml__buffer_add_char (out, '[');
  for (size_t i = 0; i < json_array_size (value); i++)
    {
      azml__buffer_add_text (out, i ? ", " : "");
      azml__edit_write (out, document, json_array_get (value, i), style, 1, 0);
    }
  azml__buffer_add_char (out, ']');
}

void
azml__edit_write (azml__buffer *out, const azml__document *document,
                  const json_t *value, azml__yaml_style style, int flow,
                  size_t column)
{
  const char *key, *comma = "";
  json_t *item;
  if (json_is_array (value))
    {
      write_list (out, document, value, style);
      return;
    }
  if (!json_is_object (value))
    {
      azml__scalar_write (out, value, style, flow);
      return;
    }
  flow = flow || !json_object_size (value);
  azml__buffer_add_text (out, flow ? "{" : "");
  json_object_foreach ((json_t *)value, key, item)
  {
    if (flow)
      azml__buffer_add_text (out, comma);
    else
      azml__buffer_add_format (out, "%s%*s", document->newline, (int)column, "");
    comma = ", ";
    write_key (out, key, style == AZML__YAML_DOUBLE && flow ? style : 0, flow);
    azml__buffer_add_text (out, json_object_size (item) && !flow ? ":" : ": ");
    azml__edit_write (out, document, item, style, flow, column + 2);
  }
  azml__buffer_add_text (out, flow ? "}" : "");
}

/* The bytes from the last line end up to OFFSET if they are blanks, else -1.  */
static int
blanks_before (const azml__document *document, size_t offset, size_t *ret_start)
{
  size_t i = offset;
  while (i && (document->text[i - 1] == ' ' || document->text[i - 1] == '\t'))
    i--;
  *ret_start = i;
  return i == 0 || strchr ("\r\n", document->text[i - 1]) ? 0 : -1;
}

/* A pair more at the end of { ... }.  */
static void
add_flow (const azml__document *document, const azml__yaml *map, const char *key,
          const json_t *value, azml__buffer *out, size_t *ret_at)
{
  const char *text = document->text;
  azml__yaml_style style = azml__edit_key_style (map);
  size_t start;
  if (!map->n)
    {
      *ret_at = map->start.offset + 1;
      /* In a file of JSON all is in double quotes.  */
      style = document->root->style == AZML__YAML_FLOW
                  ? azml__edit_key_style (document->root)
                  : style;
      write_key (out, key, style, 1);
      azml__buffer_add_text (out, ": ");
      azml__edit_write (out, document, value, style, 1, 0);
      return;
    }
  const azml__yaml *last = map->keys[map->n - 1], *item = map->items[map->n - 1];
  *ret_at = item->end > last->end ? item->end : last->end;
  if (blanks_before (document, last->start.offset, &start) == 0 && start)
    {
      azml__buffer_add_char (out, ',');
      azml__buffer_add_text (out, document->newline);
      azml__buffer_add (out, text + start, last->start.offset - start);
    }
  else
    azml__buffer_add_text (
        out,
        last->start.offset && text[last->start.offset - 1] == ',' ? "," : ", ");
  write_key (out, key, style, 1);
  size_t n = item->start.offset > last->end ? item->start.offset - last->end : 0;
  if (n && n < 8 && strspn (text + last->end, " :") >= n
      && memchr (text + last->end, ':', n)
      && (text[last->end + n - 1] == ' ' || style != AZML__YAML_PLAIN))
    azml__buffer_add (out, text + last->end, n);
  else
    azml__buffer_add_text (out, ": ");
  azml__edit_write (out, document, value, azml__edit_value_style (map), 1, 0);
}

/* Where the last line that says anything ends.  */
static size_t
end_of_text (const azml__document *document)
{
  size_t end = document->length;
  while (end && strchr (" \t\r\n", document->text[end - 1]))
    end--;
  return end;
}

static int
has_marker (const char *text)
{
  return strstr (text, "\n...") || strstr (text, "\n---");
}

int
azml__edit_add (const azml__document *document, const azml__yaml *map,
                const char *key, const json_t *value, azml__buffer *out,
                size_t *ret_at)
{
  const char *text = document->text;
  size_t start, column = map && map->n ? map->keys[0]->start.column - 1 : 0;
  if (map && map->style == AZML__YAML_FLOW)
    {
      add_flow (document, map, key, value, out, ret_at);
      return 0;
    }
  size_t at = map ? map->end : 0;
  if (!map || (map == document->root && !has_marker (text + map->end)))
    at = end_of_text (document);
  else
    at += strcspn (text + at, "\r\n");
  *ret_at = at;
  /* As the line before it ends, should the file have both kinds.  */
  if (at)
    azml__buffer_add_text (out, text[at] ? azml__document_newline (document, at)
                                         : document->newline);
  if (map && map->n
      && blanks_before (document, map->keys[0]->start.offset, &start) == 0)
    azml__buffer_add (out, text + start, map->keys[0]->start.offset - start);
  else
    azml__buffer_add_format (out, "%*s", (int)column, "");
  write_key (out, key, azml__edit_key_style (map), 0);
  azml__buffer_add_text (out, json_object_size (value) ? ":" : ": ");
  azml__edit_write (out, document, value, azml__edit_value_style (map), 0,
                    column + 2);
  if (!document->length)
    azml__buffer_add_text (out, document->newline);
  return 0;
}
