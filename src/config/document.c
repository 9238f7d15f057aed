/* document.c: a YAML (or JSON) text and what it holds.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "config/document.h"

#include <fcntl.h>
#include <string.h>

#include "config/compose.h"
#include "core/file.h"
#include "core/json.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

void
azml__document_free (azml__document *document)
{
  if (!document)
    return;
  for (size_t i = 0; i < document->n_nodes; i++)
    {
      azml__yaml *node = document->nodes[i];
      free (node->anchor);
      free (node->text);
      free (node->keys);
      free (node->items);
      free (node);
    }
  free (document->nodes);
  free (document->name);
  free (document->text);
  json_decref (document->problems);
  free (document);
}

const char *
azml__document_newline (const azml__document *document, size_t at)
{
  const char *text = document->text + at;
  return *text == '\r' ? text[1] == '\n' ? "\r\n" : "\r" : "\n";
}

/* Said by one unit, whoever finds it.  */
static int
too_large (const char *name, azml_error **err)
{
  int rc = azml__error_set (err, AZML_E_TOO_LARGE, AZML_DOMAIN_YAML, 0,
                            "%s: larger than %zu KiB, which no such file is", name,
                            AZML__DOCUMENT_LIMIT >> 10);
  azml__error_hint (err, "is it a data file?");
  return rc;
}

int
azml__document_parse (const char *name, const char *text, size_t n,
                      azml__document **ret, azml_error **err)
{
  if (n > AZML__DOCUMENT_LIMIT)
    return too_large (name, err);
  AZML_AUTO (azml__document) document = calloc (1, sizeof *document);
  if (!document)
    return azml__error_no_memory (err);
  size_t skip = n >= 3 && memcmp (text, BYTE_ORDER_MARK, 3) == 0 ? 3 : 0;
  document->mark = skip != 0;
  document->length = n - skip;
  document->name = strdup (name);
  document->text = malloc (n - skip + 1);
  document->problems = json_array ();
  if (!document->name || !document->text || !document->problems)
    return azml__error_no_memory (err);
  if (n)
    memcpy (document->text, text + skip, n - skip);
  document->text[document->length] = '\0';
  document->newline =
      azml__document_newline (document, strcspn (document->text, "\r\n"));
  int rc = azml__compose (document, err);
  if (rc == 0)
    *ret = azml_steal (&document);
  return rc;
}

int
azml__document_read (const char *name, azml__document **ret, azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  AZML_AUTO (azml_error) why = NULL;
  int rc = azml__file_read (AT_FDCWD, name, AZML__DOCUMENT_LIMIT + 3, &text, &why);
  if (rc == AZML_E_TOO_LARGE)
    return too_large (name, err);
  if (rc < 0 && err)
    *err = azml_steal (&why);
  if (rc == AZML_E_DENIED)
    azml__error_hint (err, "its permissions do not let you read it");
  return rc < 0 ? rc
                : azml__document_parse (name, text.data ? text.data : "",
                                        text.length, ret, err);
}

int
azml__document_check (const azml__document *document, azml_error **err)
{
  size_t i;
  json_t *problem;
  json_array_foreach (document->problems, i, problem)
  {
    if (strcmp (azml__json_string (problem, "severity"), "error") != 0)
      continue;
    const char *hint = azml__json_string (problem, "hint");
    int rc = azml__error_set (err, AZML_E_FORMAT, AZML_DOMAIN_YAML, 0,
                              "%s:%d:%d: %s", document->name,
                              (int)azml__json_integer (problem, "line", 1),
                              (int)azml__json_integer (problem, "column", 1),
                              azml__json_string (problem, "message"));
    if (hint)
      azml__error_hint (err, "%s", hint);
    return rc;
  }
  return 0;
}

const azml__yaml *
azml__yaml_follow (const azml__yaml *node)
{
  return node && node->kind == AZML__YAML_ALIAS ? node->target : node;
}

const azml__yaml *
azml__yaml_ref (const azml__yaml *node, const char *key)
{
  node = azml__yaml_follow (node);
  for (size_t i = node && node->kind == AZML__YAML_MAP ? node->n : 0; i; i--)
    {
      const azml__yaml *name = azml__yaml_follow (node->keys[i - 1]);
      if (name->kind == AZML__YAML_SCALAR && strcmp (name->text, key) == 0)
        return node->items[i - 1];
    }
  return NULL;
}

size_t
azml__yaml_position (const azml__yaml *node, const char *name)
{
  size_t n = strspn (name, "0123456789");
  unsigned long i = n && n < 9 && !name[n] ? strtoul (name, NULL, 10) : node->n;
  return i < node->n ? i : node->n;
}

static const azml__yaml *
member (const azml__yaml *node, const char *key)
{
  node = azml__yaml_follow (node);
  if (!node || node->kind != AZML__YAML_LIST)
    return azml__yaml_ref (node, key);
  size_t i = azml__yaml_position (node, key);
  return i < node->n ? node->items[i] : NULL;
}

const azml__yaml *
azml__document_get (const azml__document *document, const char *const *path)
{
  const azml__yaml *node = document->root;
  for (; node && *path; path++)
    node = member (node, *path);
  return azml__yaml_follow (node);
}

int
azml__document_write (const azml__document *document, const char *name,
                      azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  struct stat st;
  mode_t mode = stat (name, &st) == 0 ? st.st_mode & 07777 : 0666;
  if (document->mark)
    azml__buffer_add_text (&text, BYTE_ORDER_MARK);
  azml__buffer_add (&text, document->text, document->length);
  if (!azml__buffer_ok (&text))
    return azml__error_no_memory (err);
  return azml__file_replace (AT_FDCWD, name, text.data, text.length, mode, 0, err);
}
