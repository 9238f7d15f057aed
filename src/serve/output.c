/* output.c: what `azml-runner serve` sends.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A data frame's bytes go from the file to the descriptor in the kernel where it can do
   that.  At most one such segment is in flight; what is queued meanwhile goes after it,
   so an answer never waits longer than for one chunk.  */

#include <config.h>

#include <errno.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "core/file.h"
#include "serve/private.h"

#define SMALL ((size_t)16 << 10)

azml__buffer *
azml__output_tail (azml__serve_state *serve)
{
  return serve->segment.fd >= 0 ? &serve->after : &serve->out;
}

int
azml__output_pending (const azml__serve_state *serve)
{
  return serve->written < serve->out.length || serve->segment.fd >= 0;
}

static int
report_write (azml_error **err)
{
  if (errno == EPIPE || errno == ECONNRESET)
    return azml__error (err, AZML_E_UNREACHABLE,
                        "the client does not read any more");
  return azml__error_os (err, errno, "write to the client");
}

/* Write the buffer OUT.  *RET_FULL: the client must read first.  */
static int
write_out (azml__serve_state *serve, int *ret_full, azml_error **err)
{
  azml__buffer *out = &serve->out;
  while (serve->written < out->length)
    {
      ssize_t n = write (STDOUT_FILENO, out->data + serve->written,
                         out->length - serve->written);
      if (n < 0 && errno == EINTR)
        continue;
      *ret_full = n < 0 && errno == EAGAIN;
      if (n < 0)
        return *ret_full ? 0 : report_write (err);
      serve->written += (size_t)n;
    }
  azml__buffer_truncate (out, 0);
  serve->written = 0;
  return 0;
}

/* The kernel cannot send the file by itself, or it has become shorter: take the next
   piece through memory, with zeros for what is missing.  */
static int
copy_piece (azml__serve_state *serve, azml_error **err)
{
  azml__segment *segment = &serve->segment;
  size_t n = segment->left < 65536 ? segment->left : 65536, got;
  char *room = azml__buffer_room (&serve->out, n);
  if (!room)
    return azml__error_no_memory (err);
  if (azml__file_pread (segment->fd, room, n, segment->offset, &got, NULL) < 0)
    got = 0; /* the length was promised; what cannot be read counts as lost */
  if (got < n)
    {
      memset (room + got, 0, n - got);
      if (segment->shrunk)
        *segment->shrunk = 1;
    }
  serve->out.length += n;
  segment->offset += (off_t)n;
  segment->left -= n;
  return 0;
}

static int
write_segment (azml__serve_state *serve, int *ret_full, azml_error **err)
{
  azml__segment *segment = &serve->segment;
  while (segment->left)
    {
      ssize_t n =
          sendfile (STDOUT_FILENO, segment->fd, &segment->offset, segment->left);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && errno == EAGAIN)
        {
          *ret_full = 1;
          return 0;
        }
      if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
        return report_write (err);
      if (n <= 0)
        return copy_piece (serve, err);
      segment->left -= (size_t)n;
    }
  segment->fd = -1;
  azml__buffer sent = serve->out; /* empty */
  serve->out = serve->after;
  serve->after = sent;
  return 0;
}

int
azml__output_write (azml__serve_state *serve, azml_error **err)
{
  int full = 0, rc = 0;
  while (rc == 0 && !full && azml__output_pending (serve))
    {
      rc = write_out (serve, &full, err);
      if (rc == 0 && !full && serve->segment.fd >= 0)
        rc = write_segment (serve, &full, err);
    }
  return rc;
}

int
azml__request_event (azml__request *request, json_t *json, azml_error **err)
{
  AZML_AUTO (json_t) owned = json;
  return azml__frame_add_json (azml__output_tail (request->serve),
                               AZML__FRAME_EVENT, request->id, owned, err);
}

int
azml__request_reply (azml__request *request, json_t *json, azml_error **err)
{
  AZML_AUTO (json_t) owned = json;
  int rc = azml__frame_add_json (azml__output_tail (request->serve),
                                 AZML__FRAME_REPLY, request->id, owned, err);
  if (rc == 0)
    request->answered = 1;
  return rc;
}

int
azml__request_reply_parts (azml__request *request, const char *key,
                           const json_t *all, size_t part_size, json_t *rest,
                           azml_error **err)
{
  AZML_AUTO (json_t) part = json_array ();
  AZML_AUTO (json_t) reply = rest ? json_incref (rest) : json_object ();
  for (size_t i = 0; i < json_array_size (all); i++)
    {
      json_array_append (part, json_array_get (all, i));
      if (json_array_size (part) < part_size)
        continue;
      int rc = azml__request_event (request, json_pack ("{s:O}", key, part), err);
      if (rc < 0)
        return rc;
      json_array_clear (part);
    }
  if (!part || json_object_set (reply, key, part) < 0)
    return azml__error_no_memory (err);
  return azml__request_reply (request, azml_steal (&reply), err);
}

void
azml__request_fail (azml__request *request, const azml_error *err, int missing)
{
  AZML_AUTO (json_t) json = azml__error_to_json (err);
  request->answered = 1;
  if (json && missing)
    json_object_set_new (json, "missing", json_true ());
  if (!json
      || azml__frame_add_json (azml__output_tail (request->serve), AZML__FRAME_FAIL,
                               request->id, json, NULL)
             < 0)
    request->serve->ended =
        1; /* not even that: the client must not wait for ever */
}

int
azml__request_data (azml__request *request, uint8_t stream, const void *data,
                    size_t n, azml_error **err)
{
  azml__buffer *out = azml__output_tail (request->serve);
  azml__frame_add (out, AZML__FRAME_DATA, stream, request->id, data, (uint32_t)n);
  return azml__buffer_ok (out) ? 0 : azml__error_no_memory (err);
}

/* A little is copied, so that it shares a write with what is before and after it.  */
static int
add_small (azml__request *request, uint8_t stream, int fd, off_t offset, size_t n,
           int *shrunk, azml_error **err)
{
  char data[SMALL];
  size_t got;
  if (azml__file_pread (fd, data, n, offset, &got, NULL) < 0)
    got = 0;
  if (got < n)
    memset (data + got, 0, n - got);
  if (got < n && shrunk)
    *shrunk = 1;
  return azml__request_data (request, stream, data, n, err);
}

int
azml__request_segment (azml__request *request, uint8_t stream, int fd, off_t offset,
                       size_t n, int *shrunk, azml_error **err)
{
  azml__serve_state *serve = request->serve;
  char header[AZML__FRAME_HEADER] = { 0 };
  if (serve->segment.fd >= 0)
    return azml__error (err, AZML_E_FAILED, "two segments at once");
  if (n <= SMALL)
    return add_small (request, stream, fd, offset, n, shrunk, err);
  azml__put_u32 (header, (uint32_t)n);
  azml__put_u32 (header + 4, request->id);
  header[8] = AZML__FRAME_DATA;
  header[9] = (char)stream;
  azml__buffer_add (&serve->out, header, sizeof header);
  if (!azml__buffer_ok (&serve->out))
    return azml__error_no_memory (err);
  serve->segment = (azml__segment){
    .fd = fd, .owner = request, .offset = offset, .left = n, .shrunk = shrunk
  };
  return 0;
}
