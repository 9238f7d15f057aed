/* ahead.h: contents that are sent while they are found.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Who digests a source tree tells what he finds, in a thread of his own; who has the
   session asks meanwhile which of it the other side lacks, and sends that.  What was not
   sent when all is found is sent afterwards like anything else: this is only a start.

   Of a large content the bytes go before its digest is known; they are told apart by a
   name, and belong to the digest once that is said (`begun` of put).  */

#ifndef AZML_SESSION_AHEAD_H
#define AZML_SESSION_AHEAD_H

#include "digest/sha256.h"
#include "session/session.h"

typedef struct azml__ahead azml__ahead;

/* Send over SESSION (borrowed) what is found in the store folder OBJECTS.  */
int azml__ahead_new (azml__session *session, const char *objects, azml__ahead **ret,
                     azml_error **err);
void azml__ahead_free (azml__ahead *ahead);
AZML_DEFINE_AUTO (azml__ahead, azml__ahead_free)

/* Called by who finds.  A content of SIZE bytes is in the store.  */
void
azml__ahead_found (azml__ahead *ahead, const azml__digest *digest, uint64_t size);

/* One of SIZE bytes is being digested, called NAME; so many of its bytes as `grown` tells
   can be read from FD (borrowed for the call).  */
void azml__ahead_begin (azml__ahead *ahead, const azml__digest *name, int fd,
                        uint64_t size);
void azml__ahead_grown (azml__ahead *ahead, uint64_t size);

/* Its digest is DIGEST; NULL: it was given up.  */
void azml__ahead_end (azml__ahead *ahead, const azml__digest *digest);

/* Nothing more will be found.  */
void azml__ahead_over (azml__ahead *ahead);

/* Called by who has the session: send until it is over.  Messages that answer others are
   kept for azml__session_next.  */
int azml__ahead_run (azml__ahead *ahead, azml_error **err);

/* Afterwards: {DIGEST: NAME} of what was begun (new), NULL if nothing was.  */
json_t *azml__ahead_begun (const azml__ahead *ahead);

#endif
