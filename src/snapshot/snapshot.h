/* snapshot.h: a source tree, stored by content, and made real again.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_SNAPSHOT_SNAPSHOT_H
#define AZML_SNAPSHOT_SNAPSHOT_H

#include <azml/cancel.h>

#include "snapshot/manifest.h"

typedef struct azml__snapshot_options
{
  const char *cache; /* file of the snapshot cache, NULL: none */
  int dry_run;       /* look and count, store nothing */
  /* N_ONLY files that alone are the snapshot, or NULL: the tree (see walk.h).  */
  int tracked; /* only what git tracks */
  const char *const *only;
  size_t n_only;
  int strict; /* one of them that is missing is AZML_E_NOT_FOUND */
  azml_cancel *cancel;
  const azml__object_tap *tap; /* who learns of what is digested, or NULL */
  /* Called now and then with the files and bytes seen, or NULL.  */
  void (*progress) (uint64_t files, uint64_t bytes, void *data);
  void *data;
} azml__snapshot_options;

/* Take a snapshot of the folder SOURCE into OBJECTS.  Left out: what the ignore
   file says (.azmlignore, else .amlignore, else .gitignore with those of the
   folders below; gitignore's syntax), always .git, .azml and a top-level outputs,
   and sockets, FIFOs and devices.  A file is read once through one descriptor; one
   that changed meanwhile is read again, twice, then AZML_E_CHANGED names it.  An
   unreadable file is AZML_E_DENIED with its name.

   Store in *RET_REPORT (new): {"digest": hex, "files": N, "bytes": N, "digested":
   N, "ignore_file": name or absent, "ignored": [paths, folders with a slash; at
   most 1000], "ignored_count": N, "special": [paths], "largest": [{"path",
   "bytes"}] (ten), "seconds": S}.  In a dry run "digest" is absent and "digested" is
   what would be.  Paths that are not UTF-8 are {"bytes"}.  */
int azml__snapshot_take (const char *source, azml__objects *objects,
                         const azml__snapshot_options *options, json_t **ret_report,
                         azml_error **err);

typedef struct azml__materialise_report
{
  uint64_t files, bytes, linked, cloned, copied;
  uint64_t mended; /* contents that were damaged, and made again */
} azml__materialise_report;

/* Make the snapshot DIGEST real in the folder TARGET, which exists and is empty.
   Content is cloned where the file system can, copied otherwise; a file over 16 MiB
   is hard-linked when this process is not root (copied on EMLINK, EXDEV, EPERM, and
   when it is executable: objects are not).  Whoever gives linked files away has to look
   at them again: with RET_LINKED NULL none is linked.
   Folders get 0777 and files 0666 or 0777 less the umask; linked files keep 0400
   and are listed in *RET_LINKED (new array of {"path", "digest", "mtime_ns",
   "size"}).  AZML_E_EXISTS: something is in the way.  An object that is damaged is
   removed, and made again from the source of OBJECTS (azml__objects_set_source);
   AZML_E_CORRUPT: it could not be, or it has not the size the manifest says.  */
int azml__snapshot_materialise (azml__objects *objects, const azml__digest *digest,
                                const char *target, azml_cancel *cancel,
                                azml__materialise_report *ret_report,
                                json_t **ret_linked, azml_error **err);

/* Look at the LINKED files of materialise in TARGET again: objects whose content
   changed through a link are removed.  Store how many in *RET_DAMAGED.  */
int azml__snapshot_verify_linked (azml__objects *objects, const char *target,
                                  const json_t *linked, int *ret_damaged,
                                  azml_error **err);

#endif
