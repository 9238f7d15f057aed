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

#define LINE_LIMIT ((size_t)16 << 20) /* a longer line is skipped */
#define CHUNK ((size_t)64 << 10)

static int
is_list_of_numbers (const json_t *value)
{
  size_t n = json_array_size (value);
  double number;
  for (size_t i = 0; i < n; i++)
    if (azml__json_get_number (json_array_get (value, i), &number) < 0)
      return 0;
  return n > 0;
}

static int
is_text (const json_t *value)
{
  return json_is_string (value)
         || (json_object_size (value) == 1
             && json_is_string (json_object_get (value, "bytes")));
}

static int
is_value (const json_t *value)
{
  return json_is_number (value) || is_text (value) || is_list_of_numbers (value);
}

/* Give one line to EACH.  Store 1 in *SKIPPED unless it is a point.  */
static int
read_line (const char *line, size_t n, azml__metrics_each_fn each, void *data,
           int *skipped, azml_error **err)
{
  AZML_AUTO (json_t) point = NULL;
  *skipped = 1;
  if (azml__json_parse (line, n, "metrics.jsonl", &point, NULL) < 0)
    return 0;
  const json_t *value = json_object_get (point, "value");
  if (!is_text (json_object_get (point, "name")) || !is_value (value))
    return 0;
  *skipped = 0;
  return each (point, data, err);
}

/* Give the whole lines in BUFFER to EACH and drop them; with AT_END what is left is
   a line too.  An empty line is nothing.  */
static int
read_lines (azml__buffer *buffer, int at_end, azml__metrics_each_fn each,
            void *data, json_int_t *skipped, azml_error **err)
{
  size_t from = 0;
  while (from < buffer->length)
    {
      const char *line = buffer->data + from;
      const char *end = memchr (line, '\n', buffer->length - from);
      if (!end && !at_end)
        break;
      size_t n = end ? (size_t)(end - line) : buffer->length - from;
      int bad = 0;
      int rc = n ? read_line (line, n, each, data, &bad, err) : 0;
      if (rc < 0)
        return rc;
      *skipped += bad;
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

int
azml__metrics_each (int folder, azml__metrics_each_fn each, void *data,
                    json_int_t *ret_skipped, azml_error **err)
{
  json_int_t skipped = 0;
  int in_long_line = 0;
  AZML_AUTO_BUFFER buffer = AZML__BUFFER_INIT;
  AZML_AUTO_CLOSE int fd = openat (folder, "metrics.jsonl", O_RDONLY | O_CLOEXEC);
  *ret_skipped = 0;
  if (fd < 0)
    return errno == ENOENT ? 0
                           : azml__error_os (err, errno, "open 'metrics.jsonl'");
  for (;;)
    {
      char *room = azml__buffer_room (&buffer, CHUNK);
      if (!room)
        return azml__error_no_memory (err);
      ssize_t n = read (fd, room, CHUNK);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return azml__error_os (err, errno, "read 'metrics.jsonl'");
      buffer.length += (size_t)n;
      if (in_long_line && drop_long_line (&buffer))
        in_long_line = 0;
      int rc = in_long_line
                   ? 0
                   : read_lines (&buffer, n == 0, each, data, &skipped, err);
      if (rc < 0)
        return rc;
      if (n == 0)
        break;
      if (buffer.length > LINE_LIMIT)
        {
          azml__buffer_drop (&buffer, buffer.length);
          in_long_line = 1;
          skipped++;
        }
    }
  *ret_skipped = skipped;
  return 0;
}

struct collect
{
  json_t *points;   /* borrowed */
  const char *name; /* keep this one, or NULL */
};

static int
collect_point (const json_t *point, void *data, azml_error **err)
{
  struct collect *collect = data;
  if (collect->name)
    {
      AZML_AUTO_FREE char *name =
          azml__json_get_bytes (json_object_get (point, "name"), NULL);
      if (!name || strcmp (name, collect->name) != 0)
        return 0;
    }
  if (json_array_append (collect->points, (json_t *)point) < 0)
    return azml__error_no_memory (err);
  return 0;
}

int
azml__metrics_read (const char *folder, const char *name, json_t **ret,
                    azml_error **err)
{
  AZML_AUTO (json_t) points = json_array ();
  AZML_AUTO_CLOSE int fd = -1;
  json_int_t skipped;
  struct collect collect = { points, name };
  if (!points)
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
  if (!*name || !is_value (value))
    return azml__error (err, AZML_E_INVALID,
                        "metric '%s': not a number, a text or a list of numbers",
                        name);
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
