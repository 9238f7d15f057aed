/* xml.c: a reader for the XML that nvidia-smi prints.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "gpu/xml.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/buffer.h"

typedef struct level
{
  char name[AZML__XML_NAME];
  azml__buffer text;
} level;

typedef struct state
{
  const char *at, *end;
  const azml__xml_reader *reader;
  level levels[AZML__XML_DEPTH];
  int depth;
  int seen; /* the outermost element has begun */
} state;

static int
wrong (const state *s, const char *what, azml_error **err)
{
  return azml__error (err, AZML_E_FORMAT,
                      "not the XML of nvidia-smi: %s, %zu bytes before its end",
                      what, (size_t)(s->end - s->at));
}

static int
starts (const state *s, const char *text)
{
  size_t n = strlen (text);
  return (size_t)(s->end - s->at) >= n && memcmp (s->at, text, n) == 0;
}

/* Go behind the next TEXT.  */
static int
skip_past (state *s, const char *text, azml_error **err)
{
  while (s->at < s->end && !starts (s, text))
    s->at++;
  if (s->at == s->end)
    return wrong (s, "it is cut off", err);
  s->at += strlen (text);
  return 0;
}

static void
skip_blanks (state *s)
{
  while (s->at < s->end && isspace ((unsigned char)*s->at))
    s->at++;
}

static int
read_name (state *s, char name[AZML__XML_NAME], azml_error **err)
{
  size_t n = 0;
  while (s->at < s->end && n < AZML__XML_NAME - 1
         && (isalnum ((unsigned char)*s->at) || strchr ("_-.:", *s->at)) && *s->at)
    name[n++] = *s->at++;
  name[n] = '\0';
  return n ? 0 : wrong (s, "a name is missing or too long", err);
}

/* Append what the entity at s->at, an ampersand, stands for.  */
static int
read_entity (state *s, azml__buffer *text, azml_error **err)
{
  static const struct
  {
    const char *name;
    char c;
  } entities[] = { { "&amp;", '&' },
                   { "&lt;", '<' },
                   { "&gt;", '>' },
                   { "&quot;", '"' },
                   { "&apos;", '\'' } };
  unsigned number = 0;
  int n = 0;
  for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
    if (starts (s, entities[i].name))
      {
        azml__buffer_add_char (text, entities[i].c);
        s->at += strlen (entities[i].name);
        return 0;
      }
  char copy[12] = "";
  size_t left = (size_t)(s->end - s->at);
  memcpy (copy, s->at, left < sizeof copy - 1 ? left : sizeof copy - 1);
  if ((sscanf (copy, "&#%6u;%n", &number, &n) == 1
       || sscanf (copy, "&#x%4x;%n", &number, &n) == 1)
      && n > 0 && number > 0)
    {
      azml__buffer_add_char (text, number < 128 ? (char)number : '?');
      s->at += n;
      return 0;
    }
  return wrong (s, "there is an entity that is none", err);
}

/* The attributes up to the end of the tag; the value of `id` goes into ID.  */
static int
read_attributes (state *s, azml__buffer *id, azml_error **err)
{
  for (;;)
    {
      char name[AZML__XML_NAME];
      skip_blanks (s);
      if (s->at == s->end)
        return wrong (s, "it is cut off", err);
      if (*s->at == '>' || *s->at == '/')
        return 0;
      int rc = read_name (s, name, err);
      if (rc < 0)
        return rc;
      if (s->end - s->at < 2 || s->at[0] != '='
          || (s->at[1] != '"' && s->at[1] != '\''))
        return wrong (s, "an attribute has no value", err);
      char quote = s->at[1];
      s->at += 2;
      const char *value = s->at;
      while (s->at < s->end && *s->at != quote && *s->at != '<')
        s->at++;
      if (s->at == s->end || *s->at != quote)
        return wrong (s, "the value of an attribute does not end", err);
      if (strcmp (name, "id") == 0)
        azml__buffer_add (id, value, (size_t)(s->at - value));
      s->at++;
    }
}

static void
end_element (state *s)
{
  level *top = &s->levels[--s->depth];
  char *text = top->text.data ? top->text.data : (char *)"";
  size_t n = top->text.length;
  while (n && isspace ((unsigned char)text[n - 1]))
    text[--n] = '\0';
  while (isspace ((unsigned char)*text))
    text++;
  s->reader->end (top->name, text, s->reader->data);
  azml__buffer_done (&top->text);
}

static int
begin_element (state *s, azml_error **err)
{
  AZML_AUTO_BUFFER id = AZML__BUFFER_INIT;
  if (s->depth == AZML__XML_DEPTH)
    return wrong (s, "it is nested too deep", err);
  if (s->depth == 0 && s->seen)
    return wrong (s, "something follows its end", err);
  level *top = &s->levels[s->depth];
  int rc = read_name (s, top->name, err);
  if (rc == 0)
    rc = read_attributes (s, &id, err);
  if (rc < 0)
    return rc;
  int empty = *s->at == '/';
  s->at += empty;
  if (s->at == s->end || *s->at != '>')
    return wrong (s, "a tag does not end", err);
  s->at++;
  s->seen = 1;
  s->depth++;
  s->reader->begin (top->name, id.data, s->reader->data);
  if (empty)
    end_element (s);
  return 0;
}

static int
close_element (state *s, azml_error **err)
{
  char name[AZML__XML_NAME];
  int rc = read_name (s, name, err);
  if (rc < 0)
    return rc;
  skip_blanks (s);
  if (s->at == s->end || *s->at != '>')
    return wrong (s, "a tag does not end", err);
  s->at++;
  if (!s->depth || strcmp (s->levels[s->depth - 1].name, name) != 0)
    return wrong (s, "an element ends that did not begin", err);
  end_element (s);
  return 0;
}

static int
read_tag (state *s, azml_error **err)
{
  if (starts (s, "<?"))
    return skip_past (s, "?>", err);
  if (starts (s, "<!--"))
    return skip_past (s, "-->", err);
  if (starts (s, "<!DOCTYPE") && !s->seen)
    return skip_past (s, ">", err);
  if (starts (s, "</"))
    {
      s->at += 2;
      return close_element (s, err);
    }
  s->at++;
  return begin_element (s, err);
}

static int
read_text (state *s, azml_error **err)
{
  if (s->depth == 0)
    return isspace ((unsigned char)*s->at)
               ? (s->at++, 0)
               : wrong (s, "text stands outside of it", err);
  azml__buffer *text = &s->levels[s->depth - 1].text;
  if (*s->at == '&')
    return read_entity (s, text, err);
  azml__buffer_add_char (text, *s->at ? *s->at : '?');
  s->at++;
  return 0;
}

int
azml__xml_read (const char *text, size_t n, const azml__xml_reader *reader,
                azml_error **err)
{
  state s = { .at = text, .end = text + n, .reader = reader };
  int rc = 0;
  while (rc == 0 && s.at < s.end)
    rc = *s.at == '<' ? read_tag (&s, err) : read_text (&s, err);
  if (rc == 0 && (s.depth || !s.seen))
    rc = wrong (&s, s.seen ? "it is cut off" : "there is none", err);
  while (s.depth)
    azml__buffer_done (&s.levels[--s.depth].text);
  return rc;
}
