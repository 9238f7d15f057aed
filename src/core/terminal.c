/* terminal.c: ask the user something on the terminal.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "core/cancel.h"
#include "core/printable.h"

#define ANSWER_SIZE 4096 /* more, the kernel does not take in one line */

/* Opened anew, the descriptor has flags of its own.  */
static int
open_terminal (void)
{
  int fd = open ("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd >= 0 && tcgetpgrp (fd) != getpgrp ())
    close (azml__steal_fd (&fd));
  return fd;
}

int
azml__terminal_present (void)
{
  AZML_AUTO_CLOSE int fd = open_terminal ();
  return fd >= 0;
}

void
azml__secret_free (char *secret)
{
  if (secret)
    explicit_bzero (secret, strlen (secret));
  free (secret);
}

/* A terminal that scrolls slowly takes no more for a while.  */
static void
put (int fd, const char *text)
{
  size_t left = strlen (text);
  while (left)
    {
      ssize_t n = write (fd, text, left);
      if (n > 0)
        {
          text += n;
          left -= (size_t)n;
        }
      else if (n < 0 && errno == EAGAIN)
        {
          struct pollfd wait = { .fd = fd, .events = POLLOUT };
          (void)poll (&wait, 1, -1);
        }
      else if (errno != EINTR)
        return;
    }
}

void
azml__terminal_say (const char *text)
{
  AZML_AUTO_CLOSE int fd = open_terminal ();
  if (fd >= 0)
    put (fd, text);
}

/* Read a line into ANSWER; 0 when it is there.  */
static int
read_line (int fd, azml_cancel *cancel, char answer[ANSWER_SIZE], azml_error **err)
{
  size_t n = 0;
  for (;;)
    {
      int ready;
      struct pollfd wait = { .fd = fd, .events = POLLIN };
      int rc = azml__cancel_poll (cancel, &wait, 1, -1, &ready, err);
      if (rc < 0)
        return rc;
      ssize_t got = read (fd, answer + n, ANSWER_SIZE - 1 - n);
      if (got < 0 && (errno == EAGAIN || errno == EINTR))
        continue;
      if (got <= 0)
        return azml__error (err, AZML_E_CANCELLED, "no answer");
      n += (size_t)got;
      char *end = memchr (answer, '\n', n);
      if (end || n == ANSWER_SIZE - 1)
        {
          *(end ? end : answer + n) = 0;
          return 0;
        }
    }
}

/* Prompts of servers may hold what moves a cursor.  */
static void
put_prompt (int fd, const char *prompt)
{
  AZML_AUTO_FREE char *shown = azml__printable (strdup (prompt));
  put (fd, shown ? shown : "?");
}

int
azml__terminal_ask (const char *prompt, int echo, azml_cancel *cancel, char **ret,
                    azml_error **err)
{
  char answer[ANSWER_SIZE];
  struct termios before, quiet;
  AZML_AUTO_CLOSE int fd = open_terminal ();
  if (fd < 0)
    return azml__error (err, AZML_E_UNSUPPORTED, "there is no terminal to ask on");
  int known = tcgetattr (fd, &before) == 0;
  if (known && !echo)
    {
      quiet = before;
      quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
      (void)tcsetattr (fd, TCSAFLUSH, &quiet);
    }
  put_prompt (fd, prompt);
  int rc = read_line (fd, cancel, answer, err);
  if (known && !echo)
    {
      (void)tcsetattr (fd, TCSAFLUSH, &before);
      put (fd, "\n");
    }
  char *copy = rc == 0 ? strdup (answer) : NULL;
  explicit_bzero (answer, sizeof answer);
  if (rc < 0)
    return rc;
  if (!copy)
    return azml__error_no_memory (err);
  *ret = copy;
  return 0;
}
