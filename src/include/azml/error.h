/* azml/error.h: the error object, its codes and domains.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_ERROR_H
#define AZML_ERROR_H

#include <azml/macros.h>

AZML_BEGIN_DECLS

/* What happened.  Functions that can fail return 0 or one of these, and store an
   error object with the same code in their last parameter.  Values never change
   and new ones are appended.  */
typedef enum azml_code
{
  AZML_OK = 0,
  AZML_E_FAILED = -1,       /* an operation failed; the message says which */
  AZML_E_NO_MEMORY = -2,    /* out of memory */
  AZML_E_INVALID = -3,      /* an argument or a value is not usable */
  AZML_E_NOT_FOUND = -4,    /* the thing named does not exist */
  AZML_E_EXISTS = -5,       /* the thing to make exists already */
  AZML_E_AMBIGUOUS = -6,    /* a name or prefix means several things */
  AZML_E_CANCELLED = -7,    /* the cancel token was set */
  AZML_E_TIMEOUT = -8,      /* no answer in time */
  AZML_E_OS = -9,           /* a system call failed; native is errno */
  AZML_E_NO_SPACE = -10,    /* disk or quota full */
  AZML_E_DENIED = -11,      /* permission denied */
  AZML_E_FORMAT = -12,      /* a file or message is not in its format */
  AZML_E_PROTOCOL = -13,    /* the other side broke the frame protocol */
  AZML_E_UNREACHABLE = -14, /* a machine cannot be reached, or was lost */
  AZML_E_BUSY = -15,        /* somebody else holds it */
  AZML_E_CHANGED = -16,     /* a file changed while it was read */
  AZML_E_TOO_LARGE = -17,   /* over a limit */
  AZML_E_UNSUPPORTED = -18, /* not possible here, or not in this version */
  AZML_E_SCHEME = -19,      /* Scheme code raised an exception */
  AZML_E_ENVIRONMENT = -20, /* an environment cannot be built */
  AZML_E_CORRUPT = -21,     /* stored data does not match its digest or schema */
  AZML_E_AUTH = -22,        /* a machine does not accept who we are */
  AZML_E_HOST_KEY = -23     /* a machine's key is not known, or is another one */
} azml_code;

/* Where it happened; decides how `native` is read.  */
typedef enum azml_domain
{
  AZML_DOMAIN_CORE = 0,   /* native: 0 */
  AZML_DOMAIN_OS = 1,     /* native: errno */
  AZML_DOMAIN_STORE = 2,  /* native: SQLite extended result code */
  AZML_DOMAIN_NET = 3,    /* native: CURLcode */
  AZML_DOMAIN_SSH = 4,    /* native: libssh code */
  AZML_DOMAIN_YAML = 5,   /* native: 0 */
  AZML_DOMAIN_SCHEME = 6, /* native: 0 */
  AZML_DOMAIN_RUNNER = 7  /* native: 0; the error came from azml-runner */
} azml_domain;

typedef struct azml_error azml_error;

/* Return the code of ERR, AZML_OK if ERR is NULL.  */
AZML_API int azml_error_code (const azml_error *err);

/* Return the domain of ERR, AZML_DOMAIN_CORE if ERR is NULL.  */
AZML_API azml_domain azml_error_domain (const azml_error *err);

/* Return the native number of ERR (see azml_domain), 0 if there is none.  */
AZML_API int azml_error_native (const azml_error *err);

/* Return the message of ERR: one line of UTF-8, lower case, no full stop.
   Borrowed, valid while ERR lives; "" if ERR is NULL.  */
AZML_API const char *azml_error_message (const azml_error *err);

/* Return what the user can do about ERR, or NULL.  Borrowed.  */
AZML_API const char *azml_error_hint (const azml_error *err);

/* Free ERR.  NULL is fine.  */
AZML_API void azml_error_free (azml_error *err);

/* Return the name of CODE ("not-found"), "unknown" for a number that is none.
   Borrowed for ever.  */
AZML_API const char *azml_code_name (int code);

/* Return one line that says what CODE means.  Borrowed for ever.  */
AZML_API const char *azml_code_doc (int code);

/* Return the name of DOMAIN ("store"), "unknown" for a number that is none.  */
AZML_API const char *azml_domain_name (int domain);

AZML_END_DECLS

#endif
