/* follow.c: follow: what the files of a run have, until it has ended.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The order is what makes the end true: status.json is looked at before the sizes of
   the files, and it says a terminal state only after every file has its final size.
   News come by inotify; now and then, and where there is no inotify, we look without
   being told.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "runner/settle.h"
#include "serve/private.h"

#define LOOK_MS 1000    /* look without news */
#define FIRST_LOOK_MS 5 /* the same without inotify: this, doubled each time */
#define N_FILES 5

/* What can be followed, in alphabetical order.  */
static const char *const file_names[N_FILES] = { "events.jsonl", "gpu.jsonl", "log",
                                                 "metrics.jsonl", "prepare.log" };

typedef struct follow_file
{
  uint8_t stream; /* 0: not followed */
  int fd;         /* -1: not there yet */
  off_t offset;
} follow_file;

typedef struct follow
{
  char id[16];
  int folder;
  follow_file files[N_FILES];
  int next_file; /* whose turn it is */
  int status_fd; /* the status.json last seen, kept open so that its inode number
                        cannot be given to the next one */
  struct stat status_stat;
  json_t *status;
  int terminal;
  int aside; /* the run has waited for its place, and may have been withdrawn */
  int over;  /* 1: the client wants to know when the run is over, 2: it was told */
  int look_ms;
  int64_t checked; /* when we last made sure that somebody is in charge */
} follow;

/* Let go of the inotify watch WATCH, unless another request follows the same.  */
static void
drop_watch (const azml__request *request, int watch)
{
  for (const azml__request *other = request->serve->requests; other;
       other = other->next)
    if (other != request
        && (other->watches[0] == watch || other->watches[1] == watch))
      return;
  if (watch >= 0)
    inotify_rm_watch (request->serve->inotify, watch);
}

static void
follow_free (azml__request *request)
{
  follow *f = request->state;
  if (request->fds[0] >= 0)
    close (request->fds[0]);
  for (int i = 0; i < 2; i++)
    drop_watch (request, request->watches[i]);
  for (int i = 0; i < N_FILES; i++)
    if (f->files[i].fd >= 0)
      close (f->files[i].fd);
  if (f->status_fd >= 0)
    close (f->status_fd);
  if (f->folder >= 0)
    close (f->folder);
  json_decref (f->status);
  free (f);
}

/* Open the regular file NAME of the run; the job owns the folder too, so a link or a
   FIFO may be in its place.  Return -1 if it cannot be read (yet).  */
static int
open_file (const follow *f, const char *name, struct stat *st)
{
  AZML_AUTO_CLOSE int fd =
      openat (f->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0 || fstat (fd, st) < 0 || !S_ISREG (st->st_mode))
    return -1;
  return azml__steal_fd (&fd);
}

/* Read status.json if it was replaced; send it unless the run has ended.  */
static int
look_at_status (azml__request *request, azml_error **err)
{
  follow *f = request->state;
  struct stat st;
  if (fstatat (f->folder, "status.json", &st, AT_SYMLINK_NOFOLLOW) < 0
      || (f->status_fd >= 0 && st.st_ino == f->status_stat.st_ino
          && st.st_dev == f->status_stat.st_dev))
    return 0;
  AZML_AUTO_CLOSE int fd = open_file (f, "status.json", &st);
  AZML_AUTO (json_t) status = NULL;
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  if (fd < 0 || st.st_size > (off_t)AZML__FRAME_LIMIT / 2)
    return 0;
  char *room = azml__buffer_room (&text, (size_t)st.st_size);
  size_t n;
  if (!room)
    return azml__error_no_memory (err);
  if (azml__file_pread (fd, room, (size_t)st.st_size, 0, &n, NULL) < 0
      || azml__json_parse (room, n, "status.json", &status, NULL) < 0)
    return 0; /* whoever is in charge will write it again, or settling does */
  if (f->status_fd >= 0)
    close (f->status_fd);
  f->status_fd = azml__steal_fd (&fd);
  f->status_stat = st;
  json_decref (f->status);
  f->status = azml_steal (&status);
  int state = azml__state_parse (azml__json_string (f->status, "state"));
  f->terminal = state >= 0 && azml__state_is_terminal ((azml__state)state);
  return f->terminal ? 0
                     : azml__request_event (
                         request, json_pack ("{s:O}", "status", f->status), err);
}

/* Once the run is over, say so to a client that wants to know: its end is on disk only a
   moment later, and its place can be another's until then.  */
static int
look_if_over (azml__request *request, azml_error **err)
{
  static const char ended[] = "\"event\":\"ended\"";
  follow *f = request->state;
  struct stat st;
  char last[512];
  size_t n;
  AZML_AUTO_CLOSE int fd = open_file (f, "events.jsonl", &st);
  off_t offset = fd >= 0 && st.st_size > (off_t)sizeof last
                     ? st.st_size - (off_t)sizeof last
                     : 0;
  if (fd < 0 || azml__file_pread (fd, last, sizeof last, offset, &n, NULL) < 0
      || !memmem (last, n, ended, sizeof ended - 1))
    return 0;
  f->over = 2;
  azml__serve_leave_place (request->serve, f->id);
  return azml__request_event (request, json_pack ("{s:b}", "over", 1), err);
}

/* Queue the next piece of a file that has more.  *RET_DONE 1: there is nothing more
   now.  */
static int
send_piece (azml__request *request, int *ret_done, azml_error **err)
{
  follow *f = request->state;
  for (int i = 0; i < N_FILES; i++)
    {
      int index = (f->next_file + i) % N_FILES;
      follow_file *file = &f->files[index];
      struct stat st;
      if (!file->stream
          || (file->fd < 0
              && (file->fd = open_file (f, file_names[index], &st)) < 0)
          || fstat (file->fd, &st) < 0 || st.st_size <= file->offset)
        continue;
      size_t n = AZML__FRAME_CHUNK;
      if (st.st_size - file->offset < (off_t)n)
        n = (size_t)(st.st_size - file->offset);
      int rc = azml__request_segment (request, file->stream, file->fd, file->offset,
                                      n, NULL, err);
      file->offset += (off_t)n;
      f->next_file = (index + 1) % N_FILES;
      return rc;
    }
  *ret_done = 1;
  return 0;
}

static json_t *
describe_files (const follow *f)
{
  json_t *files = json_object ();
  for (int i = 0; i < N_FILES; i++)
    if (f->files[i].stream)
      json_object_set_new (files, file_names[i], json_integer (f->files[i].offset));
  return files;
}

/* Make sure that somebody is in charge of the run, or end it: a new status.json is news.  */
static int
check_alive (azml__request *request, azml_error **err)
{
  follow *f = request->state;
  int settled;
  const azml__layout *layout = &request->serve->layout;
  f->checked = azml__clock_boot_ms ();
  if (request->fds[0] >= 0)
    return 0; /* somebody is at it */
  if (azml__settle_is_slow (layout, f->id))
    {
      AZML_AUTO (json_t) ids = json_pack ("[s]", f->id);
      return azml__serve_settle (request, ids, err);
    }
  int rc = azml__settle (layout, f->id, &settled, err);
  if (rc == 0 && settled)
    request->awake = 1;
  return rc == AZML_E_BUSY ? 0 : rc;
}

/* What to be told of the run directory.  status.json comes by renaming; where only that is
   followed, a turn for each event that is written would be in vain.  Another request may
   follow more of the same run.  */
static uint32_t
news_of (const follow *f)
{
  uint32_t news = IN_MOVED_TO | IN_MASK_ADD;
  for (int i = 0; i < N_FILES; i++)
    if (f->files[i].stream)
      news |= IN_MODIFY | IN_CREATE | IN_CLOSE_WRITE;
  return news;
}

/* Be told of the run at PATH.  That it is over is told by the end of events.jsonl; that
   is watched by itself, because in the folder each file that is closed would be news.  */
static void
watch_run (azml__request *request, const follow *f, const char *path)
{
  int inotify = request->serve->inotify;
  uint32_t news = news_of (f);
  AZML_AUTO_FREE char *events =
      f->over ? azml__path_join (path, "events.jsonl") : NULL;
  if (inotify < 0)
    return;
  if (events)
    request->watches[1] = inotify_add_watch (
        inotify, events, IN_CLOSE_WRITE | IN_DONT_FOLLOW | IN_MASK_ADD);
  if (f->over && request->watches[1] < 0)
    news |= IN_CLOSE_WRITE;
  request->watches[0] = inotify_add_watch (inotify, path, news);
}

static int
open_run (azml__request *request, follow *f, azml_error **err)
{
  const azml__layout *layout = &request->serve->layout;
  AZML_AUTO_FREE char *path = NULL;
  int rc = azml__layout_run (layout, f->id, &path, err);
  if (rc < 0)
    return rc;
  f->folder = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (f->folder < 0 && errno == ENOENT
      && azml__serve_is_starting (request->serve, f->id))
    {
      free (azml_steal (&path));
      if ((rc = azml__layout_aside (layout, f->id, &path, err)) < 0)
        return rc;
      f->folder = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      f->aside = 1;
    }
  if (f->folder < 0 && errno == ENOENT)
    return azml__error (err, AZML_E_NOT_FOUND, "there is no run '%s'", f->id);
  if (f->folder < 0)
    return azml__error_os (err, errno, "open the folder '%s'", path);
  watch_run (request, f, path);
  return 0;
}

/* The run has its place, unless it was withdrawn, or is another session's of that name.  */
static int
look_for_run (azml__request *request, azml_error **err)
{
  follow *f = request->state;
  AZML_AUTO_FREE char *path = NULL;
  int rc = azml__layout_run (&request->serve->layout, f->id, &path, err);
  if (rc < 0)
    return rc;
  f->aside = 0;
  if (azml__file_has_name (f->folder, AT_FDCWD, path))
    return 0;
  for (int i = 0; i < 2; i++)
    {
      drop_watch (request, request->watches[i]);
      request->watches[i] = -1;
    }
  close (azml__steal_fd (&f->folder));
  return open_run (request, f, err);
}

static int
follow_work (azml__request *request, azml_error **err)
{
  follow *f = request->state;
  int done = 0;
  if (azml__serve_is_starting (request->serve, f->id))
    {
      request->awake = 0; /* first it is said that there is such a run */
      return 0;
    }
  int rc = azml__serve_settles (request, err);
  if (rc >= 0)
    rc = f->aside ? look_for_run (request, err) : 0;
  if (rc == 0 && !f->terminal)
    rc = look_at_status (request, err);
  if (rc == 0 && f->over == 1 && !f->terminal)
    rc = look_if_over (request, err);
  if (rc == 0)
    rc = send_piece (request, &done, err);
  if (rc < 0)
    return rc;
  if (!done)
    {
      f->look_ms = FIRST_LOOK_MS;
      return 0;
    }
  if (f->terminal)
    return azml__request_reply (
        request,
        json_pack ("{s:O, s:o}", "status", f->status, "files", describe_files (f)),
        err);
  request->awake = 0;
  if (azml__clock_boot_ms () - f->checked >= LOOK_MS
      && (rc = check_alive (request, err)) < 0)
    return rc;
  f->look_ms = f->look_ms * 2 < LOOK_MS ? f->look_ms * 2 : LOOK_MS;
  request->due =
      azml__clock_boot_ms () + (request->watches[0] >= 0 ? LOOK_MS : f->look_ms);
  return 0;
}

/* The client has seen enough.  */
static int
follow_close (azml__request *request, azml_error **err)
{
  return azml__request_reply (request, json_pack ("{s:b}", "closed", 1), err);
}

static const azml__request_ops follow_ops = { .close = follow_close,
                                              .work = follow_work,
                                              .free = follow_free };

const char *
azml__follow_until_over (const azml__request *request)
{
  const follow *f = request->state;
  return request->ops == &follow_ops && !request->answered && f->over == 1
                 && !f->terminal && !f->aside
             ? f->id
             : NULL;
}

/* Take {"log": 0, ...}: which files, from where on.  */
static int
choose_files (follow *f, const json_t *files, azml_error **err)
{
  uint8_t stream = 0;
  size_t chosen = 0;
  for (int i = 0; i < N_FILES; i++)
    {
      const json_t *offset = json_object_get (files, file_names[i]);
      if (!offset)
        continue;
      if (!json_is_integer (offset) || json_integer_value (offset) < 0)
        return azml__error (err, AZML_E_INVALID, "follow: the offset of '%s'",
                            file_names[i]);
      f->files[i].stream = ++stream;
      f->files[i].offset = (off_t)json_integer_value (offset);
      chosen++;
    }
  return chosen == json_object_size (files)
             ? 0
             : azml__error (err, AZML_E_INVALID,
                            "follow: a file that cannot be followed");
}

int
azml__serve_follow (azml__request *request, const json_t *args, azml_error **err)
{
  const char *id = "";
  int rc = azml__request_run_id (args, &id, err);
  follow *f = rc < 0 ? NULL : calloc (1, sizeof *f);
  if (!f)
    return rc < 0 ? rc : azml__error_no_memory (err);
  request->state = f;
  request->ops = &follow_ops;
  request->awake = 1;
  strcpy (f->id, id);
  f->folder = f->status_fd = -1;
  f->look_ms = FIRST_LOOK_MS;
  if (azml__serve_is_starting (request->serve, id))
    f->checked = azml__clock_boot_ms ();
  for (int i = 0; i < N_FILES; i++)
    f->files[i].fd = -1;
  f->over = json_is_true (json_object_get (args, "over"));
  rc = choose_files (f, json_object_get (args, "files"), err);
  return rc < 0 ? rc : open_run (request, f, err);
}
