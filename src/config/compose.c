/* compose.c: libyaml's events become a tree.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Its marks count characters; the tree has offsets, which is what an edit needs.  */

#include <config.h>

#include "config/compose.h"

#include <string.h>
#include <yaml.h>

#include "config/encoding.h"
#include "config/explain.h"
#include "config/problem.h"

typedef struct composer
{
  azml__document *document;
  yaml_parser_t parser;
  uint32_t *offsets; /* of each character; NULL: all are ASCII */
  size_t n_offsets;
  json_t *anchors; /* names; which node it is, the last one of that name */
  azml_error **err;
} composer;

/* Make the table of offsets, unless each character is a byte.  */
static int
count_characters (composer *c)
{
  const azml__document *d = c->document;
  size_t n = 0;
  for (size_t i = 0; i < d->length; i++)
    n += ((unsigned char)d->text[i] & 0xc0) != 0x80;
  if (n == d->length)
    return 0;
  c->offsets = malloc ((n + 1) * sizeof *c->offsets);
  if (!c->offsets)
    return azml__error_no_memory (c->err);
  for (size_t i = 0; i < d->length; i++)
    if (((unsigned char)d->text[i] & 0xc0) != 0x80)
      c->offsets[c->n_offsets++] = (uint32_t)i;
  c->offsets[c->n_offsets] = (uint32_t)d->length;
  return 0;
}

static size_t
offset_of (const composer *c, const yaml_mark_t *mark)
{
  if (!c->offsets)
    return mark->index < c->document->length ? mark->index : c->document->length;
  return c->offsets[mark->index < c->n_offsets ? mark->index : c->n_offsets];
}

static azml__yaml *
new_node (composer *c, azml__yaml_kind kind, const yaml_event_t *event)
{
  azml__document *d = c->document;
  if (d->n_nodes >= AZML__DOCUMENT_NODES)
    {
      azml__problem_add (d, "error", offset_of (c, &event->start_mark), NULL,
                         "more than %d values in one file", AZML__DOCUMENT_NODES);
      return NULL;
    }
  if ((d->n_nodes & (d->n_nodes - 1)) == 0)
    {
      size_t room = d->n_nodes ? 2 * d->n_nodes : 1;
      azml__yaml **nodes = realloc (d->nodes, room * sizeof *nodes);
      if (!nodes)
        return NULL;
      d->nodes = nodes;
    }
  azml__yaml *node = calloc (1, sizeof *node);
  if (!node)
    return NULL;
  node->kind = kind;
  node->start =
      (azml__place){ offset_of (c, &event->start_mark), event->start_mark.line + 1,
                     event->start_mark.column + 1 };
  node->end = offset_of (c, &event->end_mark);
  node->weight = 16;
  return d->nodes[d->n_nodes++] = node;
}

/* Append ITEM, of KEY in a map, to NODE.  */
static int
append (composer *c, azml__yaml *node, azml__yaml *key, azml__yaml *item)
{
  node->weight += item->weight + (key ? key->weight : 0);
  node->aliased += item->aliased + (key ? key->aliased : 0);
  if (node->aliased > AZML__DOCUMENT_ALIASED)
    {
      azml__problem_add (
          c->document, "error", item->start.offset, "write out what is needed",
          "the aliases stand for more than %zu KiB", AZML__DOCUMENT_ALIASED >> 10);
      return -1;
    }
  if ((node->n & (node->n - 1)) == 0)
    {
      size_t room = (node->n ? 2 * node->n : 1) * sizeof *node->items;
      azml__yaml **items = realloc (node->items, room);
      if (!items)
        return -1;
      node->items = items;
      azml__yaml **keys = key ? realloc (node->keys, room) : NULL;
      if (key && !keys)
        return -1;
      node->keys = keys;
    }
  if (key)
    node->keys[node->n] = key;
  node->items[node->n++] = item;
  return 0;
}

/* A failure that is no problem of the text is one of memory.  */
static int
failed (composer *c)
{
  if (json_array_size (c->document->problems))
    {
      c->document->broken = 1;
      return AZML_E_FORMAT;
    }
  return azml__error_no_memory (c->err);
}

static int
next_event (composer *c, yaml_event_t *event)
{
  const yaml_parser_t *p = &c->parser;
  if (yaml_parser_parse (&c->parser, event))
    return 0;
  if (p->error == YAML_MEMORY_ERROR || !p->problem)
    return azml__error_no_memory (c->err);
  azml__explain (c->document, p->problem, offset_of (c, &p->problem_mark),
                 p->context ? p->context : "",
                 p->context ? offset_of (c, &p->context_mark)
                            : offset_of (c, &p->problem_mark));
  return failed (c);
}

/* NODE is the newest one.  */
static int
set_anchor (composer *c, azml__yaml *node, const yaml_char_t *anchor,
            const yaml_char_t *tag)
{
  node->tagged = anchor || tag;
  if (!anchor)
    return 0;
  node->anchor = strdup ((const char *)anchor);
  return !node->anchor
                 || json_object_set_new_nocheck (
                        c->anchors, node->anchor,
                        json_integer ((json_int_t)c->document->n_nodes - 1))
                        < 0
             ? -1
             : 0;
}

/* "password: &abc" and "name: !abc" are no texts: that is said, not what they are.  */
static void
check_mark (composer *c, const azml__yaml *node, const yaml_event_t *event)
{
  const yaml_char_t *tag = event->data.scalar.tag;
  size_t at = node->start.offset;
  int anchor = c->document->text[at] == '&';
  if (!node->length && node->style == AZML__YAML_PLAIN)
    azml__problem_add (
        c->document, "warning", at, "put the value in quotes if it is meant so",
        "a word that begins with '%c' is %s, and no value follows it",
        anchor ? '&' : '!', anchor ? "an anchor" : "a tag");
  else if (tag && *tag == '!')
    azml__problem_add (c->document, "warning", at,
                       "put the value in quotes if it is meant so",
                       "a word that begins with '!' is a tag, which is ignored");
}

static azml__yaml *
scalar (composer *c, const yaml_event_t *event)
{
  static const azml__yaml_style styles[] = {
    [YAML_ANY_SCALAR_STYLE] = AZML__YAML_PLAIN,
    [YAML_PLAIN_SCALAR_STYLE] = AZML__YAML_PLAIN,
    [YAML_SINGLE_QUOTED_SCALAR_STYLE] = AZML__YAML_SINGLE,
    [YAML_DOUBLE_QUOTED_SCALAR_STYLE] = AZML__YAML_DOUBLE,
    [YAML_LITERAL_SCALAR_STYLE] = AZML__YAML_BLOCK,
    [YAML_FOLDED_SCALAR_STYLE] = AZML__YAML_BLOCK
  };
  azml__yaml *node = new_node (c, AZML__YAML_SCALAR, event);
  if (!node
      || set_anchor (c, node, event->data.scalar.anchor, event->data.scalar.tag)
             < 0)
    return NULL;
  node->style = styles[event->data.scalar.style];
  /* What follows a scalar of lines is not its own.  */
  while (node->style == AZML__YAML_BLOCK && node->end > node->start.offset
         && strchr (" \t\r\n", c->document->text[node->end - 1]))
    node->end--;
  node->length = event->data.scalar.length;
  node->weight += node->length;
  node->text = strndup ((const char *)event->data.scalar.value, node->length);
  if (node->tagged)
    check_mark (c, node, event);
  return node->text ? node : NULL;
}

static azml__yaml *
alias (composer *c, const yaml_event_t *event)
{
  const char *name = (const char *)event->data.alias.anchor;
  azml__yaml *node = new_node (c, AZML__YAML_ALIAS, event);
  azml__document *d = c->document;
  json_t *position = json_object_get (c->anchors, name);
  if (!node)
    return NULL;
  if (position)
    {
      node->target = d->nodes[json_integer_value (position)];
      node->weight = node->aliased = node->target->weight;
    }
  /* One that is not complete has no end yet.  */
  if (!node->target || !node->target->end)
    {
      azml__problem_add (d, "error", node->start.offset,
                         "put the value in quotes if it is no alias",
                         node->target ? "this alias stands inside of what it names"
                                      : "this alias has no anchor");
      return NULL;
    }
  return node;
}

static azml__yaml *compose_node (composer *c, yaml_event_t *event, int depth);

/* The members of the list or map NODE, up to its end.  */
static int
compose_members (composer *c, azml__yaml *node, yaml_event_type_t last, int depth)
{
  azml__yaml *key = NULL;
  size_t end = node->end;
  node->end = 0; /* not complete */
  for (;;)
    {
      yaml_event_t event;
      if (next_event (c, &event) < 0)
        return -1;
      if (event.type == last)
        {
          if (node->style == AZML__YAML_FLOW)
            end = offset_of (c, &event.end_mark);
          yaml_event_delete (&event);
          node->end = end;
          return 0;
        }
      azml__yaml *member = compose_node (c, &event, depth + 1);
      yaml_event_delete (&event);
      if (!member)
        return -1;
      end = member->end > end ? member->end : end;
      if (node->kind == AZML__YAML_MAP && !key)
        key = member;
      else if (append (c, node, key, member) < 0)
        return -1;
      else
        key = NULL;
    }
}

static azml__yaml *
collection (composer *c, const yaml_event_t *event, int depth)
{
  int map = event->type == YAML_MAPPING_START_EVENT;
  azml__yaml *node = new_node (c, map ? AZML__YAML_MAP : AZML__YAML_LIST, event);
  if (!node)
    return NULL;
  const yaml_char_t *anchor =
      map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
  const yaml_char_t *tag =
      map ? event->data.mapping_start.tag : event->data.sequence_start.tag;
  int flow = map ? event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
                 : event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
  node->style = flow ? AZML__YAML_FLOW : AZML__YAML_BLOCK;
  if (set_anchor (c, node, anchor, tag) < 0)
    return NULL;
  if (depth >= AZML__DOCUMENT_DEPTH)
    {
      azml__problem_add (c->document, "error", node->start.offset, NULL,
                         "nested more than %d deep", AZML__DOCUMENT_DEPTH);
      return NULL;
    }
  if (compose_members (
          c, node, map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT, depth)
      < 0)
    return NULL;
  return node;
}

static azml__yaml *
compose_node (composer *c, yaml_event_t *event, int depth)
{
  switch (event->type)
    {
    case YAML_SCALAR_EVENT:
      return scalar (c, event);
    case YAML_ALIAS_EVENT:
      return alias (c, event);
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
      return collection (c, event, depth);
    default:
      return NULL;
    }
}

/* Stream start, document start, a node, document end, stream end.  */
static int
compose_stream (composer *c)
{
  azml__document *d = c->document;
  for (;;)
    {
      yaml_event_t event;
      int rc = next_event (c, &event);
      if (rc < 0)
        return rc;
      yaml_event_type_t type = event.type;
      size_t at = offset_of (c, &event.start_mark);
      if (type == YAML_DOCUMENT_START_EVENT && d->root)
        {
          azml__problem_add (d, "error", at, "leave out the line '---'",
                             "a second document begins here; one is read");
          d->broken = 1;
        }
      else if (type != YAML_DOCUMENT_START_EVENT && type != YAML_STREAM_START_EVENT
               && type != YAML_DOCUMENT_END_EVENT && type != YAML_STREAM_END_EVENT)
        {
          d->root = compose_node (c, &event, 0);
          if (!d->root)
            rc = failed (c);
        }
      yaml_event_delete (&event);
      if (rc < 0 || d->broken || type == YAML_STREAM_END_EVENT)
        return rc;
    }
}

int
azml__compose (azml__document *document, azml_error **err)
{
  azml_error *failure = NULL;
  composer c = { .document = document, .err = &failure };
  if (!azml__encoding_check (document))
    {
      document->broken = 1;
      return 0;
    }
  c.anchors = json_object ();
  if (!c.anchors || !yaml_parser_initialize (&c.parser))
    {
      json_decref (c.anchors);
      return azml__error_no_memory (err);
    }
  int rc = count_characters (&c);
  if (rc == 0)
    {
      yaml_parser_set_encoding (&c.parser, YAML_UTF8_ENCODING);
      yaml_parser_set_input_string (&c.parser, (const yaml_char_t *)document->text,
                                    document->length);
      rc = compose_stream (&c);
    }
  yaml_parser_delete (&c.parser);
  json_decref (c.anchors);
  free (c.offsets);
  if (document->broken)
    {
      document->root = NULL;
      azml_error_free (failure);
      return 0;
    }
  if (rc < 0)
    azml__error_move (err, &failure);
  azml_error_free (failure);
  return rc < 0 ? rc : 0;
}
