/* test-placement.c: a runner that has to be placed first, through this machine's sh.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "channel/placement.h"

#include <glob.h>
#include <sys/wait.h>

#include "channel/kit.h"
#include "session/session.h"
#include "core/json.h"
#include "scratch.h"
#include "tap.h"

static azml__kit kit;

/* A session through a line of sh to the runner below ROOT.  */
static azml__session *
open_session (const char *root, azml_error **err)
{
  AZML_AUTO (json_t) shell = json_pack ("{s:s}", "kind", "local");
  AZML_AUTO (json_t) layout = json_pack ("{s:s}", "root", root);
  AZML_AUTO (azml__connection) connection = NULL;
  azml__channel *channel;
  azml__session *session;
  if (azml__connection_open (shell, NULL, &connection, err) < 0
      || azml__placement_execute (connection, &kit, root, &channel, err) < 0
      || azml__session_open (channel, layout, &session, err) < 0)
    return NULL;
  return session;
}

/* What the session to ROOT says of the environments there (new), NULL on an error.  */
static json_t *
ask (azml__session *session, azml_error **err)
{
  json_t *reply = NULL;
  if (session)
    (void)!azml__session_call (session, "environments", NULL, NULL, &reply, err);
  return reply;
}

static size_t
count (const char *pattern)
{
  glob_t found;
  size_t n = 0;
  if (glob (pattern, GLOB_PERIOD, NULL, &found) == 0)
    {
      n = found.gl_pathc;
      globfree (&found);
    }
  return n;
}

static void
test_placed (void)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (azml__session) first = open_session ("some root's/a", &err);
  AZML_AUTO (azml__session) second = open_session ("some root's/a", &err);
  AZML_AUTO (json_t) a = ask (first, &err);
  AZML_AUTO (json_t) b = ask (second, &err);
  struct stat before, after;
  ok (a && b, "two clients place a runner at the same time: %s",
      azml_error_message (err));
  ok (count ("some root's/a/runner-*/azml-runner") == 1, "there is one");
  ok (count ("some root's/a/runner-*/python/azml/__init__.py") == 1,
      "with the package");
  ok (count ("some root's/a/.new-runner-*") == 0, "and nothing beside it");
  const char *program = azml__json_string (azml__session_hello (first), "program");
  ok (program && strstr (program, "/some root's/a/runner-")
          && stat (program, &before) == 0,
      "it is what answers");
  AZML_AUTO (azml__session) third = open_session ("some root's/a", &err);
  AZML_AUTO (json_t) c = ask (third, &err);
  ok (c && program && stat (program, &after) == 0 && after.st_ino == before.st_ino,
      "it is used again");
}

/* The other side ends before all came.  */
static void
test_interrupted (void)
{
  AZML_AUTO_FREE char *line = NULL;
  char data[256];
  char *argv[] = { (char *)"sh", (char *)"-c", NULL, NULL };
  AZML_AUTO (azml__channel) channel = NULL;
  size_t n = 0;
  int end = 0, ready, rc;
  ok (azml__kit_place_line ("cut", "0123", 100000, "token", &line, NULL) == 0,
      "a line that takes a program");
  argv[2] = line;
  rc = azml__channel_local (argv, &channel, NULL);
  rc = rc ? rc : azml__channel_write (channel, "half", 4, &n, NULL);
  rc = rc ? rc : azml__channel_end_input (channel, NULL);
  while (rc == 0 && !end)
    {
      rc = azml__channel_wait (channel, AZML__CHANNEL_READABLE, -1, NULL, &ready,
                               NULL);
      rc = rc ? rc
              : azml__channel_read (channel, AZML__CHANNEL_STDOUT, data,
                                    sizeof data, &n, &end, NULL);
    }
  ok (rc == 0 && count ("cut") == 1, "that gets half of it");
  ok (count ("cut/.new-runner-*") == 0 && count ("cut/runner-*") == 0,
      "leaves nothing");
}

static int
run_sh (const char *line, const char *program)
{
  pid_t pid = fork ();
  int status = -1;
  if (pid == 0)
    {
      execl ("/bin/sh", "sh", "-c", line, program, (char *)NULL);
      _exit (127);
    }
  waitpid (pid, &status, 0);
  return status;
}

/* What is at the name but is not what was placed is replaced.  */
static void
test_repaired (void)
{
  /* Each harms $0, the program.  */
  static const char *const harms[][2] = {
    { "is lost", "rm \"$0\"" },
    { "may not be executed", "chmod a-x \"$0\"" },
    { "is empty", ": >\"$0\"" },
    { "ends early", "n=$(wc -c <\"$0\"); truncate -s $((n / 16)) \"$0\"" },
    { "is another file", "printf 'no such command\\n' >\"$0\"" },
    { "has no package", "rm -r \"${0%/*}/python\"" },
    { "has half a package", "rm \"${0%/*}/python/azml/__init__.py\" && : "
                            ">\"${0%/*}/python/azml/_values.py\"" },
  };
  for (size_t i = 0; i < sizeof harms / sizeof *harms; i++)
    {
      AZML_AUTO (azml_error) err = NULL;
      AZML_AUTO (azml__session) first = open_session ("broken", &err);
      AZML_AUTO (json_t) a = ask (first, &err);
      const char *text = azml__json_string (azml__session_hello (first), "program");
      AZML_AUTO_FREE char *program = strdup (text ? text : "/");
      AZML_AUTO_FREE char *line =
          azml__path_format ("cp -r \"${0%%/*}\" whole && { %s; }", harms[i][1]);
      azml__session_free (azml_steal (&first));
      ok (a && run_sh (line, program) == 0, "a placed runner %s", harms[i][0]);
      AZML_AUTO (azml__session) second = open_session ("broken", &err);
      AZML_AUTO (json_t) b = ask (second, &err);
      azml__session_free (azml_steal (&second));
      ok (b
              && run_sh ("cmp \"$0\" whole/azml-runner && test -x \"$0\""
                         " && diff -r \"${0%/*}/python\" whole/python",
                         program)
                     == 0,
          "it is placed once more: %s", azml_error_message (err));
      ok (run_sh ("rm -r whole && test $(ls -A broken | wc -l) = 1", program) == 0,
          "and nothing beside it");
    }
}

/* Clients of two versions at the same time; and what placings that were killed left.  */
static void
test_versions (void)
{
  AZML_AUTO (azml_error) err = NULL;
  const azml__kit usual = kit;
  ok (run_sh ("{ cat \"$0\"; echo; } >newer && chmod 700 newer"
              " && mkdir -p both/.new-runner-old both/.new-runner-young"
              " && : >both/.new-runner-old/azml-runner"
              " && touch -d '2 hours ago' both/.new-runner-old",
              kit.runner)
          == 0,
      "another version");
  AZML_AUTO (azml__session) first = open_session ("both", &err);
  kit.runner = "newer";
  AZML_AUTO (azml__session) second = open_session ("both", &err);
  kit = usual;
  AZML_AUTO (azml__session) third = open_session ("both", &err);
  AZML_AUTO (json_t) b = ask (second, &err);
  AZML_AUTO (json_t) a = ask (first, &err);
  AZML_AUTO (json_t) c = ask (third, &err);
  ok (a && b && c, "clients of two versions at the same time: %s",
      azml_error_message (err));
  ok (count ("both/runner-*/azml-runner") == 2, "each has its own");
  const char *one = azml__json_string (azml__session_hello (first), "program");
  const char *two = azml__json_string (azml__session_hello (second), "program");
  const char *three = azml__json_string (azml__session_hello (third), "program");
  ok (one && two && three && strcmp (one, two) && strcmp (one, three) == 0,
      "which answers");
  ok (count ("both/.new-runner-old") == 0, "what a killed placing left is removed");
  ok (count ("both/.new-runner-*") == 1, "but not what may be going on");
}

/* Fake tools in front of the real ones.  */
static void
fake (const char *folder, const char *name, const char *script)
{
  AZML_AUTO_FREE char *path = azml__path_join (folder, name);
  azml__folder_make (folder, 0700, NULL);
  FILE *file = path ? fopen (path, "w") : NULL;
  if (!file)
    return;
  fprintf (file, "#!/bin/sh\n%s\n", script);
  fclose (file);
  chmod (path, 0700);
}

static void
expect_failure (const char *folder, int code, const char *words, const char *what)
{
  AZML_AUTO (azml_error) err = NULL;
  const char *path = getenv ("PATH");
  AZML_AUTO_FREE char *before = strdup (path ? path : "");
  AZML_AUTO_FREE char *made = azml__path_format ("%s:%s", folder, before);
  setenv ("PATH", made, 1);
  AZML_AUTO (azml__session) session = open_session (folder, &err);
  AZML_AUTO (json_t) reply = ask (session, &err);
  setenv ("PATH", before, 1);
  ok (!reply && azml_error_code (err) == code
          && strstr (azml_error_message (err), words),
      "%s: %s", what, azml_error_message (err));
  AZML_AUTO_FREE char *left = azml__path_join (folder, ".new-runner-*");
  ok (count (left) == 0, "and leaves nothing");
}

static void
test_refused (const char *here)
{
  AZML_AUTO_FREE char *arm = azml__path_join (here, "arm");
  AZML_AUTO_FREE char *mac = azml__path_join (here, "mac");
  AZML_AUTO_FREE char *none = azml__path_join (here, "none");
  AZML_AUTO_FREE char *full = azml__path_join (here, "full");
  AZML_AUTO_FREE char *file = azml__path_join (here, "file");
  AZML_AUTO_FREE char *denied = azml__path_join (here, "denied");
  AZML_AUTO_FREE char *noexec = azml__path_join (here, "noexec");
  AZML_AUTO_FREE char *short_of = azml__path_join (here, "short");
  fake (arm, "uname", "echo Linux mips64");
  expect_failure (arm, AZML_E_UNSUPPORTED, "the machine is 'mips64'",
                  "another architecture");
  fake (mac, "uname", "echo Darwin arm64");
  expect_failure (mac, AZML_E_UNSUPPORTED, "runs 'Darwin'", "another system");
  fake (none, "uname", "exit 127");
  expect_failure (none, AZML_E_UNSUPPORTED, "no 'uname'", "no uname");
  fake (full, "head",
        "echo \"head: error writing 'standard output': No space left on device\" "
        ">&2; exit 1");
  expect_failure (full, AZML_E_NO_SPACE, full, "a full disk");
  fake (short_of, "head", "exec dd bs=10 count=1 2>/dev/null");
  expect_failure (short_of, AZML_E_FAILED, short_of, "a head that stops short");
  fake (file, "mkdir",
        "echo \"mkdir: cannot create directory: Not a directory\" >&2; "
        "exit 1");
  expect_failure (file, AZML_E_FAILED, "Not a directory", "no folder");
  fake (denied, "mkdir", "echo \"mkdir: 'x': Permission denied\" >&2; exit 1");
  expect_failure (denied, AZML_E_DENIED, "may not be written", "no permission");
  fake (noexec, "chmod", "exit 0");
  expect_failure (noexec, AZML_E_DENIED, "noexec",
                  "a file system without programs");
}

static void
test_parse (void)
{
  static const struct
  {
    const char *text;
    azml__kit_word word;
    const char *rest;
    size_t start;
  } cases[] = {
    { "", AZML__KIT_NOTHING, NULL, 0 },
    { "azml-run", AZML__KIT_NOTHING, NULL, 0 },
    { "azml-runner 1", AZML__KIT_NOTHING, NULL, 0 },
    { "azml-runner one\n", AZML__KIT_NOTHING, NULL, 0 },
    { "azml-runner 1\n", AZML__KIT_SERVES, NULL, 0 },
    { "Welcome!\nazml-azml-runner 12\n\1", AZML__KIT_SERVES, NULL, 14 },
    { "\nazml-place ask Linux x86_64\n", AZML__KIT_ASK, "Linux x86_64", 1 },
    { "\nazml-place ask Linux x86_64", AZML__KIT_NOTHING, NULL, 0 },
    { "azml-place ask \n", AZML__KIT_ASK, "", 0 },
    { "azml-place ask\n", AZML__KIT_ASK, "", 0 },
    { "azml-place asks\nazml-place send\n", AZML__KIT_SEND, "", 16 },
    { "azml-place python\nazml-runner 1\n", AZML__KIT_PYTHON, "", 0 },
    { "x azml-place fail run /a: b\n", AZML__KIT_FAIL, "run /a: b", 2 },
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      AZML_AUTO_BUFFER data = AZML__BUFFER_INIT;
      AZML_AUTO_FREE char *rest = NULL;
      size_t start = 0, end = 0;
      azml__buffer_add_text (&data, cases[i].text);
      azml__kit_word word = azml__kit_parse (&data, &start, &end, &rest);
      ok (word == cases[i].word && start == cases[i].start
              && (!cases[i].rest || (rest && strcmp (rest, cases[i].rest) == 0)),
          "answer %d is understood", (int)i);
    }
}

int
main (void)
{
  const char *build = getenv ("AZML_BUILDDIR"), *tree = getenv ("AZML_SRCDIR");
  AZML_AUTO_FREE char *built = azml__path_join (build ? build : ".", "azml-runner");
  AZML_AUTO_FREE char *program = realpath (built, NULL);
  AZML_AUTO_FREE char *source = realpath (tree ? tree : ".", NULL);
  AZML_AUTO_FREE char *package =
      azml__path_join (source ? source : "", "scheme/python");
  kit = (azml__kit){ .runner = program, .python = package };
  char *here = scratch_enter ("placement");
  if (!program || !package || !here)
    return 99;
  test_parse ();
  test_placed ();
  test_interrupted ();
  test_repaired ();
  test_versions ();
  test_refused (here);
  scratch_leave (here);
  return done_testing ();
}
