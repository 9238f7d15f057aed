/* packs-help.h: what the tests of packs share.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_TESTS_PACKS_HELP_H
#define AZML_TESTS_PACKS_HELP_H

#include "snapshot-help.h"
#include "snapshot/packs.h"

#define SIZE 2048
#define MANY 1000

__attribute__ ((unused)) static void
open_anew (void)
{
  azml__objects_free (azml_steal (&objects));
  (void)!azml__objects_open ("objects", &objects, NULL);
}

static void
start (void)
{
  (void)!shell ("rm -rf objects");
  open_anew ();
}

/* Content number I, and its digest.  */
static void
content (int i, char text[SIZE], azml__digest *digest)
{
  memset (text, 'a' + i % 26, SIZE);
  snprintf (text, SIZE, "%d", i);
  azml__sha256_bytes (text, SIZE, digest);
}

/* Add the contents from FROM on, before TO, as to a store that is going to have many.  */
static int
add_some (int from, int to)
{
  char text[SIZE];
  azml__digest digest;
  int rc = 0;
  azml__objects_expect (objects, MANY);
  for (int i = from; rc == 0 && i < to; i++)
    {
      content (i, text, &digest);
      rc = azml__objects_add (objects, text, SIZE, &digest, NULL);
    }
  return rc;
}

/* How many of the contents from FROM on, before TO, are there as they were.  */
static int
count (int from, int to)
{
  int good = 0;
  for (int i = from; i < to; i++)
    {
      char text[SIZE];
      azml__digest digest;
      AZML_AUTO_BUFFER found = AZML__BUFFER_INIT;
      content (i, text, &digest);
      good += azml__objects_load (objects, &digest, SIZE, &found, NULL) == 0
              && found.length == SIZE && memcmp (found.data, text, SIZE) == 0;
    }
  return good;
}

__attribute__ ((unused)) static int
discard (int from, int to)
{
  int rc = 0;
  for (int i = from; rc == 0 && i < to; i++)
    {
      char text[SIZE];
      azml__digest digest;
      content (i, text, &digest);
      rc = azml__objects_remove (objects, &digest, NULL);
    }
  return rc;
}

/* How many files COMMAND counts.  */
static int
files (const char *pattern)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  AZML_AUTO_FREE char *command = NULL;
  if (asprintf (&command, "find objects -type f -name '%s' | wc -l >count", pattern)
          < 0
      || shell (command) != 0
      || azml__file_read (AT_FDCWD, "count", 100, &text, NULL) < 0)
    return -1;
  return atoi (text.data);
}

#endif
