/* ssh-session.h: a libssh session, and what those who use it have in common.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The session does not block: libssh is called, and what it waits for is waited for
   here, together with the cancel token.  */

#ifndef AZML_CHANNEL_SSH_SESSION_H
#define AZML_CHANNEL_SSH_SESSION_H

#include <azml/cancel.h>
#include <libssh/libssh.h>
#include <stdint.h>
#include <sys/types.h>

#include "channel/ssh-complaint.h"
#include "channel/ssh-config.h"
#include "core/buffer.h"
#include "core/terminal.h"

/* How to log in, as the description of a connection says it.  All borrowed.  */
typedef struct azml__ssh_how
{
  const char *file;      /* configuration, NULL: the usual ones */
  const char *host_keys; /* NULL: as configured */
  const char *password_file, *password_command;
  int connect_timeout; /* seconds; 0: as configured */
  int only_key;        /* nothing but the first key is tried */
  azml_cancel *cancel;
  int depth; /* how many jump hosts wait for this one */
} azml__ssh_how;

typedef struct azml__ssh_jump azml__ssh_jump;

typedef struct azml__ssh
{
  ssh_session session;
  ssh_event event; /* of the session, once it is logged in */
  azml__ssh_config *config;
  int fd;      /* of the connection, -1: none */
  int theirs;  /* the same for libssh, which may have closed it; -1: none */
  pid_t proxy; /* the ProxyCommand, 0: there is none */
  FILE *said;  /* its standard error */
  azml__ssh_jump *jump; /* what carries it through a jump host, NULL */
  int banner;           /* the server's was seen */
  int opened;           /* it has let us execute something */
  int filtered;         /* the agent is asked through ssh-agent-filter.c */
  int beyond;           /* there is a key that the ssh command alone can use */
} azml__ssh;

/* Wait until SSH's connection can go on, until END (milliseconds of the boot clock) at
   most.  AZML_E_CANCELLED; AZML_E_TIMEOUT.  */
int
azml__ssh_turn (azml__ssh *ssh, int64_t end, azml_cancel *cancel, azml_error **err);

/* Repeat the call of an SSH_AUTH_ function until it has an answer.  libssh itself waits for
   one even when the server has hung up.  */
#define AZML__SSH_AUTH_TURNS(ssh, how, ret_auth, err, call)                        \
  (__extension__({                                                                 \
    int turn_rc_ = 0;                                                              \
    int64_t turn_end_ = azml__clock_boot_ms () + AZML__SSH_AUTH_MS;                \
    while ((*(ret_auth) = (call)) == SSH_AUTH_AGAIN && turn_rc_ == 0)              \
      if (ssh_is_connected ((ssh)->session))                                       \
        turn_rc_ = azml__ssh_turn (ssh, turn_end_, (how)->cancel, err);            \
      else                                                                         \
        {                                                                          \
          *(ret_auth) = SSH_AUTH_ERROR;                                            \
          break;                                                                   \
        }                                                                          \
    turn_rc_;                                                                      \
  }))

/* What to do where libssh cannot do what the ssh command can.  */
#define AZML__SSH_BEYOND_HINT                                                      \
  "the ssh command can: set AZML_SSH=ssh, or the target's field ssh=openssh"

#define AZML__SSH_AUTH_MS 120000 /* a server may ask others before it answers */

#endif
