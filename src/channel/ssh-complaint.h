/* ssh-complaint.h: why there is no connection, in words that say what to do.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Both doors to SSH give the same errors.  */

#ifndef AZML_CHANNEL_SSH_COMPLAINT_H
#define AZML_CHANNEL_SSH_COMPLAINT_H

#include "core/error.h"

typedef enum azml__ssh_reason
{
  AZML__SSH_NONE,       /* none of these */
  AZML__SSH_UNRESOLVED, /* the name has no address */
  AZML__SSH_REFUSED,    /* nothing listens there */
  AZML__SSH_NO_ROUTE,
  AZML__SSH_TIMEOUT, /* no connection in time */
  AZML__SSH_SILENT,  /* connected, but no word of SSH in time */
  AZML__SSH_CLOSED,  /* closed before it let us in */
  AZML__SSH_GARBAGE, /* what answers is no SSH server */
  AZML__SSH_BUSY,    /* closed before its banner: too many log in (MaxStartups) */
  AZML__SSH_NO_COMMON_ALGORITHM,
  AZML__SSH_PROXY,        /* the command to get there ended */
  AZML__SSH_HOST_UNKNOWN, /* the host key is not known */
  AZML__SSH_HOST_CHANGED,
  AZML__SSH_HOST_REVOKED,
  AZML__SSH_AUTH,          /* nothing we have was accepted */
  AZML__SSH_AUTH_TOO_MANY, /* the server has enough of it */
  AZML__SSH_NO_CHANNEL,    /* it opens no session (MaxSessions) */
  AZML__SSH_CONFIG,        /* a configuration file is wrong */
  AZML__SSH_LOST           /* the connection broke */
} azml__ssh_reason;

/* Set *ERR to what REASON means for ADDRESS, with DETAIL (NULL: none; what the other
   side or the system said) and the hint that goes with it; its native code is REASON.
   Return the code.  */
int azml__ssh_fail (azml_error **err, azml__ssh_reason reason, const char *address,
                    const char *detail);

/* What the ssh command meant with TEXT, the end of its standard error; store the line
   that says it (new, NULL: none) in *RET_DETAIL.  */
azml__ssh_reason azml__ssh_understand (const char *text, char **ret_detail);

/* Take out of the N bytes of TEXT, whole lines that the ssh command writes, those that it
   writes only with LogLevel VERBOSE and that are no complaint; return what is left of N.  */
size_t azml__ssh_hush (char *text, size_t n);

/* How long to wait after the ATTEMPTth time (0, 1, ...) that a machine refused for its
   load: longer each time, and not for all clients the same.  */
int azml__ssh_pause_ms (int attempt);

#endif
