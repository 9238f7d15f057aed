/* ssh-login.c: connect to a host, and log in.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A jump host is logged in to like any other, so this and ssh-jump.c call each other.  */

#include <config.h>

#include "channel/ssh-login.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "channel/ssh-algorithms.h"
#include "channel/ssh-auth.h"
#include "channel/ssh-dial.h"
#include "channel/ssh-host-key.h"
#include "channel/ssh-jump.h"
#include "core/clock.h"
#include "core/spawn.h"

#define CONNECT_TIMEOUT 30 /* seconds, unless something else is said */
#define DEEPEST_JUMP 8

/* libssh gets a descriptor of its own for the socket.  It closes it when the connection is
   lost, at once: the number may be another one's by the time that we hear of that.  */
static int
give_socket (azml__ssh *ssh, azml_error **err)
{
  ssh->theirs = fcntl (ssh->fd, F_DUPFD_CLOEXEC, 0);
  if (ssh->theirs < 0)
    return azml__error_os (err, errno, "copy a descriptor");
  return ssh_options_set (ssh->session, SSH_OPTIONS_FD, &ssh->theirs) < 0
             ? azml__error (err, AZML_E_FAILED, "libssh does not take a socket")
             : 0;
}

/* Close that one if libssh has left it open, as it does when we end a connection.  */
static void
take_socket (azml__ssh *ssh)
{
  struct stat ours, theirs;
  if (ssh->theirs >= 0 && fstat (ssh->fd, &ours) == 0
      && fstat (ssh->theirs, &theirs) == 0 && ours.st_dev == theirs.st_dev
      && ours.st_ino == theirs.st_ino)
    close (ssh->theirs);
}

static int
set_options (azml__ssh *ssh, azml_error **err)
{
  int no = 0;
  long nothing = 0;
  char *const *values = ssh->config->values;
  unsigned port =
      (unsigned)azml__ssh_config_number (ssh->config, AZML__SSH_PORT, 22);
  ssh_session session = ssh->session;
  ssh_set_blocking (session, 0);
  (void)ssh_options_set (session, SSH_OPTIONS_PROCESS_CONFIG, &no);
  (void)ssh_options_set (session, SSH_OPTIONS_HOST, values[AZML__SSH_HOSTNAME]);
  (void)ssh_options_set (session, SSH_OPTIONS_PORT, &port);
  (void)ssh_options_set (session, SSH_OPTIONS_USER, values[AZML__SSH_USER]);
  /* libssh looks into these for the kinds of keys; we know them better */
  (void)ssh_options_set (session, SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
  (void)ssh_options_set (session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
  (void)ssh_options_set (session, SSH_OPTIONS_TIMEOUT, &nothing);
  int rc = azml__ssh_set_algorithms (ssh, err);
  return rc < 0 ? rc : give_socket (ssh, err);
}

/* The stream to the host, whichever way.  */
static int
dial (azml__ssh *ssh, const azml__ssh_how *how, int64_t end,
      azml__ssh_reason *ret_reason, azml_error **err)
{
  const char *jump = ssh->config->values[AZML__SSH_PROXY_JUMP];
  const char *command = ssh->config->values[AZML__SSH_PROXY_COMMAND];
  if (jump && strcasecmp (jump, "none") == 0)
    jump = NULL;
  if (command && strcasecmp (command, "none") == 0)
    command = NULL;
  if (jump && how->depth >= DEEPEST_JUMP)
    return azml__error (err, AZML_E_INVALID,
                        "'%s': too many jump hosts, or a circle",
                        ssh->config->name);
  if (jump)
    return azml__ssh_jump_open (ssh->config, jump, how, end, &ssh->jump, &ssh->fd,
                                ret_reason, err);
  if (command)
    return azml__ssh_dial_command (ssh, command, &ssh->fd, err);
  return azml__ssh_dial (ssh->config, end, how->cancel, &ssh->fd, ret_reason, err);
}

/* What libssh says of a failed key exchange.  */
static azml__ssh_reason
reason_of (const azml__ssh *ssh, const char *said)
{
  if (strstr (said, "no match for method") || strstr (said, "kex error"))
    return AZML__SSH_NO_COMMON_ALGORITHM;
  if (ssh->proxy && !ssh->banner)
    return AZML__SSH_PROXY;
  if (!ssh->banner)
    return AZML__SSH_BUSY;
  return AZML__SSH_CLOSED;
}

static int
fail (azml__ssh *ssh, azml__ssh_reason reason, char *detail,
      azml__ssh_reason *ret_reason, azml_error **err)
{
  AZML_AUTO_FREE char *mine = detail;
  /* Its own words say more than that the connection broke.  */
  AZML_AUTO_FREE char *words =
      reason == AZML__SSH_PROXY ? azml__ssh_proxy_said (ssh) : NULL;
  *ret_reason = reason;
  return azml__ssh_fail (err, reason, ssh->config->name, words ? words : mine);
}

/* Agree on keys with the server.  */
static int
exchange (azml__ssh *ssh, const azml__ssh_how *how, int64_t end,
          azml__ssh_reason *ret_reason, azml_error **err)
{
  int state;
  while ((state = ssh_connect (ssh->session)) == SSH_AGAIN)
    {
      char *detail = NULL;
      azml_error *late = NULL;
      int rc = azml__ssh_turn (ssh, end, how->cancel, &late);
      if (rc == AZML_E_TIMEOUT)
        {
          azml_error_free (late);
          return fail (ssh, AZML__SSH_SILENT, NULL, ret_reason, err);
        }
      if (rc < 0)
        {
          if (err)
            *err = late;
          else
            azml_error_free (late);
          return rc;
        }
      if (ssh->banner)
        continue;
      azml__ssh_reason reason = azml__ssh_look (ssh, &detail);
      if (reason != AZML__SSH_NONE)
        return fail (ssh, reason, detail, ret_reason, err);
    }
  if (state == SSH_OK)
    return 0;
  const char *said = ssh_get_error (ssh->session);
  return fail (ssh, reason_of (ssh, said), strdup (said), ret_reason, err);
}

/* How long it may take until the server and we agree on keys.  */
static int
seconds_to_connect (const azml__ssh_config *config, const azml__ssh_how *how)
{
  const char *text = config->values[AZML__SSH_CONNECT_TIMEOUT];
  int seconds = how->connect_timeout;
  if (seconds <= 0 && text)
    seconds = azml__ssh_seconds (text);
  return seconds > 0 ? seconds : CONNECT_TIMEOUT;
}

int
azml__ssh_log_in (azml__ssh_config *config, const azml__ssh_how *how,
                  azml__ssh **ret, azml__ssh_reason *ret_reason, azml_error **err)
{
  int seconds = seconds_to_connect (config, how);
  int64_t end = azml__clock_boot_ms () + (int64_t)seconds * 1000;
  AZML_AUTO (azml__ssh) ssh = calloc (1, sizeof *ssh);
  *ret_reason = AZML__SSH_NONE;
  if (!ssh)
    {
      azml__ssh_config_free (config);
      return azml__error_no_memory (err);
    }
  ssh->config = config;
  ssh->fd = ssh->theirs = -1;
  int rc = dial (ssh, how, end, ret_reason, err);
  if (rc < 0)
    return rc;
  (void)fcntl (ssh->fd, F_SETFL, O_NONBLOCK);
  ssh->session = ssh_new ();
  if (!ssh->session)
    return azml__error_no_memory (err);
  /* the user may have taken his time on the way */
  if (ssh->jump)
    end = azml__clock_boot_ms () + (int64_t)seconds * 1000;
  rc = set_options (ssh, err);
  if (rc == 0)
    rc = exchange (ssh, how, end, ret_reason, err);
  if (rc == 0)
    rc = azml__ssh_verify (ssh, how, err);
  if (rc == 0)
    rc = azml__ssh_authenticate (ssh, how, err);
  if (rc < 0)
    return rc;
  ssh->event = ssh_event_new ();
  if (!ssh->event || ssh_event_add_session (ssh->event, ssh->session) < 0)
    return azml__error_no_memory (err);
  *ret = azml_steal (&ssh);
  return 0;
}

/* End the ProxyCommand, which has lost its other end.  */
static void
end_proxy (pid_t pid)
{
  int status;
  for (int i = 0; i < 100; i++)
    {
      if (waitpid (pid, &status, WNOHANG) != 0)
        return;
      if (i == 20)
        (void)kill (pid, SIGTERM);
      (void)poll (NULL, 0, 10);
    }
  (void)kill (pid, SIGKILL);
  (void)azml__spawn_wait (pid, &status, NULL);
}

void
azml__ssh_free (azml__ssh *ssh)
{
  if (!ssh)
    return;
  if (ssh->event)
    {
      (void)ssh_event_remove_session (ssh->event, ssh->session);
      ssh_event_free (ssh->event);
    }
  if (ssh->session)
    {
      ssh_disconnect (ssh->session);
      ssh_free (ssh->session);
    }
  if (ssh->fd >= 0)
    {
      take_socket (ssh);
      close (ssh->fd);
    }
  if (ssh->proxy > 0)
    end_proxy (ssh->proxy);
  if (ssh->said)
    (void)fclose (ssh->said);
  azml__ssh_jump_free (ssh->jump);
  azml__ssh_config_free (ssh->config);
  free (ssh);
}
