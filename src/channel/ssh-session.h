/* ssh-session.h: a libssh session that is logged in, and the parts that make it.
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
  int fd;      /* of the connection, ours to close (libssh leaves it open); -1 */
  pid_t proxy; /* the ProxyCommand, 0: there is none */
  FILE *said;  /* its standard error */
  azml__ssh_jump *jump; /* what carries it through a jump host, NULL */
  int banner;           /* the server's was seen */
  int opened;           /* it has let us execute something */
} azml__ssh;

/* Connect to CONFIG's host (taken) and log in.  *RET_REASON, when it fails, tells
   whether it is worth another attempt.  Store the session (new) in *RET.  */
int
azml__ssh_log_in (azml__ssh_config *config, const azml__ssh_how *how,
                  azml__ssh **ret, azml__ssh_reason *ret_reason, azml_error **err);
void azml__ssh_free (azml__ssh *ssh);
AZML_DEFINE_AUTO (azml__ssh, azml__ssh_free)

/* Wait until SSH's connection can go on, until END (milliseconds of the boot clock) at
   most.  AZML_E_CANCELLED; AZML_E_TIMEOUT.  */
int
azml__ssh_turn (azml__ssh *ssh, int64_t end, azml_cancel *cancel, azml_error **err);

/* Return 1 if the agent at the socket PATH answers, 0 if there is none or it hangs (after
   five seconds).  AZML_E_CANCELLED.  */
int
azml__ssh_agent_answers (const char *path, azml_cancel *cancel, azml_error **err);

/* Open a stream to CONFIG's host (ssh-dial.c): store a socket (new) in *RET_FD.  */
int
azml__ssh_dial (const azml__ssh_config *config, int64_t end, azml_cancel *cancel,
                int *ret_fd, azml__ssh_reason *ret_reason, azml_error **err);

/* Execute the ProxyCommand COMMAND; its input and output are *RET_FD.  */
int azml__ssh_dial_command (azml__ssh *ssh, const char *command, int *ret_fd,
                            azml_error **err);

/* What the ProxyCommand said last (new), NULL: nothing.  */
char *azml__ssh_proxy_said (const azml__ssh *ssh);

/* What the server has sent before its banner, without taking it away:
   AZML__SSH_NONE: nothing wrong, and SSH's banner is set once it came.  */
azml__ssh_reason azml__ssh_look (azml__ssh *ssh, char **ret_detail);

/* Reach CONFIG's host through its jump host TARGET, user@host:port (ssh-jump.c).  */
int
azml__ssh_jump_open (const azml__ssh_config *config, const char *target,
                     const azml__ssh_how *how, int64_t end, azml__ssh_jump **ret,
                     int *ret_fd, azml__ssh_reason *ret_reason, azml_error **err);
void azml__ssh_jump_free (azml__ssh_jump *jump);

/* The host key of SSH is that of whom we mean (ssh-host-key.c).  */
int azml__ssh_verify (azml__ssh *ssh, const azml__ssh_how *how, azml_error **err);

/* The kinds of host keys to ask for: those that are known come first (new), NULL:
   none is.  */
char *azml__ssh_known_kinds (const azml__ssh_config *config);

/* Prove who we are (ssh-auth.c).  */
int
azml__ssh_authenticate (azml__ssh *ssh, const azml__ssh_how *how, azml_error **err);

/* Keys (ssh-keys.c): try them, those of the agent included.  Return an SSH_AUTH_ value;
   what stood in the way is added to *NOTES.  -1: *ERR is set.  */
int azml__ssh_try_keys (azml__ssh *ssh, const azml__ssh_how *how,
                        azml__buffer *notes, int *ret_auth, azml_error **err);

/* Repeat the call of an SSH_AUTH_ function until it has an answer.  */
#define AZML__SSH_AUTH_TURNS(ssh, how, ret_auth, err, call)                        \
  (__extension__({                                                                 \
    int turn_rc_ = 0;                                                              \
    int64_t turn_end_ = azml__clock_boot_ms () + AZML__SSH_AUTH_MS;                \
    while ((*(ret_auth) = (call)) == SSH_AUTH_AGAIN && turn_rc_ == 0)              \
      turn_rc_ = azml__ssh_turn (ssh, turn_end_, (how)->cancel, err);              \
    turn_rc_;                                                                      \
  }))

#define AZML__SSH_AUTH_MS 120000 /* a server may ask others before it answers */

#endif
