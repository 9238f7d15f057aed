/* azml/cancel.h: a token that ends a blocking call early.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CANCEL_H
#define AZML_CANCEL_H

#include <azml/error.h>

AZML_BEGIN_DECLS

/* A flag and a pipe.  Every blocking call of the library takes one (NULL: never
   cancelled) and returns AZML_E_CANCELLED soon after it was set.  Reference
   counted with atomic operations; may be set from any thread or from a signal
   handler.  */
typedef struct azml_cancel azml_cancel;

/* Make a token that is not set.  On success store it (new) in *RET.
   AZML_E_OS: no descriptors left.  */
AZML_API AZML_MUST_CHECK int azml_cancel_new (azml_cancel **ret, azml_error **err);

/* Take a reference; return CANCEL.  NULL is fine.  */
AZML_API azml_cancel *azml_cancel_ref (azml_cancel *cancel);

/* Drop a reference.  NULL is fine.  */
AZML_API void azml_cancel_unref (azml_cancel *cancel);

/* Set the token: blocking calls that hold it return.  Async-signal-safe.  */
AZML_API void azml_cancel_set (azml_cancel *cancel);

/* Clear the token, so that it can be used again.  */
AZML_API void azml_cancel_clear (azml_cancel *cancel);

/* Return 1 if the token is set, else 0.  NULL is never set.  */
AZML_API int azml_cancel_is_set (const azml_cancel *cancel);

/* Return a descriptor that polls readable while the token is set; -1 for NULL.
   Borrowed: do not read or close it.  */
AZML_API int azml_cancel_fd (const azml_cancel *cancel);

AZML_END_DECLS

#endif
