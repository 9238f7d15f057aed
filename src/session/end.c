/* end.c: how a session ended, and what the other side may have had of it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <string.h>

#include "session/private.h"
#include "channel/ssh-complaint.h"

#define LOOKS 3

/* The last line of TEXT that says something, at most 300 bytes: what a remote
   printed must not flood a message.  */
static void
last_line (const azml__buffer *text, char line[301])
{
  size_t end = text->length, start;
  while (end && strchr (" \t\r\n", text->data[end - 1]))
    end--;
  for (start = end; start && text->data[start - 1] != '\n' && end - start < 300;
       start--)
    continue;
  for (size_t i = start; i < end; i++)
    line[i - start] = (unsigned char)text->data[i] < 32 ? ' ' : text->data[i];
  line[end - start] = '\0';
}

int
azml__session_report_end (azml__session *session, azml_error **err)
{
  char line[301];
  last_line (session->stderr_tail.length ? &session->stderr_tail : &session->in,
             line);
  if (session->banner && !session->stderr_tail.length)
    *line = '\0';
  int rc = azml__error (err, AZML_E_UNREACHABLE, "%s%s%s",
                        session->banner ? "the connection to azml-runner ended"
                                        : "no azml-runner answered",
                        *line ? ": " : "", line);
  if (!session->banner && strcmp (session->channel->ops->name, "local") != 0)
    azml__error_hint (err,
                      "see what 'ssh HOST true' does there: a login shell that "
                      "ends, or a key that is for another command, executes "
                      "nothing");
  return rc;
}

/* What the program of this machine said with its end: 126 and 127 are a program that was
   never executed.  */
static int
was_executed (azml__session *session)
{
  int code = 0;
  if (!azml__channel_ended (session->channel, 0)
      || azml__channel_status (session->channel, &code, NULL) < 0)
    return 1;
  return code != 126 && code != 127;
}

/* A runner greets before it reads, and what an SSH connection brought before it ended in
   order is here.  So a session of which the greeting did not come was not read, unless its
   connection broke; what another program carries may have broken on its way, too.  */
azml__session_reach
azml__session_reached (azml__session *session)
{
  const azml_error *why = session->broken;
  if (session->banner || !why)
    return AZML__SESSION_MAYBE;
  if (session->ended && strcmp (session->channel->ops->name, "local") == 0)
    return was_executed (session) ? AZML__SESSION_MUTE : AZML__SESSION_NEVER;
  /* What went wrong on this side, such as memory that ran out, tells nothing of that. */
  if (azml_error_code (why) == AZML_E_NO_MEMORY
      || azml_error_code (why) == AZML_E_OS)
    return AZML__SESSION_MAYBE;
  if (session->ended || azml_error_code (why) != AZML_E_UNREACHABLE)
    return AZML__SESSION_NEVER;
  return azml_error_domain (why) == AZML_DOMAIN_SSH
                 && azml_error_native (why) != AZML__SSH_LOST
             ? AZML__SESSION_NEVER
             : AZML__SESSION_MAYBE;
}

/* What has come is in front of the end, a piece in each turn.  Nothing is waited for: each
   command asks, and nearly always all is well.  */
int
azml__session_is_well (azml__session *session, azml_cancel *cancel)
{
  AZML_AUTO (azml_error) err = NULL;
  int rc = azml__session_broken (session, &err);
  for (int i = 0; rc == 0 && i < LOOKS; i++)
    {
      rc = azml__session_turn (session, 0, 1, cancel, &err);
      if (rc == 0)
        rc = azml__session_keep_all (session, cancel, &err);
    }
  return azml__session_broken (session, NULL) == 0;
}
