/* ssh-tool.c: a connection for the shell tests of SSH.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   ssh-tool DESCRIPTION LINE...: open the connection that the JSON object describes,
   execute each LINE over it, all at once, and be the program: standard input goes to
   the first, output and errors come out, the status of the first that fails is the
   exit status. An error is said as "code: message | hint", exit status 250.
   SIGINT cancels.  With --lines the lines are executed one after the other.  */

#include <config.h>

#include <poll.h>
#include <signal.h>
#include <string.h>

#include "channel/connection.h"
#include "core/cancel.h"
#include "core/file.h"
#include "core/json.h"

#define CHUNK (256 << 10)

static azml_cancel *cancel;

static void
interrupt (int number)
{
  (void)number;
  azml_cancel_set (cancel);
}

static void
notice (void *data, const char *text)
{
  (void)data;
  fprintf (stderr, "notice: %s\n", text);
}

static int
complain (azml_error *err)
{
  const char *hint = azml_error_hint (err);
  fprintf (stderr, "%s: %s | %s\n", azml_code_name (azml_error_code (err)),
           azml_error_message (err), hint ? hint : "");
  azml_error_free (err);
  return 250;
}

struct input
{
  char data[CHUNK];
  size_t n, done;
  int end;
};

/* Give the program what stands on standard input.  */
static int
feed (azml__channel *channel, struct input *input, int ready, azml_error **err)
{
  size_t n;
  struct pollfd fd = { .fd = 0, .events = POLLIN };
  if (input->done == input->n && !input->end && poll (&fd, 1, 0) > 0)
    {
      ssize_t got = read (0, input->data, sizeof input->data);
      input->n = got > 0 ? (size_t)got : 0;
      input->done = 0;
      if (got == 0)
        {
          input->end = 1;
          return azml__channel_end_input (channel, err);
        }
    }
  if (input->done == input->n || !(ready & AZML__CHANNEL_WRITABLE))
    return 0;
  int rc = azml__channel_write (channel, input->data + input->done,
                                input->n - input->done, &n, err);
  if (rc < 0)
    return rc;
  input->done += n;
  return 0;
}

static int
copy_out (azml__channel *channel, int stream, int *ret_end, azml_error **err)
{
  static char data[CHUNK];
  size_t n;
  int rc;
  do
    {
      rc =
          azml__channel_read (channel, stream, data, sizeof data, &n, ret_end, err);
      if (rc == 0 && n)
        rc = azml__file_write (stream, data, n, err);
    }
  while (rc == 0 && n == sizeof data);
  return rc;
}

/* Be the program on CHANNEL until it ends.  */
static int
follow (azml__channel *channel, int *ret_exit, azml_error **err)
{
  static struct input input;
  int ends[2] = { 0, 0 }, rc = 0;
  while (rc == 0 && !(ends[0] && ends[1]))
    {
      int ready;
      int more = input.done < input.n;
      struct pollfd in = { .fd = 0, .events = POLLIN };
      int soon = more || input.end ? -1 : poll (&in, 1, 0) > 0 ? 0 : 2;
      rc = azml__channel_wait (
          channel, AZML__CHANNEL_READABLE | (more ? AZML__CHANNEL_WRITABLE : 0),
          soon, cancel, &ready, err);
      for (int i = 0; i < 2 && rc == 0; i++)
        if (!ends[i])
          rc = copy_out (channel, i + 1, &ends[i], err);
      if (rc == 0)
        {
          rc = feed (channel, &input, ready, err);
          if (rc == AZML_E_UNREACHABLE && (ends[0] || ends[1]))
            rc = 0;
        }
      /* A master that ssh left behind keeps its errors open.  */
      if (ends[0] && rc == 0 && azml__channel_status (channel, ret_exit, err) == 0)
        {
          (void)!copy_out (channel, 2, &ends[1], NULL);
          return 0;
        }
    }
  return rc < 0 ? rc : azml__channel_status (channel, ret_exit, err);
}

static int
run (azml__connection *connection, char **lines, int n, int in_order,
     azml_error **err)
{
  azml__channel *channels[64] = { NULL };
  int rc = 0, result = 0, code = 0;
  for (int i = 0; i < n && rc == 0 && !in_order; i++)
    rc = azml__connection_execute (connection, lines[i], &channels[i], err);
  for (int i = 0; i < n && rc == 0; i++)
    {
      if (in_order)
        rc = azml__connection_execute (connection, lines[i], &channels[i], err);
      if (rc == 0)
        rc = follow (channels[i], &code, err);
      if (rc == 0 && !result)
        result = code;
    }
  for (int i = 0; i < n; i++)
    azml__channel_free (channels[i]);
  return rc < 0 ? rc : result;
}

int
main (int argc, char **argv)
{
  AZML_AUTO (json_t) description = NULL;
  AZML_AUTO (azml__connection) connection = NULL;
  azml_error *err = NULL;
  int in_order = argc > 1 && strcmp (argv[1], "--lines") == 0;
  struct sigaction action = { .sa_handler = interrupt, .sa_flags = SA_RESTART };
  argv += in_order;
  argc -= in_order;
  if (argc < 3 || argc > 60 || azml_cancel_new (&cancel, &err) < 0)
    return 2;
  sigaction (SIGINT, &action, NULL);
  int rc = azml__json_parse (argv[1], strlen (argv[1]), "description", &description,
                             &err);
  if (rc == 0)
    rc = azml__connection_open_noted (description, notice, NULL, cancel,
                                      &connection, &err);
  if (rc == 0)
    rc = run (connection, argv + 2, argc - 2, in_order, &err);
  azml_cancel_unref (cancel);
  return rc < 0 ? complain (err) : rc;
}
