/* where.c: fuzz the filter language.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Whatever the input, the SQL that comes out has a ? for each value and consists of
   words from the list below.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "store/where.h"

static const char *const words[] = {
  "EXISTS", "SELECT",     "FROM",    "metrics",   "parameters", "details",
  "WHERE",  "AND",        "OR",      "NOT",       "IS",         "NULL",
  "LIKE",   "ESCAPE",     "run",     "name",      "number",     "text",
  "last",   "min",        "max",     "count",     "ifnull",     "id",
  "alias",  "experiment", "state",   "cause",     "target",     "type",
  "script", "submitted",  "seconds", "signal",    "command",    "user",
  "host",   "r",          "d",       "exit_code", "snapshot",   "0",
  "1",      "environment"
};

static int
is_known (const char *word, size_t n)
{
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strlen (words[i]) == n && memcmp (words[i], word, n) == 0)
      return 1;
  return 0;
}

static void
check (const azml__where *where)
{
  static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
                             "0123456789";
  size_t values = 0;
  for (const char *p = where->sql.data; *p;)
    {
      size_t n = strspn (p, word);
      if (n && !is_known (p, n))
        abort ();
      if (!n && strncmp (p, "'\\'", 3) == 0)
        n = 3; /* ESCAPE '\' */
      if (!n && !strchr (" (),.=!<>?", *p))
        abort ();
      values += *p == '?';
      p += n ? n : 1;
    }
  if (values != where->n)
    abort ();
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n)
{
  azml__where where = { 0 };
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO_FREE char *text = strndup ((const char *)data, n);
  if (!text)
    return 0;
  int rc = azml__where_compile (text, 1767225600000, &where, &err);
  if (rc == 0)
    check (&where);
  else if (rc != AZML_E_INVALID
           || strncmp (azml_error_message (err), "filter, column ", 15))
    abort ();
  azml__where_done (&where);
  return 0;
}
