/* module.c: the object that GNU Make loads, and the table of its functions.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "make.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define EXPORTED __attribute__ ((visibility ("default")))

/* GNU Make loads nothing that lacks this.  */
extern EXPORTED int plugin_is_GPL_compatible;
int plugin_is_GPL_compatible;

static const struct
{
  const char *name;
  int (*function) (const azml_call *call, char **ret);
  unsigned int least, most; /* arguments; a comma in the last one is text */
} functions[] = {
  { "azml-metric", azml_make_metric, 2, 6 },
  { "azml-run-field", azml_make_run_field, 2, 3 },
  { "azml-outputs", azml_make_outputs, 1, 2 },
  { "azml-stale", azml_make_stale, 2, 4 },
  { "azml-targets", azml_make_targets, 0, 1 },
  { "azml-target-field", azml_make_target_field, 2, 3 },
  { "azml-gpus-free", azml_make_gpus_free, 0, 1 },
  { "azml-quote", azml_make_quote, 1, 1 },
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

static char *
call_function (const char *name, unsigned int argc, char **argv)
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

static int
register_all (void)
{
  for (size_t i = 0; i < N_FUNCTIONS; i++)
    gmk_add_function (functions[i].name, call_function, functions[i].least,
                      functions[i].most, GMK_FUNC_DEFAULT);
  return 1;
}

/* What make calls when it has loaded the object; 0 makes it stop.  Releases from 4.4.90 on
   tell their ABI, of which 1 is known.  */
#ifdef GMK_ABI_VERSION
EXPORTED int azml_gmk_gmk_setup (unsigned int abi, const gmk_floc *place);

int
azml_gmk_gmk_setup (unsigned int abi, const gmk_floc *place)
{
  (void)place;
  return abi == GMK_ABI_VERSION ? register_all () : 0;
}
#else
EXPORTED int azml_gmk_gmk_setup (const gmk_floc *place);

int
azml_gmk_gmk_setup (const gmk_floc *place)
{
  (void)place;
  return register_all ();
}
#endif
