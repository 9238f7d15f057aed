/* conceal.c: the secrets of an installation, out of its command line.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The index goes by a variable, because in a file of requirements --index-url also takes
   back the further indexes of the user's configuration.  All else goes by such a file.  */

#include <config.h>

#include "environment/conceal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "core/secret.h"

static const char *const index_options[] = { "-i", "--index-url", NULL };
static const char *const file_options[] = {
  "-f", "--find-links", "--extra-index-url", "-e", "--editable", NULL
};

/* Options that take no value, as far as one may stand in front of a package.  */
static const char *const flags[] = { "-U",
                                     "--upgrade",
                                     "--pre",
                                     "--no-deps",
                                     "--prefer-binary",
                                     "--no-index",
                                     "--no-cache-dir",
                                     "--no-build-isolation",
                                     NULL };

static int
is_flag (const char *word)
{
  const char *const *flag = flags;
  while (*flag && strcmp (*flag, word) != 0)
    flag++;
  return *flag != NULL;
}

/* 1 if what comes behind WORD may be its value.  */
static int
takes_value (const char *word)
{
  return *word == '-' && !strchr (word, '=') && !is_flag (word);
}

void
azml__concealed_done (azml__concealed *concealed)
{
  azml__strings_free (concealed->argv);
  azml__strings_free (concealed->environ);
  if (concealed->input >= 0)
    close (concealed->input);
  *concealed = (azml__concealed){ .input = -1 };
}

static int
is_secret (const char *word)
{
  azml__secrets secrets = { .text = word, .n = strlen (word) };
  size_t start, length;
  return azml__secrets_next (&secrets, &start, &length);
}

/* The value in WORD, NULL if it has none, where WORD is one of OPTIONS: --option,
   --option=value, -ivalue.  *RET_OPTION is the option.  */
static const char *
value_of (const char *word, const char *const *options, const char **ret_option)
{
  *ret_option = NULL;
  for (; *options; options++)
    {
      size_t n = strlen (*options);
      if (strncmp (word, *options, n) != 0)
        continue;
      if (word[n] && word[1] == '-' && word[n] != '=')
        continue;
      *ret_option = *options;
      return word[n] ? word + n + (word[n] == '=') : NULL;
    }
  return NULL;
}

/* Add WORD to the N words of ARGV.  */
static void
add (char **argv, size_t *n, const char *word)
{
  argv[*n] = strdup (word);
  *n += argv[*n] != NULL;
}

/* Sort the words of ARGV, an installation: into OUT, *INDEX (borrowed), and REQUIREMENTS. */
static void
sort_words (char *const *argv, char **out, size_t *n, const char **index,
            azml__buffer *requirements)
{
  int of_option = 0; /* the word may be the value of an option that is not known */
  for (; *argv; argv++)
    {
      const char *for_index, *for_file = NULL;
      const char *value = value_of (*argv, index_options, &for_index);
      if (!for_index)
        value = value_of (*argv, file_options, &for_file);
      int known = for_index || for_file, two = known && !value && argv[1];
      if (two)
        value = argv[1];
      if (known && value && is_secret (value))
        {
          if (for_index)
            *index = value;
          else
            azml__buffer_add_format (requirements, "%s %s\n", for_file, value);
        }
      else if (!known && !of_option && **argv != '-' && is_secret (*argv))
        azml__buffer_add_format (requirements, "%s\n", *argv);
      else
        {
          add (out, n, *argv);
          if (two)
            add (out, n, argv[1]);
        }
      of_option = !known && takes_value (*argv);
      argv += two;
    }
}

static size_t
count (char *const *words)
{
  size_t n = 0;
  while (words && words[n])
    n++;
  return n;
}

/* 1 if ARGV installs by pip or uv.  */
static int
is_install (char *const *argv)
{
  for (int pip = 0; *argv; argv++)
    if (strcmp (*argv, "pip") == 0)
      pip = 1;
    else if (pip && strcmp (*argv, "install") == 0)
      return 1;
  return 0;
}

static int
make_input (const azml__buffer *text, int *ret, azml_error **err)
{
  int fd = memfd_create ("requirements", MFD_CLOEXEC);
  if (fd < 0)
    return azml__error_os (err, errno, "make room for requirements");
  int rc = azml__file_write (fd, text->data, text->length, err);
  if (rc < 0 || lseek (fd, 0, SEEK_SET) < 0)
    close (fd);
  else
    *ret = fd;
  return rc;
}

int
azml__conceal (char *const *argv, char *const *environ, azml__concealed *ret,
               azml_error **err)
{
  AZML_AUTO_CONCEALED made = { .input = -1 };
  AZML_AUTO_BUFFER requirements = AZML__BUFFER_INIT;
  size_t words = count (argv), variables = count (environ), n = 0, m = 0;
  const char *index = NULL;
  int uv = argv[0] && strcmp (azml__path_base (argv[0]), "uv") == 0;
  made.argv = calloc (words + 3, sizeof *made.argv);
  made.environ = calloc (variables + 2, sizeof *made.environ);
  if (!made.argv || !made.environ)
    return azml__error_no_memory (err);
  if (is_install (argv))
    sort_words (argv, made.argv, &n, &index, &requirements);
  else
    for (size_t i = 0; i < words; i++)
      add (made.argv, &n, argv[i]);
  if (requirements.length)
    {
      add (made.argv, &n, "-r");
      add (made.argv, &n, uv ? "-" : "/dev/stdin");
    }
  const char *name = uv ? "UV_INDEX_URL=" : "PIP_INDEX_URL=";
  for (size_t i = 0; i < variables; i++)
    if (!index || strncmp (environ[i], name, strlen (name)) != 0)
      add (made.environ, &m, environ[i]);
  if (index)
    made.environ[m++] = azml__path_format ("%s%s", name, index);
  if (!azml__buffer_ok (&requirements) || (index && !made.environ[m - 1]))
    return azml__error_no_memory (err);
  int rc = requirements.length ? make_input (&requirements, &made.input, err) : 0;
  if (rc < 0)
    return rc;
  *ret = made;
  made = (azml__concealed){ .input = -1 };
  return 0;
}
