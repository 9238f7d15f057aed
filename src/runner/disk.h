/* disk.h: is there room left?
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUNNER_DISK_H
#define AZML_RUNNER_DISK_H

/* 1 if the file system of the open FOLDER has next to no room, or no inodes, left
   for this user.  */
int azml__disk_is_full (int folder);

/* 1 if there is so little that a job could use it up in a second.  */
int azml__disk_is_short (int folder);

#endif
