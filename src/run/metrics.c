/* metrics.c: metrics.jsonl, line by line.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "run/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "run/text.h"

#define LINE_LIMIT ((size_t)16 << 20) /* a longer line is skipped */
#define CHUNK ((size_t)64 << 10)

/* Where the points go.  */
typedef struct points_reader
{
  azml__metrics_each_fn each;
  void *data;
  locale_t c;
  json_int_t skipped;
} points_reader;

static int
read_line (points_reader *reader, const char *line, size_t n, azml_error **err)
{
  AZML_CLEANUP (azml__point_done) azml__point point = { 0 };
  if (azml__point_read (line, n, reader->c, &point) == 0)
    return reader->each (&point, line, n, reader->data, err);
  reader->skipped++;
  return 0;
}

/* Read the whole lines in BUFFER and drop them; with AT_END what is left is a line
   too.  An empty line is nothing.  */
static int
read_lines (points_reader *reader, azml__buffer *buffer, int at_end,
            azml_error **err)
{
  size_t from = 0;
  while (from < buffer->length)
    {
      const char *line = buffer->data + from;
      const char *end = memchr (line, '\n', buffer->length - from);
      if (!end && !at_end)
        break;
      size_t n = end ? (size_t)(end - line) : buffer->length - from;
      int rc = n ? read_line (reader, line, n, err) : 0;
      if (rc < 0)
        return rc;
      from += n + (end != NULL);
    }
  azml__buffer_drop (buffer, from);
  return 0;
}

/* Pass over the rest of a line that is too long.  Return 1 when its end was found.
 */
static int
drop_long_line (azml__buffer *buffer)
{
  const char *end =
      buffer->length ? memchr (buffer->data, '\n', buffer->length) : NULL;
  azml__buffer_drop (buffer,
                     end ? (size_t)(end - buffer->data) + 1 : buffer->length);
  return end != NULL;
}

static int
read_file (points_reader *reader, int fd, azml_error **err)
{
  int in_long_line = 0;
  size_t chunk = 4096; /* most files are small, and many are read in a row */
  AZML_AUTO_BUFFER buffer = AZML__BUFFER_INIT;
  for (;; chunk = CHUNK)
    {
      char *room = azml__buffer_room (&buffer, chunk);
      if (!room)
        return azml__error_no_memory (err);
      ssize_t n = read (fd, room, chunk);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return azml__error_os (err, errno, "read 'metrics.jsonl'");
      buffer.length += (size_t)n;
      if (in_long_line && drop_long_line (&buffer))
        in_long_line = 0;
      int rc = in_long_line ? 0 : read_lines (reader, &buffer, n == 0, err);
      if (rc < 0 || n == 0)
        return rc;
      if (buffer.length > LINE_LIMIT)
        {
          azml__buffer_drop (&buffer, buffer.length);
          in_long_line = 1;
          reader->skipped++;
        }
    }
}

int
azml__metrics_each (int folder, azml__metrics_each_fn each, void *data,
                    json_int_t *ret_skipped, azml_error **err)
{
  points_reader reader = { .each = each, .data = data };
  AZML_AUTO_CLOSE int fd = openat (folder, "metrics.jsonl", O_RDONLY | O_CLOEXEC);
  *ret_skipped = 0;
  if (fd < 0)
    return errno == ENOENT ? 0
                           : azml__error_os (err, errno, "open 'metrics.jsonl'");
  reader.c = newlocale (LC_ALL_MASK, "C", (locale_t)0);
  if (reader.c == (locale_t)0)
    return azml__error_no_memory (err);
  int rc = read_file (&reader, fd, err);
  freelocale (reader.c);
  *ret_skipped = reader.skipped;
  return rc;
}

struct collect
{
  json_t *points;   /* borrowed */
  const char *name; /* keep this one, or NULL */
};

static int
collect_point (const azml__point *point, const char *line, size_t n, void *data,
               azml_error **err)
{
  struct collect *collect = data;
  AZML_AUTO (json_t) json = json_incref (point->json);
  if (collect->name
      && (strlen (collect->name) != point->name_length
          || memcmp (collect->name, point->name, point->name_length) != 0))
    return 0;
  int rc = json ? 0 : azml__json_parse (line, n, "metrics.jsonl", &json, err);
  if (rc == 0 && json_array_append (collect->points, json) < 0)
    rc = azml__error_no_memory (err);
  return rc;
}

int
azml__metrics_read (const char *folder, const char *name, json_t **ret,
                    azml_error **err)
{
  AZML_AUTO (json_t) points = json_array ();
  AZML_AUTO_CLOSE int fd = -1;
  json_int_t skipped;
  AZML_AUTO_FREE char *text =
      name ? azml__text_of_bytes (name, strlen (name)) : NULL;
  struct collect collect = { points, text };
  if (!points || (name && !text))
    return azml__error_no_memory (err);
  int rc = azml__folder_open (folder, &fd, err);
  if (rc == 0)
    rc = azml__metrics_each (fd, collect_point, &collect, &skipped, err);
  if (rc < 0)
    return azml__error_prefix (err, rc, "'%s'", folder);
  json_t *made = json_pack ("{s:O, s:I}", "points", points, "skipped", skipped);
  if (!made)
    return azml__error_no_memory (err);
  *ret = made;
  return 0;
}

int
azml__metrics_append (const char *file, const char *name, const json_t *value,
                      const json_t *step, azml_error **err)
{
  char now[AZML__CLOCK_TEXT_SIZE];
  AZML_AUTO_BUFFER line = AZML__BUFFER_INIT;
  if (!*name || !azml__point_is_value (value))
    return azml__error (
        err, AZML_E_INVALID,
        "metric '%s': not a number, a boolean, a text or a list of such", name);
  AZML_AUTO (json_t)
  point = json_pack ("{s:o, s:O}", "name", azml__json_text (name), "value", value);
  if (!point || (step && json_object_set (point, "step", (json_t *)step) < 0)
      || json_object_set_new (
             point, "time",
             json_string (azml__clock_format (azml__clock_utc_ms (), now)))
             < 0)
    return azml__error_no_memory (err);
  int rc = azml__json_append (&line, point, err);
  if (rc < 0)
    return rc;
  azml__buffer_add_char (&line, '\n');
  if (!azml__buffer_ok (&line))
    return azml__error_no_memory (err);

  AZML_AUTO_CLOSE int fd =
      open (file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0)
    return azml__error_os (err, errno, "open '%s'", file);
  ssize_t n;
  do
    n = write (fd, line.data, line.length);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return azml__error_os (err, errno, "write '%s'", file);
  if ((size_t)n < line.length)
    return azml__error_os (err, ENOSPC, "write '%s'", file);
  return 0;
}
