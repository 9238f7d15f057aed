/* snapshot-help.h: what the tests of snapshots share.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_TESTS_SNAPSHOT_HELP_H
#define AZML_TESTS_SNAPSHOT_HELP_H

#include <sys/wait.h>

#include "core/json.h"
#include "scratch.h"
#include "snapshot/snapshot.h"
#include "tap.h"

static azml__objects *objects; /* that the test works with */

/* Take a snapshot of SOURCE with the cache file CACHE; return the report (new).  */
__attribute__ ((unused)) static json_t *
take (const char *source, const char *cache, azml_error **err)
{
  azml__snapshot_options options = { .cache = cache };
  json_t *report = NULL;
  int rc = azml__snapshot_take (source, objects, &options, &report, err);
  if (rc < 0 && err)
    printf ("# %s\n", azml_error_message (*err));
  return report;
}

__attribute__ ((unused)) static int
number (const json_t *report, const char *key)
{
  return (int)azml__json_integer (report, key, -1);
}

/* Is TEXT one of the strings of REPORT[KEY]?  */
__attribute__ ((unused)) static int
lists (const json_t *report, const char *key, const char *text)
{
  json_t *list = json_object_get (report, key), *item;
  size_t i;
  json_array_foreach (list, i, item)
  {
    AZML_AUTO_FREE char *bytes = azml__json_get_bytes (item, NULL);
    if (bytes && strcmp (bytes, text) == 0)
      return 1;
  }
  return 0;
}

__attribute__ ((unused)) static int
materialise (const json_t *report, const char *target,
             azml__materialise_report *ret)
{
  azml__digest digest;
  AZML_AUTO (azml_error) err = NULL;
  const char *hex = azml__json_string (report, "digest");
  int rc = -1;
  if (hex && azml__digest_parse (hex, &digest) == 0
      && azml__folder_make (target, 0777, NULL) == 0)
    rc = azml__snapshot_materialise (objects, &digest, target, NULL, ret, NULL,
                                     &err);
  if (err)
    printf ("# %s\n", azml_error_message (err));
  return rc;
}

/* Run a shell command; return its exit code.  */
__attribute__ ((unused)) static int
shell (const char *command)
{
  int status = system (command);
  return WIFEXITED (status) ? WEXITSTATUS (status) : -1;
}

/* Call TEST in a child process; return its exit code.  */
__attribute__ ((unused)) static int
in_child (int (*test) (void))
{
  int status = -1;
  fflush (stdout);
  pid_t pid = fork ();
  if (pid == 0)
    _exit (test ());
  if (pid < 0 || waitpid (pid, &status, 0) != pid)
    return -1;
  return WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
}

/* Stop being root for good, so that permissions count.  */
__attribute__ ((unused)) static int
become_ordinary (void)
{
  return geteuid () != 0 || (setgid (65534) == 0 && setuid (65534) == 0);
}

#endif
