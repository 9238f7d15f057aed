/* kit-line.c: what a machine's shell is told to find or take the runner.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   POSIX sh and its usual tools (mkdir, head, wc, chmod, rm, uname) are all that is
   wanted over there.  The machine's words are asked for in the locale C, because they
   are read.  */

#include <config.h>

#include <string.h>

#include "channel/kit.h"

/* Set r to the root and p to the placed program.  A "~/" in front is the home folder,
   as for the runner itself (azml__layout_find).  */
static void
add_places (azml__buffer *line, const char *root, const char *digest)
{
  azml__buffer_add_text (line, "r=");
  if (!root || !*root)
    azml__buffer_add_text (line, "${AZML_ROOT:-$HOME/.local/share/azml}");
  else
    {
      azml__buffer_add_char (line, '\'');
      for (; *root; root++)
        if (*root == '\'')
          azml__buffer_add_text (line, "'\"'\"'");
        else
          azml__buffer_add_char (line, *root);
      azml__buffer_add_char (line, '\'');
    }
  azml__buffer_add_text (line,
                         "; case $r in '~/'*) r=$HOME/${r#??};; '~') r=$HOME;; "
                         "esac; ");
  azml__buffer_add_format (line, "p=$r/runner-%s/azml-runner; ", digest);
}

static int
finish (azml__buffer *line, char **ret, azml_error **err)
{
  char *text = azml__buffer_steal (line);
  if (!text)
    return azml__error_no_memory (err);
  *ret = text;
  return 0;
}

static void
add_question (azml__buffer *line)
{
  azml__buffer_add_text (line, "echo; echo \"azml-place ask $(uname -s -m)\"");
}

int
azml__kit_find_line (const char *root, const char *digest, char **ret,
                     azml_error **err)
{
  AZML_AUTO_BUFFER line = AZML__BUFFER_INIT;
  add_places (&line, root, digest);
  azml__buffer_add_text (&line, "test -x \"$p\" "
                                "&& test -r \"${p%/*}/python/azml/__init__.py\" "
                                "&& exec \"$p\" serve; ");
  add_question (&line);
  return finish (&line, ret, err);
}

int
azml__kit_ask_line (char **ret, azml_error **err)
{
  AZML_AUTO_BUFFER line = AZML__BUFFER_INIT;
  add_question (&line);
  return finish (&line, ret, err);
}

int
azml__kit_place_line (const char *root, const char *digest, size_t size,
                      const char *token, char **ret, azml_error **err)
{
  AZML_AUTO_BUFFER line = AZML__BUFFER_INIT;
  add_places (&line, root, digest);
  azml__buffer_add_format (
      &line, "n=%zu; t=$r/.new-runner-%s-$$; f=$t/azml-runner; ", size, token);
  azml__buffer_add_text (
      &line,
      "s() { rm -rf \"$t\"; echo \"azml-place fail $1 $r: $2\"; exit 1; }; "
      "trap 'rm -rf \"$t\"; exit 1' HUP INT PIPE TERM; "
      "e=$(umask 077; export LC_ALL=C; mkdir -p \"$t\" 2>&1) || s make \"$e\"; "
      "echo; echo 'azml-place send'; "
      "l=\"(ulimit -f: $(ulimit -f))\"; "
      "e=$(umask 077; export LC_ALL=C; head -c $n 2>&1 >\"$f\") "
      "|| s write \"$e $l\"; "
      "w=$(wc -c <\"$f\"); test $((w)) -eq $n || s write \"$((w)) of $n bytes came "
      "$e $l\"; "
      "e=$(export LC_ALL=C; chmod 700 \"$f\" 2>&1 && \"$f\" --version 2>&1) "
      "|| s run \"$e\"; ");
  azml__buffer_add_format (&line, "trap - HUP INT PIPE TERM; exec \"$f\" place %s",
                           digest);
  return finish (&line, ret, err);
}
