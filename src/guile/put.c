/* put.c: how far the sending of contents is.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "session/session.h"

#include "guile/binding.h"
#include "guile/session.h"

/* Return how many bytes of content the request ID, a put, has sent; #f once it has sent
   all.  */
static SCM
session_put_bytes (SCM session, SCM id)
{
  static const char who[] = "%session-put-bytes";
  uint32_t request = (uint32_t)azml__guile_to_integer (id, 1, UINT32_MAX, who, 2);
  azml__guile_box *box =
      azml__guile_take (session, &azml__guile_session_type, who, 1);
  uint64_t bytes = azml__session_put_bytes (azml__guile_pointer (box), request);
  azml__guile_release (box);
  return bytes == (uint64_t)-1 ? SCM_BOOL_F : scm_from_uint64 (bytes);
}

/* Return (ID SENT TOTAL) of the put that is being sent, bytes of content; #f: none is.  */
static SCM
session_putting (SCM session)
{
  uint64_t sent = 0, total = 0;
  azml__guile_box *box =
      azml__guile_take (session, &azml__guile_session_type, "%session-putting", 1);
  uint32_t id = azml__session_putting (azml__guile_pointer (box), &sent, &total);
  azml__guile_release (box);
  return id ? scm_list_3 (scm_from_uint32 (id), scm_from_uint64 (sent),
                          scm_from_uint64 (total))
            : SCM_BOOL_F;
}

void
azml__guile_init_put (void)
{
  azml__guile_define ("%session-put-bytes", 2, 0, session_put_bytes);
  azml__guile_define ("%session-putting", 1, 0, session_putting);
}
