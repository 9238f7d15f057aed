/* reader.h: the keys that a map may have, and what they hold.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONFIG_READER_H
#define AZML_CONFIG_READER_H

#include "config/document.h"

typedef enum azml__key_type
{
  AZML__KEY_TEXT,
  AZML__KEY_BOOLEAN,
  AZML__KEY_INTEGER,
  AZML__KEY_TEXTS,     /* a list of texts */
  AZML__KEY_VARIABLES, /* a map of texts */
  AZML__KEY_CHOICE,    /* one of some texts */
  AZML__KEY_SECRET,    /* a text that is never shown */
  AZML__KEY_MAP,       /* with keys of its own */
  AZML__KEY_ANY
} azml__key_type;

typedef struct azml__key
{
  const char *name;
  azml__key_type type;
  const char *const *choices;   /* of a choice, up to a NULL */
  const struct azml__key *keys; /* of a map, up to one without a name */
  const char *ignored;          /* why it means nothing here; NULL: it is used */
} azml__key;

/* A file that is read: VALUES and PLACES ({"a.b": [LINE, COLUMN]}) are filled.  */
typedef struct azml__reader
{
  azml__document *document;
  const char *what; /* "a .compute file" */
  json_t *values;
  json_t *places;
} azml__reader;

/* Read the map NODE, whose keys are KEYS, into VALUES; PREFIX ("a.") is for the places.
   What is wrong becomes a problem; a value that cannot be used is left out.  Return 0,
   or -1 when out of memory.  */
int azml__reader_map (azml__reader *reader, const azml__yaml *node,
                      const azml__key *keys, const char *prefix, json_t *values);

/* The value of KEY, or FALLBACK where there is none.  */
const char *azml__reader_text (const azml__reader *reader, const char *key,
                               const char *fallback);

/* Set KEY to TEXT if it has no value.  */
void azml__reader_default (azml__reader *reader, const char *key, const char *text);

/* Say that KEY, where it is false, is ignored because of WHY.  */
void
azml__reader_say_false (azml__reader *reader, const char *key, const char *why);

/* Offset of the value of KEY, or of the file's first one.  */
size_t azml__reader_offset (const azml__reader *reader, const char *key);

/* The text of a scalar, without blanks at its ends (new JSON); NULL: it is none, which
   is an error that names KEY.  */
json_t *
azml__reader_scalar (azml__reader *reader, const azml__yaml *node, const char *key);

#endif
