/* ssh-agent-filter.c: which keys of the agent are tried, and which first.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   libssh offers all keys of an agent, as they come, and a server has enough after a few
   (MaxAuthTries).  So it talks to the agent through a thread of ours, which puts the keys of
   the configuration first in the agent's list (draft-miller-ssh-agent, section 4.4), as ssh
   does.  The thread ends with the session.  */

#include <config.h>

#include "channel/ssh-agent-filter.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "channel/ssh-dial.h"

#define MESSAGE_LIMIT ((uint32_t)1 << 20)
#define REQUEST_IDENTITIES 11
#define IDENTITIES_ANSWER 12

typedef struct agent_filter
{
  int agent, client;   /* sockets */
  azml__buffer wanted; /* public keys, each as a string */
  int only;
} agent_filter;

static void
filter_free (agent_filter *filter)
{
  if (!filter)
    return;
  if (filter->agent >= 0)
    close (filter->agent);
  if (filter->client >= 0)
    close (filter->client);
  azml__buffer_done (&filter->wanted);
  free (filter);
}
AZML_DEFINE_AUTO (agent_filter, filter_free)

/* Append N bytes at DATA as a string.  */
static void
add_string (azml__buffer *out, const char *data, size_t n)
{
  uint32_t length = htobe32 ((uint32_t)n);
  azml__buffer_add (out, (const char *)&length, sizeof length);
  azml__buffer_add (out, data, n);
}

/* Read N bytes of FD.  Return 0 if they do not come.  */
static int
read_all (int fd, char *data, size_t n)
{
  while (n)
    {
      ssize_t got = recv (fd, data, n, 0);
      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        return 0;
      data += got;
      n -= (size_t)got;
    }
  return 1;
}

/* Store the next message of FD in MESSAGE.  Return 0 if there is none.  */
static int
receive (int fd, azml__buffer *message)
{
  char data[4096];
  uint32_t n;
  azml__buffer_truncate (message, 0);
  if (!read_all (fd, (char *)&n, sizeof n))
    return 0;
  n = be32toh (n);
  if (n == 0 || n > MESSAGE_LIMIT)
    return 0;
  while (n)
    {
      uint32_t part = n < sizeof data ? n : (uint32_t)sizeof data;
      if (!read_all (fd, data, part))
        return 0;
      azml__buffer_add (message, data, part);
      n -= part;
    }
  return azml__buffer_ok (message);
}

static int
deliver (int fd, const azml__buffer *message)
{
  AZML_AUTO_BUFFER whole = AZML__BUFFER_INIT;
  add_string (&whole, message->data, message->length);
  if (!azml__buffer_ok (&whole))
    return 0;
  for (size_t done = 0; done < whole.length;)
    {
      ssize_t n = send (fd, whole.data + done, whole.length - done, MSG_NOSIGNAL);
      if (n < 0 && errno != EINTR)
        return 0;
      done += n > 0 ? (size_t)n : 0;
    }
  return 1;
}

/* 1 if the N bytes at KEY are a key that is wanted, or a certificate for it.  */
static int
is_wanted (const agent_filter *filter, const char *key, size_t n)
{
  const char *rest = filter->wanted.data;
  size_t left = filter->wanted.length;
  long length;
  while ((length = azml__ssh_cut_string (&rest, &left)) >= 0)
    {
      const char *wanted = rest - length;
      if (((size_t)length == n && memcmp (wanted, key, n) == 0)
          || azml__ssh_certifies (key, n, wanted, (size_t)length))
        return 1;
    }
  return 0;
}

/* Put the keys that are wanted to the front of ANSWER, the agent's list.  */
static void
sort (const agent_filter *filter, azml__buffer *answer)
{
  AZML_AUTO_BUFFER front = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER back = AZML__BUFFER_INIT;
  uint32_t count = 0, network;
  if (answer->length < 1 + sizeof count)
    return;
  const char *rest = answer->data + 1 + sizeof count;
  size_t left = answer->length - 1 - sizeof count;
  for (;;)
    {
      const char *begin = rest;
      long n = azml__ssh_cut_string (&rest, &left);
      const char *key = rest - n;
      if (n < 0 || azml__ssh_cut_string (&rest, &left) < 0) /* its comment */
        break;
      int first = is_wanted (filter, key, (size_t)n);
      if (!first && filter->only)
        continue;
      azml__buffer_add (first ? &front : &back, begin, (size_t)(rest - begin));
      count++;
    }
  if (back.length)
    azml__buffer_add (&front, back.data, back.length);
  if (!azml__buffer_ok (&front) || !azml__buffer_ok (&back))
    return;
  network = htobe32 (count);
  azml__buffer_truncate (answer, 1);
  azml__buffer_add (answer, (const char *)&network, sizeof network);
  if (front.length)
    azml__buffer_add (answer, front.data, front.length);
}

static void *
serve (void *data)
{
  AZML_AUTO (agent_filter) filter = data;
  AZML_AUTO_BUFFER message = AZML__BUFFER_INIT;
  while (receive (filter->client, &message))
    {
      int is_question = message.data[0] == REQUEST_IDENTITIES;
      if (!deliver (filter->agent, &message) || !receive (filter->agent, &message))
        break;
      if (is_question && message.data[0] == IDENTITIES_ANSWER)
        sort (filter, &message);
      if (!azml__buffer_ok (&message) || !deliver (filter->client, &message))
        break;
    }
  return NULL;
}

/* The filter for the agent at PATH (new), with *RET_FD for who asks; NULL: there is no
   use for one.  */
static agent_filter *
filter_new (const char *path, const azml__ssh_key_file *files, size_t n, int only,
            int *ret_fd)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int pair[2];
  AZML_AUTO (agent_filter) filter = calloc (1, sizeof *filter);
  if (!filter)
    return NULL;
  filter->agent = filter->client = -1;
  filter->only = only;
  for (size_t i = 0; i < n; i++)
    {
      AZML_AUTO_BUFFER key = AZML__BUFFER_INIT;
      if (azml__ssh_key_public (files[i].name, &key) == 0 && key.length)
        add_string (&filter->wanted, key.data, key.length);
    }
  if (!filter->wanted.length || !azml__buffer_ok (&filter->wanted)
      || strlen (path) >= sizeof address.sun_path)
    return NULL;
  strcpy (address.sun_path, path);
  filter->agent = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (filter->agent < 0
      || connect (filter->agent, (const struct sockaddr *)&address, sizeof address)
             < 0
      || socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    return NULL;
  filter->client = pair[0];
  *ret_fd = pair[1];
  return azml_steal (&filter);
}

int
azml__ssh_agent_filter (ssh_session session, const char *path,
                        const azml__ssh_key_file *files, size_t n, int only)
{
  int fd = -1;
  agent_filter *filter = filter_new (path, files, n, only, &fd);
  if (!filter)
    return 0;
  if (azml__ssh_start_thread (serve, filter) != 0)
    {
      filter_free (filter);
      close (fd);
      return 0;
    }
  if (ssh_set_agent_socket (session, fd) == SSH_OK)
    return 1;
  close (fd); /* the thread ends */
  return 0;
}
