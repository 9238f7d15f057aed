/* build.c: find an environment, wait for it, or build it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Built in its final place, for the scripts of a virtual environment and of a conda
   prefix name their folder.  What makes a folder an environment is the file
   `complete`, written last; so whatever interrupts a build, power cut included,
   leaves something that the next one removes.  The lock is inherited by the
   builder's processes: as long as one of them is left, nobody else builds in the
   same place.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/cancel.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "core/secret.h"
#include "core/spawn.h"
#include "environment/builder.h"
#include "environment/conceal.h"
#include "environment/environment.h"
#include "environment/hooks.h"
#include "environment/interpreter.h"
#include "environment/lock.h"
#include "environment/show.h"
#include "environment/size.h"
#include "environment/spec.h"
#include "environment/step.h"
#include "environment/tail.h"

#define LINE_LIMIT ((size_t)64 << 10)
#define MOST_BUILDS 3 /* of one that is removed, or unusable, each time */

typedef struct build
{
  const azml__environment_plan *plan;
  const azml__environment_options *options;
  char **variables;
  char *folder; /* ROOT/env */
  char *prefix; /* has bin/ in it */
  char *log;    /* HASH.log; build.log of the environment when it is complete */
  int log_fd;
  int lock_fd;
  azml__buffer line; /* what was printed and is no whole line yet */
  azml__tail tail;
} build;

static void
build_done (build *b)
{
  azml__strings_free (b->variables);
  free (b->folder);
  free (b->prefix);
  free (b->log);
  if (b->log_fd >= 0)
    close (b->log_fd);
  azml__buffer_done (&b->line);
  azml__tail_done (&b->tail);
}

/* Write to both logs.  A log that cannot be written does not stop the build.  */
static void
print (build *b, const char *bytes, size_t n)
{
  if (b->log_fd >= 0)
    azml__file_write (b->log_fd, bytes, n, NULL);
  if (b->options->log_fd >= 0)
    azml__file_write (b->options->log_fd, bytes, n, NULL);
}

/* Write the first N bytes of what was printed, without the names and passwords that are left
   in addresses: pip takes a name alone, which may be a token, for none.  */
static void
write_lines (build *b, size_t n)
{
  AZML_AUTO_BUFFER shown = AZML__BUFFER_INIT;
  azml__secret_add (&shown, b->line.data, n);
  if (!azml__buffer_ok (&shown))
    return;
  azml__tail_add (&b->tail, shown.data, shown.length);
  print (b, shown.data, shown.length);
  azml__buffer_drop (&b->line, n);
}

static void
take_output (const char *bytes, size_t n, void *data)
{
  build *b = data;
  azml__buffer_add (&b->line, bytes, n);
  size_t end = b->line.length;
  if (!azml__buffer_ok (&b->line))
    return;
  while (end && !strchr ("\r\n", b->line.data[end - 1]))
    end--;
  if (b->line.length - end > LINE_LIMIT)
    end = b->line.length;
  if (end)
    write_lines (b, end);
}

static int
step_failed (build *b, char *const *argv, int status, azml_error **err)
{
  AZML_AUTO_FREE char *command = azml__show_short (argv);
  AZML_AUTO_FREE char *lines = azml__tail_lines (&b->tail);
  char how[64];
  const char *hint = azml__tail_hint (&b->tail);
  if (WIFSIGNALED (status))
    snprintf (how, sizeof how, "was killed by signal %d", WTERMSIG (status));
  else
    snprintf (how, sizeof how, "ended with exit code %d", WEXITSTATUS (status));
  int rc =
      azml__error (err, AZML_E_ENVIRONMENT, "environment: '%s' %s%s",
                   command ? command : argv[0], how,
                   lines && *lines ? "; its last lines:" : " and printed nothing");
  azml__error_lines (err, lines);
  if (hint)
    azml__error_hint (err, "%s", hint);
  else
    azml__error_hint (err, "the whole output is in %s", b->log);
  return rc;
}

static int
run_step (build *b, const json_t *step, azml_error **err)
{
  AZML_AUTO_STRINGS argv = NULL;
  int status;
  int rc = azml__json_strings (step, "a step", &argv, err);
  if (rc < 0)
    return rc;
  AZML_AUTO_FREE char *shown = azml__show_command (argv);
  if (shown)
    print (b, shown, strlen (shown));
  AZML_AUTO_CONCEALED concealed = { .input = -1 };
  rc = azml__conceal (argv, b->variables, &concealed, err);
  if (rc < 0)
    return rc;
  azml__step run = { .argv = concealed.argv,
                     .environ = concealed.environ,
                     .input = concealed.input < 0 ? 0 : concealed.input,
                     .folder = b->folder,
                     .inherit_fd = b->lock_fd,
                     .timeout_ms = -1,
                     .cancel = b->options->cancel,
                     .output = take_output,
                     .data = b };
  azml__tail_done (&b->tail); /* what an earlier step printed explains nothing */
  rc = azml__step_run (&run, &status, err);
  if (b->line.length)
    write_lines (b, b->line.length);
  if (rc < 0)
    return rc == AZML_E_CANCELLED ? rc
                                  : azml__error_prefix (err, rc, "environment");
  return status ? step_failed (b, argv, status, err) : 0;
}

/* Set up what the steps need.  */
static int
prepare (build *b, azml_error **err)
{
  const azml__environment_plan *plan = b->plan;
  b->variables = azml__builder_variables (plan->builder, plan->search);
  b->folder = azml__path_folder (plan->path);
  b->prefix = azml__builder_prefix (plan->builder, plan->path);
  b->log = azml__path_format ("%s.log", plan->path);
  if (!b->variables || !b->folder || !b->prefix || !b->log)
    return azml__error_no_memory (err);
  int rc = azml__file_remove_tree (AT_FDCWD, plan->path, err);
  if (rc < 0)
    return azml__error_prefix (err, rc, "remove what an earlier build left");
  b->log_fd =
      open (b->log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  return b->log_fd < 0 ? azml__error_os (err, errno, "open '%s'", b->log) : 0;
}

/* What `complete` says of PACKAGES and HOOKS, built in so many SECONDS (new); NULL when
   out of memory.  */
static json_t *
stamp (build *b, json_t *packages, json_t *hooks, double seconds)
{
  const azml__environment_plan *plan = b->plan;
  char built[AZML__CLOCK_TEXT_SIZE];
  AZML_AUTO_FREE char *python = azml__path_join (b->prefix, "bin/python");
  AZML_AUTO (json_t) spec = azml__show_spec (plan->spec);
  /* What conda installed is known only now.  */
  const json_t *known =
      plan->python || !python ? NULL : azml__interpreter_look (python);
  const char *version =
      plan->python ? plan->python : azml__json_string (known, "version");
  json_t *json = json_pack (
      "{s:s, s:s, s:s?, s:s?, s:O, s:O, s:s, s:f, s:I}", "hash", plan->hash,
      "builder", plan->builder, "python", version, "base_python", plan->base_python,
      "spec", spec, "packages", packages, "built",
      azml__clock_format (azml__clock_utc_ms (), built), "seconds", seconds,
      "bytes", (json_int_t)azml__size_of_tree (plan->path));
  if (json && json_object_size (hooks))
    json_object_set (json, "variables", hooks);
  return json;
}

/* Write `complete`: now the folder is an environment.  */
static int
finish (build *b, double seconds, azml_error **err)
{
  const azml__environment_plan *plan = b->plan;
  AZML_AUTO (json_t) packages = NULL;
  AZML_AUTO (json_t) hooks = NULL;
  AZML_AUTO_FREE char *file = azml__path_join (plan->path, "complete");
  AZML_AUTO_FREE char *log = azml__path_join (plan->path, "build.log");
  if (!file || !log)
    return azml__error_no_memory (err);
  int rc = azml__builder_packages (plan->builder, plan->program, plan->path,
                                   b->variables, &packages, err);
  if (rc == 0 && azml__builder_is_conda (plan->builder))
    rc = azml__hooks_run (b->prefix, b->variables, b->options->cancel, &hooks, err);
  if (rc == 0)
    rc = azml__cancel_check (b->options->cancel, err);
  if (rc < 0)
    return rc;
  if (rename (b->log, log) < 0)
    return azml__error_os (err, errno, "rename '%s'", b->log);
  AZML_AUTO (json_t) complete = stamp (b, packages, hooks, seconds);
  return complete ? azml__json_write (AT_FDCWD, file, complete, 0600, 1, err)
                  : azml__error_no_memory (err);
}

static int
build_locked (build *b, azml_error **err)
{
  int64_t start = azml__clock_boot_ms ();
  int rc = prepare (b, err);
  for (size_t i = 0; rc == 0 && i < json_array_size (b->plan->steps); i++)
    rc = run_step (b, json_array_get (b->plan->steps, i), err);
  if (rc == 0)
    rc = finish (b, (double)(azml__clock_boot_ms () - start) / 1000, err);
  if (rc < 0)
    azml__file_remove_tree (AT_FDCWD, b->plan->path, NULL);
  return rc;
}

void
azml__environment_use_done (azml__environment_use *use)
{
  if (use->stamp)
    utimensat (AT_FDCWD, use->stamp, NULL, 0);
  free (use->stamp);
  if (use->lock >= 0)
    close (use->lock);
  *use = (azml__environment_use)AZML__ENVIRONMENT_USE_INIT;
}

/* The environment of PLAN is used, with the shared LOCK (taken).  */
static int
start_use (const azml__environment_plan *plan, int *lock,
           azml__environment_use *ret, azml_error **err)
{
  ret->stamp = azml__path_join (plan->path, "complete");
  if (!ret->stamp)
    return azml__error_no_memory (err);
  ret->lock = azml__steal_fd (lock);
  utimensat (AT_FDCWD, ret->stamp, NULL, 0); /* its time is that of the last use */
  return 0;
}

/* Build the environment of PLAN, whose LOCK we have alone.  */
static int
build_now (const azml__environment_plan *plan,
           const azml__environment_options *options, int lock, azml_error **err)
{
  AZML_CLEANUP (build_done)
  build b = { .plan = plan, .options = options, .log_fd = -1, .lock_fd = lock };
  azml__lock_sign (lock, options->holder);
  azml__lock_tell (plan, options, "building", options->holder, 0);
  int rc = build_locked (&b, err);
  (void)!ftruncate (lock, 0); /* nobody builds it any more */
  if (rc == 0)
    azml__lock_tell (plan, options, "built", options->holder, 0);
  return rc;
}

int
azml__environment_ensure (const azml__environment_plan *plan,
                          const azml__environment_options *options,
                          azml__environment_use *ret_use, int *ret_built,
                          azml_error **err)
{
  *ret_use = (azml__environment_use)AZML__ENVIRONMENT_USE_INIT;
  *ret_built = 0;
  if (!plan->path)
    return 0;
  for (int builds = 0; builds <= MOST_BUILDS; builds++)
    {
      AZML_AUTO_CLOSE int lock = -1;
      AZML_AUTO_FREE char *folder = azml__path_folder (plan->path);
      int complete = azml__environment_is_complete (plan), rc = 0;
      if (!folder)
        return azml__error_no_memory (err);
      if (!complete)
        rc = azml__folder_make (folder, 0700, err);
      if (rc == 0)
        rc = azml__lock_get (plan, options, &lock, &complete, err);
      if (rc == 0 && complete)
        {
          if (!*ret_built)
            azml__lock_tell (plan, options, "found", NULL, 0);
          return start_use (plan, &lock, ret_use, err);
        }
      if (rc == 0 && builds < MOST_BUILDS)
        rc = build_now (plan, options, lock, err);
      if (rc < 0)
        return rc;
      *ret_built = 1;
      /* It is shared from the next turn on; if it was removed in between, it is built
         again.  */
    }
  return azml__error (
      err, AZML_E_ENVIRONMENT,
      "environment: '%s' was built, but it has no python that works, "
      "or somebody removes it",
      plan->path);
}

int
azml__environment_describe (const azml__environment_plan *plan, json_t **ret,
                            azml_error **err)
{
  if (!plan->path)
    return azml__error (err, AZML_E_NOT_FOUND, "environment: nothing was built");
  AZML_AUTO_FREE char *file = azml__path_join (plan->path, "complete");
  return file ? azml__json_read (AT_FDCWD, file, ret, err)
              : azml__error_no_memory (err);
}
