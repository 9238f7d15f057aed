/* edit.c: change one value of a document in its text.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The new text is parsed before it is taken: if it does not hold what the old one did
   with that one change, the edit is refused.  */

#include <config.h>

#include "config/edit.h"

#include <string.h>

#include "config/scalar.h"

/* The first alias that stands for NODE, or for something above or below it, or NULL.  */
static const azml__yaml *
alias_of (const azml__document *document, const azml__yaml *node)
{
  for (size_t i = 0; node->kind != AZML__YAML_ALIAS && i < document->n_nodes; i++)
    {
      const azml__yaml *target = document->nodes[i]->target;
      if (target && target->start.offset <= node->end
          && node->start.offset <= target->end)
        return document->nodes[i];
    }
  return NULL;
}

/* Why NODE cannot be changed, and what to do.  */
static void
explain_node (const azml__document *document, const azml__yaml *node,
              azml__buffer *why, azml__buffer *hint)
{
  const azml__yaml *alias = alias_of (document, node);
  if (node->kind == AZML__YAML_ALIAS)
    {
      azml__buffer_add_format (why, "'*%s' stands for the value on line %zu",
                               node->target->anchor, node->target->start.line);
      azml__buffer_add_text (hint, "write the value itself in its place");
    }
  else if (alias)
    {
      azml__buffer_add_format (why, "'*%s' on line %zu stands for it, too",
                               alias->target->anchor, alias->start.line);
      azml__buffer_add_text (hint, "write the value itself in the place of '*");
      azml__buffer_add_format (hint, "%s'", alias->target->anchor);
    }
  else if (node->tagged)
    {
      azml__buffer_add_format (why, "%s stands in front of it",
                               node->anchor ? "an anchor" : "a tag");
      azml__buffer_add_format (hint, "remove the word that begins with '%c'",
                               node->anchor ? '&' : '!');
    }
  else
    {
      azml__buffer_add_text (why, "this is not written as an edit needs it");
      azml__buffer_add_text (hint, "change it in an editor");
    }
}

int
azml__edit_refuse (const azml__document *document, const azml__yaml *node,
                   azml_error **err)
{
  AZML_AUTO_BUFFER why = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER hint = AZML__BUFFER_INIT;
  if (node)
    explain_node (document, node, &why, &hint);
  else
    azml__buffer_add_text (&hint, "change it in an editor");
  if (!azml__buffer_ok (&why) || !azml__buffer_ok (&hint))
    return azml__error_no_memory (err);
  int rc = azml__error_set (err, AZML_E_UNSUPPORTED, AZML_DOMAIN_YAML, 0,
                            "%s:%zu:%zu: this cannot be changed in place%s%s",
                            document->name, node ? node->start.line : 1,
                            node ? node->start.column : 1, node ? ": " : "",
                            node ? why.data : "");
  azml__error_hint (err, "%s", hint.data);
  return rc;
}

int
azml__edit_splice (azml__document *document, size_t start, size_t end,
                   const azml__buffer *text, const json_t *expected,
                   azml_error **err)
{
  AZML_AUTO_BUFFER out = AZML__BUFFER_INIT;
  AZML_AUTO (azml__document) changed = NULL;
  azml__buffer_add (&out, document->text, start);
  azml__buffer_add (&out, text->data, text->length);
  azml__buffer_add (&out, document->text + end, document->length - end);
  if (!azml__buffer_ok (&out) || text->failed || !expected)
    return azml__error_no_memory (err);
  int rc = azml__document_parse (document->name, out.data ? out.data : "",
                                 out.length, &changed, err);
  if (rc < 0)
    return rc;
  AZML_AUTO (json_t) holds = azml__yaml_to_json (changed->root);
  if (!holds || changed->broken || !json_equal (holds, expected))
    {
      const azml__yaml *at = NULL;
      for (size_t i = 0; i < document->n_nodes; i++)
        if (document->nodes[i]->start.offset <= start)
          at = document->nodes[i];
      return azml__edit_refuse (document, at, err);
    }
  changed->mark = document->mark;
  changed->newline = document->newline;
  azml__document old = *document;
  *document = *changed;
  *changed = old; /* freed */
  return 0;
}

/* What NAME, a key or digits, means in JSON; borrowed.  */
static json_t *
member (json_t *json, const char *name)
{
  if (!json_is_array (json))
    return json_object_get (json, name);
  size_t n = strspn (name, "0123456789");
  return n && n < 9 && !name[n] ? json_array_get (json, strtoul (name, NULL, 10))
                                : NULL;
}

int
azml__edit_expect (json_t *root, const char *const *path, json_t *value)
{
  json_t *at = root;
  for (; at && path[1]; path++)
    {
      json_t *next = member (at, *path);
      if (json_is_object (at) && value && (!next || json_is_null (next)))
        {
          next = json_object ();
          if (!next || json_object_set_new (at, *path, next) < 0)
            return -1;
        }
      at = next;
    }
  if (json_is_array (at))
    return value && member (at, *path)
               ? json_array_set (at, strtoul (*path, NULL, 10), value)
               : -1;
  if (!json_is_object (at))
    return -1;
  return value ? json_object_set (at, *path, value) : json_object_del (at, *path);
}

size_t
azml__edit_behind_colon (const azml__document *document, const azml__yaml *key)
{
  const char *colon =
      memchr (document->text + key->end, ':', document->length - key->end);
  return colon ? (size_t)(colon - document->text) + 1 : key->end;
}

/* Where PATH ends, as far as it exists: MAP or list, POSITION in it, and what is left
   of the path from there.  */
struct found
{
  azml__yaml *parent;
  size_t position;
  azml__yaml *node;
  const char *const *rest; /* the names that are not there */
};

static size_t
find_position (const azml__yaml *node, const char *name)
{
  if (node->kind == AZML__YAML_LIST)
    return azml__yaml_position (node, name);
  for (size_t i = node->n; i; i--)
    if (node->keys[i - 1]->kind == AZML__YAML_SCALAR
        && strcmp (node->keys[i - 1]->text, name) == 0)
      return i - 1;
  return node->n;
}

static struct found
find (azml__document *document, const char *const *path)
{
  struct found f = { .node = document->root, .rest = path };
  for (; *f.rest && f.node
         && (f.node->kind == AZML__YAML_MAP || f.node->kind == AZML__YAML_LIST);
       f.rest++)
    {
      size_t position = find_position (f.node, *f.rest);
      if (position >= f.node->n)
        break;
      f.parent = f.node;
      f.position = position;
      f.node = f.node->items[position];
    }
  return f;
}

/* The lines of the list VALUE in the way of NODE.  */
static void
write_lines (azml__buffer *out, const azml__document *document,
             const azml__yaml *node, const json_t *value)
{
  azml__yaml_style style = AZML__YAML_PLAIN;
  for (size_t i = node->n; i; i--)
    if (node->items[i - 1]->kind == AZML__YAML_SCALAR)
      style = node->items[i - 1]->style;
  for (size_t i = 0; i < json_array_size (value); i++)
    {
      if (i)
        azml__buffer_add_format (out, "%s%*s", document->newline,
                                 (int)(node->start.column - 1), "");
      azml__buffer_add_text (out, "- ");
      azml__edit_write (out, document, json_array_get (value, i),
                        style == AZML__YAML_BLOCK ? AZML__YAML_PLAIN : style, 1, 0);
    }
}

/* Offset of the scalar NODE behind its anchor and before its tag, which says what the
   old value was.  */
static size_t
behind_anchor (const azml__document *document, const azml__yaml *node)
{
  const char *text = document->text;
  size_t at = node->start.offset;
  while (text[at] == '&')
    {
      at += strcspn (text + at, " \t\r\n");
      at += strspn (text + at, " \t\r\n");
    }
  return at < node->end ? at : node->end;
}

/* Replace the value that was found by VALUE.  */
static int
replace (azml__document *document, const struct found *f, const json_t *value,
         const json_t *expected, azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  const azml__yaml *node = f->node, *parent = f->parent;
  const azml__yaml *key =
      parent->kind == AZML__YAML_MAP ? parent->keys[f->position] : NULL;
  size_t start = node->start.offset, end = node->end;
  int flow = parent->style == AZML__YAML_FLOW;
  azml__yaml_style style = azml__edit_value_style (parent);
  /* An alias gives way to the value; what aliases stand for stays as it is.  */
  if (alias_of (document, node)
      || (node->tagged && node->kind != AZML__YAML_SCALAR))
    return azml__edit_refuse (document, node, err);
  if (node->tagged)
    start = behind_anchor (document, node);
  if (node->kind == AZML__YAML_LIST && node->style == AZML__YAML_BLOCK
      && json_array_size (value))
    {
      write_lines (&text, document, node, value);
      return azml__edit_splice (document, start, end, &text, expected, err);
    }
  if (node->kind == AZML__YAML_SCALAR && !azml__yaml_is_null (node))
    style = node->style == AZML__YAML_BLOCK ? AZML__YAML_PLAIN : node->style;
  else if (node->kind == AZML__YAML_LIST && node->n
           && node->items[0]->kind == AZML__YAML_SCALAR)
    style = node->items[0]->style;
  /* What begins on a line of its own, or is not there at all, goes behind the colon. */
  int block = node->style == AZML__YAML_BLOCK;
  int lines = json_object_size (value) && !flow;
  if (key && (start == end || block || lines))
    {
      start = azml__edit_behind_colon (document, key);
      if (!lines)
        azml__buffer_add_char (&text, ' ');
    }
  else if (start == end)
    azml__buffer_add_char (&text, ' ');
  azml__edit_write (&text, document, value, style, flow,
                    key ? key->start.column + 1 : 0);
  if (node->start.offset == node->end)
    {
      /* Blanks up to the end of the line, or to a comment.  */
      size_t n = strspn (document->text + end, " \t");
      if (strchr ("\r\n#", document->text[end + n]))
        end += n;
      if (document->text[end] == '#')
        azml__buffer_add_char (&text, ' ');
    }
  return azml__edit_splice (document, start, end, &text, expected, err);
}

/* VALUE inside of the objects that REST names (new).  */
static json_t *
wrap (const char *const *rest, const json_t *value)
{
  size_t n = 0;
  while (rest[n])
    n++;
  json_t *json = json_deep_copy (value);
  while (json && n--)
    json = json_pack ("{s:o}", rest[n], json);
  return json;
}

int
azml__document_set (azml__document *document, const char *const *path,
                    const json_t *value, azml_error **err)
{
  if (document->broken || !*path)
    {
      int rc = azml__document_check (document, err);
      return rc < 0 ? rc : azml__error (err, AZML_E_INVALID, "no key is given");
    }
  AZML_AUTO (json_t) expected = azml__yaml_to_json (document->root);
  if (expected && json_is_null (expected))
    {
      json_decref (expected);
      expected = json_object ();
    }
  if (!expected)
    return azml__edit_refuse (document, document->root, err);
  struct found f = find (document, path);
  AZML_AUTO (json_t) copy = json_deep_copy (value);
  if (!copy || azml__edit_expect (expected, path, copy) < 0)
    return azml__edit_refuse (document, f.node, err);
  if (!*f.rest)
    return replace (document, &f, value, expected, err);
  AZML_AUTO (json_t) wrapped = wrap (f.rest + 1, value);
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  size_t at = 0;
  if (!wrapped)
    return azml__error_no_memory (err);
  if (f.parent && azml__yaml_is_null (f.node))
    {
      AZML_AUTO (json_t) object = json_pack ("{s:O}", *f.rest, wrapped);
      return object ? replace (document, &f, object, expected, err)
                    : azml__error_no_memory (err);
    }
  if (f.node && f.node->kind != AZML__YAML_MAP && !azml__yaml_is_null (f.node))
    return azml__edit_refuse (document, f.node, err);
  const azml__yaml *map = f.node && f.node->kind == AZML__YAML_MAP ? f.node : NULL;
  if (azml__edit_add (document, map, *f.rest, wrapped, &text, &at) < 0)
    return azml__edit_refuse (document, f.node, err);
  return azml__edit_splice (document, at, at, &text, expected, err);
}
