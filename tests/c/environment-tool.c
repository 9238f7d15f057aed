/* environment-tool.c: the environments of a root, for tests.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   environment-tool plan|ensure|activate|describe ROOT SPEC [HOLDER]
   environment-tool use ROOT SPEC COMMAND
   environment-tool list ROOT
   environment-tool collect ROOT UNUSED
   environment-tool probe ROOT

   $TOOL_SEARCH is where programs are looked for (else PATH and the usual places),
   $TOOL_LOG the file that gets what the builder prints.  INT and TERM cancel.
   Answers are JSON lines on standard output; an error is its own line and exit
   code 1.  `use` ensures the environment and runs COMMAND by sh while it is used;
   `collect` removes what was not used for UNUSED seconds.  */

#include <config.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "core/cancel.h"
#include "core/json.h"
#include "environment/environment.h"

static azml_cancel *cancel;

static void
on_signal (int number)
{
  (void)number;
  azml_cancel_set (cancel);
}

static void
print_json (json_t *json)
{
  char *text = json_dumps (json, JSON_COMPACT | JSON_ENCODE_ANY);
  printf ("%s\n", text ? text : "null");
  fflush (stdout);
  free (text);
}

static void
on_event (json_t *event, void *data)
{
  (void)data;
  print_json (event);
}

static int
print_plan (const azml__environment_plan *plan)
{
  AZML_AUTO (json_t)
  json = json_pack ("{s:s?, s:s?, s:s?, s:s?, s:s?, s:b, s:O?}", "builder",
                    plan->builder, "hash", plan->hash, "path", plan->path, "base",
                    plan->base_python, "python", plan->python, "complete",
                    azml__environment_is_complete (plan), "steps", plan->steps);
  print_json (json);
  return 0;
}

static int
ensure (const azml__environment_plan *plan, const char *holder, const char *command,
        azml_error **err)
{
  const char *log = getenv ("TOOL_LOG");
  AZML_AUTO_CLOSE int fd =
      log ? open (log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
  azml__environment_options options = {
    .log_fd = fd, .cancel = cancel, .holder = holder, .event = on_event
  };
  AZML_AUTO_ENVIRONMENT_USE use = AZML__ENVIRONMENT_USE_INIT;
  int built;
  int rc = azml__environment_ensure (plan, &options, &use, &built, err);
  if (rc == 0)
    printf ("{\"built\":%s}\n", built ? "true" : "false");
  if (rc == 0 && command && system (command) != 0)
    rc = azml__error (err, AZML_E_FAILED, "the command failed");
  return rc;
}

static int
activate (const azml__environment_plan *plan, azml_error **err)
{
  AZML_AUTO_FREE char *bin = NULL;
  AZML_AUTO_FREE char *python = NULL;
  AZML_AUTO (json_t) variables = NULL;
  int rc = azml__environment_activate (plan, &bin, &python, &variables, err);
  AZML_AUTO (json_t)
  json = json_pack ("{s:s?, s:s?, s:O?}", "bin", bin, "python", python, "variables",
                    variables);
  if (rc == 0)
    print_json (json);
  return rc;
}

static int
with_plan (const char *verb, const char *root, const char *text, const char *holder,
           azml_error **err)
{
  AZML_CLEANUP (azml__environment_plan_done) azml__environment_plan plan = { 0 };
  AZML_AUTO (json_t) spec = NULL;
  AZML_AUTO (json_t) json = NULL;
  int rc = azml__json_parse (text, strlen (text), "the specification", &spec, err);
  if (rc == 0)
    rc = azml__environment_make_plan (spec, root, getenv ("TOOL_SEARCH"), &plan,
                                      err);
  if (rc < 0)
    return rc;
  if (strcmp (verb, "plan") == 0)
    return print_plan (&plan);
  if (strcmp (verb, "ensure") == 0)
    return ensure (&plan, holder, NULL, err);
  if (strcmp (verb, "use") == 0)
    return setenv ("TOOL_ENVIRONMENT", plan.path, 1),
           ensure (&plan, "user", holder, err);
  if (strcmp (verb, "activate") == 0)
    return activate (&plan, err);
  rc = azml__environment_describe (&plan, &json, err);
  if (rc == 0)
    print_json (json);
  return rc;
}

static int
collect (const char *root, const char *unused, json_t **ret, azml_error **err)
{
  azml__environment_policy policy = { .unused = strtod (unused, NULL) };
  *ret = json_array ();
  return azml__environment_collect (root, &policy, *ret, err);
}

int
main (int argc, char **argv)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t) json = NULL;
  struct sigaction action = { .sa_handler = on_signal };
  int rc = azml_cancel_new (&cancel, &err);
  sigaction (SIGINT, &action, NULL);
  sigaction (SIGTERM, &action, NULL);
  if (rc == 0 && argc == 3 && strcmp (argv[1], "probe") == 0)
    rc = azml__environment_probe (argv[2], getenv ("TOOL_SEARCH"), NULL, &json,
                                  &err);
  else if (rc == 0 && argc == 3 && strcmp (argv[1], "list") == 0)
    rc = azml__environment_list (argv[2], &json, &err);
  else if (rc == 0 && argc == 4 && strcmp (argv[1], "collect") == 0)
    rc = collect (argv[2], argv[3], &json, &err);
  else if (rc == 0 && argc >= 4)
    rc = with_plan (argv[1], argv[2], argv[3], argv[4], &err);
  else if (rc == 0)
    return 2;
  if (rc < 0)
    {
      json_decref (json);
      json = azml__error_to_json (err);
    }
  if (json)
    print_json (json);
  azml_cancel_unref (cancel);
  return rc < 0;
}
