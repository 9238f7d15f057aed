/* error.c: the error object.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/error.h"

#include <stdio.h>
#include <string.h>

#include "core/buffer.h"
#include "core/code.h"
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

int
azml__error_from_json (azml_error **err, const json_t *json)
{
  const char *name = json_string_value (json_object_get (json, "code"));
  const char *domain = json_string_value (json_object_get (json, "domain"));
  const char *message = json_string_value (json_object_get (json, "message"));
  const char *hint = json_string_value (json_object_get (json, "hint"));
  int native = (int)json_integer_value (json_object_get (json, "native"));
  if (!message)
    message = "the other side gave no reason";
  int first = (int)strcspn (message, "\n");
  int code = azml__error_set (err, azml__code_of_name (name),
                              azml__domain_of_name (domain), native, "%.*s", first,
                              message);
  azml__error_lines (err, message + first);
  if (hint)
    azml__error_hint (err, "%s", hint);
  return code;
}
