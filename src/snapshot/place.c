/* place.c: where in a new tree we are.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"

int
azml__place_open (azml__place *place, const char *top, azml_error **err)
{
  int rc = azml__folder_open (top, &place->levels[0].fd, err);
  if (rc == 0)
    place->depth = 1;
  return rc;
}

void
azml__place_done (azml__place *place)
{
  while (place->depth)
    close (place->levels[--place->depth].fd);
  if (place->here >= 0)
    close (azml__steal_fd (&place->here));
  azml__buffer_done (&place->path);
}

static int
current (const azml__place *place)
{
  return place->here >= 0 ? place->here : place->levels[place->depth - 1].fd;
}

/* Enter the folder NAME, whose path has LENGTH bytes; make it first if IS_NEW.  */
static int
enter (azml__place *place, const char *name, size_t length, int is_new,
       azml_error **err)
{
  int above = current (place);
  if (is_new && mkdirat (above, name, 0777) < 0
      && !(place->may_exist && errno == EEXIST))
    return azml__error_os (err, errno, "make the folder '%s'", name);
  int fd = openat (above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return azml__error_os (err, errno, "open the folder '%s'", name);
  if (place->here >= 0)
    close (azml__steal_fd (&place->here));
  if (place->depth < AZML__PLACE_OPEN)
    {
      place->levels[place->depth].fd = fd;
      place->levels[place->depth++].length = length;
    }
  else
    place->here = fd;
  return 0;
}

/* Leave the folders that are not above the first N bytes of PATH.  Return how many
   bytes of them name a folder that we were in.  */
static size_t
leave (azml__place *place, const char *path, size_t n)
{
  size_t same = 0;
  for (size_t i = 0; i < place->path.length && i < n; i++)
    {
      if (place->path.data[i] != path[i])
        break;
      if (path[i] == '/')
        same = i + 1;
    }
  if (place->here >= 0)
    close (azml__steal_fd (&place->here));
  while (place->levels[place->depth - 1].length > same)
    close (place->levels[--place->depth].fd);
  return same;
}

static int
go (azml__place *place, const char *path, size_t n, azml_error **err)
{
  AZML_AUTO_FREE char *names = strndup (path, n);
  size_t known = leave (place, path, n);
  int rc = 0;
  azml__buffer_truncate (&place->path, 0);
  azml__buffer_add (&place->path, path, n);
  if (!names || !azml__buffer_ok (&place->path))
    return azml__error_no_memory (err);
  for (size_t at = place->levels[place->depth - 1].length, end; rc == 0 && at < n;
       at = end + 1)
    {
      end = at + strcspn (names + at, "/");
      names[end] = '\0';
      rc = enter (place, names + at, end + 1, end >= known, err);
    }
  return rc;
}

int
azml__place_go (azml__place *place, const char *path, size_t n, int *ret_fd,
                azml_error **err)
{
  if (n != place->path.length || (n && memcmp (path, place->path.data, n) != 0))
    {
      int rc = go (place, path, n, err);
      if (rc < 0)
        return rc;
    }
  *ret_fd = current (place);
  return 0;
}
