/* module.c: the object with the functions; load.c, which GNU Make loads, opens it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "make.h"
#include "table.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct
{
  const char *name;
  int (*function) (const azml_call *call, char **ret);
} functions[] = {
#define ROW(name, function, least, most) { name, function },
  AZML_MAKE_FUNCTIONS (ROW)
};

#define N_FUNCTIONS (sizeof functions / sizeof *functions)

static char *reason; /* why the function that runs now fails */

int
azml_make_fail (int code, const char *format, ...)
{
  va_list ap;
  char *text = NULL;
  va_start (ap, format);
  if (vasprintf (&text, format, ap) < 0)
    text = NULL;
  va_end (ap);
  free (reason);
  reason = text;
  return code;
}

int
azml_make_fail_with (azml_error *err)
{
  int code = azml_error_code (err);
  const char *hint = azml_error_hint (err);
  azml_make_fail (code, hint ? "%s (%s)" : "%s", azml_error_message (err),
                  hint ? hint : "");
  azml_error_free (err);
  return code;
}

const char *
azml_call_argument (const azml_call *call, unsigned int n)
{
  if (n >= call->argc)
    return "";
  char *text = call->argv[n];
  while (isspace ((unsigned char)*text))
    text++;
  size_t length = strlen (text);
  while (length && isspace ((unsigned char)text[length - 1]))
    text[--length] = '\0';
  return text;
}

static char *
to_make (const char *text)
{
  size_t n = strlen (text) + 1;
  char *copy = n <= 0x7fffffff ? gmk_alloc ((unsigned int)n) : NULL;
  if (copy)
    memcpy (copy, text, n);
  return copy;
}

/* Have make stop with the reason.  `define' takes every character as it is but the end of
   a line; the value is not expanded again.  */
static void
stop_make (const char *name)
{
  const char *why = reason ? reason : "out of memory";
  size_t size = strlen (name) + strlen (why) + 128;
  char *text = malloc (size);
  if (!text)
    {
      gmk_eval ("$(error azml: out of memory)", NULL);
      return;
    }
  snprintf (text, size, "define azml--reason\n%s: ", name);
  char *at = text + strlen (text);
  for (; *why; why++)
    *at++ = *why == '\n' || *why == '\r' ? ' ' : *why;
  strcpy (at, "\nendef\n$(error $(value azml--reason))\n");
  gmk_eval (text, NULL);
  free (text);
}

/* The declaration that makes it an entry.  */
__attribute__ ((visibility ("default"))) azml_make_caller azml_make_call;

char *
azml_make_call (const char *name, unsigned int argc, char **argv)
{
  azml_call call = { argc, argv };
  for (size_t i = 0; i < N_FUNCTIONS; i++)
    if (strcmp (name, functions[i].name) == 0)
      {
        char *answer = NULL;
        free (reason);
        reason = NULL;
        if (functions[i].function (&call, &answer) < 0)
          stop_make (name);
        char *result = answer ? to_make (answer) : NULL;
        free (answer);
        return result;
      }
  return NULL;
}
