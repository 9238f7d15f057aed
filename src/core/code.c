/* code.c: the codes and domains of errors.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/code.h"

#include <errno.h>
#include <string.h>

static const struct
{
  int code;
  const char *name;
  const char *doc;
} codes[] = {
  { AZML_OK, "ok", "success" },
  { AZML_E_FAILED, "failed", "an operation failed" },
  { AZML_E_NO_MEMORY, "no-memory", "out of memory" },
  { AZML_E_INVALID, "invalid", "an argument or a value is not usable" },
  { AZML_E_NOT_FOUND, "not-found", "the thing named does not exist" },
  { AZML_E_EXISTS, "exists", "the thing to make exists already" },
  { AZML_E_AMBIGUOUS, "ambiguous", "a name or prefix means several things" },
  { AZML_E_CANCELLED, "cancelled", "the cancel token was set" },
  { AZML_E_TIMEOUT, "timeout", "no answer in time" },
  { AZML_E_OS, "os", "a system call failed" },
  { AZML_E_NO_SPACE, "no-space", "disk or quota full" },
  { AZML_E_DENIED, "denied", "permission denied" },
  { AZML_E_FORMAT, "format", "a file or message is not in its format" },
  { AZML_E_PROTOCOL, "protocol", "the other side broke the frame protocol" },
  { AZML_E_UNREACHABLE, "unreachable", "a machine cannot be reached, or was lost" },
  { AZML_E_BUSY, "busy", "somebody else holds it" },
  { AZML_E_CHANGED, "changed", "a file changed while it was read" },
  { AZML_E_TOO_LARGE, "too-large", "over a limit" },
  { AZML_E_UNSUPPORTED, "unsupported",
    "not possible here, or not in this version" },
  { AZML_E_SCHEME, "scheme", "Scheme code raised an exception" },
  { AZML_E_ENVIRONMENT, "environment", "an environment cannot be built" },
  { AZML_E_CORRUPT, "corrupt", "stored data does not match its digest or schema" },
  { AZML_E_AUTH, "auth", "a machine does not accept who we are" },
  { AZML_E_HOST_KEY, "host-key",
    "a machine's key is not known, or is another one" },
};

static const char *const domains[] = { "core", "os",   "store",  "net",
                                       "ssh",  "yaml", "scheme", "runner" };

#define N_CODES (sizeof codes / sizeof *codes)
#define N_DOMAINS (sizeof domains / sizeof *domains)

const char *
azml_code_name (int code)
{
  for (size_t i = 0; i < N_CODES; i++)
    if (codes[i].code == code)
      return codes[i].name;
  return "unknown";
}

const char *
azml_code_doc (int code)
{
  for (size_t i = 0; i < N_CODES; i++)
    if (codes[i].code == code)
      return codes[i].doc;
  return "unknown";
}

const char *
azml_domain_name (int domain)
{
  return domain >= 0 && (size_t)domain < N_DOMAINS ? domains[domain] : "unknown";
}

int
azml__code_of_name (const char *name)
{
  for (size_t i = 1; name && i < N_CODES; i++)
    if (strcmp (codes[i].name, name) == 0)
      return codes[i].code;
  return AZML_E_FAILED;
}

azml_domain
azml__domain_of_name (const char *name)
{
  for (size_t i = 0; name && i < N_DOMAINS; i++)
    if (strcmp (domains[i], name) == 0)
      return (azml_domain)i;
  return AZML_DOMAIN_RUNNER;
}

int
azml__code_of_errno (int errnum)
{
  switch (errnum)
    {
    case ENOENT:
    case ENOTDIR:
      return AZML_E_NOT_FOUND;
    case EEXIST:
    case ENOTEMPTY:
      return AZML_E_EXISTS;
    case EACCES:
    case EPERM:
    case EROFS:
      return AZML_E_DENIED;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return AZML_E_NO_SPACE;
    case ENOMEM:
      return AZML_E_NO_MEMORY;
    case ETIMEDOUT:
      return AZML_E_TIMEOUT;
    case EBUSY:
    case ETXTBSY:
      return AZML_E_BUSY;
    case EPIPE:
    case ECONNRESET:
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case ENETUNREACH:
      return AZML_E_UNREACHABLE;
    default:
      return AZML_E_OS;
    }
}
