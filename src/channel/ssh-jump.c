/* ssh-jump.c: to a host through another one.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The jump host is logged in to like any other, its key verified by the same rules;
   it opens a stream to the host behind it. A thread of its own, to which the session
   with the jump host belongs from then on, carries the bytes between that stream and
   a socket, so that the session with the host behind needs to know nothing of it.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "channel/ssh-config-read.h"
#include "channel/ssh-jump.h"
#include "channel/ssh-login.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/path.h"

#define CARRY_SIZE (256 << 10)

struct azml__ssh_jump
{
  azml__ssh *ssh;      /* the thread's while it runs */
  ssh_channel channel; /* likewise */
  int fd;              /* our end of the socket */
  pthread_t thread;
  int started;
  char *up, *down; /* what is carried */
  size_t n_up, n_down, down_done;
};

/* From the socket to the channel.  Return 0 when the socket has ended.  */
static int
carry_up (azml__ssh_jump *jump)
{
  if (jump->n_up == 0)
    {
      ssize_t n = read (jump->fd, jump->up, CARRY_SIZE);
      if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        return 0;
      jump->n_up = n > 0 ? (size_t)n : 0;
    }
  if (jump->n_up && !(ssh_get_poll_flags (jump->ssh->session) & SSH_WRITE_PENDING))
    {
      int n = ssh_channel_write (jump->channel, jump->up, (uint32_t)jump->n_up);
      if (n < 0 && n != SSH_AGAIN)
        return 0;
      if (n > 0)
        memmove (jump->up, jump->up + n, jump->n_up -= (size_t)n);
    }
  return 1;
}

/* From the channel to the socket.  Return 0 when the channel has ended.  */
static int
carry_down (azml__ssh_jump *jump)
{
  for (;;)
    {
      if (jump->down_done == jump->n_down)
        {
          int n = ssh_channel_read_nonblocking (jump->channel, jump->down,
                                                CARRY_SIZE, 0);
          jump->down_done = jump->n_down = 0;
          if (n < 0 || (n == 0 && ssh_channel_is_eof (jump->channel)))
            return 0;
          if (n == 0)
            return 1;
          jump->n_down = (size_t)n;
        }
      ssize_t n = send (jump->fd, jump->down + jump->down_done,
                        jump->n_down - jump->down_done, MSG_NOSIGNAL);
      if (n < 0)
        return errno == EAGAIN || errno == EINTR;
      jump->down_done += (size_t)n;
    }
}

static void *
carry (void *data)
{
  azml__ssh_jump *jump = data;
  while (carry_down (jump) && carry_up (jump))
    {
      struct pollfd fds[2] = {
        { .fd = jump->fd },
        /* also for the messages by which the window grows */
        { .fd = jump->ssh->fd, .events = POLLIN },
      };
      if (jump->n_up == 0)
        fds[0].events |= POLLIN;
      if (jump->down_done < jump->n_down)
        fds[0].events |= POLLOUT;
      if (ssh_get_poll_flags (jump->ssh->session) & SSH_WRITE_PENDING)
        fds[1].events |= POLLOUT;
      (void)poll (fds, 2, 1000);
      (void)ssh_event_dopoll (jump->ssh->event, 0);
    }
  close (azml__steal_fd (&jump->fd));
  return NULL;
}

/* The signals of the program are not for our threads.  */
static int
start (azml__ssh_jump *jump, azml_error **err)
{
  sigset_t all, before;
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  int rc = pthread_create (&jump->thread, NULL, carry, jump);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  jump->started = rc == 0;
  return rc ? azml__error_os (err, rc, "start a thread") : 0;
}

void
azml__ssh_jump_free (azml__ssh_jump *jump)
{
  if (!jump)
    return;
  if (jump->started)
    pthread_join (jump->thread, NULL); /* the other end of its socket is closed */
  if (jump->fd >= 0)
    close (jump->fd);
  if (jump->channel)
    ssh_channel_free (jump->channel);
  azml__ssh_free (jump->ssh);
  free (jump->up);
  free (jump->down);
  free (jump);
}

/* Look TARGET, [user@]host[:port] or an ssh:// URL, up.  */
static int
config_of (const char *target, const azml__ssh_how *how, azml__ssh_config **ret,
           azml_error **err)
{
  AZML_AUTO_FREE char *url = azml__path_format (
      "%s%s", strncmp (target, "ssh://", 6) == 0 ? "" : "ssh://", target);
  return url ? azml__ssh_config_read (url, NULL, 0, NULL, how->file, ret, err)
             : azml__error_no_memory (err);
}

/* Open the stream to CONFIG's host.  */
static int
forward (azml__ssh_jump *jump, const azml__ssh_config *config, int64_t end,
         azml_cancel *cancel, azml_error **err)
{
  int state;
  const char *host = config->values[AZML__SSH_HOSTNAME];
  int port = azml__ssh_config_number (config, AZML__SSH_PORT, 22);
  jump->channel = ssh_channel_new (jump->ssh->session);
  if (!jump->channel)
    return azml__error_no_memory (err);
  while (
      (state = ssh_channel_open_forward (jump->channel, host, port, "127.0.0.1", 0))
      == SSH_AGAIN)
    {
      int rc = azml__ssh_turn (jump->ssh, end, cancel, err);
      if (rc < 0)
        return azml__error_prefix (err, rc, "'%s' through '%s'", config->name,
                                   jump->ssh->config->name);
    }
  if (state == SSH_OK)
    return 0;
  int rc = azml__error_set (err, AZML_E_UNREACHABLE, AZML_DOMAIN_SSH, 0,
                            "'%s': the jump host '%s' cannot reach it (%s)",
                            config->name, jump->ssh->config->name,
                            ssh_get_error (jump->ssh->session));
  azml__error_hint (err,
                    "check the address as '%s' knows it, that a server listens "
                    "there, and AllowTcpForwarding of the jump host's sshd",
                    jump->ssh->config->name);
  return rc;
}

static int
make_socket (azml__ssh_jump *jump, int *ret_fd, azml_error **err)
{
  int pair[2];
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
    return azml__error_os (err, errno, "make a socket");
  jump->fd = pair[0];
  jump->up = malloc (CARRY_SIZE);
  jump->down = malloc (CARRY_SIZE);
  int rc = jump->up && jump->down ? start (jump, err) : azml__error_no_memory (err);
  if (rc < 0)
    close (pair[1]);
  else
    *ret_fd = pair[1];
  return rc;
}

int
azml__ssh_jump_open (const azml__ssh_config *config, const char *target,
                     const azml__ssh_how *how, int64_t end, azml__ssh_jump **ret,
                     int *ret_fd, azml__ssh_reason *ret_reason, azml_error **err)
{
  /* Of several, the last is next to the host; it is reached through those before. */
  const char *last = strrchr (target, ',');
  azml__ssh_config *jump_config = NULL;
  azml__ssh_how jump_how = { .file = how->file,
                             .host_keys = how->host_keys,
                             .connect_timeout = how->connect_timeout,
                             .cancel = how->cancel,
                             .depth = how->depth + 1 };
  int rc = config_of (last ? last + 1 : target, how, &jump_config, err);
  if (rc < 0)
    return rc;
  if (last)
    {
      char **value = &jump_config->values[AZML__SSH_PROXY_JUMP];
      free (*value);
      *value = strndup (target, (size_t)(last - target));
    }
  azml__ssh_jump *jump = calloc (1, sizeof *jump);
  if (!jump)
    {
      azml__ssh_config_free (jump_config);
      return azml__error_no_memory (err);
    }
  jump->fd = -1;
  int64_t time = end - azml__clock_boot_ms ();
  rc = azml__ssh_log_in (jump_config, &jump_how, &jump->ssh, ret_reason, err);
  if (rc < 0)
    azml__error_prefix (err, rc, "jump host of '%s'", config->name);
  if (rc == 0)
    rc = forward (jump, config, azml__clock_boot_ms () + time, how->cancel, err);
  if (rc == 0)
    rc = make_socket (jump, ret_fd, err);
  if (rc < 0)
    azml__ssh_jump_free (jump);
  else
    *ret = jump;
  return rc;
}
