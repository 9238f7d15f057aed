/* image-context.c: what the script that installs an environment reads.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   It is mounted, never copied into the image: addresses of package indexes may have
   passwords in them.  */

#include <config.h>

#include "container/image-context.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container/image-script.h"
#include "container/mount.h"
#include "core/file.h"
#include "core/secret.h"
#include "environment/pip.h"

static int
write_list (int folder, const char *name, const json_t *list, azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  for (size_t i = 0; i < json_array_size (list); i++)
    azml__buffer_add_format (&text, "%s\n",
                             json_string_value (json_array_get (list, i)));
  if (!azml__buffer_ok (&text))
    return azml__error_no_memory (err);
  return azml__file_replace (folder, name, text.data ? text.data : "", text.length,
                             0644, 0, err);
}

/* The words of the channels and packages that SPEC asks conda for, as the log may have
   them.  */
static int
write_shown (int folder, const json_t *spec, azml_error **err)
{
  static const char *const lists[][2] = { { "channels", "-c " }, { "conda", "" } };
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  for (size_t i = 0; i < 2; i++)
    {
      const json_t *list = json_object_get (spec, lists[i][0]);
      for (size_t k = 0; k < json_array_size (list); k++)
        {
          AZML_AUTO_FREE char *word =
              azml__secret_hide (json_string_value (json_array_get (list, k)));
          azml__buffer_add_format (&text, "%s%s ", lists[i][1], word ? word : "?");
        }
    }
  azml__buffer_add_char (&text, '\n');
  if (!azml__buffer_ok (&text))
    return azml__error_no_memory (err);
  return azml__file_replace (folder, "shown", text.data, text.length, 0644, 0, err);
}

/* WORD as sh reads it back.  */
static void
add_quoted (azml__buffer *text, const char *word)
{
  azml__buffer_add_char (text, '\'');
  for (; *word; word++)
    if (*word == '\'')
      azml__buffer_add_text (text, "'\\''");
    else
      azml__buffer_add_char (text, *word);
  azml__buffer_add_text (text, "'\n");
}

/* Where packages come from is the machine's matter; where they go is not.  */
static int
is_passed (const char *name, size_t n)
{
  static const char *const names[] = { "http_proxy",     "https_proxy",
                                       "no_proxy",       "all_proxy",
                                       "HTTP_PROXY",     "HTTPS_PROXY",
                                       "NO_PROXY",       "ALL_PROXY",
                                       "CONDA_CHANNELS", "CONDA_CHANNEL_ALIAS" };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strlen (names[i]) == n && strncmp (names[i], name, n) == 0)
      return 1;
  return 0;
}

/* What pip is told on this machine, by variables or its configuration.  */
static void
add_pip (azml__buffer *text)
{
  static const char *const settings[][2] = {
    { "index-url", "INDEX_URL" },
    { "extra-index-url", "EXTRA_INDEX_URL" },
    { "trusted-host", "TRUSTED_HOST" },
    { "no-index", "NO_INDEX" },
    { "find-links", "FIND_LINKS" },
    { "timeout", "DEFAULT_TIMEOUT" },
    { "default-timeout", "DEFAULT_TIMEOUT" },
    { "retries", "RETRIES" },
    { "prefer-binary", "PREFER_BINARY" },
    { "only-binary", "ONLY_BINARY" },
    { "no-binary", "NO_BINARY" }
  };
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
    {
      AZML_AUTO_FREE char *value = azml__pip_setting (settings[i][0]);
      if (!value)
        continue;
      azml__buffer_add_format (text, "PIP_%s=", settings[i][1]);
      add_quoted (text, value);
    }
}

char *
azml__image_certificates (void)
{
  char *path = azml__pip_setting ("cert");
  if (path && (*path != '/' || access (path, R_OK) < 0))
    {
      free (path);
      return NULL;
    }
  return path;
}

void
azml__image_links (azml__words *words)
{
  AZML_AUTO_FREE char *links = azml__pip_setting ("find-links");
  struct stat st;
  char *rest = NULL;
  for (char *word = links ? strtok_r (links, " ", &rest) : NULL; word;
       word = strtok_r (NULL, " ", &rest))
    if (*word == '/' && strcmp (word, "/") != 0 && stat (word, &st) == 0
        && S_ISDIR (st.st_mode))
      azml__mount_add (words, word, word, 1);
}

static int
write_variables (const azml__container *container, int folder, azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  AZML_AUTO_FREE char *certificates = azml__image_certificates ();
  const azml__words *variables = &container->engine.variables;
  for (size_t i = 0; i < variables->count; i++)
    {
      const char *word = variables->words[i];
      size_t n = strcspn (word, "=");
      if (!is_passed (word, n))
        continue;
      azml__buffer_add (&text, word, n + 1);
      add_quoted (&text, word + n + 1);
    }
  add_pip (&text);
  if (certificates)
    azml__buffer_add_text (&text, "PIP_CERT=/opt/azml/certificates.pem\n"
                                  "SSL_CERT_FILE=/opt/azml/certificates.pem\n");
  if (!azml__buffer_ok (&text))
    return azml__error_no_memory (err);
  return azml__file_replace (folder, "variables", text.data ? text.data : "",
                             text.length, 0600, 0, err);
}

int
azml__image_context (const azml__container *container, const json_t *spec,
                     azml_error **err)
{
  static const char *const lists[][2] = { { "packages", "pip" },
                                          { "conda", "conda" },
                                          { "channels", "channels" },
                                          { "options", "pip_options" } };
  const char *python = azml__json_string (spec, "python");
  int rc = 0;
  if ((mkdirat (container->run.charge->folder, "container", 0700) < 0
       && errno != EEXIST)
      || (mkdirat (container->run.charge->folder, "container/build", 0700) < 0
          && errno != EEXIST))
    return azml__error_os (err, errno, "make the folder 'container/build'");
  AZML_AUTO_CLOSE int folder =
      openat (container->run.charge->folder, "container/build",
              O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0)
    return azml__error_os (err, errno, "open the folder 'container/build'");
  for (size_t i = 0; i < sizeof lists / sizeof *lists && rc == 0; i++)
    rc = write_list (folder, lists[i][0], json_object_get (spec, lists[i][1]), err);
  if (rc == 0)
    rc = write_shown (folder, spec, err);
  if (rc == 0)
    rc = azml__file_replace (folder, "python", python ? python : "",
                             python ? strlen (python) : 0, 0644, 0, err);
  if (rc == 0)
    rc = azml__file_replace (folder, "install.sh", azml__image_script,
                             strlen (azml__image_script), 0644, 0, err);
  return rc < 0 ? rc : write_variables (container, folder, err);
}
