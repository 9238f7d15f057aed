/* claim.c: a run's place in the queue, and what it watches.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "lease/claim.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "core/clock.h"

void
azml__lease_claim_init (azml__lease_claim *claim, const char *run, int64_t count)
{
  *claim = (azml__lease_claim){ .fd = -1 };
  claim->self = (azml__lease_name){ .kind = AZML__LEASE_WAIT,
                                    .since = azml__clock_boot_us (),
                                    .count = count };
  azml__lease_name_sign (&claim->self);
  snprintf (claim->self.run, sizeof claim->self.run, "%s", run);
}

static void
drop_watch (azml__lease_claim *claim, size_t i)
{
  close (claim->watches[i].fd);
  claim->n_watches--;
  claim->watches[i] = claim->watches[claim->n_watches];
  if (i != claim->n_watches)
    memcpy (claim->names[i], claim->names[claim->n_watches], sizeof *claim->names);
}

void
azml__lease_claim_done (azml__lease_claim *claim)
{
  while (claim->n_watches)
    drop_watch (claim, claim->n_watches - 1);
  for (size_t i = 0; i < claim->n_wants; i++)
    close (claim->fds[i]);
  if (claim->fd >= 0)
    close (claim->fd);
  free (claim->wants);
  free (claim->fds);
  free (claim->watches);
  free (claim->names);
  azml__lease_name self = claim->self;
  *claim = (azml__lease_claim){ .self = self, .fd = -1 };
}

static int
has (char (*names)[AZML__LEASE_NAME_SIZE], size_t n, const char *name)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp (names[i], name) == 0)
      return 1;
  return 0;
}

/* Bind those of the N NAMES that are new.  */
static int
add_wants (azml__lease_claim *claim, char (*names)[AZML__LEASE_NAME_SIZE], size_t n,
           azml_error **err)
{
  size_t room = claim->n_wants + n;
  if (room > claim->n_room)
    {
      void *wants = realloc (claim->wants, room * sizeof *claim->wants);
      if (wants)
        claim->wants = wants;
      int *fds = realloc (claim->fds, room * sizeof *fds);
      if (fds)
        claim->fds = fds;
      if (!wants || !fds)
        return azml__error_no_memory (err);
      claim->n_room = room;
    }
  for (size_t i = 0; i < n; i++)
    {
      if (has (claim->wants, claim->n_wants, names[i]))
        continue;
      int rc = azml__lease_bind (names[i], &claim->fds[claim->n_wants], err);
      if (rc < 0)
        return rc;
      memcpy (claim->wants[claim->n_wants++], names[i], sizeof *names);
    }
  return 0;
}

/* Close those that are not among the N NAMES: who watches them looks again.  */
static void
drop_wants (azml__lease_claim *claim, char (*names)[AZML__LEASE_NAME_SIZE],
            size_t n)
{
  for (size_t i = claim->n_wants; i-- > 0;)
    if (!has (names, n, claim->wants[i]))
      {
        close (claim->fds[i]);
        claim->n_wants--;
        claim->fds[i] = claim->fds[claim->n_wants];
        if (i != claim->n_wants)
          memcpy (claim->wants[i], claim->wants[claim->n_wants],
                  sizeof *claim->wants);
      }
}

/* The name of the waiting run says how many it waits for.  */
static int
publish_self (azml__lease_claim *claim, int64_t count, azml_error **err)
{
  char text[AZML__LEASE_NAME_SIZE];
  if (claim->fd >= 0 && claim->self.count == count)
    return 0;
  azml__lease_name name = claim->self;
  name.count = count;
  int fd, rc = azml__lease_name_format (&name, text, err);
  if (rc == 0)
    rc = azml__lease_bind (text, &fd, err);
  if (rc < 0)
    return rc;
  if (claim->fd >= 0)
    close (claim->fd);
  claim->fd = fd;
  claim->self.count = count;
  return 0;
}

int
azml__lease_claim_publish (azml__lease_claim *claim, const char *const *uuids,
                           size_t n, int64_t count, azml_error **err)
{
  azml__lease_name want = claim->self;
  AZML_AUTO_FREE char (*names)[AZML__LEASE_NAME_SIZE] =
      calloc (n + 1, sizeof *names);
  int rc = names ? 0 : azml__error_no_memory (err);
  want.kind = AZML__LEASE_WANT;
  for (size_t i = 0; i < n && rc == 0; i++)
    {
      snprintf (want.uuid, sizeof want.uuid, "%s", uuids[i]);
      rc = azml__lease_name_format (&want, names[i], err);
    }
  if (rc == 0)
    rc = add_wants (claim, names, n, err);
  if (rc == 0)
    rc = publish_self (claim, count, err);
  if (rc == 0)
    drop_wants (claim, names, n);
  return rc;
}

/* Connect to NAME.  Return 1 if it is gone.  */
static int
add_watch (azml__lease_claim *claim, const char *name)
{
  int fd;
  if (claim->n_watches == claim->size_watches)
    {
      size_t size = claim->size_watches ? 2 * claim->size_watches : 8;
      void *watches = realloc (claim->watches, size * sizeof *claim->watches);
      if (watches)
        claim->watches = watches;
      void *names = realloc (claim->names, size * sizeof *claim->names);
      if (names)
        claim->names = names;
      if (!watches || !names)
        return 0; /* it is looked at from time to time anyway */
      claim->size_watches = size;
    }
  int rc = azml__lease_connect (name, &fd, NULL, NULL, NULL);
  if (rc < 0)
    return rc == AZML_E_NOT_FOUND;
  claim->watches[claim->n_watches] = (struct pollfd){ .fd = fd };
  snprintf (claim->names[claim->n_watches++], sizeof *claim->names, "%s", name);
  return 0;
}

/* What came from the holder of the lease NAME: he speaks for that GPU alone.  */
static void
hear_lines (char *text, const char *name,
            void (*take) (const azml__lease_note *note, void *data), void *data)
{
  azml__lease_name lease;
  azml__lease_note note;
  char *end;
  if (azml__lease_name_parse (name, &lease) < 0 || lease.kind != AZML__LEASE_GPU)
    return;
  for (char *line = text; (end = strchr (line, '\n')); line = end + 1)
    {
      *end = '\0';
      if (azml__lease_note_read (line, &note) == 0
          && strcmp (note.uuid, lease.uuid) == 0)
        take (&note, data);
    }
}

void
azml__lease_claim_hear (azml__lease_claim *claim,
                        void (*take) (const azml__lease_note *note, void *data),
                        void *data)
{
  char text[AZML__LEASE_NOTES_SIZE + 1];
  for (size_t i = 0; i < claim->n_watches; i++)
    {
      ssize_t n = recv (claim->watches[i].fd, text, sizeof text - 1, MSG_DONTWAIT);
      if (n <= 0)
        continue;
      text[n] = '\0';
      hear_lines (text, claim->names[i], take, data);
    }
}

int
azml__lease_claim_watch (azml__lease_claim *claim,
                         char (*names)[AZML__LEASE_NAME_SIZE], size_t n)
{
  int gone = 0;
  if (claim->n_watches)
    (void)poll (claim->watches, claim->n_watches, 0);
  for (size_t i = claim->n_watches; i-- > 0;)
    if (claim->watches[i].revents || !has (names, n, claim->names[i]))
      drop_watch (claim, i);
  for (size_t i = 0; i < n; i++)
    if (!has (claim->names, claim->n_watches, names[i]))
      gone |= add_watch (claim, names[i]);
  return gone;
}
