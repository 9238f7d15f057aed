/* driver.c: feed a fuzz target its corpus, and mutations of it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The target's name is what follows "fuzz-" in the program's; arguments are files to
   run instead of the corpus.  A target that finds a fault aborts.  */

#include <config.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "../c/tap.h"
#include "core/file.h"
#include "core/path.h"
#include "fuzz.h"

#ifndef MUTATIONS
#define MUTATIONS 20000 /* of each file, at a $AZML_TEST_TIME_SCALE of 0.1 */
#endif

static uint32_t mutations;

static uint32_t state;

static size_t
below (size_t n)
{
  state = state * 1664525u + 1013904223u;
  return n ? (state >> 8) % n : 0;
}

/* Change the N bytes of DATA, which has room for SIZE, a little; return how many there
   are now.  */
static size_t
mutate (uint8_t *data, size_t n, size_t size)
{
  static const uint8_t special[] = { 0,   1,   0x7f, 0x80, 0xff,
                                     '/', '.', '*',  '[',  '\n' };
  for (size_t times = 1 + below (4); times; times--)
    {
      size_t at = below (n), length = 1 + below (8);
      switch (below (5))
        {
        case 0:
          if (n)
            data[at] ^= (uint8_t)(1 << below (8));
          break;
        case 1:
          if (n)
            data[at] = special[below (sizeof special)];
          break;
        case 2: /* cut out */
          if (at + length <= n)
            {
              memmove (data + at, data + at + length, n - at - length);
              n -= length;
            }
          break;
        case 3: /* double */
          if (at + length <= n && n + length <= size)
            {
              memmove (data + at + length, data + at, n - at);
              n += length;
            }
          break;
        default: /* cut off */
          if (below (8) == 0)
            n = at;
        }
    }
  return n;
}

/* Run the target on a copy that ends where the memory does, so that a sanitizer sees
   a read past the end.  */
static int
run (const uint8_t *data, size_t n)
{
  uint8_t *copy = malloc (n ? n : 1);
  if (!copy)
    return -1;
  memcpy (copy, data, n);
  LLVMFuzzerTestOneInput (copy, n);
  free (copy);
  return 0;
}

static int
run_file (const char *path)
{
  AZML_AUTO_BUFFER file = AZML__BUFFER_INIT;
  if (azml__file_read (AT_FDCWD, path, 1 << 20, &file, NULL) < 0)
    return -1;
  size_t size = file.length + 64;
  AZML_AUTO_FREE uint8_t *data = malloc (size);
  if (!data || run ((uint8_t *)file.data, file.length) < 0)
    return -1;
  for (uint32_t i = 0; i < mutations; i++)
    {
      state = i * 2654435761u;
      memcpy (data, file.data ? file.data : "", file.length);
      if (run (data, mutate (data, file.length, size)) < 0)
        return -1;
    }
  return 0;
}

static int
run_corpus (const char *name)
{
  const char *source = getenv ("AZML_SRCDIR");
  AZML_AUTO_FREE char *folder =
      azml__path_format ("%s/tests/fuzz/corpus/%s", source ? source : ".", name);
  AZML_AUTO (DIR) dir = folder ? opendir (folder) : NULL;
  int count = 0;
  if (!ok (dir != NULL, "there is a corpus for %s", name))
    return done_testing ();
  for (struct dirent *entry; (entry = readdir (dir));)
    if (entry->d_name[0] != '.')
      {
        AZML_AUTO_FREE char *path = azml__path_join (folder, entry->d_name);
        count += ok (path && run_file (path) == 0, "%s and %d mutations",
                     entry->d_name, (int)mutations);
      }
  ok (count > 0, "with something in it");
  return done_testing ();
}

int
main (int argc, char **argv)
{
  const char *scale = getenv ("AZML_TEST_TIME_SCALE");
  mutations = (uint32_t)(MUTATIONS * (scale && *scale ? 10 * atof (scale) : 1));
  const char *name = strstr (azml__path_base (argv[0]), "fuzz-");
  if (argc < 2)
    return name ? run_corpus (name + strlen ("fuzz-")) : 2;
  for (int i = 1; i < argc; i++)
    ok (run_file (argv[i]) == 0, "%s", argv[i]);
  return done_testing ();
}
