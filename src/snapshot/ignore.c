/* ignore.c: what a snapshot leaves out, in gitignore's syntax.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A pattern is cut at its slashes once.  A path is then matched component by
   component, with `**` as a star over components, so that no pattern takes more
   than its length times the length of the path.  */

#include <config.h>

#include "snapshot/ignore.h"

#include <string.h>

#include "core/path.h"
#include "snapshot/glob.h"

typedef enum segment_kind
{
  SEGMENT_LITERAL, /* compared */
  SEGMENT_SUFFIX,  /* "*" and a literal */
  SEGMENT_GLOB,
  SEGMENT_ANY /* "**": any number of components */
} segment_kind;

typedef struct segment
{
  const char *text; /* in the file's text */
  size_t n;
  segment_kind kind;
} segment;

typedef struct pattern
{
  size_t first, count; /* its segments */
  int negated;
  int folders_only;
  int anchored; /* matched with the whole path, else with the last component */
} pattern;

struct azml__ignore
{
  const azml__ignore *above;
  size_t base;
  char *prefix; /* NULL, or the way from the folder of the file to the top */
  char *text;
  pattern *patterns;
  size_t n_patterns, patterns_room;
  segment *segments;
  size_t n_segments, segments_room;
};

/* Make room for one more in the array *ITEMS.  */
static int
grow (void *items, size_t count, size_t *room, size_t size)
{
  if (count < *room)
    return 0;
  size_t wanted = *room ? 2 * *room : 16;
  void *grown = reallocarray (*(void **)items, wanted, size);
  if (!grown)
    return -1;
  *(void **)items = grown;
  *room = wanted;
  return 0;
}

static segment_kind
kind_of (const char *text, size_t n)
{
  size_t stars = 0;
  while (stars < n && text[stars] == '*')
    stars++;
  if (stars > 1 && stars == n)
    return SEGMENT_ANY;
  for (size_t i = stars; i < n; i++)
    if (strchr ("*?[\\", text[i]))
      return SEGMENT_GLOB;
  return stars == 0 ? SEGMENT_LITERAL : stars == 1 ? SEGMENT_SUFFIX : SEGMENT_GLOB;
}

/* The length of the first component of the N bytes of TEXT.  A slash in brackets
   does not part components: it is a character that never matches.  */
static size_t
component_length (const char *text, size_t n)
{
  size_t i = 0;
  for (; i < n && text[i] != '/'; i++)
    if (text[i] == '\\' && i + 1 < n && text[i + 1] != '/')
      i++;
    else if (text[i] == '[')
      i = azml__glob_bracket_end (text, n, i);
  return i < n ? i : n;
}

static int
add_segments (azml__ignore *ignore, pattern *rule, const char *text, size_t n)
{
  rule->first = ignore->n_segments;
  for (;;)
    {
      size_t length = component_length (text, n);
      if (grow (&ignore->segments, ignore->n_segments, &ignore->segments_room,
                sizeof *ignore->segments)
          < 0)
        return -1;
      segment_kind kind = kind_of (text, length);
      size_t star = kind == SEGMENT_SUFFIX;
      ignore->segments[ignore->n_segments++] =
          (segment){ text + star, length - star, kind };
      rule->count++;
      if (length >= n)
        return 0;
      text += length + 1;
      n -= length + 1;
    }
}

/* Drop the blanks at the end that no backslash protects.  */
static size_t
trim (const char *line, size_t n)
{
  size_t end = 0;
  for (size_t i = 0; i < n; i++)
    {
      if (line[i] == ' ')
        continue;
      if (line[i] == '\\')
        i++;
      end = i + 1;
    }
  return end < n ? end : n;
}

static int
add_line (azml__ignore *ignore, const char *line, size_t n)
{
  pattern rule = { 0 };
  n = trim (line, strnlen (line, n));
  if (n == 0 || line[0] == '#')
    return 0;
  if (line[0] == '!')
    {
      rule.negated = 1;
      line++;
      n--;
    }
  if (n && line[n - 1] == '/')
    {
      rule.folders_only = 1;
      n--;
    }
  rule.anchored = n && memchr (line, '/', n) != NULL;
  if (n && line[0] == '/')
    {
      line++;
      n--;
    }
  if (n == 0)
    return 0;
  if (add_segments (ignore, &rule, line, n) < 0
      || grow (&ignore->patterns, ignore->n_patterns, &ignore->patterns_room,
               sizeof *ignore->patterns)
             < 0)
    return -1;
  ignore->patterns[ignore->n_patterns++] = rule;
  return 0;
}

int
azml__ignore_parse (const char *text, size_t n, size_t base,
                    const azml__ignore *above, azml__ignore **ret, azml_error **err)
{
  AZML_AUTO (azml__ignore) ignore = calloc (1, sizeof *ignore);
  if (!ignore || !(ignore->text = malloc (n + 1)))
    return azml__error_no_memory (err);
  memcpy (ignore->text, text, n);
  ignore->text[n] = '\0';
  ignore->base = base;
  ignore->above = above;
  const char *p = ignore->text, *end = p + n;
  if (n >= 3 && memcmp (p, "\xef\xbb\xbf", 3) == 0)
    p += 3; /* the byte order mark of an editor */
  while (p < end)
    {
      const char *newline = memchr (p, '\n', (size_t)(end - p));
      const char *stop = newline ? newline : end;
      size_t length = (size_t)(stop - p);
      if (length && p[length - 1] == '\r')
        length--;
      if (add_line (ignore, p, length) < 0)
        return azml__error_no_memory (err);
      p = stop + 1;
    }
  *ret = azml_steal (&ignore);
  return 0;
}

int
azml__ignore_parse_above (const char *text, size_t n, const char *prefix,
                          const azml__ignore *above, azml__ignore **ret,
                          azml_error **err)
{
  AZML_AUTO (azml__ignore) ignore = NULL;
  size_t length = strlen (prefix);
  int rc = azml__ignore_parse (text, n, 0, above, &ignore, err);
  if (rc < 0)
    return rc;
  ignore->prefix = malloc (length + 2);
  if (!ignore->prefix)
    return azml__error_no_memory (err);
  memcpy (ignore->prefix, prefix, length);
  memcpy (ignore->prefix + length, "/", 2);
  if (length == 0 || prefix[length - 1] == '/')
    ignore->prefix[length] = '\0';
  *ret = azml_steal (&ignore);
  return 0;
}

void
azml__ignore_free (azml__ignore *ignore)
{
  if (!ignore)
    return;
  free (ignore->prefix);
  free (ignore->text);
  free (ignore->patterns);
  free (ignore->segments);
  free (ignore);
}

static int
match_component (const segment *s, const char *name, size_t n)
{
  switch (s->kind)
    {
    case SEGMENT_LITERAL:
      return n == s->n && memcmp (name, s->text, n) == 0;
    case SEGMENT_SUFFIX:
      return n >= s->n && memcmp (name + n - s->n, s->text, s->n) == 0;
    case SEGMENT_GLOB:
      return azml__glob_match (s->text, s->n, name, n);
    case SEGMENT_ANY:
      break;
    }
  return 1;
}

/* Match the components of PATH with COUNT segments.  `**` at the end stands for at
   least one component, elsewhere for any number.  */
static int
match_path (const segment *segments, size_t count, const char *path)
{
  size_t s = 0;
  size_t any = count + 1; /* after the last `**` */
  const char *any_path = NULL;
  while (*path)
    {
      size_t n = strcspn (path, "/");
      const char *next = path[n] ? path + n + 1 : path + n;
      if (s < count && segments[s].kind == SEGMENT_ANY)
        {
          if (++s == count)
            return 1;
          any = s;
          any_path = path;
        }
      else if (s < count && match_component (&segments[s], path, n))
        {
          s++;
          path = next;
        }
      else if (any <= count)
        {
          any_path += strcspn (any_path, "/");
          any_path += *any_path == '/';
          path = any_path;
          s = any;
        }
      else
        return 0;
    }
  return s == count;
}

/* PATH as the file of RULES sees it; new in *RET_OWNED if that is longer.  */
static const char *
path_for (const azml__ignore *rules, const char *path, char **ret_owned)
{
  if (!rules->prefix || !*rules->prefix)
    return path + rules->base;
  size_t n = strlen (rules->prefix), length = strlen (path);
  char *whole = malloc (n + length + 1);
  if (!whole)
    return path; /* what is out of memory ends soon */
  memcpy (whole, rules->prefix, n);
  memcpy (whole + n, path, length + 1);
  return *ret_owned = whole;
}

int
azml__ignore_match (const azml__ignore *rules, const char *path, int is_folder)
{
  const char *name = azml__path_base (path);
  size_t length = strlen (name);
  for (; rules; rules = rules->above)
    {
      AZML_AUTO_FREE char *owned = NULL;
      const char *seen = path_for (rules, path, &owned);
      for (size_t i = rules->n_patterns; i-- > 0;)
        {
          const pattern *rule = &rules->patterns[i];
          const segment *segments = rules->segments + rule->first;
          if (rule->folders_only && !is_folder)
            continue;
          if (rule->anchored ? match_path (segments, rule->count, seen)
                             : match_component (segments, name, length))
            return !rule->negated;
        }
    }
  return 0;
}
