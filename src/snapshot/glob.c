/* glob.c: one component of an ignore pattern.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "snapshot/glob.h"

#include <string.h>

/* The classes of the C locale: file names are bytes, whatever the user's locale. */
static int
is_upper (unsigned char c)
{
  return c >= 'A' && c <= 'Z';
}

static int
is_lower (unsigned char c)
{
  return c >= 'a' && c <= 'z';
}

static int
is_digit (unsigned char c)
{
  return c >= '0' && c <= '9';
}

static int
is_graph (unsigned char c)
{
  return c > ' ' && c < 127;
}

static int
is_alnum (unsigned char c)
{
  return is_upper (c) || is_lower (c) || is_digit (c);
}

/* Is C in the class of the N bytes NAME?  -1: there is no such class.  */
static int
in_class (const char *name, size_t n, unsigned char c)
{
#define IS(text) (n == sizeof text - 1 && memcmp (name, text, n) == 0)
  if (IS ("alnum"))
    return is_alnum (c);
  if (IS ("alpha"))
    return is_upper (c) || is_lower (c);
  if (IS ("blank"))
    return c == ' ' || c == '\t';
  if (IS ("cntrl"))
    return c < 32 || c == 127;
  if (IS ("digit"))
    return is_digit (c);
  if (IS ("graph"))
    return is_graph (c);
  if (IS ("lower"))
    return is_lower (c);
  if (IS ("print"))
    return is_graph (c) || c == ' ';
  if (IS ("punct"))
    return is_graph (c) && !is_alnum (c);
  if (IS ("space"))
    return c == ' ' || (c >= '\t' && c <= '\r');
  if (IS ("upper"))
    return is_upper (c);
  if (IS ("xdigit"))
    return is_digit (c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
#undef IS
  return -1;
}

/* Where the name of the class that starts with "[:" at PATTERN[AT] ends (at its
   "]"), or 0 if this is no class but a bracket like any character.  */
static size_t
class_end (const char *pattern, size_t m, size_t at)
{
  const char *end = at + 2 < m ? memchr (pattern + at + 2, ']', m - at - 2) : NULL;
  size_t i = end ? (size_t)(end - pattern) : 0;
  return i > at + 2 && pattern[i - 1] == ':' ? i : 0;
}

size_t
azml__glob_bracket_end (const char *pattern, size_t m, size_t at)
{
  size_t i = at + 1;
  if (i < m && (pattern[i] == '!' || pattern[i] == '^'))
    i++;
  for (size_t first = i; i < m; i++)
    {
      size_t end;
      if (pattern[i] == ']' && i > first)
        return i;
      if (pattern[i] == '\\')
        i++;
      else if (pattern[i] == '[' && i + 1 < m && pattern[i + 1] == ':'
               && (end = class_end (pattern, m, i)))
        i = end;
    }
  return m;
}

/* Does C match the bracket expression between PATTERN[AT], its `[`, and
   PATTERN[END], its `]`?  A class of an unknown name makes it match nothing, as in
   git.  */
static int
match_bracket (const char *pattern, size_t at, size_t end, unsigned char c)
{
  size_t i = at + 1, name_end;
  int found = 0, previous = -1; /* -1: no range can start there */
  int negated = pattern[i] == '!' || pattern[i] == '^';
  for (i += (size_t)negated; i < end; i++)
    {
      unsigned char p = (unsigned char)pattern[i];
      if (p == '[' && pattern[i + 1] == ':'
          && (name_end = class_end (pattern, end, i)))
        {
          int in = in_class (pattern + i + 2, name_end - i - 3, c);
          if (in < 0)
            return 0;
          found |= in;
          i = name_end;
          previous = -1;
          continue;
        }
      if (p == '-' && previous > 0 && i + 1 < end)
        {
          i++;
          if (pattern[i] == '\\')
            i++;
          found |= c >= previous && c <= (unsigned char)pattern[i];
          previous = -1;
          continue;
        }
      if (p == '\\')
        p = (unsigned char)pattern[++i];
      found |= c == p;
      previous = p;
    }
  return found != negated;
}

/* Does the element of PATTERN at AT, which is not `*`, match C?  Store where the
   next one starts in *NEXT.  */
static int
match_one (const char *pattern, size_t m, size_t at, char c, size_t *next)
{
  if (pattern[at] == '[')
    {
      size_t end = azml__glob_bracket_end (pattern, m, at);
      *next = end + 1;
      return end < m && match_bracket (pattern, at, end, (unsigned char)c);
    }
  if (pattern[at] == '\\')
    {
      *next = at + 2;
      return at + 1 < m && pattern[at + 1] == c;
    }
  *next = at + 1;
  return pattern[at] == '?' || pattern[at] == c;
}

int
azml__glob_match (const char *pattern, size_t m, const char *name, size_t n)
{
  size_t p = 0, i = 0, next;
  size_t star = m + 1,
         star_name = 0; /* after the last `*`, and what it took up to */
  while (i < n)
    {
      if (p < m && pattern[p] == '*')
        {
          star = ++p;
          star_name = i;
        }
      else if (p < m && match_one (pattern, m, p, name[i], &next))
        {
          p = next;
          i++;
        }
      else if (star <= m)
        {
          /* Only the last star need take more: what the earlier ones left has been
             matched as early as possible.  */
          p = star;
          i = ++star_name;
        }
      else
        return 0;
    }
  while (p < m && pattern[p] == '*')
    p++;
  return p >= m;
}
