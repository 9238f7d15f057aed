/* name.c: the names by which leases and the queue are known to the kernel.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "lease/name.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "lease/gpus.h"

#define BACKLOG 4096 /* who waits connects; the kernel has a limit of its own */

static const char *const prefixes[] = { "azml/gpu/", "azml/held/", "azml/wait/",
                                        "azml/want/" };

/* A UUID stands in a list that people read and that is cut at blanks.  */
static int
is_uuid (const char *uuid)
{
  size_t n = strlen (uuid);
  for (const char *p = uuid; *p; p++)
    if (!isalnum ((unsigned char)*p) && !strchr ("-_./:", *p))
      return 0;
  return n >= 4 && n <= 60;
}

static void
clean_user (const char *user, char ret[AZML__LEASE_USER_SIZE])
{
  size_t n = 0;
  for (; n < AZML__LEASE_USER_SIZE - 1 && user[n]; n++)
    ret[n] =
        isalnum ((unsigned char)user[n]) || strchr ("-_.", user[n]) ? user[n] : '_';
  ret[n] = '\0';
}

/* Write all of NAME, its user cut to LENGTH.  Return how long the whole would be.  */
static int
print (const azml__lease_name *name, int length, char *text, size_t size)
{
  unsigned long long since = (unsigned long long)name->since;
  char user[AZML__LEASE_USER_SIZE];
  clean_user (name->user, user);
  switch (name->kind)
    {
    case AZML__LEASE_GPU:
      return snprintf (text, size, "azml/gpu/%s", name->uuid);
    case AZML__LEASE_HELD:
      return snprintf (text, size, "azml/held/%llx/%u/%d/%s/%.*s/%s", since,
                       (unsigned)name->uid, (int)name->pid, name->run, length, user,
                       name->uuid);
    case AZML__LEASE_WAIT:
      return snprintf (text, size, "azml/wait/%llx/%u/%d/%s/%lld/%.*s", since,
                       (unsigned)name->uid, (int)name->pid, name->run,
                       (long long)name->count, length, user);
    default:
      return snprintf (text, size, "azml/want/%llx/%d/%s", since, (int)name->pid,
                       name->uuid);
    }
}

int
azml__lease_name_format (const azml__lease_name *name,
                         char text[AZML__LEASE_NAME_SIZE], azml_error **err)
{
  if (name->kind != AZML__LEASE_WAIT && !is_uuid (name->uuid))
    return azml__error (err, AZML_E_INVALID, "'%.60s' is not the UUID of a GPU",
                        name->uuid);
  int length = (int)strnlen (name->user, AZML__LEASE_USER_SIZE - 1);
  int over = print (name, length, text, AZML__LEASE_NAME_SIZE)
             - (AZML__LEASE_NAME_SIZE - 1);
  if (over > length)
    return azml__error (err, AZML_E_INVALID, "the UUID '%s' is too long",
                        name->uuid);
  if (over > 0)
    print (name, length - over, text, AZML__LEASE_NAME_SIZE);
  return 0;
}

/* Copy what stands at *P up to the next slash (or the end) into RET; step over it.  */
static int
take_word (const char **p, char *ret, size_t size)
{
  size_t n = strcspn (*p, "/");
  if (n >= size)
    return -1;
  memcpy (ret, *p, n);
  ret[n] = '\0';
  *p += n + ((*p)[n] == '/');
  return 0;
}

static int
take_number (const char **p, int base, long long *ret)
{
  char text[24], *end;
  if (take_word (p, text, sizeof text) < 0 || !isxdigit ((unsigned char)*text))
    return -1;
  errno = 0;
  *ret = strtoll (text, &end, base);
  return *end || errno ? -1 : 0;
}

/* PID and what stands behind it.  */
static int
parse_rest (const char *p, azml__lease_name *name)
{
  long long uid = 0, pid, count = 0, since;
  if (take_number (&p, 16, &since) < 0
      || (name->kind != AZML__LEASE_WANT && take_number (&p, 10, &uid) < 0)
      || take_number (&p, 10, &pid) < 0 || uid > UINT32_MAX || pid > INT32_MAX)
    return -1;
  name->since = since;
  name->uid = (uid_t)uid;
  name->pid = (pid_t)pid;
  if (name->kind != AZML__LEASE_WANT
      && take_word (&p, name->run, sizeof name->run) < 0)
    return -1;
  if (name->kind == AZML__LEASE_WAIT && take_number (&p, 10, &count) < 0)
    return -1;
  name->count = count;
  if (name->kind != AZML__LEASE_WANT
      && take_word (&p, name->user, sizeof name->user) < 0)
    return -1;
  if (name->kind == AZML__LEASE_WAIT)
    return 0;
  snprintf (name->uuid, sizeof name->uuid, "%s", p);
  return is_uuid (p) ? 0 : -1;
}

int
azml__lease_name_parse (const char *text, azml__lease_name *ret)
{
  if (strlen (text) >= AZML__LEASE_NAME_SIZE)
    return -1;
  for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
    {
      size_t n = strlen (prefixes[i]);
      if (strncmp (text, prefixes[i], n) != 0)
        continue;
      *ret = (azml__lease_name){ .kind = (azml__lease_kind)i };
      if (i != AZML__LEASE_GPU)
        return parse_rest (text + n, ret);
      snprintf (ret->uuid, sizeof ret->uuid, "%s", text + n);
      return is_uuid (text + n) ? 0 : -1;
    }
  return -1;
}

void
azml__lease_name_sign (azml__lease_name *name)
{
  const char *user = getenv ("USER");
  char known[64];
  name->uid = geteuid ();
  name->pid = getpid ();
  azml__gpus_user (name->uid, known, sizeof known);
  /* A number: one who is in no file, but was logged in all the same.  */
  clean_user (isdigit ((unsigned char)*known) && user && *user ? user : known,
              name->user);
}

/* The abstract address TEXT; its length.  */
static socklen_t
address_of (const char *text, struct sockaddr_un *address)
{
  size_t n = strlen (text);
  *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
  if (n > sizeof address->sun_path - 1)
    n = sizeof address->sun_path - 1;
  memcpy (address->sun_path + 1, text, n);
  return (socklen_t)(offsetof (struct sockaddr_un, sun_path) + 1 + n);
}

static int
make_socket (int *ret_fd, azml_error **err)
{
  *ret_fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  return *ret_fd < 0 ? azml__error_os (err, errno, "make a socket") : 0;
}

int
azml__lease_bind (const char *text, int *ret_fd, azml_error **err)
{
  struct sockaddr_un address;
  socklen_t size = address_of (text, &address);
  AZML_AUTO_CLOSE int fd = -1;
  int rc = make_socket (&fd, err);
  if (rc < 0)
    return rc;
  if (bind (fd, (struct sockaddr *)&address, size) < 0)
    return errno == EADDRINUSE
               ? azml__error (err, AZML_E_BUSY, "somebody has '%s'", text)
               : azml__error_os (err, errno, "bind '%s'", text);
  if (listen (fd, BACKLOG) < 0)
    return azml__error_os (err, errno, "listen at '%s'", text);
  *ret_fd = azml__steal_fd (&fd);
  return 0;
}

int
azml__lease_connect (const char *text, int *ret_fd, pid_t *ret_pid, uid_t *ret_uid,
                     azml_error **err)
{
  struct sockaddr_un address;
  struct ucred peer = { 0 };
  socklen_t size = address_of (text, &address), peer_size = sizeof peer;
  AZML_AUTO_CLOSE int fd = -1;
  int rc = make_socket (&fd, err);
  if (rc < 0)
    return rc;
  if (connect (fd, (struct sockaddr *)&address, size) < 0)
    {
      if (errno == ECONNREFUSED)
        return azml__error (err, AZML_E_NOT_FOUND, "nobody has '%s'", text);
      if (errno == EAGAIN)
        return azml__error (err, AZML_E_BUSY, "'%s' takes no connection", text);
      return azml__error_os (err, errno, "connect to '%s'", text);
    }
  getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_size);
  if (ret_pid)
    *ret_pid = peer.pid;
  if (ret_uid)
    *ret_uid = peer.uid;
  *ret_fd = azml__steal_fd (&fd);
  return 0;
}
