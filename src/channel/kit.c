/* kit.c: the program and the package that a machine gets.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "channel/kit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/file.h"
#include "core/path.h"
#include "digest/sha256.h"

#define RUNNER_LIMIT ((size_t)256 << 20)
#define PACKAGE_LIMIT ((size_t)16 << 20)
/* The folders of the packages; the first must be there.  */
static const char *const modules[] = { "azml", "azureml", "azureml/core" };

void
azml__kit_done (azml__kit_content *content)
{
  azml__buffer_done (&content->runner);
  azml__buffer_done (&content->python);
}

static int
is_source (const struct dirent *entry)
{
  const char *dot = strrchr (entry->d_name, '.');
  return entry->d_name[0] != '.' && dot
         && (strcmp (dot, ".py") == 0 || strcmp (dot, ".typed") == 0);
}

static int
by_bytes (const struct dirent **a, const struct dirent **b)
{
  return strcmp ((*a)->d_name, (*b)->d_name);
}

/* Add the file NAME of MODULE to OUT: name and content with their lengths.  */
static int
add_file (const char *folder, const char *module, const char *name,
          azml__buffer *out, azml_error **err)
{
  AZML_AUTO_BUFFER content = AZML__BUFFER_INIT;
  AZML_AUTO_FREE char *path = azml__path_join3 (folder, module, name);
  AZML_AUTO_FREE char *inside = azml__path_join (module, name);
  if (!path || !inside)
    return azml__error_no_memory (err);
  int rc = azml__file_read (AT_FDCWD, path, PACKAGE_LIMIT, &content, err);
  if (rc < 0)
    return rc;
  azml__buffer_add_u32 (out, (uint32_t)strlen (inside));
  azml__buffer_add_text (out, inside);
  azml__buffer_add_u64 (out, content.length);
  azml__buffer_add (out, content.data, content.length);
  return 0;
}

static int
read_module (const char *folder, const char *module, azml__buffer *out,
             azml_error **err)
{
  struct dirent **names = NULL;
  AZML_AUTO_FREE char *path = azml__path_join (folder, module);
  if (!path)
    return azml__error_no_memory (err);
  int n = scandir (path, &names, is_source, by_bytes), rc = 0;
  if (n < 0 && errno == ENOENT && module != modules[0])
    return 0;
  if (n < 0)
    return azml__error_os (err, errno, "read the Python package in '%s'", path);
  for (int i = 0; i < n; i++)
    {
      if (rc == 0)
        rc = add_file (folder, module, names[i]->d_name, out, err);
      free (names[i]);
    }
  free (names);
  return rc;
}

static int
read_package (const char *folder, azml__buffer *out, azml_error **err)
{
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < sizeof modules / sizeof *modules; i++)
    rc = read_module (folder, modules[i], out, err);
  azml__buffer_add_u32 (out, 0);
  return rc;
}

int
azml__kit_read (const azml__kit *kit, azml__kit_content *ret, azml_error **err)
{
  azml__sha256 hash;
  azml__digest digest;
  int rc = azml__file_read (AT_FDCWD, kit->runner, RUNNER_LIMIT, &ret->runner, err);
  if (rc == 0)
    rc = read_package (kit->python, &ret->python, err);
  if (rc < 0)
    return rc;
  if (!azml__buffer_ok (&ret->runner) || !azml__buffer_ok (&ret->python))
    return azml__error_no_memory (err);
  azml__sha256_init (&hash);
  azml__sha256_add (&hash, ret->runner.data, ret->runner.length);
  azml__sha256_add (&hash, ret->python.data, ret->python.length);
  azml__sha256_end (&hash, &digest);
  azml__digest_hex (&digest, ret->digest);
  return 0;
}

const char *
azml__kit_machine (const azml__buffer *runner)
{
  static const struct
  {
    uint16_t number; /* e_machine of the ELF header */
    char class;      /* 1: 32 bits, 2: 64 */
    const char *name;
  } machines[] = {
    { 3, 1, "Linux i686" },      { 22, 2, "Linux s390x" },
    { 40, 1, "Linux armv7l" },   { 62, 2, "Linux x86_64" },
    { 183, 2, "Linux aarch64" }, { 243, 2, "Linux riscv64" },
    { 21, 2, "Linux ppc64le" },  { 258, 2, "Linux loongarch64" },
  };
  const unsigned char *p = (const unsigned char *)runner->data;
  if (runner->length < 20 || memcmp (p, "\177ELF", 4))
    return NULL;
  int number = p[5] == 2 ? p[18] << 8 | p[19] : p[19] << 8 | p[18];
  for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
    if (machines[i].number == number && machines[i].class == p[4])
      return machines[i].name;
  return NULL;
}
