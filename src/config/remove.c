/* remove.c: remove one key of a document from its text.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <string.h>

#include "config/edit.h"
#include "config/problem.h"

/* What is cut out; REST stands there instead.  */
struct cut
{
  size_t start, end;
  const char *rest;
};

static void
cut_flow (const azml__yaml *map, size_t i, struct cut *cut)
{
  cut->start = map->keys[i]->start.offset;
  cut->end = map->items[i]->end > map->keys[i]->end ? map->items[i]->end
                                                    : map->keys[i]->end;
  if (i + 1 < map->n)
    cut->end = map->keys[i + 1]->start.offset;
  else if (i)
    cut->start = map->items[i - 1]->end > map->keys[i - 1]->end
                     ? map->items[i - 1]->end
                     : map->keys[i - 1]->end;
}

/* The lines of the key; those of a map that is empty then, too.  */
static int
cut_lines (const azml__document *document, const azml__yaml *map,
           const azml__yaml *above, size_t i, struct cut *cut)
{
  const char *text = document->text;
  size_t n, line = azml__document_line (document, map->keys[i]->start.offset, &n);
  size_t end = map->items[i]->end;
  if (map->n == 1 && above)
    {
      cut->start = azml__edit_behind_colon (document, above);
      cut->end = map->end;
      cut->rest = " {}";
      return 0;
    }
  if (strspn (text + line, " \t") < map->keys[i]->start.offset - line)
    {
      /* It stands behind a '-'.  */
      cut->start = map->keys[i]->start.offset;
      cut->end = i + 1 < map->n ? map->keys[i + 1]->start.offset : cut->start;
      return i + 1 < map->n ? 0 : -1;
    }
  end += strcspn (text + end, "\r\n");
  cut->start = line;
  cut->end = end < document->length
                 ? end + strlen (azml__document_newline (document, end))
                 : end;
  /* The last line of the file had no line end, and has none then.  */
  if (end == document->length && line)
    {
      cut->start--;
      if (cut->start && text[cut->start] == '\n' && text[cut->start - 1] == '\r')
        cut->start--;
    }
  return 0;
}

/* The position of NAME in NODE, from 1; 0: it is not there.  */
static size_t
find (const azml__yaml *node, const char *name)
{
  size_t i = node ? node->n : 0;
  if (i && node->kind == AZML__YAML_LIST)
    {
      size_t position = azml__yaml_position (node, name);
      return position < i ? position + 1 : 0;
    }
  while (i
         && (node->keys[i - 1]->kind != AZML__YAML_SCALAR
             || strcmp (node->keys[i - 1]->text, name) != 0))
    i--;
  return i;
}

int
azml__document_remove (azml__document *document, const char *const *path,
                       azml_error **err)
{
  const azml__yaml *map = document->root, *above = NULL;
  struct cut cut = { .rest = "" };
  size_t i = 0;
  int rc = document->broken ? azml__document_check (document, err) : 0;
  if (rc < 0)
    return rc;
  for (const char *const *p = path; *p; p++)
    {
      if (i)
        {
          above = map->kind == AZML__YAML_MAP ? map->keys[i - 1] : NULL;
          map = map->items[i - 1];
        }
      i = find (map, *p);
      if (!i)
        return azml__error (err, AZML_E_NOT_FOUND, "%s: there is no '%s'",
                            document->name, *p);
    }
  if (!i)
    return azml__error (err, AZML_E_INVALID, "no key is given");
  if (map->kind != AZML__YAML_MAP)
    return azml__edit_refuse (document, map, err);
  AZML_AUTO (json_t) expected = azml__yaml_to_json (document->root);
  if (!expected)
    return azml__edit_refuse (document, map, err);
  if (azml__edit_expect (expected, path, NULL) < 0)
    return azml__edit_refuse (document, map, err);
  if (map->style == AZML__YAML_FLOW)
    cut_flow (map, i - 1, &cut);
  else if (cut_lines (document, map, above, i - 1, &cut) < 0)
    return azml__edit_refuse (document, map->keys[i - 1], err);
  /* A file that has nothing left holds null, not an empty map.  */
  if (map == document->root && map->n == 1 && map->style != AZML__YAML_FLOW)
    {
      json_decref (expected);
      expected = json_null ();
    }
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__buffer_add_text (&text, cut.rest);
  return azml__edit_splice (document, cut.start, cut.end, &text, expected, err);
}
