/* engine-socket.c: one question to the daemon that the docker command need not ask.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Each run asks what its image is.  The daemon answers that in a millisecond; the command
   takes ten times as long before it has asked, which is a tenth of what a short run in a
   container takes.  Where anything is unusual (a context, a daemon elsewhere, podman, sudo,
   an answer that is no plain yes or no) the command is asked, which knows all of it.  */

#include <config.h>

#include "container/engine-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/path.h"

#define USUAL "/var/run/docker.sock"
#define PATIENCE_MS 1000
#define ANSWER_LIMIT ((size_t)4 << 20)
#define NAME_BYTES                                                                 \
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:@"

/* The socket of the daemon that ENGINE's command would talk to (new); NULL: it has none
   that we know.  */
static char *
find_socket (const azml__engine *engine)
{
  const char *host = azml__variables_get (&engine->variables, "DOCKER_HOST");
  if (engine->podman || engine->sudo)
    return NULL;
  if (host && *host)
    return strncmp (host, "unix:///", 8) == 0 ? strdup (host + 7) : NULL;
  AZML_AUTO_FREE char *context = azml__engine_context (&engine->variables);
  return context && strcmp (context, "default") != 0 ? NULL : strdup (USUAL);
}

static int
connect_to (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  if (strlen (path) >= sizeof address.sun_path)
    return -1;
  strcpy (address.sun_path, path);
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0
      && connect (fd, (const struct sockaddr *)&address, sizeof address) < 0)
    {
      close (fd);
      fd = -1;
    }
  return fd;
}

/* Send QUESTION and read until the daemon closes.  0 if the ANSWER is whole.  */
static int
converse (int fd, const char *question, azml__buffer *answer)
{
  int64_t until = azml__clock_boot_ms () + PATIENCE_MS;
  size_t n = strlen (question);
  if (send (fd, question, n, MSG_NOSIGNAL) != (ssize_t)n)
    return -1;
  while (answer->length < ANSWER_LIMIT)
    {
      struct pollfd one = { .fd = fd, .events = POLLIN };
      int64_t left = until - azml__clock_boot_ms ();
      if (left <= 0 || poll (&one, 1, (int)left) == 0)
        return -1;
      char *room = azml__buffer_room (answer, 16384);
      ssize_t got = room ? read (fd, room, 16384) : -1;
      if (got == 0)
        return 0;
      if (got > 0)
        {
          answer->length += (size_t)got;
          answer->data[answer->length] = '\0';
        }
      else if (!room || (errno != EINTR && errno != EAGAIN))
        return -1;
    }
  return -1;
}

/* 1: ANSWER has the facts, in *RET; 0: there is no such image; -1: it is neither.  */
static int
understand (const azml__buffer *answer, json_t **ret)
{
  const char *text = answer->data;
  const char *body = text ? strstr (text, "\r\n\r\n") : NULL;
  if (!body || strncmp (text, "HTTP/1.", 7) != 0 || strlen (text) < 12)
    return -1;
  const char *chunked = strcasestr (text, "\nTransfer-Encoding:");
  if (chunked && chunked < body)
    return -1;
  body += 4;
  size_t n = answer->length - (size_t)(body - text);
  AZML_AUTO (json_t) value = NULL;
  if (azml__json_parse (body, n, "answer", &value, NULL) < 0)
    return -1;
  if (strncmp (text + 8, " 404", 4) == 0)
    {
      const char *message = azml__json_string (value, "message");
      return message && strcasestr (message, "no such image") ? 0 : -1;
    }
  if (strncmp (text + 8, " 200", 4) != 0 || !azml__json_string (value, "Id"))
    return -1;
  *ret = azml_steal (&value);
  return 1;
}

int
azml__engine_image (const azml__engine *engine, const char *image, json_t **ret)
{
  AZML_AUTO_FREE char *path = find_socket (engine);
  AZML_AUTO_BUFFER answer = AZML__BUFFER_INIT;
  if (!path || !*image || image[strspn (image, NAME_BYTES)] || strstr (image, ".."))
    return -1;
  /* Of 1.0, so that the answer is in one piece and ends with the connection.  */
  AZML_AUTO_FREE char *question = azml__path_format (
      "GET /images/%s/json HTTP/1.0\r\nHost: docker\r\n\r\n", image);
  AZML_AUTO_CLOSE int fd = question ? connect_to (path) : -1;
  if (fd < 0 || converse (fd, question, &answer) < 0 || !azml__buffer_ok (&answer))
    return -1;
  return understand (&answer, ret);
}
