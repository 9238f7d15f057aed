/* test-secret.c: passwords and tokens are hidden in texts and in the lines of files.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <unistd.h>

#include "config/file.h"
#include "core/json.h"
#include "core/secret.h"
#include "environment/conceal.h"
#include "tap.h"

static const struct
{
  const char *text, *shown;
} texts[] = {
  { "", "" },
  { "https://host/x@y", "https://host/x@y" },
  { "-i=https://me:a@b@host/x@y", "-i=https://***@host/x@y" },
  { "two: https://a:b@c, ssh://d@e/ and f@g",
    "two: https://***@c, ssh://***@e/ and f@g" },
  { "'https://a:b@c' d@e", "'https://***@c' d@e" },
  { "https://a/b?sig=x%2b&n=1&api_key=y#z",
    "https://a/b?sig=***&n=1&api_key=***#z" },
  { "https://a/?n=sig=x&TOKEN=a=b;key=c d",
    "https://a/?n=sig=x&TOKEN=***;key=*** d" },
  { "https://s3/o?X-Amz-Credential=a&X-Amz-Date=1&X-Amz-Signature=b",
    "https://s3/o?X-Amz-Credential=***&X-Amz-Date=1&X-Amz-Signature=***" },
  { "what?sig=x", "what?sig=x" },
  { "https://h/t/ab-1/main /t/x", "https://h/t/***/main /t/x" },
  { "https://@host https://a@", "https://@host https://***@" },
  { "://", "://" },
  { "https://a/?key=", "https://a/?key=" },
};

/* Lines of a file whose third one lacks the blank after its colon, or has a key that does
   not exist: what is shown of it, with the caret.  */
static const struct
{
  const char *name, *line, *text;
  int caret;
} lines[] = {
  { "a plain line", "imagee: python", "imagee: python", 1 },
  { "a password in an address", "imagee: https://me:geheim@host/x",
    "imagee: https://***@host/x", 1 },
  { "a caret behind it", "a: [https://me:geheim@host/x, %",
    "a: [https://***@host/x, %", 25 },
  { "a line that is told to be written otherwise", "image:https://me:geheim@host",
    "image:https://***@host", 6 },
  { "a value in an address", "imagee: https://h/?x=1&sig=geheim", "imagee:...", 1 },
  { "a key that names a secret", "passwort_token: geheim", "passwort_token:...",
    1 },
};

static void
is_caret (const json_t *problem, int want)
{
  json_int_t caret = json_integer_value (json_object_get (problem, "caret"));
  if (!ok (caret == want, "and the caret"))
    printf ("# it is at %d\n", (int)caret);
}

static void
test_line (size_t i)
{
  AZML_AUTO (json_t) result = NULL;
  AZML_AUTO (azml__document) d = NULL;
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO_FREE char *text = NULL;
  if (asprintf (&text, "type: docker\nbaseDockerImage: x\n%s\n", lines[i].line) < 0)
    abort ();
  if (!ok (azml__document_parse ("f", text, strlen (text), &d, &err) == 0
               && azml__file_kind_read (d, "compute", &result, &err) == 0,
           "%s: read", lines[i].name))
    return;
  const json_t *problem = json_array_get (json_object_get (result, "problems"), 0);
  is_string (azml__json_string (problem, "text"), lines[i].text, lines[i].name);
  is_caret (problem, lines[i].caret);
  AZML_AUTO_FREE char *all = json_dumps (result, 0);
  ok (all && !strstr (all, "geheim"), "and nothing else of it tells the secret");
}

/* The window of a long line may begin in the middle of a password.  */
static void
test_long (void)
{
  char text[1024];
  memset (text, 'x', sizeof text);
  memcpy (text, "a: [https://me:", 15);
  for (size_t i = 15; i < 300; i += 6)
    memcpy (text + i, "geheim", 6);
  memcpy (text + 315, "@host/, %\n", 11);
  AZML_AUTO (json_t) result = NULL;
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (azml__document) d = NULL;
  ok (azml__document_parse ("f", text, strlen (text), &d, &err) == 0
          && azml__file_kind_read (d, "compute", &result, &err) == 0,
      "a long line: read");
  const json_t *problem = json_array_get (json_object_get (result, "problems"), 0);
  is_string (azml__json_string (problem, "text"), "***@host/, %",
             "of which the end is shown");
  is_caret (problem, 12);
}

/* A command; what its command line, variables and standard input are.  */
static const struct
{
  const char *command, *argv, *environ, *input;
} installs[] = {
  { "p -m pip install --pre a b", "p -m pip install --pre a b",
    "X=1 PIP_INDEX_URL=u", "" },
  { "p -m pip install -i https://a:b@c/ d", "p -m pip install d",
    "X=1 PIP_INDEX_URL=https://a:b@c/", "" },
  { "/u/uv pip install --index-url=https://a@c/ d", "/u/uv pip install d",
    "X=1 PIP_INDEX_URL=u UV_INDEX_URL=https://a@c/", "" },
  { "p -m pip install --pre https://a@c/d.whl e",
    "p -m pip install --pre e -r /dev/stdin", "X=1 PIP_INDEX_URL=u",
    "https://a@c/d.whl\n" },
  { "uv pip install -fhttps://a@c --extra-index-url https://h/t/x/s -e "
    "git+https://a@h/b -i u c",
    "uv pip install -i u c -r -", "X=1 PIP_INDEX_URL=u",
    "-f https://a@c\n--extra-index-url https://h/t/x/s\n-e git+https://a@h/b\n" },
  { "p -m pip install --proxy http://a:b@c d",
    "p -m pip install --proxy http://a:b@c d", "X=1 PIP_INDEX_URL=u", "" },
  { "conda create -c https://a:b@c", "conda create -c https://a:b@c",
    "X=1 PIP_INDEX_URL=u", "" },
  { "p -m pip install -i", "p -m pip install -i", "X=1 PIP_INDEX_URL=u", "" },
};

static char *
joined (char **words)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  for (; *words; words++)
    azml__buffer_add_format (&text, "%s%s", text.length ? " " : "", *words);
  return azml__buffer_steal (&text);
}

static void
test_install (size_t i)
{
  char *variables[] = { (char *)"X=1", (char *)"PIP_INDEX_URL=u", NULL };
  char *argv[16] = { NULL }, input[256] = "";
  AZML_AUTO_FREE char *command = strdup (installs[i].command);
  AZML_AUTO_CONCEALED made = { .input = -1 };
  size_t n = 0;
  char *rest = NULL;
  for (char *word = strtok_r (command, " ", &rest); word;
       word = strtok_r (NULL, " ", &rest))
    argv[n++] = word;
  if (!ok (azml__conceal (argv, variables, &made, NULL) == 0, "%s",
           installs[i].command))
    return;
  AZML_AUTO_FREE char *words = joined (made.argv);
  AZML_AUTO_FREE char *environ = joined (made.environ);
  is_string (words, installs[i].argv, "its command line");
  is_string (environ, installs[i].environ, "its variables");
  if (made.input >= 0)
    ok (read (made.input, input, sizeof input - 1) > 0, "it has a standard input");
  is_string (input, installs[i].input, "its standard input");
}

int
main (void)
{
  for (size_t i = 0; i < sizeof installs / sizeof *installs; i++)
    test_install (i);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    {
      AZML_AUTO_FREE char *shown = azml__secret_hide (texts[i].text);
      is_string (shown, texts[i].shown, texts[i].text);
    }
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
    test_line (i);
  test_long ();
  return done_testing ();
}
