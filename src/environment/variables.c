/* variables.c: what a builder finds in its environment variables.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   What the user has configured (an index, a proxy, certificates, channels) reaches
   the builder.  What would make it install somewhere else, or what an environment
   that is active in the user's shell has set, does not.  */

#include <config.h>

#include <string.h>

#include "core/json.h"
#include "core/path.h"
#include "environment/builder.h"
#include "environment/pip.h"

extern char **environ;

/* A "*" at the end stands for any rest.  */
static const char *const dropped[] = {
  "PYTHONPATH",
  "PYTHONHOME",
  "PYTHONSTARTUP",
  "PYTHONUSERBASE",
  "PYTHONPLATLIBDIR",
  "PYTHONEXECUTABLE",
  "PYTHONINSPECT",
  "PYTHONNOUSERSITE",
  "__PYVENV_LAUNCHER__",
  "VIRTUAL_ENV*",
  "CONDA_PREFIX*",
  "CONDA_DEFAULT_ENV",
  "CONDA_SHLVL",
  "CONDA_PROMPT_MODIFIER",
  "CONDA_PYTHON_EXE",
  "PIXI_PROJECT_*",
  "PIXI_ENVIRONMENT_*",
  "PIXI_IN_SHELL",
  "PIP_TARGET",
  "PIP_PREFIX",
  "PIP_ROOT",
  "PIP_USER",
  "PIP_PYTHON",
  "PIP_REQUIRE_VIRTUALENV",
  "PIP_DRY_RUN",
  "PIP_REQUIREMENT",
  "PIP_EDITABLE",
  "UV_PYTHON",
  "UV_SYSTEM_PYTHON",
  "UV_TARGET",
  "UV_PREFIX",
  "UV_VENV_*",
  "UV_BREAK_SYSTEM_PACKAGES",
  "UV_PROJECT*",
  "UV_WORKING_DIRECTORY",
  "UV_NO_PROJECT",
  "UV_PYTHON_DOWNLOADS",
};

/* Given to every builder: no questions, no bars, nothing that waits in a buffer, no
   Python but the one found, and no user setting in pip.conf that diverts it.  */
static const char *const given[] = {
  "PIP_USER=0",
  "PIP_REQUIRE_VIRTUALENV=0",
  "PIP_PROGRESS_BAR=off",
  "PYTHONNOUSERSITE=1",
  "PYTHONUNBUFFERED=1",
  "UV_NO_PROJECT=1",
  "UV_PYTHON_DOWNLOADS=never",
  "UV_NO_PROGRESS=1",
  "GIT_TERMINAL_PROMPT=0",
  "NO_COLOR=1",
};

/* uv does not read the configuration of pip, and users have mostly this.  */
static const struct
{
  const char *key;     /* of pip */
  const char *uv;      /* set from it unless it is set ... */
  const char *instead; /* ... or this is */
  char separator;      /* between several values, for which pip has a blank */
} translations[] = {
  { "index-url", "UV_INDEX_URL", "UV_DEFAULT_INDEX", ' ' },
  { "extra-index-url", "UV_EXTRA_INDEX_URL", "UV_INDEX", ' ' },
  { "find-links", "UV_FIND_LINKS", "UV_FIND_LINKS", ',' },
  { "trusted-host", "UV_INSECURE_HOST", "UV_INSECURE_HOST", ' ' },
  { "cert", "SSL_CERT_FILE", "SSL_CERT_FILE", ' ' },
};

static int
is_named (const char *variable, const char *name)
{
  size_t n = strlen (name);
  if (name[n - 1] == '*')
    return strncmp (variable, name, n - 1) == 0;
  return strncmp (variable, name, n) == 0 && variable[n] == '=';
}

static int
is_dropped (const char *variable, const char *search)
{
  for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++)
    if (is_named (variable, dropped[i]))
      return 1;
  for (size_t i = 0; i < sizeof given / sizeof *given; i++)
    {
      size_t n = strcspn (given[i], "=") + 1;
      if (strncmp (variable, given[i], n) == 0)
        return 1;
    }
  return search && strncmp (variable, "PATH=", 5) == 0;
}

/* Leave out of VALUE, words with a blank between them, the paths that are not there: pip
   passes over them, and uv fails.  */
static void
drop_missing (char *value)
{
  char *to = value;
  for (char *word = value; *word;)
    {
      size_t n = strcspn (word, " ");
      char after = word[n];
      word[n] = '\0';
      if (*word != '/' || access (word, F_OK) == 0)
        {
          if (to != value)
            *to++ = ' ';
          memmove (to, word, n);
          to += n;
        }
      word += n + (after != '\0');
    }
  *to = '\0';
}

/* The variable for uv that says what translation I of pip's says (new); NULL if there
   is none.  */
static char *
translated (size_t i)
{
  AZML_AUTO_FREE char *value = NULL;
  if (getenv (translations[i].uv) || getenv (translations[i].instead)
      || !(value = azml__pip_setting (translations[i].key)))
    return NULL;
  if (strcmp (translations[i].key, "find-links") == 0)
    drop_missing (value);
  if (!*value)
    return NULL;
  for (char *p = value; *p; p++)
    if (*p == ' ')
      *p = translations[i].separator;
  return azml__path_format ("%s=%s", translations[i].uv, value);
}

/* Has the user, or the machine, a configuration of uv's own?  It is believed then.  */
static int
is_uv_configured (void)
{
  const char *home = getenv ("HOME");
  AZML_AUTO_FREE char *own =
      azml__path_join (home ? home : "/", ".config/uv/uv.toml");
  return getenv ("UV_CONFIG_FILE") || (own && access (own, R_OK) == 0)
         || access ("/etc/uv/uv.toml", R_OK) == 0;
}

char **
azml__builder_variables (const char *name, const char *search)
{
  size_t have = 0, n = 0;
  int asks_pip = strcmp (name, "uv") == 0 && !is_uv_configured ();
  size_t n_given = sizeof given / sizeof *given;
  size_t n_translations = sizeof translations / sizeof *translations;
  while (environ[have])
    have++;
  AZML_AUTO_STRINGS list =
      calloc (have + n_given + n_translations + 2, sizeof *list);
  if (!list)
    return NULL;
  for (size_t i = 0; i < have; i++)
    if (!is_dropped (environ[i], search) && !(list[n++] = strdup (environ[i])))
      return NULL;
  for (size_t i = 0; i < n_given; i++)
    if (!(list[n++] = strdup (given[i])))
      return NULL;
  if (search && !(list[n++] = azml__path_format ("PATH=%s", search)))
    return NULL;
  for (size_t i = 0; asks_pip && i < n_translations; i++)
    if ((list[n] = translated (i)))
      n++;
  return azml_steal (&list);
}
