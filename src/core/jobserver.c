/* jobserver.c: part in the jobserver of a GNU Make above this process.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/jobserver.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"

#define ANCESTORS 32 /* between a recipe and its make there are few */
#define MOST 1024    /* tokens */

static struct
{
  int in, out; /* -1: there is none */
  unsigned int held;
  char tokens[MOST]; /* each is given back as it was */
} server = { -1, -1, 0, { 0 } };

/* The value of the last of the options NAME= in FLAGS; NULL if there is none.  */
static const char *
last_option (const char *flags, const char *name)
{
  const char *found = NULL, *at = flags;
  while ((at = strstr (at, name)))
    {
      if (at == flags || at[-1] == ' ')
        found = at + strlen (name);
      at += strlen (name);
    }
  return found;
}

static const char *
auth_of (const char *flags)
{
  const char *auth = flags ? last_option (flags, "--jobserver-auth=") : NULL;
  /* Before 4.2.  */
  return auth || !flags ? auth : last_option (flags, "--jobserver-fds=");
}

/* The process above PID, 0 if that is not to be known.  */
static int
parent_of (int pid)
{
  char path[64], text[512];
  snprintf (path, sizeof path, "/proc/%d/stat", pid);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd >= 0 ? read (fd, text, sizeof text - 1) : -1;
  if (fd >= 0)
    close (fd);
  if (n <= 0)
    return 0;
  text[n] = '\0';
  /* "PID (NAME) STATE PARENT", where NAME may have anything.  */
  const char *end = strrchr (text, ')');
  int parent = 0;
  return end && sscanf (end, ") %*c %d", &parent) == 1 ? parent : 0;
}

/* What PID's descriptor FD is a link to, in LINK; 0 if it is no pipe.  */
static int
pipe_name (int pid, int fd, char link[64])
{
  char path[64];
  snprintf (path, sizeof path, "/proc/%d/fd/%d", pid, fd);
  ssize_t n = readlink (path, link, 63);
  link[n < 0 ? 0 : n] = '\0';
  return strncmp (link, "pipe:", 5) == 0;
}

static int
open_end (int pid, int fd, int flags)
{
  char path[64];
  snprintf (path, sizeof path, "/proc/%d/fd/%d", pid, fd);
  return open (path, flags | O_NONBLOCK | O_CLOEXEC);
}

/* Take the two ends IN and OUT of one pipe that PID has.  */
static int
take_pipe (int pid, int in, int out)
{
  char first[64], second[64];
  if (in == out || !pipe_name (pid, in, first) || !pipe_name (pid, out, second)
      || strcmp (first, second) != 0)
    return 0;
  server.in = open_end (pid, in, O_RDONLY);
  server.out = open_end (pid, out, O_WRONLY);
  return server.in >= 0 && server.out >= 0;
}

static int
is_make (int pid)
{
  char path[64], program[PATH_MAX];
  snprintf (path, sizeof path, "/proc/%d/exe", pid);
  ssize_t n = readlink (path, program, sizeof program - 1);
  program[n < 0 ? 0 : n] = '\0';
  const char *slash = strrchr (program, '/');
  return slash && strstr (slash, "make") != NULL;
}

/* A make with a pipe tells a recipe that does not inherit it no numbers: it is the one pipe
   of which make has both ends.  */
static int
find_pipe (int pid)
{
  char path[64];
  int fds[64], n = 0, done = 0;
  struct dirent *entry;
  snprintf (path, sizeof path, "/proc/%d/fd", pid);
  DIR *folder = is_make (pid) ? opendir (path) : NULL;
  if (!folder)
    return 0;
  while ((entry = readdir (folder)) && n < 64)
    if (entry->d_name[0] != '.')
      fds[n++] = atoi (entry->d_name);
  closedir (folder);
  for (int i = 0; i < n && !done; i++)
    for (int j = 0; j < n && !done; j++)
      if (fds[i] < fds[j])
        done = take_pipe (pid, fds[i], fds[j]);
  return done;
}

/* This process is not asked: what it did not inherit, it may have opened as something else,
   such as Guile's own pipe.  */
static int
join_pipe (int in, int out)
{
  int pid = getppid ();
  for (int i = 0; i < ANCESTORS && pid > 1; i++, pid = parent_of (pid))
    if (in >= 0 ? take_pipe (pid, in, out) : find_pipe (pid))
      return 1;
  return 0;
}

static int
join_fifo (const char *text)
{
  struct stat st;
  AZML_AUTO_FREE char *path = strndup (text, strcspn (text, " "));
  server.in = path ? open (path, O_RDWR | O_NONBLOCK | O_CLOEXEC) : -1;
  if (server.in < 0 || fstat (server.in, &st) < 0 || !S_ISFIFO (st.st_mode))
    return 0;
  server.out = server.in;
  return 1;
}

static void
leave (void)
{
  azml__jobserver_hold (0);
}

int
azml__jobserver_join (const char *flags)
{
  const char *auth = auth_of (flags);
  int in, out, done = server.in >= 0;
  if (done || !auth)
    return done;
  if (strncmp (auth, "fifo:", 5) == 0)
    done = join_fifo (auth + 5);
  else if (sscanf (auth, "%d,%d", &in, &out) == 2)
    done = join_pipe (in, out);
  if (done)
    return atexit (leave) == 0;
  if (server.in >= 0)
    close (server.in);
  if (server.out >= 0 && server.out != server.in)
    close (server.out);
  server.in = server.out = -1;
  return 0;
}

unsigned int
azml__jobserver_hold (unsigned int count)
{
  if (server.in < 0)
    return count;
  while (server.held > count
         && write (server.out, &server.tokens[server.held - 1], 1) == 1)
    server.held--;
  while (server.held < count && server.held < MOST
         && read (server.in, &server.tokens[server.held], 1) == 1)
    server.held++;
  return server.held;
}

/* Is WORD of LENGTH one that tells of the pipe or the number of jobs?  */
static int
is_about_jobs (const char *word, size_t length)
{
  return strncmp (word, "--jobserver-", 12) == 0
         || (length >= 2 && strncmp (word, "-j", 2) == 0
             && strspn (word + 2, "0123456789") == length - 2);
}

char *
azml__jobserver_strip (const char *flags)
{
  const char *auth = auth_of (flags);
  if (!auth || strncmp (auth, "fifo:", 5) == 0)
    return NULL;
  char *text = malloc (strlen (flags) + 1), *end = text;
  int options = 1; /* behind "--" stand variables of the command line */
  for (const char *at = flags; text && *at;)
    {
      size_t blanks = strspn (at, " "), length = strcspn (at + blanks, " ");
      if (length == 2 && strncmp (at + blanks, "--", 2) == 0)
        options = 0;
      if (!options || !is_about_jobs (at + blanks, length))
        end = mempcpy (end, at, blanks + length);
      at += blanks + length;
    }
  if (end)
    *end = '\0';
  return text;
}
