/* pattern.c: metrics read from the lines of the log.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "runner/pattern.h"

#include <errno.h>
#include <math.h>
#include <regex.h>
#include <string.h>

#include "core/json.h"
#include "run/metrics.h"

#define LINE_LIMIT                                                                 \
  ((size_t)64 << 10) /* of a longer line, only the start is matched */
#define CHUNK ((size_t)64 << 10)

typedef struct pattern
{
  char *name; /* NULL: the first group */
  regex_t value;
  int has_value;
  regex_t step;
  int has_step;
  json_t *now; /* the step that was seen last, or NULL */
} pattern;

struct azml__patterns
{
  pattern *list;
  size_t count;
  char *metrics;
  off_t offset;
  azml__buffer line;
};

static int
compile (const char *text, size_t groups, regex_t *ret, int *has, azml_error **err)
{
  char why[128];
  int rc = regcomp (ret, text, REG_EXTENDED);
  if (rc)
    {
      regerror (rc, ret, why, sizeof why);
      return azml__error (err, AZML_E_INVALID, "metric pattern '%s': %s", text,
                          why);
    }
  *has = 1;
  if (ret->re_nsub < groups)
    return azml__error (err, AZML_E_INVALID,
                        "metric pattern '%s' has %zu groups instead of %zu", text,
                        ret->re_nsub, groups);
  return 0;
}

static int
add (pattern *p, const json_t *spec, azml_error **err)
{
  json_t *name = json_object_get (spec, "name");
  AZML_AUTO_FREE char *value =
      azml__json_get_bytes (json_object_get (spec, "pattern"), NULL);
  AZML_AUTO_FREE char *step =
      azml__json_get_bytes (json_object_get (spec, "step"), NULL);
  if (!value)
    return azml__error (err, AZML_E_INVALID, "a metric pattern has no 'pattern'");
  if (name && !json_is_null (name)
      && !(p->name = azml__json_get_bytes (name, NULL)))
    return azml__error (err, AZML_E_INVALID, "a metric pattern's name is no text");
  int rc = compile (value, p->name ? 1 : 2, &p->value, &p->has_value, err);
  return rc < 0 || !step ? rc : compile (step, 1, &p->step, &p->has_step, err);
}

int
azml__patterns_new (const json_t *spec, const char *metrics, azml__patterns **ret,
                    azml_error **err)
{
  AZML_AUTO (azml__patterns) patterns = calloc (1, sizeof *patterns);
  size_t n = json_array_size (spec);
  if (!patterns || !(patterns->list = calloc (n ? n : 1, sizeof *patterns->list))
      || !(patterns->metrics = strdup (metrics)))
    return azml__error_no_memory (err);
  for (size_t i = 0; i < n; i++)
    {
      patterns->count++;
      int rc = add (&patterns->list[i], json_array_get (spec, i), err);
      if (rc < 0)
        return rc;
    }
  *ret = azml_steal (&patterns);
  return 0;
}

void
azml__patterns_free (azml__patterns *patterns)
{
  if (!patterns)
    return;
  for (size_t i = 0; i < patterns->count; i++)
    {
      pattern *p = &patterns->list[i];
      free (p->name);
      if (p->has_value)
        regfree (&p->value);
      if (p->has_step)
        regfree (&p->step);
      json_decref (p->now);
    }
  free (patterns->list);
  free (patterns->metrics);
  azml__buffer_done (&patterns->line);
  free (patterns);
}

/* A whole number in decimal, which JSON keeps exactly.  */
static json_t *
whole_number (const char *text)
{
  char *end;
  errno = 0;
  long long number = strtoll (text, &end, 10);
  return *end || errno ? NULL : json_integer (number);
}

json_t *
azml__metric_value (const char *text)
{
  char *end;
  json_t *whole = *text ? whole_number (text) : NULL;
  if (whole)
    return whole;
  double number = strtod (text, &end);
  /* "nan" and "inf" are numbers here; hexadecimal is not what a log means.  */
  if (!*text || *end || strpbrk (text, "xX"))
    return azml__json_text (text);
  return azml__json_number (number);
}

static char *
group (const char *line, const regmatch_t *match)
{
  if (match->rm_so < 0)
    return strdup ("");
  return strndup (line + match->rm_so, (size_t)(match->rm_eo - match->rm_so));
}

static void
match_line (azml__patterns *patterns, pattern *p, const char *line)
{
  regmatch_t matches[3];
  if (p->has_step && regexec (&p->step, line, 2, matches, 0) == 0)
    {
      AZML_AUTO_FREE char *text = group (line, &matches[1]);
      AZML_AUTO (json_t) step = text ? azml__metric_value (text) : NULL;
      if (json_is_number (step))
        {
          json_decref (p->now);
          p->now = json_incref (step);
        }
    }
  if (regexec (&p->value, line, 3, matches, 0) != 0)
    return;
  AZML_AUTO_FREE char *name = p->name ? NULL : group (line, &matches[1]);
  AZML_AUTO_FREE char *text = group (line, &matches[p->name ? 1 : 2]);
  AZML_AUTO (json_t) value = text ? azml__metric_value (text) : NULL;
  const char *called = p->name ? p->name : name;
  if (value && called && *called)
    azml__metrics_append (patterns->metrics, called, value, p->now, NULL);
}

static void
end_line (azml__patterns *patterns)
{
  azml__buffer *line = &patterns->line;
  if (line->length && azml__buffer_ok (line))
    {
      for (size_t i = 0; i < line->length; i++)
        if (!line->data[i])
          line->data[i] = ' ';
      for (size_t i = 0; i < patterns->count; i++)
        match_line (patterns, &patterns->list[i], line->data);
    }
  azml__buffer_truncate (line, 0);
}

static void
add_bytes (azml__patterns *patterns, const char *data, size_t n)
{
  for (size_t from = 0; from < n;)
    {
      size_t to = from;
      while (to < n && data[to] != '\n' && data[to] != '\r')
        to++;
      size_t room = LINE_LIMIT - patterns->line.length;
      azml__buffer_add (&patterns->line, data + from,
                        to - from < room ? to - from : room);
      if (to < n)
        end_line (patterns);
      from = to + 1;
    }
}

void
azml__patterns_read (azml__patterns *patterns, int fd, int end)
{
  AZML_AUTO_FREE char *chunk = malloc (CHUNK);
  ssize_t n;
  while (chunk && (n = pread (fd, chunk, CHUNK, patterns->offset)) != 0)
    {
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        break;
      patterns->offset += n;
      add_bytes (patterns, chunk, (size_t)n);
    }
  if (end)
    end_line (patterns);
}
