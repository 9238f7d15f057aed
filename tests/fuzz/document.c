/* document.c: fuzz YAML documents, their edits, and the readers of Workbench's files.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The first byte says which kind of file it is.  Whatever the input: what is read has
   places inside of the text; a value that is set is there afterwards, nothing else is
   changed, and the key that was added can be removed again.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "config/file.h"
#include "fuzz.h"

static const char *const kinds[] = { "compute", "runconfig", "conda", "spark", "v1",
                                     "job",     "project",   "link",  "base" };

static void
check_problems (const json_t *problems)
{
  size_t i;
  json_t *p;
  json_array_foreach (
      problems, i, p) if (json_integer_value (json_object_get (p, "line")) < 1
                          || json_integer_value (json_object_get (p, "column")) < 1
                          || !json_is_string (json_object_get (p, "message"))
                          || !json_is_string (json_object_get (p, "text")))
      abort ();
}

/* What DOCUMENT holds is WANT.  */
static void
check_whole (const azml__document *document, const json_t *want)
{
  AZML_AUTO (json_t) got = azml__yaml_to_json (document->root);
  if (!got || !json_equal (got, want))
    abort ();
}

static void
check_set (azml__document *document, const char *key, json_t *value)
{
  AZML_AUTO (json_t) want = azml__yaml_to_json (document->root);
  AZML_AUTO_FREE char *before = strdup (document->text);
  const char *path[] = { key, NULL };
  if (!want || !before || document->broken)
    return;
  int known = json_object_get (want, key) != NULL;
  if (azml__document_set (document, path, value, NULL) < 0)
    {
      if (strcmp (before, document->text) != 0)
        abort ();
      return;
    }
  if (json_is_null (want))
    {
      json_decref (want);
      want = json_object ();
    }
  json_object_set (want, key, value);
  check_whole (document, want);
  if (known || azml__document_remove (document, path, NULL) < 0)
    return;
  json_object_del (want, key);
  if (json_object_size (want))
    check_whole (document, want);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n)
{
  AZML_AUTO (azml__document) document = NULL;
  AZML_AUTO (json_t) result = NULL;
  AZML_AUTO (json_t) text = json_string ("it's #1: \"x\"");
  AZML_AUTO (json_t) list = json_pack ("[s, i, s]", "$file", 2, "-v");
  const char *kind = n ? kinds[*data % (sizeof kinds / sizeof *kinds)] : NULL;
  if (!n || !text || !list)
    return 0;
  if (azml__document_parse ("x", (const char *)data + 1, n - 1, &document, NULL)
      < 0)
    return 0;
  if (azml__file_kind_read (document, kind, &result, NULL) == 0)
    check_problems (json_object_get (result, "problems"));
  check_set (document, "type", text);
  check_set (document, "ArgumentVector", list);
  check_set (document, "new", text);
  return 0;
}
