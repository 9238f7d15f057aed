/* place.h: where in a new tree we are.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_SNAPSHOT_PLACE_H
#define AZML_SNAPSHOT_PLACE_H

#include <stddef.h>

#include "core/buffer.h"
#include "core/error.h"

#define AZML__PLACE_OPEN 64 /* folders kept open at most */

/* The open folders from the top of a tree that is being made to the one where we
   are.  In a deeper one only the last of those below AZML__PLACE_OPEN is open.  */
typedef struct azml__place
{
  azml__buffer path; /* where we are: "" or with a slash at its end */
  struct
  {
    int fd;
    size_t length; /* of its path, the slash at its end included */
  } levels[AZML__PLACE_OPEN];
  size_t depth;  /* levels open; the first is the top */
  int here;      /* the folder where we are when it is no level, else -1 */
  int may_exist; /* folders are there already, made by us before */
} azml__place;

#define AZML__PLACE_INIT                                                           \
  {                                                                                \
    .here = -1                                                                     \
  }

/* Start in the folder TOP, which is empty.  */
int azml__place_open (azml__place *place, const char *top, azml_error **err);
void azml__place_done (azml__place *place);

/* Be in the folder that the first N bytes of PATH name ("" or with a slash at the
   end); store its descriptor (borrowed until the next call) in *RET_FD.  Paths come
   sorted as bytes, so a folder is met for the first time exactly where PATH parts from
   the one before: it is made there, and one that exists already is an error (unless
   may_exist says otherwise), a link always.  */
int azml__place_go (azml__place *place, const char *path, size_t n, int *ret_fd,
                    azml_error **err);

#endif
