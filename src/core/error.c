/* error.c: the error object, its codes and domains.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/buffer.h"
#include "core/printable.h"

struct azml_error
{
  int code;
  azml_domain domain;
  int native;
  char *message;
  char *hint;
};

/* Nothing can be allocated when memory is out, so this one is ready made.  It has no
   message, by which it is known: a module has one of its own.  */
static azml_error no_memory = { AZML_E_NO_MEMORY, AZML_DOMAIN_CORE, 0, NULL, NULL };
static const char no_memory_message[] = "out of memory";

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

int
azml_error_code (const azml_error *err)
{
  return err ? err->code : AZML_OK;
}

azml_domain
azml_error_domain (const azml_error *err)
{
  return err ? err->domain : AZML_DOMAIN_CORE;
}

int
azml_error_native (const azml_error *err)
{
  return err ? err->native : 0;
}

const char *
azml_error_message (const azml_error *err)
{
  if (!err)
    return "";
  return err->message ? err->message : no_memory_message;
}

const char *
azml_error_hint (const azml_error *err)
{
  return err ? err->hint : NULL;
}

void
azml_error_free (azml_error *err)
{
  if (!err || !err->message)
    return;
  free (err->message);
  free (err->hint);
  free (err);
}

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
azml__error_no_memory (azml_error **err)
{
  if (err)
    {
      azml_error_free (*err);
      *err = &no_memory;
    }
  return AZML_E_NO_MEMORY;
}

void
azml__error_move (azml_error **err, azml_error **from)
{
  azml_error *moved = azml_steal (from);
  if (!err || !moved)
    azml_error_free (moved);
  else
    {
      azml_error_free (*err);
      *err = moved;
    }
}

/* Store an error whose message is MESSAGE (taken).  */
static int
store (azml_error **err, int code, azml_domain domain, int native, char *message)
{
  azml_error *made = message ? calloc (1, sizeof *made) : NULL;
  if (!made)
    {
      free (message);
      azml__error_no_memory (err);
      return code;
    }
  made->code = code;
  made->domain = domain;
  made->native = native;
  made->message = message;
  azml_error_free (*err);
  *err = made;
  return code;
}

/* One line of UTF-8, whatever file names the arguments hold.  */
static char *
format_message (const char *format, va_list ap)
{
  char *text;
  return vasprintf (&text, format, ap) < 0 ? NULL : azml__printable (text);
}

int
azml__error_set (azml_error **err, int code, azml_domain domain, int native,
                 const char *format, ...)
{
  va_list ap;
  if (!err)
    return code;
  va_start (ap, format);
  char *message = format_message (format, ap);
  va_end (ap);
  return store (err, code, domain, native, message);
}

int
azml__error (azml_error **err, int code, const char *format, ...)
{
  va_list ap;
  if (!err)
    return code;
  va_start (ap, format);
  char *message = format_message (format, ap);
  va_end (ap);
  return store (err, code, AZML_DOMAIN_CORE, 0, message);
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

int
azml__error_os (azml_error **err, int errnum, const char *format, ...)
{
  int code = azml__code_of_errno (errnum);
  char text[128];
  va_list ap;
  if (!err)
    return code;
  va_start (ap, format);
  AZML_AUTO_FREE char *what = format_message (format, ap);
  va_end (ap);
  const char *reason = strerror_r (errnum, text, sizeof text);
  char *message = NULL;
  if (what && asprintf (&message, "%s: %s", what, reason) < 0)
    message = NULL;
  return store (err, code, AZML_DOMAIN_OS, errnum, message);
}

int
azml__error_prefix (azml_error **err, int rc, const char *format, ...)
{
  va_list ap;
  if (!err || !*err || !(*err)->message)
    return rc;
  va_start (ap, format);
  AZML_AUTO_FREE char *prefix = format_message (format, ap);
  va_end (ap);
  char *message;
  if (prefix && asprintf (&message, "%s: %s", prefix, (*err)->message) >= 0)
    {
      free ((*err)->message);
      (*err)->message = message;
    }
  return rc;
}

void
azml__error_hint (azml_error **err, const char *format, ...)
{
  va_list ap;
  if (!err || !*err || !(*err)->message)
    return;
  va_start (ap, format);
  char *hint = format_message (format, ap);
  va_end (ap);
  if (hint)
    {
      free ((*err)->hint);
      (*err)->hint = hint;
    }
}

void
azml__error_lines (azml_error **err, const char *lines)
{
  if (!err || !*err || *err == &no_memory)
    return;
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__buffer_add_text (&text, (*err)->message);
  while (lines && *lines == '\n')
    {
      size_t n = strcspn (++lines, "\n");
      char *copy = strndup (lines, n);
      AZML_AUTO_FREE char *line = copy ? azml__printable (copy) : NULL;
      azml__buffer_add_char (&text, '\n');
      azml__buffer_add_text (&text, line ? line : "");
      lines += n;
    }
  char *message = azml__buffer_steal (&text);
  if (message)
    {
      free ((*err)->message);
      (*err)->message = message;
    }
}

json_t *
azml__error_to_json (const azml_error *err)
{
  json_t *json = json_pack (
      "{s:s, s:s, s:i, s:s}", "code", azml_code_name (azml_error_code (err)),
      "domain", azml_domain_name (azml_error_domain (err)), "native",
      azml_error_native (err), "message", azml_error_message (err));
  if (json && azml_error_hint (err))
    json_object_set_new (json, "hint", json_string (azml_error_hint (err)));
  return json;
}

static int
code_of_name (const char *name)
{
  for (size_t i = 1; name && i < N_CODES; i++)
    if (strcmp (codes[i].name, name) == 0)
      return codes[i].code;
  return AZML_E_FAILED;
}

int
azml__error_from_json (azml_error **err, const json_t *json)
{
  const char *name = json_string_value (json_object_get (json, "code"));
  const char *domain = json_string_value (json_object_get (json, "domain"));
  const char *message = json_string_value (json_object_get (json, "message"));
  const char *hint = json_string_value (json_object_get (json, "hint"));
  int native = (int)json_integer_value (json_object_get (json, "native"));
  int where = AZML_DOMAIN_RUNNER;
  for (size_t i = 0; domain && i < N_DOMAINS; i++)
    if (strcmp (domains[i], domain) == 0)
      where = (int)i;
  if (!message)
    message = "the other side gave no reason";
  int first = (int)strcspn (message, "\n");
  int code = azml__error_set (err, code_of_name (name), (azml_domain)where, native,
                              "%.*s", first, message);
  azml__error_lines (err, message + first);
  if (hint)
    azml__error_hint (err, "%s", hint);
  return code;
}
