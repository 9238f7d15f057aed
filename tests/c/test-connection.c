/* test-connection.c: the connection to this machine, and lines for any login shell.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "channel/connection.h"

#include "channel/ssh-line.h"
#include "core/path.h"
#include "core/buffer.h"
#include "tap.h"

/* Read CHANNEL's output to its end (new); store the exit code in *RET_EXIT.  */
static char *
output_of (azml__channel *channel, int *ret_exit)
{
  AZML_AUTO_BUFFER out = AZML__BUFFER_INIT;
  char data[4096];
  int ready, end = 0, rc = 0;
  while (rc == 0 && !end)
    {
      size_t n = 0;
      rc = azml__channel_wait (channel, AZML__CHANNEL_READABLE, -1, NULL, &ready,
                               NULL);
      if (rc == 0)
        rc = azml__channel_read (channel, AZML__CHANNEL_STDOUT, data, sizeof data,
                                 &n, &end, NULL);
      azml__buffer_add (&out, data, n);
    }
  *ret_exit = -1;
  if (rc == 0)
    (void)!azml__channel_status (channel, ret_exit, NULL);
  return azml__buffer_steal (&out);
}

static void
test_local (void)
{
  AZML_AUTO (json_t) sh = json_pack ("{s:s}", "kind", "local");
  AZML_AUTO (json_t)
  argv = json_pack ("{s:s, s:[ssss]}", "kind", "local", "argv", "sh", "-c",
                    "echo \"$0\"; exit 4", "given");
  AZML_AUTO (json_t) other = json_pack ("{s:s}", "kind", "pigeon");
  AZML_AUTO (azml__connection) connection = NULL;
  AZML_AUTO (azml__channel) channel = NULL;
  AZML_AUTO (azml_error) err = NULL;
  int code;

  ok (azml__connection_open (sh, NULL, &connection, &err) == 0, "a local one");
  is_string (azml__connection_kind (connection), "local", "says what it is");
  ok (azml__connection_execute (connection, "echo line; exit 3", &channel, &err)
          == 0,
      "executes a line");
  azml__connection_free (azml_steal (&connection));
  AZML_AUTO_FREE char *line = output_of (channel, &code);
  is_string (line, "line\n", "by sh, also when the connection was freed");
  ok (code == 3, "the status of the line");
  azml__channel_free (azml_steal (&channel));

  ok (azml__connection_open (argv, NULL, &connection, &err) == 0, "one with argv");
  ok (azml__connection_execute (connection, NULL, &channel, &err) == 0,
      "executes that");
  AZML_AUTO_FREE char *given = output_of (channel, &code);
  is_string (given, "given\n", "its output");
  ok (code == 4, "its status");
  azml__connection_free (azml_steal (&connection));

  ok (azml__connection_open (other, NULL, &connection, &err) == AZML_E_INVALID,
      "another kind is an error");
}

/* A shell that is there executes LINE as sh does.  */
static void
test_line (const char *shell, const char *line)
{
  int want_code, got_code;
  AZML_AUTO_FREE char *quoted = NULL;
  AZML_AUTO (azml__channel) plain = NULL;
  AZML_AUTO (azml__channel) through = NULL;
  AZML_AUTO_FREE char *program = azml__path_program (shell, NULL);
  char *plain_argv[] = { "sh", "-c", (char *)line, NULL };
  if (!program)
    {
      skip ("a line in another shell", shell);
      return;
    }
  ok (azml__ssh_line (line, &quoted, NULL) == 0, "a line for %s", shell);
  char *through_argv[] = { program, "-c", quoted, NULL };
  if (azml__channel_local (plain_argv, &plain, NULL) < 0
      || azml__channel_local (through_argv, &through, NULL) < 0)
    {
      ok (0, "%s can be started", shell);
      return;
    }
  AZML_AUTO_FREE char *want = output_of (plain, &want_code);
  AZML_AUTO_FREE char *got = output_of (through, &got_code);
  is_string (got, want, "means the same to it");
  ok (got_code == want_code, "and ends the same");
}

int
main (void)
{
  static const char *const shells[] = { "bash", "dash", "zsh", "fish", "tcsh" };
  static const char *const lines[] = {
    "printf '%s\\n' \"a!b\" '!x' \\\\ 'c\\d' \"${HOME:-}\" `echo hi` '~' {a,b} '*' "
    "\"%j\" '$(x)' '^a^b' '' \"it's\"; exit 5",
    "for x in one two; do\n  printf '%s\\n' \"$x\\!\" '\\n \\\\'\ndone\n\nexit 6",
  };
  test_local ();
  for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
    for (size_t j = 0; j < sizeof lines / sizeof *lines; j++)
      test_line (shells[i], lines[j]);
  return done_testing ();
}
