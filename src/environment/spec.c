/* spec.c: the specification of an environment.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "environment/spec.h"

#include <ctype.h>
#include <string.h>
#include <sys/utsname.h>

#include "core/buffer.h"
#include "core/json.h"
#include "environment/version.h"

static const char *const builders[] = { "uv",    "venv",  "micromamba",
                                        "mamba", "conda", "pixi" };

/* The fields that are lists of texts.  */
static const char *const lists[] = { "pip", "conda", "channels", "pip_options" };

/* Options of pip that put packages elsewhere, or take them from files that the hash
   does not cover.  */
static const char *const refused_options[] = {
  "-t", "--target",      "--prefix", "--root",     "--user",  "--dry-run",
  "-r", "--requirement", "-e",       "--editable", "--python"
};

static int
invalid (azml_error **err, const char *field, const char *what)
{
  return azml__error (err, AZML_E_INVALID, "environment: '%s' %s", field, what);
}

static int
is_member (const char *text, const char *const *set, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp (text, set[i]) == 0)
      return 1;
  return 0;
}
#define IS_MEMBER(text, set) is_member (text, set, sizeof set / sizeof *set)

/* TEXT without blanks at its ends (new JSON string).  */
static json_t *
trimmed (const char *text)
{
  text += strspn (text, " \t");
  size_t n = strlen (text);
  while (n && (text[n - 1] == ' ' || text[n - 1] == '\t'))
    n--;
  return json_stringn (text, n);
}

static int
check_text (const char *field, const char *text, azml_error **err)
{
  if (!*text)
    return invalid (err, field, "has an empty text");
  for (const char *p = text; *p; p++)
    if (iscntrl ((unsigned char)*p))
      return invalid (err, field, "has a text with a control character");
  return 0;
}

static int
check_package (const char *field, const char *text, azml_error **err)
{
  int rc;
  if (*text == '-')
    {
      rc = azml__error (err, AZML_E_INVALID,
                        "environment: '%s' in '%s' is an option, not a package",
                        text, field);
      azml__error_hint (err, "options of pip go into pip_options");
      return rc;
    }
  if (*text == '.' || *text == '~')
    {
      rc = azml__error (err, AZML_E_INVALID,
                        "environment: '%s' in '%s' is neither a package nor an "
                        "absolute file name",
                        text, field);
      azml__error_hint (err, "an environment is shared by all source trees, so it "
                             "cannot take packages from one");
      return rc;
    }
  return 0;
}

static int
check_option (const char *text, azml_error **err)
{
  size_t n = strcspn (text, "=");
  for (size_t i = 0; i < sizeof refused_options / sizeof *refused_options; i++)
    if (strlen (refused_options[i]) == n
        && strncmp (text, refused_options[i], n) == 0)
      {
        int rc =
            azml__error (err, AZML_E_INVALID,
                         "environment: '%s' cannot be one of pip_options", text);
        azml__error_hint (err, "name the packages in pip; they go into the "
                               "environment's own folder");
        return rc;
      }
  return 0;
}

/* Check the list VALUE of FIELD and store a trimmed copy (new) in *RET.  */
static int
take_list (const char *field, const json_t *value, json_t **ret, azml_error **err)
{
  AZML_AUTO (json_t) copy = json_array ();
  size_t i;
  json_t *item;
  if (!json_is_array (value))
    return invalid (err, field, "is not a list");
  json_array_foreach (value, i, item)
  {
    if (!json_is_string (item))
      return invalid (err, field, "has something that is not a text");
    json_t *text = trimmed (json_string_value (item));
    if (!text || json_array_append_new (copy, text) < 0)
      return azml__error_no_memory (err);
    int rc = check_text (field, json_string_value (text), err);
    if (rc == 0 && (strcmp (field, "pip") == 0 || strcmp (field, "conda") == 0))
      rc = check_package (field, json_string_value (text), err);
    if (rc == 0 && strcmp (field, "pip_options") == 0)
      rc = check_option (json_string_value (text), err);
    if (rc < 0)
      return rc;
  }
  *ret = azml_steal (&copy);
  return 0;
}

/* A command prefix: its words are bytes and stay as they are.  */
static int
check_prefix (const json_t *value, azml_error **err)
{
  AZML_AUTO_STRINGS words = NULL;
  int rc = azml__json_strings (value, "environment: 'prefix'", &words, err);
  if (rc < 0)
    {
      azml_error_free (err ? azml_steal (err) : NULL);
      return invalid (err, "prefix", "is not a list of texts");
    }
  return words[0] && !*words[0] ? invalid (err, "prefix", "has no program") : 0;
}

static int
check_variables (const json_t *value, azml_error **err)
{
  const char *name;
  json_t *item;
  if (!json_is_object (value))
    return invalid (err, "variables", "is not an object");
  json_object_foreach ((json_t *)value, name, item)
  {
    AZML_AUTO_FREE char *text = azml__json_get_bytes (item, NULL);
    if (!*name || strchr (name, '='))
      return invalid (err, "variables", "has a name that no variable can have");
    if (!text)
      return azml__error (err, AZML_E_INVALID,
                          "environment: the variable '%s' is not a text", name);
  }
  return 0;
}

static int
check_builder (const char *name, azml_error **err)
{
  if (IS_MEMBER (name, builders))
    return 0;
  int rc = azml__error (err, AZML_E_INVALID,
                        "environment: no builder is called '%s'", name);
  azml__error_hint (err, "there are uv, venv, micromamba, mamba, conda and pixi");
  return rc;
}

/* Check VALUE of FIELD; add it to SPEC unless it says nothing.  */
static int
take_field (json_t *spec, const char *field, const json_t *value, azml_error **err)
{
  AZML_AUTO (json_t) copy = NULL;
  int rc = 0;
  if (json_is_null (value))
    return 0;
  if (IS_MEMBER (field, lists))
    rc = take_list (field, value, &copy, err);
  else if (strcmp (field, "prefix") == 0)
    {
      rc = check_prefix (value, err);
      copy = json_deep_copy (value);
    }
  else if (strcmp (field, "variables") == 0)
    {
      rc = check_variables (value, err);
      copy = json_deep_copy (value);
    }
  else if (strcmp (field, "python") == 0 || strcmp (field, "builder") == 0)
    {
      if (!json_is_string (value))
        return invalid (err, field, "is not a text");
      copy = trimmed (json_string_value (value));
      if (copy && *json_string_value (copy))
        rc = *field == 'p' ? azml__version_check (json_string_value (copy), err)
                           : check_builder (json_string_value (copy), err);
    }
  else
    return azml__error (err, AZML_E_INVALID, "environment: there is no field '%s'",
                        field);
  if (rc < 0)
    return rc;
  if (!copy)
    return azml__error_no_memory (err);
  if (json_is_string (copy) ? json_string_length (copy) == 0
                            : json_array_size (copy) + json_object_size (copy) == 0)
    return 0;
  return json_object_set (spec, field, copy) < 0 ? azml__error_no_memory (err) : 0;
}

/* Fields that contradict each other.  */
static int
check_together (const json_t *spec, azml_error **err)
{
  const char *builder = azml__json_string (spec, "builder");
  json_t *conda = json_object_get (spec, "conda");
  if (json_object_get (spec, "prefix")
      && (azml__spec_is_built (spec) || json_object_get (spec, "python")
          || builder))
    {
      int rc =
          azml__error (err, AZML_E_INVALID,
                       "environment: a prefix cannot have python, packages or a "
                       "builder beside it");
      azml__error_hint (err,
                        "what runs behind a prefix has what the prefix gives it; "
                        "name the packages there");
      return rc;
    }
  if (conda && builder
      && (strcmp (builder, "uv") == 0 || strcmp (builder, "venv") == 0))
    return azml__error (err, AZML_E_INVALID,
                        "environment: the builder '%s' cannot install the conda "
                        "package '%s'",
                        builder, json_string_value (json_array_get (conda, 0)));
  if (conda && json_object_get (spec, "python") && azml__spec_has (conda, "python"))
    return azml__error (err, AZML_E_INVALID,
                        "environment: python is given twice, as a field and as a "
                        "conda package");
  return 0;
}

int
azml__spec_normalise (const json_t *spec, json_t **ret, azml_error **err)
{
  AZML_AUTO (json_t) copy = json_object ();
  const char *field;
  json_t *value;
  if (!copy)
    return azml__error_no_memory (err);
  if (spec && !json_is_object (spec) && !json_is_null (spec))
    return azml__error (err, AZML_E_INVALID, "environment: not an object");
  json_object_foreach ((json_t *)spec, field, value)
  {
    int rc = take_field (copy, field, value, err);
    if (rc < 0)
      return rc;
  }
  int rc = check_together (copy, err);
  if (rc == 0)
    *ret = azml_steal (&copy);
  return rc;
}

int
azml__spec_is_built (const json_t *spec)
{
  return json_object_get (spec, "pip") || json_object_get (spec, "conda");
}

char *
azml__spec_platform (void)
{
  struct utsname name;
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  if (uname (&name) < 0)
    return strdup ("unknown");
  azml__buffer_add_format (&text, "%s-", name.machine);
  for (const char *p = name.sysname; *p; p++)
    azml__buffer_add_char (&text, (char)tolower ((unsigned char)*p));
  return azml__buffer_steal (&text);
}
