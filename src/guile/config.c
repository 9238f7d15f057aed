/* config.c: the files of Workbench, read and edited.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "guile/binding.h"

#include <stdio.h>
#include <string.h>

#include "config/file.h"
#include "core/json.h"

struct call
{
  const char *name;
  const char *kind; /* NULL: what the file says */
  json_t *changes;
  json_t *result;
  azml_error *err;
  int rc;
};

static void *
read_work (void *data)
{
  struct call *call = data;
  call->rc = azml__config_read (call->name, call->kind, &call->result, &call->err);
  return NULL;
}

/* ((file . NAME) (kind . KIND) (ok . BOOLEAN) (values ...) (places ...)
   (problems . #(...))).  */
static SCM
config_read (SCM name, SCM kind)
{
  struct call call = { .name = azml__guile_to_text (name, "%config-read", 1),
                       .kind =
                           azml__guile_to_text_or_null (kind, "%config-read", 2) };
  azml__guile_blocking (read_work, &call);
  scm_remember_upto_here_2 (name, kind);
  if (call.rc < 0)
    azml__guile_throw ("%config-read", call.err);
  return azml__guile_take_json (call.result);
}

/* One change, {"path": [KEY...], "value": ...}; without a value the key goes.  */
static int
apply (azml__document *document, const json_t *change, azml_error **err)
{
  AZML_AUTO_STRINGS path = NULL;
  json_t *value = json_object_get (change, "value");
  int rc =
      azml__json_strings (json_object_get (change, "path"), "path", &path, err);
  if (rc < 0)
    return rc;
  return value
             ? azml__document_set (document, (const char *const *)path, value, err)
             : azml__document_remove (document, (const char *const *)path, err);
}

/* A key that CALL sets and the file, which is read as AFTER, cannot have: nobody means to
   write what is ignored then.  */
static int
check_key (const struct call *call, const json_t *after, const char *key,
           azml_error **err)
{
  AZML_AUTO_FREE char *begin = NULL;
  size_t i;
  json_t *problem;
  if (json_object_get (json_object_get (after, "places"), key))
    return 0;
  if (asprintf (&begin, "'%s' is no key of ", key) < 0)
    return azml__error_no_memory (err);
  json_array_foreach (json_object_get (after, "problems"), i, problem)
  {
    const char *message = azml__json_string (problem, "message");
    const char *hint = azml__json_string (problem, "hint");
    if (!message || strncmp (message, begin, strlen (begin)) != 0)
      continue;
    int rc = azml__error (err, AZML_E_INVALID, "%s: %.*s", call->name,
                          (int)strcspn (message, ";"), message);
    if (hint)
      azml__error_hint (err, "%s", hint);
    return rc;
  }
  return 0;
}

static int
check_keys (const struct call *call, const json_t *after, azml_error **err)
{
  size_t i;
  json_t *change;
  json_array_foreach (call->changes, i, change)
  {
    const char *key =
        json_string_value (json_array_get (json_object_get (change, "path"), 0));
    int rc = key && json_object_get (change, "value")
                 ? check_key (call, after, key, err)
                 : 0;
    if (rc < 0)
      return rc;
  }
  return 0;
}

static int
edit (struct call *call)
{
  AZML_AUTO (azml__document) document = NULL;
  AZML_AUTO (json_t) before = NULL;
  AZML_AUTO (json_t) after = NULL;
  size_t i;
  json_t *change;
  int rc = azml__config_read (call->name, call->kind, &before, &call->err);
  if (rc == 0)
    rc = azml__document_read (call->name, &document, &call->err);
  json_array_foreach (call->changes, i, change)
  {
    if (rc == 0)
      rc = apply (document, change, &call->err);
  }
  /* A key of another kind does not make it that.  */
  if (rc == 0)
    rc = azml__file_kind_read (document, azml__json_string (before, "kind"), &after,
                               &call->err);
  if (rc == 0)
    rc = check_keys (call, after, &call->err);
  /* A change that breaks the file is not written.  */
  if (rc == 0 && json_is_true (json_object_get (before, "ok")))
    rc = azml__document_check (document, &call->err);
  if (rc == 0)
    rc = azml__document_write (document, call->name, &call->err);
  if (rc == 0)
    call->result = azml_steal (&after);
  return rc;
}

static void *
edit_work (void *data)
{
  struct call *call = data;
  call->rc = edit (call);
  return NULL;
}

static SCM
config_edit (SCM name, SCM kind, SCM changes)
{
  struct call call = { .name = azml__guile_to_text (name, "%config-edit", 1),
                       .kind =
                           azml__guile_to_text_or_null (kind, "%config-edit", 2) };
  azml__guile_check_json (changes, "%config-edit", 3);
  call.changes = azml__guile_to_json (changes);
  azml__guile_blocking (edit_work, &call);
  json_decref (call.changes);
  scm_remember_upto_here_2 (name, kind);
  if (call.rc < 0)
    azml__guile_throw ("%config-edit", call.err);
  return azml__guile_take_json (call.result);
}

void
azml__guile_init_config (void)
{
  azml__guile_define ("%config-read", 2, 0, config_read);
  azml__guile_define ("%config-edit", 3, 0, config_edit);
}
