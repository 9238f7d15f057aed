/* edit.h: the pieces of an edit of a document.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONFIG_EDIT_H
#define AZML_CONFIG_EDIT_H

#include "config/document.h"

/* Replace the bytes from START up to END by TEXT, but only if that makes EXPECTED of
   what the document holds.  */
int azml__edit_splice (azml__document *document, size_t start, size_t end,
                       const azml__buffer *text, const json_t *expected,
                       azml_error **err);

/* AZML_E_UNSUPPORTED: the value at NODE cannot be changed in place.  */
int azml__edit_refuse (const azml__document *document, const azml__yaml *node,
                       azml_error **err);

/* Change VALUE, or remove it if it is NULL, where PATH leads to in the JSON ROOT, making
   the objects on the way.  Return 0, or -1.  */
int azml__edit_expect (json_t *root, const char *const *path, json_t *value);

/* Offset behind the colon that follows KEY.  */
size_t
azml__edit_behind_colon (const azml__document *document, const azml__yaml *key);

/* Append VALUE in STYLE: a map by lines that begin in COLUMN (from 0), unless FLOW.  */
void azml__edit_write (azml__buffer *out, const azml__document *document,
                       const json_t *value, azml__yaml_style style, int flow,
                       size_t column);

/* The style that texts, and keys, of MAP have.  */
azml__yaml_style azml__edit_value_style (const azml__yaml *map);
azml__yaml_style azml__edit_key_style (const azml__yaml *map);

/* Append the text that adds KEY with VALUE to MAP (NULL: the empty document), and store
   where it goes in *RET_AT.  */
int azml__edit_add (const azml__document *document, const azml__yaml *map,
                    const char *key, const json_t *value, azml__buffer *out,
                    size_t *ret_at);

#endif
