/* document.h: a YAML (or JSON) text, read, and edited in place.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A document keeps its text.  A change of a value replaces the bytes of that value and
   nothing else, so comments, order, quotes, line ends and a byte order mark stay.  What
   is wrong is collected, with its place, as a compiler does; a document whose text is
   no YAML has no root and at least one problem that is an error.  */

#ifndef AZML_CONFIG_DOCUMENT_H
#define AZML_CONFIG_DOCUMENT_H

#include <jansson.h>

#include "core/buffer.h"
#include "core/error.h"

/* What is read at most: people write these files.  */
#define AZML__DOCUMENT_LIMIT ((size_t)1 << 20)
#define AZML__DOCUMENT_DEPTH 32
#define AZML__DOCUMENT_NODES 50000
/* What all aliases stand for together.  */
#define AZML__DOCUMENT_ALIASED ((size_t)256 << 10)

typedef enum azml__yaml_kind
{
  AZML__YAML_SCALAR,
  AZML__YAML_LIST,
  AZML__YAML_MAP,
  AZML__YAML_ALIAS
} azml__yaml_kind;

typedef enum azml__yaml_style
{
  AZML__YAML_PLAIN,
  AZML__YAML_SINGLE, /* '...' */
  AZML__YAML_DOUBLE, /* "..." */
  AZML__YAML_BLOCK,  /* a scalar with | or >; a list or map by indentation */
  AZML__YAML_FLOW    /* [...] or {...} */
} azml__yaml_style;

/* A place in the text; line and column count characters, from 1.  */
typedef struct azml__place
{
  size_t offset;
  size_t line, column;
} azml__place;

typedef struct azml__yaml
{
  azml__yaml_kind kind;
  azml__yaml_style style;
  azml__place start;
  size_t end;   /* offset behind its last byte */
  int tagged;   /* a tag or an anchor stands in front of it */
  char *anchor; /* NULL: none */
  char *text;   /* of a scalar, without quotes */
  size_t length;
  size_t n;                 /* of a list or map */
  struct azml__yaml **keys; /* of a map */
  struct azml__yaml **items;
  struct azml__yaml *target; /* of an alias */
  size_t weight;             /* bytes of the text and of all below, with aliases */
  size_t aliased;            /* those of them that aliases stand for */
} azml__yaml;

typedef struct azml__document
{
  char *name; /* for messages */
  char *text; /* all of it, without a byte order mark; NUL-terminated */
  size_t length;
  int mark;            /* there is a byte order mark */
  const char *newline; /* what its lines end with: "\n", "\r\n" or "\r" */
  azml__yaml *root;    /* NULL: empty, or broken */
  int broken;          /* the text is no YAML */
  json_t *problems;    /* see problem.h */
  azml__yaml **nodes;  /* all, to be freed */
  size_t n_nodes;
} azml__document;

void azml__document_free (azml__document *document);
AZML_DEFINE_AUTO (azml__document, azml__document_free)

/* Read the N bytes of TEXT, called NAME in messages.  Store a document (new) in *RET,
   also when the text is broken.  AZML_E_TOO_LARGE: over the limit.  */
int azml__document_parse (const char *name, const char *text, size_t n,
                          azml__document **ret, azml_error **err);

/* The line end at AT of the text; "\n" where there is none.  */
const char *azml__document_newline (const azml__document *document, size_t at);

/* The same for the file NAME.  */
int azml__document_read (const char *name, azml__document **ret, azml_error **err);

/* AZML_E_FORMAT with the first problem that is an error, "file:line:column: ...", if
   there is one; else 0.  */
int azml__document_check (const azml__document *document, azml_error **err);

/* The node that PATH leads to from the root: keys, and positions in lists ("0"), up to
   a NULL.  NULL if it is not there.  Aliases are followed.  */
const azml__yaml *
azml__document_get (const azml__document *document, const char *const *path);

/* The value of KEY in the map NODE (the last one, if it is given twice), or NULL.  */
const azml__yaml *azml__yaml_ref (const azml__yaml *node, const char *key);

/* What NODE stands for: itself, or the target of the alias.  */
const azml__yaml *azml__yaml_follow (const azml__yaml *node);

/* The position in the list NODE that NAME, digits, means; NODE->n if there is none.  */
size_t azml__yaml_position (const azml__yaml *node, const char *name);

/* NODE as JSON (new), with the plain scalars read as YAML 1.1 has it; NULL when out of
   memory, or over the number of nodes that aliases may multiply to.  */
json_t *azml__yaml_to_json (const azml__yaml *node);

/* What the plain scalar NODE is.  */
int azml__yaml_is_null (const azml__yaml *node);
int azml__yaml_boolean (const azml__yaml *node); /* 1, 0, or -1: it is none */

/* Change the value that PATH leads to into VALUE: a text, number, boolean, null, or a
   list of such; a map only where there is none yet.  A key that is not there is added
   at the end of its map.  AZML_E_UNSUPPORTED: not possible in this text; nothing is
   changed then.  */
int azml__document_set (azml__document *document, const char *const *path,
                        const json_t *value, azml_error **err);

/* Remove the key that PATH leads to, with its line.  AZML_E_NOT_FOUND.  */
int azml__document_remove (azml__document *document, const char *const *path,
                           azml_error **err);

/* Write the document to the file NAME, as it was read but for the changes.  */
int azml__document_write (const azml__document *document, const char *name,
                          azml_error **err);

#endif
