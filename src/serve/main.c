/* main.c: azml-runner, the program that executes runs.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "charge/charge.h"
#include "container/inner.h"
#include "core/json.h"
#include "process/signals.h"
#include "runner/accept.h"
#include "runner/keeper.h"
#include "runner/logout.h"
#include "runner/settle.h"
#include "runner/standby.h"
#include "runner/stop.h"
#include "serve/runners.h"
#include "serve/serve.h"
#include "serve/verb.h"

static int
verb_exec (const azml__verb_line *line, const azml__layout *layout)
{
  if (line->count != 1)
    return azml__verb_usage ("exec", "one run id is wanted");
  return azml__keeper_run (layout, line->words[0]);
}

/* Accept a run whose run.json and job.json are files: for batch scripts.  */
static int
verb_accept (const azml__verb_line *line, const azml__layout *layout)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t) run = NULL;
  AZML_AUTO (json_t) job = NULL;
  int fresh = 0;
  if (line->count != 3)
    return azml__verb_usage ("accept", "ID RUN.JSON JOB.JSON are wanted");
  if (azml__json_read (AT_FDCWD, line->words[1], &run, &err) < 0
      || azml__json_read (AT_FDCWD, line->words[2], &job, &err) < 0
      || azml__accept (layout, line->words[0], run, job, &fresh, &err) < 0)
    return azml__verb_fail (err, 1);
  if (!fresh)
    fprintf (stderr, "azml-runner: run '%s' was accepted before\n", line->words[0]);
  return 0;
}

static int
verb_start (const azml__verb_line *line, const azml__layout *layout)
{
  AZML_AUTO (azml_error) err = NULL;
  pid_t keeper;
  if (line->count != 1)
    return azml__verb_usage ("start", "one run id is wanted");
  if (azml__keeper_start (layout, line->words[0], &keeper, &err) < 0)
    return azml__verb_fail (err, 125);
  return 0;
}

static int
verb_stop (const azml__verb_line *line, const azml__layout *layout)
{
  AZML_AUTO (azml_error) err = NULL;
  const char *state;
  char *end = NULL;
  int number = azml__signal_parse (line->signal ? line->signal : "TERM");
  double grace = line->grace ? strtod (line->grace, &end) : 10;
  if (line->count != 1)
    return azml__verb_usage ("stop", "one run id is wanted");
  if (!number)
    return azml__verb_usage ("stop", "there is no such signal");
  if (!(grace >= 0) || (end && (*end || end == line->grace)))
    return azml__verb_usage ("stop", "the grace period is not a number of seconds");
  if (azml__stop_run (layout, line->words[0], number, grace, "stop", &state, &err)
      < 0)
    return azml__verb_fail (err, 1);
  printf ("%s\n", state);
  return 0;
}

static int
settle_one (const azml__layout *layout, const char *id)
{
  AZML_AUTO (azml_error) err = NULL;
  int settled = 0;
  if (azml__settle (layout, id, &settled, &err) < 0)
    return azml__verb_fail (err, 1);
  if (settled)
    printf ("%s\n", id);
  return 0;
}

static int
verb_settle (const azml__verb_line *line, const azml__layout *layout)
{
  int status = 0;
  for (int i = 0; i < line->count; i++)
    status |= settle_one (layout, line->words[i]);
  if (line->count)
    return status;
  AZML_AUTO (DIR) dir = opendir (layout->runs);
  struct dirent *entry;
  while (dir && (entry = readdir (dir)))
    if (azml__run_id_is_valid (entry->d_name))
      status |= settle_one (layout, entry->d_name);
  return status;
}

static int
verb_log (const azml__verb_line *line, const azml__layout *layout)
{
  (void)layout;
  return azml__verb_log (line);
}

static int
verb_serve (const azml__verb_line *line, const azml__layout *layout)
{
  (void)layout;
  if (line->count)
    return azml__verb_usage ("serve", "no argument is wanted");
  azml__runners_touch ();
  return azml__serve (line->root, line->runs, line->objects);
}

/* The first process of a container.  */
static int
verb_inner (const azml__verb_line *line, const azml__layout *layout)
{
  AZML_AUTO (azml_error) err = NULL;
  (void)layout;
  if (line->count != 1)
    return azml__verb_usage ("inner", "only the runner calls this");
  int code = azml__inner_run (line->words[0], &err);
  return err ? azml__verb_fail (err, code) : code;
}

/* What a keeper becomes whose runner was killed.  */
static int
verb_take_over (const azml__verb_line *line, const azml__layout *layout)
{
  if (line->count != 2)
    return azml__verb_usage ("take-over", "only a keeper calls this");
  return azml__take_over (layout, line->words[0], atoi (line->words[1]));
}

static const struct
{
  const char *name;
  int (*run) (const azml__verb_line *line, const azml__layout *layout);
  int wants_layout;
  const char *arguments;
  const char *what;
} verbs[] = {
  { "accept", verb_accept, 1, "ID RUN JOB",
    "make the directory of run ID from two JSON files" },
  { "start", verb_start, 1, "ID",
    "execute the accepted run ID, in the background" },
  { "exec", verb_exec, 1, "ID", "execute the accepted run ID, in the foreground" },
  { "log", verb_log, 0, "NAME=VALUE...",
    "log metrics of the run this is called from" },
  { "list", azml__verb_list, 1, "", "list the runs" },
  { "stop", verb_stop, 1, "ID", "stop the run ID" },
  { "serve", verb_serve, 0, "", "speak with azml-guile on stdin and stdout" },
  { "gpus", azml__verb_gpus, 0, "", "tell who holds GPUs and who waits for one" },
  { "gc", azml__verb_gc, 1, "", "remove what nothing refers to" },
  { "settle", verb_settle, 1, "[ID...]", "end runs of which nobody is in charge" },
  { "inner", verb_inner, 0, "", NULL },         /* not for people */
  { "place", azml__verb_place, 0, "", NULL },   /* not for people */
  { "take-over", verb_take_over, 1, "", NULL }, /* not for people */
};

static int
help (void)
{
  printf ("Usage: azml-runner VERB [OPTION]... [ARGUMENT]...\n"
          "Execute runs of azml-guile on this machine.\n\nVerbs:\n");
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
    if (verbs[i].what)
      printf ("  %-7s %-14s %s\n", verbs[i].name, verbs[i].arguments,
              verbs[i].what);
  printf ("Options:\n"
          "  --root=DIR      environments, runs, objects (~/.local/share/azml)\n"
          "  --runs=DIR      runs, where they are elsewhere\n"
          "  --objects=DIR   snapshots, where they are elsewhere\n"
          "  --step=N        log: the step of the metrics\n"
          "  --signal=NAME   stop: the first signal (TERM)\n"
          "  --grace=SECONDS stop: how long until everything is killed (10)\n"
          "  --json          list: JSON, one run a line; gpus: JSON\n"
          "  --dry-run       gc: only say what would be removed\n"
          "  --version       print the version\n");
  return 0;
}

static int
parse (int argc, char **argv, azml__verb_line *line)
{
  static const struct option options[] = {
    { "root", required_argument, NULL, 'r' },
    { "runs", required_argument, NULL, 'u' },
    { "objects", required_argument, NULL, 'o' },
    { "step", required_argument, NULL, 's' },
    { "signal", required_argument, NULL, 'k' },
    { "grace", required_argument, NULL, 'g' },
    { "json", no_argument, NULL, 'j' },
    { "dry-run", no_argument, NULL, 'n' },
    { NULL, 0, NULL, 0 }
  };
  int option;
  while ((option = getopt_long (argc, argv, "", options, NULL)) != -1)
    switch (option)
      {
      case 'r':
        line->root = optarg;
        break;
      case 'u':
        line->runs = optarg;
        break;
      case 'o':
        line->objects = optarg;
        break;
      case 's':
        line->step = optarg;
        break;
      case 'k':
        line->signal = optarg;
        break;
      case 'g':
        line->grace = optarg;
        break;
      case 'j':
        line->json = 1;
        break;
      case 'n':
        line->dry_run = 1;
        break;
      default:
        return -1;
      }
  line->words = argv + optind;
  line->count = argc - optind;
  return 0;
}

static void
layout_auto (azml__layout *layout)
{
  azml__layout_done (layout);
}

/* Make sure that 0, 1 and 2 are open: what is opened next must not become one.  */
static void
open_standard (void)
{
  int fd;
  while ((fd = open ("/dev/null", O_RDWR)) >= 0 && fd < 3)
    continue;
  if (fd >= 0)
    close (fd);
}

int
main (int argc, char **argv)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_CLEANUP (layout_auto) azml__layout layout = { NULL, NULL, NULL };
  azml__verb_line line = { 0 };
  open_standard ();
  azml__umask_take ();
  if (argc < 2)
    return azml__verb_usage ("", "a verb is wanted");
  if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "help") == 0)
    return help ();
  if (strcmp (argv[1], "--version") == 0)
    {
      printf ("azml-runner (azml-guile) %s\n", PACKAGE_VERSION);
      return 0;
    }
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
    if (strcmp (argv[1], verbs[i].name) == 0)
      {
        if (verbs[i].run == verb_serve)
          azml__logout_escape (argv);
        line.verb = verbs[i].name;
        if (parse (argc - 1, argv + 1, &line) < 0)
          return AZML__EXIT_USAGE;
        if (verbs[i].wants_layout
            && azml__layout_find (line.root, line.runs, line.objects, &layout, &err)
                   < 0)
          return azml__verb_fail (err, 1);
        return verbs[i].run (&line, &layout);
      }
  return azml__verb_usage (argv[1], "no such verb");
}
