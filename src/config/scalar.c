/* scalar.c: scalars of YAML 1.1, read and written.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "config/scalar.h"

#include <ctype.h>
#include <string.h>

#include "core/json.h"

static int
is_word (const char *text, const char *const *words)
{
  for (; *words; words++)
    {
      size_t n = strlen (*words);
      if (strlen (text) != n || strcasecmp (text, *words) != 0)
        continue;
      /* word, Word and WORD, but not wOrd.  */
      int upper = 0;
      for (size_t i = 0; i < n; i++)
        upper += isupper ((unsigned char)text[i]) != 0;
      if (!upper || upper == (int)n
          || (upper == 1 && isupper ((unsigned char)*text)))
        return 1;
    }
  return 0;
}

static const char *const nulls[] = { "", "~", "null", NULL };
static const char *const trues[] = { "true", "yes", "on", NULL };
static const char *const falses[] = { "false", "no", "off", NULL };

int
azml__yaml_is_null (const azml__yaml *node)
{
  return !node
         || (node->kind == AZML__YAML_SCALAR && node->style == AZML__YAML_PLAIN
             && is_word (node->text, nulls));
}

int
azml__yaml_boolean (const azml__yaml *node)
{
  if (node->kind != AZML__YAML_SCALAR || node->style != AZML__YAML_PLAIN)
    return -1;
  return is_word (node->text, trues) ? 1 : is_word (node->text, falses) ? 0 : -1;
}

/* 1: TEXT is a whole number that 64 bits hold; 2: one with a point; else 0.  */
static int
is_number (const char *text)
{
  size_t i = *text == '-' || *text == '+', digits = strspn (text + i, "0123456789");
  size_t end = i + digits;
  if (!text[end])
    return digits && digits <= 18 && (digits == 1 || text[i] != '0');
  size_t after = text[end] == '.' ? strspn (text + end + 1, "0123456789") : 0;
  if (text[end] != '.' || digits > 300 || after > 300 || (!digits && !after))
    return 0;
  end += 1 + after;
  if (text[end] == 'e' || text[end] == 'E')
    {
      end += 1 + (text[end + 1] == '-' || text[end + 1] == '+');
      size_t exponent = strspn (text + end, "0123456789");
      if (!exponent || exponent > 2)
        return 0;
      end += exponent;
    }
  return text[end] ? 0 : 2;
}

json_t *
azml__scalar_resolve (const char *text, size_t n)
{
  if (strlen (text) != n)
    return azml__json_bytes (text, n);
  if (is_word (text, nulls))
    return json_null ();
  if (is_word (text, trues))
    return json_true ();
  if (is_word (text, falses))
    return json_false ();
  switch (is_number (text))
    {
    case 1:
      return json_integer (strtoll (text, NULL, 10));
    case 2:
      return json_real (strtod (text, NULL));
    default:
      return azml__json_bytes (text, n);
    }
}

/* 1 if others may read TEXT as a number, a time or a date: 0x1F, 1_000, 12:30:00,
   2018-01-01; 10.0.0.5 is none.  */
static int
is_like_number (const char *text)
{
  size_t n = strlen (text), sign = *text == '-' || *text == '+';
  const char *point = strchr (text, '.');
  if (text[sign] == '0' && text[sign + 1] && strchr ("xXbBoO", text[sign + 1]))
    return 1;
  if (strspn (text, "0123456789") == 4 && text[4] == '-')
    return 1;
  return sign + strspn (text + sign, "0123456789_:.") == n
         && !(point && strchr (point + 1, '.'));
}

/* 1 if TEXT can stand without quotes and is a text then, also for those who read more
   things as numbers.  */
static int
is_plain (const char *text, int flow)
{
  static const char *const others[] = { ".inf", "-.inf", ".nan", "<<",
                                        "=",    "y",     "n",    NULL };
  size_t n = strlen (text);
  if (!n || text[0] == ' ' || text[n - 1] == ' ' || text[n - 1] == ':'
      || is_number (text) || is_word (text, nulls) || is_word (text, trues)
      || is_word (text, falses) || is_word (text, others))
    return 0;
  if (strchr ("?:,[]{}#&*!|>'\"%@`=", *text)
      || (*text == '-' && !isalnum ((unsigned char)text[1])))
    return 0;
  if (is_like_number (text))
    return 0;
  for (const char *p = text; *p; p++)
    if (iscntrl ((unsigned char)*p) || (*p == ':' && p[1] == ' ')
        || (*p == ' ' && p[1] == '#') || (flow && strchr (",[]{}", *p))
        || (flow && *p == ':' && !isalnum ((unsigned char)p[1]) && p[1] != '/'))
      return 0;
  return 1;
}

static void
write_double (azml__buffer *out, const char *text)
{
  azml__buffer_add_char (out, '"');
  for (const unsigned char *p = (const unsigned char *)text; *p; p++)
    if (*p == '"' || *p == '\\')
      azml__buffer_add_format (out, "\\%c", *p);
    else if (*p == '\n')
      azml__buffer_add_text (out, "\\n");
    else if (*p == '\t')
      azml__buffer_add_text (out, "\\t");
    else if (*p < 0x20 || *p == 0x7f)
      azml__buffer_add_format (out, "\\u%04x", *p); /* as JSON has it, too */
    else
      azml__buffer_add_char (out, (char)*p);
  azml__buffer_add_char (out, '"');
}

static int
has_control (const char *text)
{
  for (; *text; text++)
    if (iscntrl ((unsigned char)*text))
      return 1;
  return 0;
}

static void
write_text (azml__buffer *out, const char *text, azml__yaml_style style, int flow)
{
  if (style == AZML__YAML_PLAIN && is_plain (text, flow))
    azml__buffer_add_text (out, text);
  else if (style != AZML__YAML_SINGLE || has_control (text))
    write_double (out, text);
  else
    {
      azml__buffer_add_char (out, '\'');
      for (; *text; text++)
        {
          if (*text == '\'')
            azml__buffer_add_char (out, '\'');
          azml__buffer_add_char (out, *text);
        }
      azml__buffer_add_char (out, '\'');
    }
}

void
azml__scalar_write (azml__buffer *out, const json_t *value, azml__yaml_style style,
                    int flow)
{
  if (json_is_string (value))
    write_text (out, json_string_value (value), style, flow);
  else if (azml__json_append (out, value, NULL) < 0)
    out->failed = 1;
}

/* Aliases make a tree of few nodes large.  */
struct conversion
{
  size_t left;
};

static json_t *
convert (const azml__yaml *node, struct conversion *c)
{
  node = azml__yaml_follow (node);
  if (!c->left)
    return NULL;
  c->left--;
  if (node->kind == AZML__YAML_SCALAR && node->style == AZML__YAML_PLAIN)
    return azml__scalar_resolve (node->text, node->length);
  if (node->kind == AZML__YAML_SCALAR)
    return azml__json_bytes (node->text, node->length);
  AZML_AUTO (json_t)
  json = node->kind == AZML__YAML_MAP ? json_object () : json_array ();
  for (size_t i = 0; json && i < node->n; i++)
    {
      json_t *item = convert (node->items[i], c);
      if (!item)
        return NULL;
      const azml__yaml *key =
          node->kind == AZML__YAML_MAP ? azml__yaml_follow (node->keys[i]) : NULL;
      int rc =
          !key ? json_array_append_new (json, item)
               : json_object_set_new (
                   json, key->kind == AZML__YAML_SCALAR ? key->text : "?", item);
      if (rc < 0)
        return NULL;
    }
  return azml_steal (&json);
}

json_t *
azml__yaml_to_json (const azml__yaml *node)
{
  struct conversion c = { .left = 2 * AZML__DOCUMENT_NODES };
  return node ? convert (node, &c) : json_null ();
}
