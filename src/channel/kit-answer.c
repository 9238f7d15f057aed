/* kit-answer.c: what a machine says while the runner is found or placed.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <string.h>

#include "channel/kit.h"

#define GREETING "azml-runner "
#define PLACE "azml-place "

/* 1 if "DIGITS\n" stands at P.  */
static int
is_greeting (const char *p, const char *end)
{
  const char *q = p;
  while (q < end && q - p < 6 && *q >= '0' && *q <= '9')
    q++;
  return q > p && q < end && *q == '\n';
}

/* The word at P, which begins the LENGTH bytes of a line behind "azml-place ".  */
static azml__kit_word
word_of (const char *p, size_t length, size_t *ret_skip)
{
  static const struct
  {
    const char *text;
    azml__kit_word word;
  } words[] = { { "ask", AZML__KIT_ASK },
                { "send", AZML__KIT_SEND },
                { "python", AZML__KIT_PYTHON },
                { "fail", AZML__KIT_FAIL } };
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    {
      size_t n = strlen (words[i].text);
      if (length >= n && memcmp (p, words[i].text, n) == 0
          && (length == n || p[n] == ' '))
        {
          *ret_skip = length == n ? n : n + 1;
          return words[i].word;
        }
    }
  return AZML__KIT_NOTHING;
}

azml__kit_word
azml__kit_parse (const azml__buffer *data, size_t *ret_start, size_t *ret_end,
                 char **ret_rest)
{
  const char *begin = data->data, *end = begin + data->length;
  for (const char *p = begin; data->length && p < end; p++)
    {
      const char *line, *stop;
      size_t skip = 0;
      azml__kit_word word = AZML__KIT_NOTHING;
      p = memmem (p, (size_t)(end - p), "azml-", 5);
      if (!p)
        break;
      size_t left = (size_t)(end - p);
      if (left > strlen (GREETING) && memcmp (p, GREETING, strlen (GREETING)) == 0
          && is_greeting (p + strlen (GREETING), end))
        {
          *ret_start = (size_t)(p - begin);
          *ret_end = (size_t)((char *)memchr (p, '\n', left) + 1 - begin);
          *ret_rest = NULL;
          return AZML__KIT_SERVES;
        }
      line = p + strlen (PLACE);
      if (left <= strlen (PLACE) || memcmp (p, PLACE, strlen (PLACE)))
        continue;
      stop = memchr (line, '\n', (size_t)(end - line));
      if (stop)
        word = word_of (line, (size_t)(stop - line), &skip);
      if (word == AZML__KIT_NOTHING)
        continue;
      *ret_start = (size_t)(p - begin);
      *ret_end = (size_t)(stop + 1 - begin);
      *ret_rest = strndup (line + skip, (size_t)(stop - line) - skip);
      return word;
    }
  return AZML__KIT_NOTHING;
}

/* 1 if the machine THEIRS executes what OURS does.  */
static int
same_machine (const char *theirs, const char *ours)
{
  static const char *const equal[][2] = { { "amd64", "x86_64" },
                                          { "arm64", "aarch64" },
                                          { "armv8l", "armv7l" } };
  if (strcmp (theirs, ours) == 0)
    return 1;
  for (size_t i = 0; i < sizeof equal / sizeof *equal; i++)
    if (strcmp (theirs, equal[i][0]) == 0 && strcmp (ours, equal[i][1]) == 0)
      return 1;
  return 0;
}

int
azml__kit_check_machine (const char *machine, const char *ours, azml_error **err)
{
  const char *blank = strchr (machine, ' ');
  int rc;
  if (!blank || blank == machine || !blank[1])
    {
      rc = azml__error (err, AZML_E_UNSUPPORTED,
                        "the machine does not tell its architecture: no 'uname'");
      azml__error_hint (err, "see which PATH a command gets there: "
                             "ssh HOST 'echo $PATH; uname -m'");
      return rc;
    }
  if (!ours)
    return 0; /* what it is will be seen when it is executed */
  const char *our_machine = strchr (ours, ' ') + 1;
  if (strncmp (machine, "Linux ", 6) != 0)
    {
      rc = azml__error (err, AZML_E_UNSUPPORTED,
                        "the machine runs '%.*s', and azml-runner needs Linux",
                        (int)(blank - machine), machine);
      azml__error_hint (err,
                        "runs go to machines with Linux only; a container or a "
                        "virtual machine there may be one, with sshd");
      return rc;
    }
  if (same_machine (blank + 1, our_machine))
    return 0;
  rc = azml__error (err, AZML_E_UNSUPPORTED,
                    "the machine is '%s', and azml-runner is there for '%s' only",
                    blank + 1, our_machine);
  azml__error_hint (err,
                    "build azml-guile on such a machine, and name its azml-runner "
                    "by the variable AZML_RUNNER");
  return rc;
}

static int
has (const char *text, const char *part)
{
  return strstr (text, part) != NULL;
}

int
azml__kit_fail (const char *reason, azml_error **err)
{
  static const char move[] =
      "name another folder there by the target's field root, or by AZML_ROOT";
  const char *detail = strchr (reason, ' ');
  int rc, run = strncmp (reason, "run ", 4) == 0;
  detail = detail ? detail + 1 : reason;
  if (run && (has (detail, "Permission denied") || has (detail, "not permitted")))
    {
      rc = azml__error (err, AZML_E_DENIED,
                        "no program may be executed in the folder for azml-runner "
                        "(noexec): %s",
                        detail);
      azml__error_hint (err, "%s", move);
    }
  else if (run)
    {
      rc = azml__error (err, AZML_E_UNSUPPORTED,
                        "azml-runner cannot be executed there: %s", detail);
      azml__error_hint (err, "build azml-guile on such a machine, and name its "
                             "azml-runner by the variable AZML_RUNNER");
    }
  else if (has (detail, "No space left") || has (detail, "uota exceeded")
           || has (detail, "no space left"))
    {
      rc =
          azml__error (err, AZML_E_NO_SPACE, "no room for azml-runner: %s", detail);
      azml__error_hint (err, "make room there, or %s", move);
    }
  else if (has (detail, "ermission denied") || has (detail, "ead-only file system"))
    {
      rc = azml__error (err, AZML_E_DENIED, "azml-runner may not be written: %s",
                        detail);
      azml__error_hint (err, "%s", move);
    }
  else if (has (detail, "(ulimit -f: ") && !has (detail, "(ulimit -f: unlimited)"))
    {
      rc = azml__error (err, AZML_E_DENIED,
                        "files may not get as large there as azml-runner is: %s",
                        detail);
      azml__error_hint (err,
                        "raise the limit (ulimit -f), which a login file there "
                        "or its administrator sets");
    }
  else
    {
      rc = azml__error (err, AZML_E_FAILED, "azml-runner was not placed: %s",
                        detail);
      azml__error_hint (err, "%s", move);
    }
  return rc;
}
