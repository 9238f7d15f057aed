/* lease.c: a run's hold on GPUs of this machine.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "lease/lease.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "core/clock.h"
#include "lease/name.h"

int
azml__lease_keep_make (azml__lease_keep *keep, azml_error **err)
{
  if (socketpair (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, keep->ends)
      == 0)
    return 0;
  keep->ends[0] = keep->ends[1] = -1;
  return azml__error_os (err, errno, "make a pair of sockets");
}

void
azml__lease_keep_hold (const azml__lease_keep *keep)
{
  if (keep->ends[1] >= 0)
    (void)fcntl (keep->ends[1], F_SETFD, 0);
}

void
azml__lease_keep_done (azml__lease_keep *keep)
{
  for (int i = 0; i < 2; i++)
    if (keep->ends[i] >= 0)
      close (azml__steal_fd (&keep->ends[i]));
}

typedef union control
{
  struct cmsghdr header;
  char room[CMSG_SPACE (2 * AZML__LEASE_LIMIT * sizeof (int))];
} control;

/* Put copies of the N descriptors FDS into KEEP.  */
static int
deposit (const azml__lease_keep *keep, const int *fds, size_t n, azml_error **err)
{
  control space;
  struct iovec byte = { (char *)"", 1 };
  struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1 };
  memset (&space, 0, sizeof space);
  message.msg_control = space.room;
  message.msg_controllen = CMSG_SPACE (n * sizeof *fds);
  struct cmsghdr *header = CMSG_FIRSTHDR (&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN (n * sizeof *fds);
  memcpy (CMSG_DATA (header), fds, n * sizeof *fds);
  if (sendmsg (keep->ends[0], &message, MSG_NOSIGNAL) < 0)
    return azml__error_os (err, errno, "hand the lease to the keeper");
  return 0;
}

/* Take out of KEEP what is in it, and close it.  */
static void
withdraw (const azml__lease_keep *keep)
{
  for (;;)
    {
      char byte;
      control space;
      int fds[2 * AZML__LEASE_LIMIT];
      struct iovec part = { &byte, 1 };
      struct msghdr message = { .msg_iov = &part,
                                .msg_iovlen = 1,
                                .msg_control = space.room,
                                .msg_controllen = sizeof space };
      ssize_t n = recvmsg (keep->ends[1], &message, MSG_CMSG_CLOEXEC);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return;
      struct cmsghdr *header = CMSG_FIRSTHDR (&message);
      if (!header || header->cmsg_type != SCM_RIGHTS)
        continue;
      size_t count = (header->cmsg_len - CMSG_LEN (0)) / sizeof *fds;
      memcpy (fds, CMSG_DATA (header), count * sizeof *fds);
      for (size_t i = 0; i < count; i++)
        close (fds[i]);
    }
}

/* Bind the lease of UUID and what says who holds it.  */
static int
bind_one (const char *uuid, const azml__lease_name *holder, int fds[2],
          azml_error **err)
{
  char text[AZML__LEASE_NAME_SIZE], label[AZML__LEASE_NAME_SIZE];
  azml__lease_name name = *holder;
  snprintf (name.uuid, sizeof name.uuid, "%s", uuid);
  int rc = azml__lease_name_format (&name, label, err);
  name.kind = AZML__LEASE_GPU;
  if (rc == 0)
    rc = azml__lease_name_format (&name, text, err);
  if (rc == 0)
    rc = azml__lease_bind (text, &fds[0], err);
  if (rc == 0)
    azml__lease_bind (label, &fds[1], NULL); /* without it the lease is as good */
  return rc;
}

/* Descriptors of the label may be missing: those that are there, into ALL.  */
static size_t
list_fds (const azml__lease *lease, int all[2 * AZML__LEASE_LIMIT])
{
  size_t n = 0;
  for (size_t i = 0; i < 2 * lease->count; i++)
    if (lease->fds[i] >= 0)
      all[n++] = lease->fds[i];
  return n;
}

static int
prepare (azml__lease *lease, const char *const *uuids, size_t n, azml_error **err)
{
  if (n > AZML__LEASE_LIMIT)
    return azml__error (err, AZML_E_TOO_LARGE, "%zu GPUs are more than %d", n,
                        AZML__LEASE_LIMIT);
  lease->uuids = calloc (n + 1, sizeof *lease->uuids);
  lease->fds = malloc ((2 * n + 1) * sizeof *lease->fds);
  if (!lease->uuids || !lease->fds)
    return azml__error_no_memory (err);
  lease->count = n;
  for (size_t i = 0; i < 2 * n; i++)
    lease->fds[i] = -1;
  for (size_t i = 0; i < n; i++)
    if (!(lease->uuids[i] = strdup (uuids[i])))
      return azml__error_no_memory (err);
  return 0;
}

int
azml__lease_take (azml__lease *lease, const char *const *uuids, size_t n,
                  const char *run, azml__lease_keep *keep, size_t *ret_busy,
                  azml_error **err)
{
  azml__lease_name holder = { .kind = AZML__LEASE_HELD,
                              .since = azml__clock_boot_us () };
  int all[2 * AZML__LEASE_LIMIT] = { 0 };
  azml__lease_name_sign (&holder);
  snprintf (holder.run, sizeof holder.run, "%s", run);
  *lease = (azml__lease){ .since_ms = azml__clock_utc_ms () };
  int rc = prepare (lease, uuids, n, err);
  /* All runs bind in the same order, and nobody holds one while he waits for the next:
     so nobody waits for each other.  */
  for (size_t i = 0; i < n && rc == 0; i++)
    {
      rc = bind_one (uuids[i], &holder, lease->fds + 2 * i, err);
      if (rc == AZML_E_BUSY)
        *ret_busy = i;
    }
  if (rc == 0 && keep && keep->ends[0] >= 0 && n)
    {
      rc = deposit (keep, all, list_fds (lease, all), err);
      lease->keep = keep;
    }
  if (rc < 0)
    azml__lease_release (lease);
  return rc;
}

void
azml__lease_inherit (const azml__lease *lease, int inherit)
{
  for (size_t i = 0; i < 2 * lease->count; i++)
    if (lease->fds[i] >= 0)
      (void)fcntl (lease->fds[i], F_SETFD, inherit ? 0 : FD_CLOEXEC);
}

static void
add_watcher (azml__lease *lease, int fd)
{
  if (lease->n_watchers == lease->size_watchers)
    {
      size_t size = lease->size_watchers ? 2 * lease->size_watchers : 8;
      int *grown = realloc (lease->watchers, size * sizeof *grown);
      if (!grown)
        {
          close (fd); /* it will come again */
          return;
        }
      lease->watchers = grown;
      lease->size_watchers = size;
    }
  lease->watchers[lease->n_watchers++] = fd;
}

void
azml__lease_admit (azml__lease *lease)
{
  size_t kept = 0;
  for (size_t i = 0; i < 2 * lease->count; i++)
    for (int fd; lease->fds[i] >= 0
                 && (fd = accept4 (lease->fds[i], NULL, NULL, SOCK_CLOEXEC)) >= 0;)
      add_watcher (lease, fd);
  for (size_t i = 0; i < lease->n_watchers; i++)
    {
      struct pollfd one = { .fd = lease->watchers[i] };
      if (poll (&one, 1, 0) > 0)
        close (lease->watchers[i]);
      else
        lease->watchers[kept++] = lease->watchers[i];
    }
  lease->n_watchers = kept;
}

void
azml__lease_tell (azml__lease *lease, const char *text)
{
  azml__lease_admit (lease);
  /* Who has no room for it asks nvidia-smi himself.  */
  for (size_t i = 0; i < lease->n_watchers; i++)
    (void)!send (lease->watchers[i], text, strlen (text),
                 MSG_DONTWAIT | MSG_NOSIGNAL);
}

void
azml__lease_release (azml__lease *lease)
{
  if (lease->keep)
    withdraw (lease->keep);
  for (size_t i = 0; lease->fds && i < 2 * lease->count; i++)
    if (lease->fds[i] >= 0)
      close (lease->fds[i]);
  for (size_t i = 0; i < lease->n_watchers; i++)
    close (lease->watchers[i]);
  for (size_t i = 0; lease->uuids && i < lease->count; i++)
    free (lease->uuids[i]);
  free (lease->uuids);
  free (lease->fds);
  free (lease->watchers);
  *lease = (azml__lease){ 0 };
}
