/* manifest.c: the list of the files of a source tree.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/manifest.h"

#include <string.h>

#include "core/file.h"
#include "core/path.h"

#define MAGIC "azmlman1"
#define MAGIC_SIZE 8
#define LEAST_ENTRY (1 + 4 + 1)        /* type, length, one byte */
#define PATH_LIMIT ((uint32_t)1 << 20) /* longer ones are not believed */
#define MANIFEST_LIMIT ((size_t)1 << 30)

static void
entry_done (azml__manifest_entry *entry)
{
  free (entry->path);
  free (entry->target);
}

void
azml__manifest_done (azml__manifest *manifest)
{
  for (size_t i = 0; i < manifest->count; i++)
    entry_done (&manifest->entries[i]);
  free (manifest->entries);
  *manifest = (azml__manifest)AZML__MANIFEST_INIT;
}

int
azml__manifest_add (azml__manifest *manifest, azml__manifest_entry *entry,
                    azml_error **err)
{
  if (manifest->count == manifest->size)
    {
      size_t size = manifest->size ? 2 * manifest->size : 64;
      void *entries = reallocarray (manifest->entries, size, sizeof *entry);
      if (!entries)
        {
          entry_done (entry);
          return azml__error_no_memory (err);
        }
      manifest->entries = entries;
      manifest->size = size;
    }
  manifest->entries[manifest->count++] = *entry;
  return 0;
}

static int
compare (const void *a, const void *b)
{
  return strcmp (((const azml__manifest_entry *)a)->path,
                 ((const azml__manifest_entry *)b)->path);
}

/* Is the first N bytes of PATH an entry among the first COUNT?  */
static int
has_path (const azml__manifest *manifest, size_t count, const char *path, size_t n)
{
  size_t low = 0, high = count;
  while (low < high)
    {
      size_t middle = low + (high - low) / 2;
      const char *other = manifest->entries[middle].path;
      int order = strncmp (other, path, n);
      if (order == 0 && other[n] == '\0')
        return 1;
      if (order < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return 0;
}

/* Check that the entries ascend and that none is below another.  A folder that
   entry I shares with the one before it was looked at there, so each folder is
   looked up once or twice, not once for each file.  */
static int
check_order (const azml__manifest *manifest, int code, azml_error **err)
{
  for (size_t i = 1; i < manifest->count; i++)
    {
      const char *before = manifest->entries[i - 1].path;
      const char *path = manifest->entries[i].path;
      size_t same = 0;
      while (before[same] && before[same] == path[same])
        same++;
      if ((unsigned char)before[same] >= (unsigned char)path[same])
        return azml__error (err, code,
                            before[same] == path[same] ? "'%s' is there twice"
                                                       : "'%s' is out of order",
                            path);
      for (const char *p = strchr (path + same, '/'); p; p = strchr (p + 1, '/'))
        if (has_path (manifest, i, path, (size_t)(p - path)))
          return azml__error (err, code, "'%s' is below a file", path);
    }
  return 0;
}

static int
is_sorted (const azml__manifest *manifest)
{
  for (size_t i = 1; i < manifest->count; i++)
    if (compare (&manifest->entries[i - 1], &manifest->entries[i]) > 0)
      return 0;
  return 1;
}

int
azml__manifest_sort (azml__manifest *manifest, azml_error **err)
{
  if (!is_sorted (manifest))
    qsort (manifest->entries, manifest->count, sizeof *manifest->entries, compare);
  return check_order (manifest, AZML_E_INVALID, err);
}

int
azml__manifest_encode (const azml__manifest *manifest, azml__buffer *out,
                       azml_error **err)
{
  if (manifest->count > UINT32_MAX)
    return azml__error (err, AZML_E_TOO_LARGE, "%zu files are too many",
                        manifest->count);
  azml__buffer_add (out, MAGIC, MAGIC_SIZE);
  azml__buffer_add_u32 (out, (uint32_t)manifest->count);
  for (size_t i = 0; i < manifest->count; i++)
    {
      const azml__manifest_entry *entry = &manifest->entries[i];
      size_t n = strlen (entry->path);
      size_t m = entry->target ? strlen (entry->target) : 0;
      if (n > PATH_LIMIT || m > PATH_LIMIT)
        return azml__error (err, AZML_E_TOO_LARGE,
                            "'%.80s...': the name is too long", entry->path);
      azml__buffer_add_char (out, entry->type);
      azml__buffer_add_u32 (out, (uint32_t)n);
      azml__buffer_add (out, entry->path, n);
      if (entry->type == 'l')
        {
          azml__buffer_add_u32 (out, (uint32_t)m);
          azml__buffer_add (out, entry->target, m);
        }
      else if (entry->type != 'd')
        {
          azml__buffer_add_u64 (out, entry->size);
          azml__buffer_add (out, entry->digest.bytes, sizeof entry->digest.bytes);
        }
    }
  return azml__buffer_ok (out) ? 0 : azml__error_no_memory (err);
}

/* What is left to be read.  */
typedef struct input
{
  const char *data;
  size_t n;
} input;

static const char *
take (input *in, size_t n)
{
  const char *data = in->data;
  if (n > in->n)
    return NULL;
  in->data += n;
  in->n -= n;
  return data;
}

/* Read a length and as many bytes into *RET (new): no NUL among them, not none.  */
static int
take_text (input *in, char **ret, azml_error **err)
{
  const char *length = take (in, 4);
  uint32_t n = length ? azml__get_u32 (length) : 0;
  if (n > PATH_LIMIT)
    return azml__error (err, AZML_E_TOO_LARGE,
                        "a name of %lu bytes in the manifest", (unsigned long)n);
  const char *text = n ? take (in, n) : NULL;
  if (!text || memchr (text, '\0', n))
    return azml__error (err, AZML_E_FORMAT, "the manifest has a damaged name");
  *ret = strndup (text, n);
  return *ret ? 0 : azml__error_no_memory (err);
}

/* Read one entry.  What it holds is the caller's, also on failure.  */
static int
take_entry (input *in, azml__manifest_entry *entry, azml_error **err)
{
  const char *type = take (in, 1);
  if (!type || !*type || !strchr ("fxld", *type))
    return azml__error (err, AZML_E_FORMAT, "the manifest has an unknown entry");
  entry->type = *type;
  int rc = take_text (in, &entry->path, err);
  if (rc < 0)
    return rc;
  if (!azml__path_is_inside (entry->path))
    return azml__error (err, AZML_E_FORMAT, "'%s' leads out of the snapshot",
                        entry->path);
  if (entry->type == 'l')
    return take_text (in, &entry->target, err);
  if (entry->type == 'd')
    return 0;
  const char *content = take (in, 8 + sizeof entry->digest.bytes);
  if (!content)
    return azml__error (err, AZML_E_FORMAT, "the manifest ends too early");
  entry->size = azml__get_u64 (content);
  memcpy (entry->digest.bytes, content + 8, sizeof entry->digest.bytes);
  if (entry->size > INT64_MAX)
    return azml__error (err, AZML_E_FORMAT, "'%s' has an impossible size",
                        entry->path);
  return 0;
}

int
azml__manifest_decode (const void *data, size_t n, azml__manifest *ret,
                       azml_error **err)
{
  AZML_AUTO_MANIFEST manifest = AZML__MANIFEST_INIT;
  input in = { data, n };
  const char *head = take (&in, MAGIC_SIZE + 4);
  if (n > MANIFEST_LIMIT)
    return azml__error (err, AZML_E_TOO_LARGE, "a manifest of %zu bytes", n);
  if (!head || memcmp (head, MAGIC, MAGIC_SIZE) != 0)
    return azml__error (err, AZML_E_FORMAT, "this is not a manifest");
  uint32_t count = azml__get_u32 (head + MAGIC_SIZE);
  if (count > in.n / LEAST_ENTRY)
    return azml__error (err, AZML_E_FORMAT, "the manifest ends too early");
  for (uint32_t i = 0; i < count; i++)
    {
      azml__manifest_entry entry = { 0 };
      int rc = take_entry (&in, &entry, err);
      if (rc < 0)
        entry_done (&entry);
      else
        rc = azml__manifest_add (&manifest, &entry, err);
      if (rc < 0)
        return rc;
    }
  if (in.n)
    return azml__error (err, AZML_E_FORMAT, "the manifest has bytes after its end");
  int rc = check_order (&manifest, AZML_E_FORMAT, err);
  if (rc < 0)
    return rc;
  *ret = manifest;
  manifest = (azml__manifest)AZML__MANIFEST_INIT;
  return 0;
}

int
azml__manifest_load (azml__objects *objects, const azml__digest *digest,
                     azml__manifest *ret, azml_error **err)
{
  AZML_AUTO_BUFFER data = AZML__BUFFER_INIT;
  char name[AZML__OBJECT_NAME_SIZE];
  azml__digest found;
  azml__object_name (digest, name);
  if (azml__objects_fd (objects) < 0)
    return azml__error (err, AZML_E_NOT_FOUND, "snapshot '%s' is not here", name);
  int rc = azml__objects_load (objects, digest, MANIFEST_LIMIT, &data, err);
  if (rc < 0)
    return azml__error_prefix (err, rc, "snapshot");
  azml__sha256_bytes (data.data, data.length, &found);
  if (memcmp (&found, digest, sizeof found) != 0)
    {
      /* The next snapshot of the same tree stores it again.  */
      rc = azml__objects_remove (objects, digest, err);
      return rc < 0 ? rc
                    : azml__error (err, AZML_E_CORRUPT, "snapshot '%s' is damaged",
                                   name);
    }
  return azml__manifest_decode (data.data, data.length, ret, err);
}

static int
compare_content (const void *a, const void *b)
{
  const azml__manifest_entry *x = *(azml__manifest_entry *const *)a;
  const azml__manifest_entry *y = *(azml__manifest_entry *const *)b;
  int order = memcmp (x->digest.bytes, y->digest.bytes, sizeof x->digest.bytes);
  return order ? order : (x->size > y->size) - (x->size < y->size);
}

int
azml__manifest_missing (const azml__manifest *manifest, azml__objects *objects,
                        json_t **ret, azml_error **err)
{
  AZML_AUTO (json_t) missing = json_array ();
  AZML_AUTO_FREE const azml__manifest_entry **sorted =
      calloc (manifest->count + 1, sizeof *sorted);
  size_t n = 0;
  if (!missing || !sorted)
    return azml__error_no_memory (err);
  for (size_t i = 0; i < manifest->count; i++)
    if (manifest->entries[i].type == 'f' || manifest->entries[i].type == 'x')
      sorted[n++] = &manifest->entries[i];
  /* In the order of their digests, so that each comes once and each folder of the
     store is looked at in one go.  */
  qsort (sorted, n, sizeof *sorted, compare_content);
  for (size_t i = 0; i < n; i++)
    {
      const azml__digest *digest = &sorted[i]->digest;
      char hex[AZML__DIGEST_HEX_SIZE];
      if (i > 0 && memcmp (digest, &sorted[i - 1]->digest, sizeof *digest) == 0)
        continue;
      if (!azml__objects_has_size (objects, digest, sorted[i]->size)
          && json_array_append_new (missing,
                                    json_string (azml__digest_hex (digest, hex)))
                 < 0)
        return azml__error_no_memory (err);
    }
  *ret = azml_steal (&missing);
  return 0;
}

/* What is in MANIFEST (new): an object of sizes by digest.  */
static json_t *
sizes (const azml__manifest *manifest)
{
  json_t *known = json_object ();
  char hex[AZML__DIGEST_HEX_SIZE];
  for (size_t i = 0; known && i < manifest->count; i++)
    {
      const azml__manifest_entry *entry = &manifest->entries[i];
      if (entry->type != 'f' && entry->type != 'x')
        continue;
      if (json_object_set_new (known, azml__digest_hex (&entry->digest, hex),
                               json_integer ((json_int_t)entry->size))
          < 0)
        {
          json_decref (known);
          return NULL;
        }
    }
  return known;
}

int
azml__manifest_pick (const azml__manifest *manifest, const azml__digest *self,
                     const json_t *wanted, json_t **ret, uint64_t *ret_bytes,
                     azml_error **err)
{
  char hex[AZML__DIGEST_HEX_SIZE];
  AZML_AUTO (json_t) known = sizes (manifest);
  AZML_AUTO (json_t) picked = json_array ();
  if (!known || !picked
      || json_object_set_new (known, azml__digest_hex (self, hex), json_integer (0))
             < 0)
    return azml__error_no_memory (err);
  *ret_bytes = 0;
  for (size_t i = 0; i < json_array_size (wanted); i++)
    {
      const char *one = json_string_value (json_array_get (wanted, i));
      json_t *size = one ? json_object_get (known, one) : NULL;
      if (!size)
        return azml__error (err, AZML_E_PROTOCOL,
                            "azml-runner asks for contents that are not of the "
                            "snapshot");
      *ret_bytes += (uint64_t)json_integer_value (size);
      if (json_array_append_new (picked, json_string (one)) < 0)
        return azml__error_no_memory (err);
      json_object_del (known, one);
    }
  *ret = azml_steal (&picked);
  return 0;
}
