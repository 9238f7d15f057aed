/* hash.c: the content hash of an environment.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Equal environments get equal hashes: keys are sorted, names of packages are
   written in one way and the packages are sorted, for their order means nothing to
   a resolver.  The order of channels and of options does.  */

#include <config.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/buffer.h"
#include "core/json.h"
#include "digest/sha256.h"
#include "environment/spec.h"

#define FORMAT_VERSION 1

size_t
azml__spec_name_length (const char *package)
{
  size_t n = 0;
  while (isalnum ((unsigned char)package[n])
         || (package[n] && strchr ("-_.", package[n])))
    n++;
  return n;
}

static int
is_separator (char c)
{
  return c == '-' || c == '_' || c == '.';
}

/* Append the first N bytes of NAME as PEP 503 writes them.  */
static void
add_name (azml__buffer *buffer, const char *name, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (!is_separator (name[i]))
      azml__buffer_add_char (buffer, (char)tolower ((unsigned char)name[i]));
    else if (i == 0 || !is_separator (name[i - 1]))
      azml__buffer_add_char (buffer, '-');
}

int
azml__spec_same_name (const char *a, size_t n, const char *b, size_t m)
{
  AZML_AUTO_BUFFER first = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER second = AZML__BUFFER_INIT;
  add_name (&first, a, n);
  add_name (&second, b, m);
  return first.length == second.length && first.length
         && memcmp (first.data, second.data, first.length) == 0;
}

/* Where the name of PACKAGE starts: behind a conda channel ("conda-forge::numpy").
 */
static const char *
name_of (const char *package)
{
  const char *colons = strstr (package, "::");
  return colons && azml__spec_name_length (package) == (size_t)(colons - package)
             ? colons + 2
             : package;
}

int
azml__spec_has (const json_t *packages, const char *name)
{
  size_t i;
  json_t *item;
  json_array_foreach ((json_t *)packages, i, item)
  {
    const char *package = name_of (json_string_value (item));
    if (azml__spec_same_name (package, azml__spec_name_length (package), name,
                              strlen (name)))
      return 1;
  }
  return 0;
}

/* PACKAGE with its name in the one form (new).  What is an address or a file name
   and not a name stays as it is; so do the names of conda, where '_' is not '-'. */
static char *
canonical_package (const char *package, int pip)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  size_t n = azml__spec_name_length (package);
  const char *rest = package + n;
  if (!n || *rest == ':' || *rest == '/' || *rest == '+')
    return strdup (package);
  if (pip)
    add_name (&text, package, n);
  else
    for (size_t i = 0; i < n; i++)
      azml__buffer_add_char (&text, (char)tolower ((unsigned char)package[i]));
  for (; *rest; rest++) /* pip's blanks matter only in markers and addresses */
    if (*rest == ';' || *rest == '@' || !pip)
      {
        azml__buffer_add_text (&text, rest);
        break;
      }
    else if (*rest != ' ')
      azml__buffer_add_char (&text, *rest);
  return azml__buffer_steal (&text);
}

static int
compare_texts (const void *a, const void *b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

/* PACKAGES in canonical form, sorted, each once (new); NULL when out of memory.  */
static json_t *
canonical_packages (const json_t *packages, int pip)
{
  size_t n = json_array_size (packages);
  AZML_AUTO_STRINGS texts = calloc (n + 1, sizeof *texts);
  AZML_AUTO (json_t) array = json_array ();
  if (!texts || !array)
    return NULL;
  for (size_t i = 0; i < n; i++)
    if (!(texts[i] = canonical_package (
              json_string_value (json_array_get (packages, i)), pip)))
      return NULL;
  qsort (texts, n, sizeof *texts, compare_texts);
  for (size_t i = 0; i < n; i++)
    if ((i == 0 || strcmp (texts[i], texts[i - 1]) != 0)
        && json_array_append_new (array, json_string (texts[i])) < 0)
      return NULL;
  return azml_steal (&array);
}

/* If TEXT is the name of a local file, note in FILES which state of it is meant: the
   name alone would find an environment that was built from an older one.  */
static int
note_file (json_t *files, const char *text)
{
  struct stat st;
  const char *path = strncmp (text, "file://", 7) == 0 ? text + 7 : text;
  char state[64];
  if (*path != '/' || stat (path, &st) < 0 || !S_ISREG (st.st_mode))
    return 0;
  snprintf (state, sizeof state, "%lld %lld.%09ld", (long long)st.st_size,
            (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
  return json_object_set_new (files, path, json_string (state));
}

/* The local files that SPEC names, and their states (new).  */
static json_t *
local_files (const json_t *spec)
{
  static const char *const fields[] = { "pip", "pip_options", "conda" };
  AZML_AUTO (json_t) files = json_object ();
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    {
      const json_t *list = json_object_get (spec, fields[i]);
      for (size_t j = 0; j < json_array_size (list); j++)
        if (note_file (files, json_string_value (json_array_get (list, j))) < 0)
          return NULL;
    }
  return azml_steal (&files);
}

/* The keys of SPEC that affect what is built (new).  The builder and the version of
   Python that were chosen stand beside it in the hash.  */
static json_t *
canonical_spec (const json_t *spec)
{
  static const char *const kept[] = { "python", "channels", "pip_options" };
  AZML_AUTO (json_t) copy = json_object ();
  if (!copy)
    return NULL;
  for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
    {
      json_t *value = json_object_get (spec, kept[i]);
      if (value && json_object_set (copy, kept[i], value) < 0)
        return NULL;
    }
  for (int pip = 0; pip < 2; pip++)
    {
      const char *field = pip ? "pip" : "conda";
      json_t *value = json_object_get (spec, field);
      json_t *packages = value ? canonical_packages (value, pip) : NULL;
      if (value && (!packages || json_object_set_new (copy, field, packages) < 0))
        return NULL;
    }
  AZML_AUTO (json_t) files = local_files (spec);
  if (!files
      || (json_object_size (files) && json_object_set (copy, "files", files) < 0))
    return NULL;
  return azml_steal (&copy);
}

int
azml__spec_hash (const json_t *spec, const char *builder, const char *python,
                 const char *platform, char **ret, azml_error **err)
{
  azml__digest digest;
  AZML_AUTO (json_t) canonical = canonical_spec (spec);
  if (!canonical)
    return azml__error_no_memory (err);
  if (python) /* "3.11" and ">=3.11" that found 3.11.2 build the same */
    json_object_del (canonical, "python");
  AZML_AUTO (json_t)
  whole = json_pack ("{s:i, s:O, s:s, s:s, s:s?}", "format", FORMAT_VERSION, "spec",
                     canonical, "platform", platform, "builder", builder, "python",
                     python);
  AZML_AUTO_FREE char *text =
      whole ? json_dumps (whole, JSON_SORT_KEYS | JSON_COMPACT) : NULL;
  AZML_AUTO_FREE char *hex = malloc (AZML__DIGEST_HEX_SIZE);
  if (!text || !hex)
    return azml__error_no_memory (err);
  azml__sha256_bytes (text, strlen (text), &digest);
  azml__digest_hex (&digest, hex);
  *ret = azml_steal (&hex);
  return 0;
}
