/* receive.h: the outputs of a run that are fetched from another machine.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   What the other side says is not trusted: nothing is written outside of the folder
   `outputs` of the run, through no link, and no more than was asked for.  A file appears
   under its name complete; until then it is in the folder `.fetch` of the run, where a
   later attempt goes on with it.  */

#ifndef AZML_RUN_RECEIVE_H
#define AZML_RUN_RECEIVE_H

#include <jansson.h>
#include <stdint.h>

#include "core/error.h"

typedef struct azml__receiver azml__receiver;

/* Begin to receive ENTRIES, what `fetch` listed, into outputs/ of the run directory
   FOLDER (borrowed until this returns).  Files over LIMIT bytes are left out.  Store the
   receiver (new) in *RET.  AZML_E_FORMAT, AZML_E_PROTOCOL: the list is none.  */
int azml__receiver_new (int folder, const json_t *entries, uint64_t limit,
                        azml__receiver **ret, azml_error **err);
azml__receiver *azml__receiver_ref (azml__receiver *receiver);
void azml__receiver_unref (azml__receiver *receiver);
AZML_DEFINE_AUTO (azml__receiver, azml__receiver_unref)

/* What is to be asked for (new): an array of {"path", "offset", "size"}.  */
json_t *azml__receiver_wanted (const azml__receiver *receiver);

/* The bytes that are to come, and those that came.  */
uint64_t azml__receiver_total (const azml__receiver *receiver);
uint64_t azml__receiver_received (const azml__receiver *receiver);

/* Take the next N bytes of what was asked for.  AZML_E_PROTOCOL: they are too many.  */
int
azml__receiver_take (void *receiver, const char *data, size_t n, azml_error **err);

/* All has come; the files CHANGED (an array of paths, or NULL) are not whole.  Store what
   was done (new) in *RET: {"files", "bytes", "kept": files that were here, "over":
   [{"path", "bytes"}] over the limit, "refused": [paths that lead out, or are in the
   way], "changed": [paths], "unread": [{"path", "error"}] what the other side cannot
   read}.  AZML_E_PROTOCOL: less came than was asked for.  */
int azml__receiver_end (azml__receiver *receiver, const json_t *changed,
                        json_t **ret, azml_error **err);

#endif
