/* test-make-functions.c: the functions for makefiles, with all arguments that are wrong.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Whatever they get, they answer, or have make stop with one line that begins with their
   name: never both, never neither.  */

#include <config.h>

#include <sys/stat.h>

#include "gmk.h"
#include "plugins/make/table.h"
#include "scratch.h"
#include "tap.h"

azml_make_caller azml_make_call;

static const struct
{
  const char *name;
  unsigned int least, most;
} functions[] = {
#define ROW(name, function, least, most) { name, least, most },
  AZML_MAKE_FUNCTIONS (ROW)
};

#define N_FUNCTIONS (sizeof functions / sizeof *functions)

static char long_text[100001];
static const char *const texts[] = {
  "",      " \t ",      "last",       "digits",       "loss",   "max",
  "-1",    "a\nb\r\nc", "$(error x)", "%s%n%99999d",  "'",      "\"",
  "\\",    "../..",     "a\tb  c",    "\xff\xfe\xc3", "state",  "metrics.loss",
  "..",    "metrics.",  "state ==",   "1 = 1) or (1", "*",      "[",
  "a;b|c", "metrics..", "train.py",   "--x='y z'",    long_text
};

#define N_TEXTS (sizeof texts / sizeof *texts)

/* Call FUNCTION with N arguments, of which the one numbered ODD is TEXT and the others
   PLAIN.  Return 1 for an answer, 2 for an error, 0 for what must not be.  */
static int
outcome (const char *function, unsigned int n, unsigned int odd, const char *text,
         const char *plain)
{
  char *arguments[8] = { NULL };
  for (unsigned int i = 0; i < n; i++)
    arguments[i] = strdup (i == odd ? text : plain);
  free (gmk_evaluated);
  gmk_evaluated = NULL;
  char *answer = azml_make_call (function, n, arguments);
  int what = answer && !gmk_evaluated ? 1 : 0;
  if (gmk_evaluated)
    {
      const char *at = strchr (gmk_evaluated, '\n');
      const char *end = at ? strchr (at + 1, '\n') : NULL;
      size_t length = strlen (function);
      if (end && strncmp (at + 1, function, length) == 0 && at[1 + length] == ':'
          && strcmp (end, "\nendef\n$(error $(value azml--reason))\n") == 0
          && !answer)
        what = 2;
      else
        printf ("# %s\n", gmk_evaluated);
    }
  free (answer);
  for (unsigned int i = 0; i < n; i++)
    free (arguments[i]);
  return what;
}

static void
try_all (const char *where)
{
  for (size_t f = 0; f < N_FUNCTIONS; f++)
    {
      int count[3] = { 0, 0, 0 };
      for (unsigned int n = functions[f].least; n <= functions[f].most; n++)
        for (unsigned int odd = 0; odd < (n ? n : 1); odd++)
          for (size_t t = 0; t < N_TEXTS; t++)
            {
              count[outcome (functions[f].name, n, odd, texts[t], "last")]++;
              count[outcome (functions[f].name, n, odd, texts[t], "loss")]++;
            }
      ok (count[0] == 0, "%s, %s: %d answers, %d errors, nothing else", where,
          functions[f].name, count[1], count[2]);
    }
}

/* Have `azml-guile' be a script that does BODY.  */
static void
set_program (const char *folder, const char *body)
{
  static char path[4096];
  char text[4096];
  snprintf (path, sizeof path, "%s/program", folder);
  snprintf (text, sizeof text, "#!/bin/sh\n%s\n", body);
  if (!write_text (path, text) || chmod (path, 0700) < 0)
    exit (99);
  gmk_variable = path;
}

static int
fails (const char *function, const char *program, const char *folder)
{
  set_program (folder, program);
  return outcome (function, 1, 0, "gpu1", "") == 2;
}

/* The program that is asked about targets says anything.  */
static void
test_program (const char *folder)
{
  ok (fails ("azml-gpus-free", "exit 3", folder), "the program fails");
  ok (fails ("azml-gpus-free", "kill -9 $$", folder), "the program is killed");
  ok (fails ("azml-gpus-free", "echo '{\"gpus\": ['", folder), "half an answer");
  ok (fails ("azml-gpus-free", "head -c 100000 /dev/zero", folder), "no JSON");
  ok (fails ("azml-gpus-free", ":", folder), "nothing");
  ok (fails ("azml-targets", "echo '{}'", folder), "targets that are no list");
  gmk_variable = "/nonexistent/azml-guile";
  ok (outcome ("azml-gpus-free", 0, 0, "", "") == 2, "no program");
  set_program (folder, "echo '{\"gpus\": [{}, 5, null, {\"uuid\": \"a\", "
                       "\"processes\": 7}], \"leases\": [1, {\"uuid\": 2}]}'");
  ok (outcome ("azml-gpus-free", 0, 0, "", "") == 1, "an answer with odd parts");
}

static int
make_project (void)
{
  return mkdir (".azml", 0700) == 0 && write_text (".azml/project", "testproject\n")
         && write_text (".azml/runs/aaaaaaaaaaaa/run.json",
                        "{\"id\": \"aaaaaaaaaaaa\", \"experiment\": \"loss\", "
                        "\"command\": [\"train.py\"], \"submitted\": "
                        "\"2026-01-01T00:00:00Z\", \"parameters\": {\"lr\": 0.1}, "
                        "\"snapshot\": {\"digest\": \"00\"}}")
         && write_text (".azml/runs/aaaaaaaaaaaa/status.json",
                        "{\"state\": \"completed\", \"exit_code\": 0}")
         && write_text (".azml/runs/aaaaaaaaaaaa/metrics.jsonl",
                        "{\"name\": \"loss\", \"value\": 2}\n")
         && write_text (".azml/runs/aaaaaaaaaaaa/outputs/a b.txt", "x")
         && write_text ("train.py", "pass\n");
}

int
main (void)
{
  memset (long_text, 'x', sizeof long_text - 1);
  char *folder = scratch_enter ("make");
  if (!folder)
    return 99;
  set_program (folder, "exit 4");
  try_all ("no project");
  test_program (folder);
  ok (make_project (), "a project with a run");
  set_program (folder,
               "case $1 in gpu) echo '{\"gpus\": []}';; *) echo '[{\"name\": "
               "\"last\", \"fields\": {\"state\": [1, 2.5, \"x\"]}}]';; esac");
  try_all ("a project");
  ok (outcome ("azml-metric", 2, 0, "loss", "loss") == 1,
      "there was something to find");
  ok (outcome ("azml-targets", 0, 0, "", "") == 1,
      "targets are asked for again after nonsense");
  ok (outcome ("azml-no-such", 1, 0, "", "") == 0 && !gmk_evaluated,
      "a name that nobody registered is nothing");
  free (gmk_evaluated);
  scratch_leave (folder);
  return done_testing ();
}
