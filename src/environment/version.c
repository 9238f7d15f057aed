/* version.c: what a specification says about the version of Python.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "environment/version.h"

#include <ctype.h>
#include <string.h>

#define MAX_PARTS 4

typedef struct version
{
  int part[MAX_PARTS];
  int n;
} version;

typedef enum relation
{
  LIKE, /* the parts given agree */
  UNLIKE,
  LESS,
  LESS_OR_LIKE,
  GREATER,
  GREATER_OR_LIKE,
  COMPATIBLE
} relation;

static const struct
{
  const char *text;
  relation kind;
} operators[] = {
  { "~=", COMPATIBLE },      { "==", LIKE },
  { "!=", UNLIKE },          { "<=", LESS_OR_LIKE },
  { ">=", GREATER_OR_LIKE }, { "<", LESS },
  { ">", GREATER },          { "=", LIKE },
};

/* Read the numbers at TEXT; return where they end (at TEXT itself if there is
   none).  What follows the numbers of one part ("0rc1") ends the version.  */
static const char *
read_numbers (const char *text, version *ret)
{
  const char *p = text;
  memset (ret, 0, sizeof *ret);
  while (isdigit ((unsigned char)*p) && ret->n < MAX_PARTS)
    {
      int value = 0;
      for (; isdigit ((unsigned char)*p); p++)
        if (value < 1000000)
          value = value * 10 + (*p - '0');
      ret->part[ret->n++] = value;
      if (*p != '.' || !isdigit ((unsigned char)p[1]))
        break;
      p++;
    }
  return p;
}

static int
compare_parts (const version *a, const version *b, int n)
{
  for (int i = 0; i < n; i++)
    if (a->part[i] != b->part[i])
      return a->part[i] < b->part[i] ? -1 : 1;
  return 0;
}

static int
clause_holds (relation kind, const version *wanted, const version *found)
{
  int like = compare_parts (found, wanted, wanted->n) == 0;
  int order = compare_parts (found, wanted, MAX_PARTS);
  switch (kind)
    {
    case LIKE:
      return like;
    case UNLIKE:
      return !like;
    case LESS:
      return order < 0;
    case LESS_OR_LIKE:
      return order <= 0;
    case GREATER:
      return order > 0;
    case GREATER_OR_LIKE:
      return order >= 0;
    case COMPATIBLE:
      return order >= 0 && compare_parts (found, wanted, wanted->n - 1) == 0;
    }
  return 0;
}

/* Read one clause at TEXT.  Return where it ends (a comma or the end of the text),
   NULL if it is none.  */
static const char *
read_clause (const char *text, relation *ret_kind, version *ret)
{
  const char *p = text + strspn (text, " ");
  *ret_kind = LIKE;
  for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
    if (strncmp (p, operators[i].text, strlen (operators[i].text)) == 0)
      {
        *ret_kind = operators[i].kind;
        p += strlen (operators[i].text);
        break;
      }
  p += strspn (p, " ");
  p = read_numbers (p, ret);
  if (strncmp (p, ".*", 2) == 0 && (*ret_kind == LIKE || *ret_kind == UNLIKE))
    p += 2;
  p += strspn (p, " ");
  if (ret->n == 0 || (*p && *p != ',') || (*ret_kind == COMPATIBLE && ret->n < 2))
    return NULL;
  return p;
}

int
azml__version_check (const char *text, azml_error **err)
{
  relation kind;
  version wanted;
  for (const char *p = text;; p++)
    {
      p = read_clause (p, &kind, &wanted);
      if (!p)
        {
          int rc = azml__error (err, AZML_E_INVALID,
                                "environment: '%s' is no version of python", text);
          azml__error_hint (err, "write it like \"3.11\", \"3.11.2\" or "
                                 "\">=3.9,<3.13\"");
          return rc;
        }
      if (!*p)
        return 0;
    }
}

int
azml__version_matches (const char *requirement, const char *text)
{
  relation kind;
  version wanted, found;
  read_numbers (text, &found);
  for (const char *p = requirement;; p++)
    {
      p = read_clause (p, &kind, &wanted);
      if (!p || !clause_holds (kind, &wanted, &found))
        return 0;
      if (!*p)
        return 1;
    }
}

int
azml__version_compare (const char *a, const char *b)
{
  version first, second;
  read_numbers (a, &first);
  read_numbers (b, &second);
  return compare_parts (&first, &second, MAX_PARTS);
}

int
azml__version_minor (const char *requirement, int ret[2])
{
  relation kind;
  version wanted;
  const char *end = read_clause (requirement, &kind, &wanted);
  if (!end || *end || kind != LIKE || wanted.n < 2)
    return 0;
  ret[0] = wanted.part[0];
  ret[1] = wanted.part[1];
  return 1;
}

int
azml__version_is_plain (const char *requirement)
{
  return strpbrk (requirement, "<>=!~,") == NULL;
}
