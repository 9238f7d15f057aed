/* farewell.c: a container whose work is done, while the engine removes it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "container/farewell.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "process/tree.h"

#define TRIES 40 /* for what takes less than a millisecond */
#define PAUSE_NS 500000

/* 1 if the run can end before its container is removed.  */
static int
can_part (const azml__container *container)
{
  const azml__engine *engine = &container->engine;
  return !container->copied && !container->stays && !container->run.lease->count
         && !engine->podman && !engine->sudo;
}

void
azml__farewell_expect (azml__container *container)
{
  if (container->news >= 0 || !can_part (container))
    return;
  int fd = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC);
  /* The signal is one that only wakes.  Where there is no such news, the end of the engine's
     command is waited for.  */
  if (fd < 0 || inotify_add_watch (fd, container->run.charge->path, IN_MOVED_TO) < 0
      || fcntl (fd, F_SETOWN, getpid ()) < 0 || fcntl (fd, F_SETSIG, SIGCHLD) < 0
      || fcntl (fd, F_SETFL, O_ASYNC | O_NONBLOCK) < 0)
    {
      if (fd >= 0)
        close (fd);
      return;
    }
  container->news = fd;
}

/* 1 if there is a new inner.json.  */
static int
has_told (const azml__container *container)
{
  char news[4096] __attribute__ ((aligned (__alignof__(struct inotify_event))));
  ssize_t n;
  int told = 0;
  while ((n = read (container->news, news, sizeof news)) > 0)
    for (char *p = news; p < news + n;)
      {
        const struct inotify_event *event = (const struct inotify_event *)p;
        told |= event->len && strcmp (event->name, "inner.json") == 0;
        p += sizeof *event + event->len;
      }
  return told;
}

/* 1 if the first process of the container is gone, which holds a lock as long as it lives;
   the kernel lets no other one there outlive it.  */
static int
is_gone (const azml__container *container)
{
  const struct timespec pause = { 0, PAUSE_NS };
  AZML_AUTO_CLOSE int fd = openat (container->run.charge->folder, "container/begun",
                                   O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  for (int i = 0; fd >= 0 && i < TRIES; i++)
    {
      if (flock (fd, LOCK_SH | LOCK_NB) == 0)
        return 1;
      nanosleep (&pause, NULL);
    }
  return 0;
}

int
azml__farewell_came (azml__container *container, pid_t pid)
{
  if (container->news < 0 || container->parted || !has_told (container)
      || !is_gone (container))
    return 0;
  azml__tree_spare (pid);
  container->parted = pid;
  return 1;
}

void
azml__farewell_end (azml__container *container)
{
  if (container->parted)
    azml__tree_end_spared (container->parted);
}
