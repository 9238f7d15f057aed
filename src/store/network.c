/* network.c: is a folder on another machine?
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "store/network.h"

#include <stddef.h>

#ifdef __linux__
#include <sys/vfs.h>

/* f_type of statfs; FUSE stands for sshfs and its like.  */
static const unsigned long kinds[] = {
  0x6969,     /* NFS */
  0x517b,     /* SMB */
  0xff534d42, /* CIFS */
  0xfe534d42, /* SMB2 */
  0x65735546, /* FUSE */
  0x01021997, /* 9P */
  0x5346414f, /* AFS */
  0x6b414653, /* kAFS */
  0x00c36400, /* Ceph */
  0x0bd00bd0, /* Lustre */
  0x47504653, /* GPFS */
  0x19830326, /* BeeGFS */
  0x73757245, /* Coda */
  0x564c,     /* NCP */
  0x7461636f, /* OCFS2 */
  0x01161970, /* GFS2 */
  0xaad7aaea, /* PanFS */
};

int
azml__network_is (const char *path)
{
  struct statfs fs;
  if (statfs (path, &fs) < 0)
    return 0;
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (((unsigned long)fs.f_type & 0xffffffff) == kinds[i])
      return 1;
  return 0;
}

#elif defined __APPLE__
#include <sys/mount.h>
#include <sys/param.h>

int
azml__network_is (const char *path)
{
  struct statfs fs;
  return statfs (path, &fs) == 0 && !(fs.f_flags & MNT_LOCAL);
}

#else

/* Not known here: the journal that is right everywhere.  */
int
azml__network_is (const char *path)
{
  (void)path;
  return 1;
}

#endif
