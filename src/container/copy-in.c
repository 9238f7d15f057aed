/* copy-in.c: a container that has copies in place of mounts.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   For a daemon that cannot mount the run directory (it is on a network file system that
   root may not read), or where it is wished.  The container is made first, gets one archive,
   and is started; its output, to which the engine's command is attached, is the log.  When
   it has ended, outputs, metrics and what has changed come back, however it ended.  Its
   input stays open as long as the runner lives: that is how those inside know.  */

#include <config.h>

#include "container/copy-in.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "charge/share.h"
#include "container/archive.h"
#include "container/ask.h"
#include "container/engine-explain.h"
#include "core/file.h"
#include "core/path.h"
#include "process/signals.h"

/* What the daemon or its runtime says of a mount, or the first process of what it sees.  */
int
azml__container_is_shut_out (const azml__container *container)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  if (container->copied
      || faccessat (container->run.charge->folder, "container/begun", F_OK, 0) == 0)
    return 0;
  azml__prepare_log_read (container->run.charge->folder, container->log_start,
                          &text);
  if (!text.data || azml__engine_is_denied (text.data)
      || (!strcasestr (text.data, "permission denied")
          && !strcasestr (text.data, "operation not permitted")))
    return 0;
  return strstr (text.data, "mount") || strstr (text.data, "statfs")
         || strstr (text.data, container->run.charge->path)
         || strstr (text.data, AZML__CONTAINER_RUNNER);
}

void
azml__container_tell_copied (const azml__container *container, const char *why)
{
  azml__charge_event (container->run.charge,
                      json_pack ("{s:s, s:s, s:s}", "event", "container", "what",
                                 "copying", "why", why));
  json_object_set_new (json_object_get (container->run.status, "container"),
                       "copied", json_true ());
}

/* Append FROM as TO, an absolute name; what is not there is left out.  */
static int
add (const azml__archive *archive, const char *from, const char *to,
     azml_error **err)
{
  while (*to == '/')
    to++;
  return from && *to ? azml__archive_add (archive, from, to, err) : 0;
}

static int
add_run (const azml__container *container, const azml__archive *archive,
         azml_error **err)
{
  static const char *const names[] = { "source", "outputs",  "home",
                                       "inputs", "run.json", "container/job.json" };
  /* What is not in the archive the engine makes for root.  */
  AZML_AUTO_FREE char *ours =
      azml__path_join (container->run.charge->path, "container");
  if (!ours)
    return azml__error_no_memory (err);
  int rc = azml__archive_add_folder (archive, container->run.charge->path + 1, err);
  if (rc == 0)
    rc = azml__archive_add_folder (archive, ours + 1, err);
  for (size_t i = 0; i < sizeof names / sizeof *names && rc == 0; i++)
    {
      AZML_AUTO_FREE char *path =
          azml__path_join (container->run.charge->path, names[i]);
      rc = path ? add (archive, path, path, err) : azml__error_no_memory (err);
    }
  return rc;
}

static int
add_inputs (const azml__container *container, const azml__archive *archive,
            azml_error **err)
{
  int rc = 0;
  for (size_t i = 0; i < json_array_size (container->run.job->inputs) && rc == 0;
       i++)
    {
      AZML_AUTO_FREE char *path = azml__json_get_bytes (
          json_object_get (json_array_get (container->run.job->inputs, i), "path"),
          NULL);
      AZML_AUTO_FREE char *real = path ? realpath (path, NULL) : NULL;
      rc = add (archive, real, path ? path : "", err);
    }
  return rc;
}

/* This program and the package for scripts are root's, as in every image.  */
static int
add_tools (const azml__container *container, const azml__archive *archive,
           azml_error **err)
{
  azml__archive tools = { .fd = archive->fd, .open = 1 };
  char self[4096];
  ssize_t n = readlink ("/proc/self/exe", self, sizeof self - 1);
  if (n <= 0)
    return azml__error_os (err, errno, "find this program");
  self[n] = '\0';
  AZML_AUTO_FREE char *folder = azml__path_folder (self);
  AZML_AUTO_FREE char *package =
      folder && container->run.job->python_path
          ? azml__path_join (folder, *container->run.job->python_path)
          : NULL;
  AZML_AUTO_FREE char *real = package ? realpath (package, NULL) : NULL;
  int rc = add (&tools, self, AZML__CONTAINER_RUNNER, err);
  return rc == 0 ? add (&tools, real, AZML__CONTAINER_PYTHON, err) : rc;
}

static int
add_accounts (const azml__container *container, const azml__archive *archive,
              azml_error **err)
{
  static const char *const names[] = { "passwd", "group" };
  azml__archive roots = { .fd = archive->fd, .open = 1 };
  int rc = 0;
  for (size_t i = 0; i < 2 && getuid () && !container->engine.rootless && rc == 0;
       i++)
    {
      AZML_AUTO_FREE char *from =
          azml__path_join3 (container->run.charge->path, "container", names[i]);
      AZML_AUTO_FREE char *to = azml__path_join ("etc", names[i]);
      rc = to ? add (&roots, from, to, err) : azml__error_no_memory (err);
    }
  return rc;
}

static int
write_all (const azml__container *container, const azml__archive *archive,
           azml_error **err)
{
  AZML_AUTO_FREE char *share =
      azml__share_folder (container->run.charge, container->run.job);
  AZML_AUTO_FREE char *real = share ? realpath (share, NULL) : NULL;
  azml__archive as_is = *archive;
  as_is.newest = 0;
  int rc = add_tools (container, archive, err);
  if (rc == 0)
    rc = add_accounts (container, archive, err);
  if (rc == 0)
    rc = add_inputs (container, &as_is, err);
  if (rc == 0)
    rc = add (archive, real, AZML__CONTAINER_SHARE, err);
  if (rc == 0)
    rc = add_run (container, archive, err);
  return rc == 0 ? azml__archive_end (archive, err) : rc;
}

/* Write the archive to FD, in a process of its own; what goes wrong is said where the
   engine says what it has to.  */
static int
start_writer (const azml__container *container, int fd, azml_error **err)
{
  pid_t parent = getpid (), pid = fork ();
  if (pid < 0)
    return azml__error_os (err, errno, "make a process that copies");
  if (pid > 0)
    return 0; /* reaped with the rest */
  AZML_AUTO (azml_error) failure = NULL;
  azml__archive archive = { .fd = fd,
                            .uid = container->engine.rootless ? 0 : getuid (),
                            .gid = container->engine.rootless ? 0 : getgid (),
                            .newest = container->since - 1 };
  prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  azml__signals_reset ();
  signal (SIGPIPE, SIG_IGN);
  if (getppid () != parent)
    _exit (1);
  if (write_all (container, &archive, &failure) == 0)
    _exit (0);
  AZML_AUTO_CLOSE int log = openat (container->run.charge->folder, "prepare.log",
                                    O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
  if (log >= 0 && azml_error_native (failure) != EPIPE)
    dprintf (log, "azml: error: %s\n", azml_error_message (failure));
  azml__archive_spoil (&archive);
  _exit (1);
}

static int
copy_in (const azml__container *container, azml_error **err)
{
  AZML_AUTO_FREE char *to = azml__path_format ("%s:/", container->name);
  char *words[] = { (char *)"cp", (char *)"-", to, NULL };
  int ends[2];
  if (!to)
    return azml__error_no_memory (err);
  if (pipe2 (ends, O_CLOEXEC) < 0)
    return azml__error_os (err, errno, "make a pipe");
  int rc = start_writer (container, ends[1], err);
  close (ends[1]);
  if (rc == 0)
    rc = azml__container_feed (container, words, ends[0], "copy into the container",
                               err);
  close (ends[0]);
  return rc;
}

/* Say in job.json, which may be older, that there are copies.  */
static int
mark_job (const azml__container *container, azml_error **err)
{
  AZML_AUTO (json_t) job = NULL;
  int folder = container->run.charge->folder;
  int rc = azml__json_read (folder, "container/job.json", &job, err);
  if (rc < 0)
    return rc;
  json_object_set_new (job, "copied", json_true ());
  return azml__json_write (folder, "container/job.json", job, 0600, 0, err);
}

int
azml__container_fill (azml__container *container, azml__words *words,
                      azml__command *command, azml_error **err)
{
  int ends[2];
  int rc = mark_job (container, err);
  if (rc == 0)
    rc = azml__container_work (container,
                               words->words + container->engine.words.count,
                               "make the container", err);
  if (rc == 0)
    rc = copy_in (container, err);
  if (rc < 0)
    return rc;
  azml__words_done (words);
  azml__words_add_all (words, container->engine.words.words);
  azml__words_add (words, "start");
  azml__words_add (words, "--attach");
  azml__words_add (words, "--interactive");
  azml__words_add (words, container->name);
  if (pipe2 (ends, O_CLOEXEC) < 0)
    return azml__error_os (err, errno, "make a pipe");
  command->input = ends[0];
  container->leash = ends[1];
  return 0;
}
