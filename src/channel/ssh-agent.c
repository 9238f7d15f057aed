/* ssh-agent.c: is there an agent, and does it answer?
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   libssh waits for an agent for ever, and nothing can end that.  So it is asked here first
   which keys it has (draft-miller-ssh-agent, section 4.4): any agent answers that at
   once, be it locked or not.  */

#include <config.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "channel/ssh-agent.h"
#include "core/cancel.h"
#include "core/clock.h"

#define PATIENCE_MS 5000
#define RETRY_MS 20

/* Wait for EVENTS of FD.  Return 1 if they came.  */
static int
await (int fd, short events, azml_cancel *cancel, azml_error **err)
{
  struct pollfd ready = { .fd = fd, .events = events };
  int n = 0;
  int rc = azml__cancel_poll (cancel, &ready, 1, PATIENCE_MS, &n, err);
  return rc < 0 ? rc : n > 0;
}

/* Return 1 if whoever is behind FD answers the question which keys it has.  */
static int
ask (int fd, azml_cancel *cancel, azml_error **err)
{
  static const char question[] = { 0, 0, 0, 1, 11 }; /* REQUEST_IDENTITIES */
  char byte;
  int rc = await (fd, POLLOUT, cancel, err);
  if (rc <= 0)
    return rc;
  if (send (fd, question, sizeof question, MSG_NOSIGNAL) != sizeof question)
    return 0;
  rc = await (fd, POLLIN, cancel, err);
  return rc <= 0 ? rc : read (fd, &byte, 1) == 1;
}

/* Connect FD to the agent at ADDRESS.  Return 1 if that went well.  An agent whom many
   ask at the same time has a full queue for a while.  */
static int
reach (int fd, const struct sockaddr_un *address, azml_cancel *cancel,
       azml_error **err)
{
  int64_t end = azml__clock_boot_ms () + PATIENCE_MS;
  while (connect (fd, (const struct sockaddr *)address, sizeof *address) < 0)
    {
      int n;
      if ((errno != EAGAIN && errno != EINTR) || azml__clock_boot_ms () > end)
        return 0;
      int rc = azml__cancel_poll (cancel, NULL, 0, RETRY_MS, &n, err);
      if (rc < 0)
        return rc;
    }
  return 1;
}

int
azml__ssh_agent_answers (const char *path, azml_cancel *cancel, azml_error **err)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  if (strlen (path) >= sizeof address.sun_path)
    return 0;
  strcpy (address.sun_path, path);
  AZML_AUTO_CLOSE int fd =
      socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int rc = fd < 0 ? 0 : reach (fd, &address, cancel, err);
  return rc <= 0 ? rc : ask (fd, cancel, err);
}
