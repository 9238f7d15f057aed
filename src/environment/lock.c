/* lock.c: one builder of an environment at a time.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "environment/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/cancel.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "core/path.h"

#define SLICE_MS 200

void
azml__lock_tell (const azml__environment_plan *plan,
                 const azml__environment_options *options, const char *what,
                 const char *holder)
{
  if (!options->event)
    return;
  AZML_AUTO (json_t)
  event = json_pack ("{s:s, s:s, s:s, s:s}", "event", "environment", "what", what,
                     "hash", plan->hash, "builder", plan->builder);
  if (event && holder)
    json_object_set_new (event, "for", azml__json_text (holder));
  if (event)
    options->event (event, options->data);
}

/* Write into the lock file FD who holds it.  What goes wrong here costs others an
   explanation, nothing else.  */
static void
sign (int fd, const char *holder)
{
  char host[256] = "";
  char since[AZML__CLOCK_TEXT_SIZE];
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  gethostname (host, sizeof host - 1);
  AZML_AUTO (json_t)
  json = json_pack ("{s:o, s:i, s:o, s:s}", "holder", azml__json_text (holder),
                    "pid", (int)getpid (), "host", azml__json_text (host), "since",
                    azml__clock_format (azml__clock_utc_ms (), since));
  if (json && azml__json_append (&text, json, NULL) == 0 && ftruncate (fd, 0) == 0
      && lseek (fd, 0, SEEK_SET) == 0)
    azml__file_write (fd, text.data, text.length, NULL);
}

/* Who holds the lock file FD, as it says itself (new); NULL if it does not.  */
static char *
read_holder (int fd)
{
  char text[1024];
  size_t n;
  AZML_AUTO (json_t) json = NULL;
  if (azml__file_pread (fd, text, sizeof text, 0, &n, NULL) < 0
      || azml__json_parse (text, n, "a lock", &json, NULL) < 0)
    return NULL;
  char *holder = azml__json_get_bytes (json_object_get (json, "holder"), NULL);
  return holder ? holder
                : azml__path_format ("process %d",
                                     (int)azml__json_integer (json, "pid", 0));
}

static void
log_waiting (const azml__environment_options *options, const char *holder)
{
  AZML_AUTO_FREE char *line =
      azml__path_format ("azml: waiting for %s, which builds this environment\n",
                         holder ? holder : "another run");
  if (line && options->log_fd >= 0)
    azml__file_write (options->log_fd, line, strlen (line), NULL);
}

int
azml__lock_get (const azml__environment_plan *plan,
                const azml__environment_options *options, int *ret_fd,
                azml_error **err)
{
  AZML_AUTO_FREE char *file = azml__path_format ("%s.lock", plan->path);
  AZML_AUTO_FREE char *told = NULL; /* whom the caller knows that it waits for */
  int waits = 0;
  if (!file)
    return azml__error_no_memory (err);
  AZML_AUTO_CLOSE int fd = open (file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return azml__error_os (err, errno, "open '%s'", file);
  for (;;)
    {
      int locked, ready;
      int rc = azml__file_try_lock (fd, &locked, err);
      if (rc < 0)
        return azml__error_prefix (err, rc, "'%s'", file);
      if (azml__environment_is_complete (plan))
        {
          *ret_fd = -1;
          return 0;
        }
      if (locked)
        break;
      AZML_AUTO_FREE char *holder = read_holder (fd);
      if (!waits || (holder && (!told || strcmp (told, holder) != 0)))
        {
          azml__lock_tell (plan, options, "waiting", holder);
          log_waiting (options, holder);
          free (told);
          told = azml_steal (&holder);
          waits = 1;
        }
      rc = azml__cancel_poll (options->cancel, NULL, 0, SLICE_MS, &ready, err);
      if (rc < 0)
        return rc;
    }
  sign (fd, options->holder);
  *ret_fd = azml__steal_fd (&fd);
  return 0;
}
