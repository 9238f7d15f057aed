/* ssh-dial.c: a stream to a host: by TCP, or by a ProxyCommand.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Names are looked up in a thread of its own, because that cannot be interrupted; one
   that is still at it when nobody waits any more frees what it has found.  */

#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "channel/ssh-dial.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/spawn.h"

#define LOOK_SIZE 1024

typedef struct name_search
{
  atomic_int references;
  char *host, *port;
  struct addrinfo hints, *found;
  int result;
  int done[2]; /* a pipe: the second end closes when it is done */
} name_search;

static void
search_unref (name_search *search)
{
  if (!search || atomic_fetch_sub (&search->references, 1) != 1)
    return;
  if (search->found)
    freeaddrinfo (search->found);
  for (int i = 0; i < 2; i++)
    if (search->done[i] >= 0)
      close (search->done[i]);
  free (search->host);
  free (search->port);
  free (search);
}
AZML_DEFINE_AUTO (name_search, search_unref)

static void *
look_up (void *data)
{
  name_search *search = data;
  search->result =
      getaddrinfo (search->host, search->port, &search->hints, &search->found);
  ssize_t n = write (search->done[1], "x", 1);
  (void)n; /* it is empty before */
  search_unref (search);
  return NULL;
}

/* The signals of the program are not for our threads.  */
int
azml__ssh_start_thread (void *(*work) (void *), void *data)
{
  pthread_t thread;
  pthread_attr_t detached;
  sigset_t all, before;
  sigfillset (&all);
  pthread_attr_init (&detached);
  pthread_attr_setdetachstate (&detached, PTHREAD_CREATE_DETACHED);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  int rc = pthread_create (&thread, &detached, work, data);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  pthread_attr_destroy (&detached);
  return rc;
}

static name_search *
search_new (const azml__ssh_config *config)
{
  const char *family = config->values[AZML__SSH_ADDRESS_FAMILY];
  name_search *search = calloc (1, sizeof *search);
  if (!search)
    return NULL;
  atomic_init (&search->references, 1);
  search->host = strdup (config->values[AZML__SSH_HOSTNAME]);
  search->port = strdup (config->values[AZML__SSH_PORT]);
  search->hints.ai_socktype = SOCK_STREAM;
  search->hints.ai_family = !family                             ? AF_UNSPEC
                            : strcasecmp (family, "inet") == 0  ? AF_INET
                            : strcasecmp (family, "inet6") == 0 ? AF_INET6
                                                                : AF_UNSPEC;
  if (pipe2 (search->done, O_CLOEXEC) < 0)
    search->done[0] = search->done[1] = -1;
  if (!search->host || !search->port || search->done[0] < 0)
    {
      search_unref (search);
      return NULL;
    }
  return search;
}

/* Store the addresses of CONFIG's host in *RET (the search holds them).  */
static int
resolve (const azml__ssh_config *config, int64_t end, azml_cancel *cancel,
         name_search **ret, azml__ssh_reason *ret_reason, azml_error **err)
{
  int ready;
  AZML_AUTO (name_search) search = search_new (config);
  if (!search)
    return azml__error_no_memory (err);
  atomic_fetch_add (&search->references, 1);
  int rc = azml__ssh_start_thread (look_up, search);
  if (rc)
    {
      search_unref (search);
      return azml__error_os (err, rc, "start a thread");
    }
  struct pollfd done = { .fd = search->done[0], .events = POLLIN };
  int64_t left = end - azml__clock_boot_ms ();
  rc = azml__cancel_poll (cancel, &done, 1, left > 0 ? (int)left : 0, &ready, err);
  if (rc < 0)
    return rc;
  if (!ready || search->result)
    {
      *ret_reason = AZML__SSH_UNRESOLVED;
      return azml__ssh_fail (err, AZML__SSH_UNRESOLVED, config->name,
                             ready ? gai_strerror (search->result)
                                   : "no answer in time");
    }
  *ret = azml_steal (&search);
  return 0;
}

static azml__ssh_reason
reason_of (int errnum)
{
  return errnum == ECONNREFUSED                            ? AZML__SSH_REFUSED
         : errnum == ETIMEDOUT                             ? AZML__SSH_TIMEOUT
         : errnum == EHOSTUNREACH || errnum == ENETUNREACH ? AZML__SSH_NO_ROUTE
                                                           : AZML__SSH_NONE;
}

/* Connect to one ADDRESS.  Return a socket, -1 with *ERRNUM set, or -2 with *ERR set:
   there is no point in another address.  */
static int
connect_to (const struct addrinfo *address, int64_t end, azml_cancel *cancel,
            int *errnum, azml_error **err)
{
  int ready, yes = 1;
  socklen_t size = sizeof *errnum;
  AZML_AUTO_CLOSE int fd =
      socket (address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  *errnum = 0;
  if (fd < 0
      || (connect (fd, address->ai_addr, address->ai_addrlen) < 0
          && errno != EINPROGRESS))
    {
      *errnum = errno;
      return -1;
    }
  struct pollfd done = { .fd = fd, .events = POLLOUT };
  int64_t left = end - azml__clock_boot_ms ();
  if (azml__cancel_poll (cancel, &done, 1, left > 0 ? (int)left : 0, &ready, err)
      < 0)
    return -2;
  if (!ready)
    *errnum = ETIMEDOUT;
  else if (getsockopt (fd, SOL_SOCKET, SO_ERROR, errnum, &size) < 0)
    *errnum = errno;
  if (*errnum)
    return -1;
  (void)setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return azml__steal_fd (&fd);
}

int
azml__ssh_dial (const azml__ssh_config *config, int64_t end, azml_cancel *cancel,
                int *ret_fd, azml__ssh_reason *ret_reason, azml_error **err)
{
  int errnum = 0;
  AZML_AUTO (name_search) search = NULL;
  int rc = resolve (config, end, cancel, &search, ret_reason, err);
  if (rc < 0)
    return rc;
  for (const struct addrinfo *a = search->found; a; a = a->ai_next)
    {
      /* several addresses share the time */
      int64_t now = azml__clock_boot_ms ();
      int64_t until = a->ai_next ? now + (end - now) / 2 : end;
      int fd = connect_to (a, until, cancel, &errnum, err);
      if (fd == -2)
        return AZML_E_CANCELLED;
      if (fd >= 0)
        {
          *ret_fd = fd;
          return 0;
        }
    }
  char where[300];
  snprintf (where, sizeof where, "%s port %s: %s",
            config->values[AZML__SSH_HOSTNAME], config->values[AZML__SSH_PORT],
            strerror (errnum));
  *ret_reason = reason_of (errnum);
  return azml__ssh_fail (err, *ret_reason, config->name, where);
}

int
azml__ssh_dial_command (azml__ssh *ssh, const char *command, int *ret_fd,
                        azml_error **err)
{
  int pair[2];
  AZML_AUTO_FREE char *expanded = azml__ssh_config_tokens (ssh->config, command);
  AZML_AUTO_FREE char *text = NULL;
  /* The terminal's interrupt is for us to handle.  */
  if (!expanded || asprintf (&text, "trap '' INT QUIT; exec %s", expanded) < 0)
    {
      text = NULL;
      return azml__error_no_memory (err);
    }
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    return azml__error_os (err, errno, "make a pipe");
  AZML_AUTO_CLOSE int ours = pair[0];
  AZML_AUTO_CLOSE int theirs = pair[1];
  ssh->said = tmpfile ();
  if (ssh->said)
    (void)fcntl (fileno (ssh->said), F_SETFD, FD_CLOEXEC);
  char *argv[] = { (char *)"sh", (char *)"-c", text, NULL };
  azml__spawn spawn = { .program = "/bin/sh",
                        .argv = argv,
                        .fds = { theirs, theirs,
                                 ssh->said ? fileno (ssh->said) : -1 } };
  int rc = azml__spawn_start (&spawn, &ssh->proxy, err);
  if (rc == 0)
    *ret_fd = azml__steal_fd (&ours);
  return rc;
}

char *
azml__ssh_proxy_said (const azml__ssh *ssh)
{
  char text[LOOK_SIZE];
  size_t n = 0;
  struct stat st;
  if (!ssh->said || fstat (fileno (ssh->said), &st) < 0)
    return NULL;
  off_t from = st.st_size > LOOK_SIZE ? st.st_size - LOOK_SIZE : 0;
  if (azml__file_pread (fileno (ssh->said), text, sizeof text, from, &n, NULL) < 0)
    return NULL;
  while (n && isspace ((unsigned char)text[n - 1]))
    n--;
  const char *line = n ? memrchr (text, '\n', n) : NULL;
  size_t skip = line ? (size_t)(line + 1 - text) : 0;
  return n > skip ? strndup (text + skip, n - skip) : NULL;
}

/* Servers may send lines of text before their banner.  */
azml__ssh_reason
azml__ssh_look (azml__ssh *ssh, char **ret_detail)
{
  char text[LOOK_SIZE];
  ssize_t n = recv (ssh->fd, text, sizeof text - 1, MSG_PEEK | MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return AZML__SSH_NONE;
  /* One that ends before it has read our banner resets the connection.  */
  if (n <= 0)
    return ssh->proxy ? AZML__SSH_PROXY : AZML__SSH_BUSY;
  text[n] = 0;
  if (strncmp (text, "SSH-", 4) == 0 || memmem (text, (size_t)n, "\nSSH-", 5))
    {
      ssh->banner = 1;
      return AZML__SSH_NONE;
    }
  size_t line = strcspn (text, "\r\n");
  if (strstr (text, "MaxStartups") || strstr (text, "Not allowed at this time"))
    {
      *ret_detail = strndup (text, line);
      return AZML__SSH_BUSY;
    }
  for (ssize_t i = 0; i < n; i++)
    if (!isprint ((unsigned char)text[i]) && !strchr ("\r\n\t", text[i]))
      return AZML__SSH_GARBAGE;
  /* As much as fits, and still no banner.  */
  if ((size_t)n == sizeof text - 1 || strncmp (text, "HTTP", 4) == 0)
    {
      *ret_detail = strndup (text, line < 60 ? line : 60);
      return AZML__SSH_GARBAGE;
    }
  return AZML__SSH_NONE;
}
