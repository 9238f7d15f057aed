/* logout.c: systems that end a user's processes at logout.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A keeper is a session of its own, but logind goes by control groups.  Only the user's
   systemd can give us another one.  Asking logind takes a process, so the usual answer is
   kept beside the program until the next boot.  */

#include <config.h>

#include "runner/logout.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/path.h"
#include "environment/step.h"

#define VARIABLE "AZML_LOGOUT" /* tells the program that is executed again */
#define PLACED "runner-"       /* begins the name of a placed runner's folder */
#define PATIENCE_MS 5000

static const char *fate;

const char *
azml__logout_fate (void)
{
  return fate;
}

/* 1 if the command ARGV succeeds and prints WANTED (NULL: anything).  */
static int
says (char **argv, const char *wanted)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__step step = { .argv = argv,
                      .folder = "/",
                      .only_output = 1,
                      .inherit_fd = -1,
                      .timeout_ms = PATIENCE_MS,
                      .output = azml__step_keep,
                      .data = &text };
  int status;
  if (azml__step_run (&step, &status, NULL) < 0 || status != 0)
    return 0;
  return !wanted || (text.length && strstr (text.data, wanted));
}

static int
logind_kills (void)
{
  char *argv[] = { (char *)"loginctl", (char *)"show-session",
                   (char *)"--property=KillUserProcesses", NULL };
  return says (argv, "KillUserProcesses=yes");
}

/* 1 if the user's systemd outlives the last logout, and takes us.  */
static int
manager_takes (void)
{
  char uid[24];
  snprintf (uid, sizeof uid, "%lu", (unsigned long)getuid ());
  char *linger[] = { (char *)"loginctl", (char *)"show-user", uid,
                     (char *)"--property=Linger", NULL };
  char *scope[] = { (char *)"systemd-run",
                    (char *)"--user",
                    (char *)"--scope",
                    (char *)"--quiet",
                    (char *)"--",
                    (char *)"true",
                    NULL };
  return says (linger, "Linger=yes") && says (scope, NULL);
}

/* Execute PROGRAM with the words of ARGV behind its first in a scope.  */
static void
execute_in_scope (const char *program, char **argv)
{
  size_t n = 0;
  while (argv[n])
    n++;
  AZML_AUTO_FREE char **words = calloc (n + 7, sizeof *words);
  static const char *const scope[] = { "systemd-run", "--user", "--scope",
                                       "--quiet", "--" };
  if (!words || setenv (VARIABLE, "manager", 1) < 0)
    return;
  for (size_t i = 0; i < 5; i++)
    words[i] = (char *)scope[i];
  words[5] = (char *)program;
  for (size_t i = 1; i < n; i++)
    words[5 + i] = argv[i];
  execvp (words[0], words);
  unsetenv (VARIABLE);
}

/* 1 if FILE says that nothing ends at logout since this boot.  */
static int
is_known (const char *file, const char *boot)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  return azml__file_read (AT_FDCWD, file, 100, &text, NULL) == 0 && text.length
         && strcmp (text.data, boot) == 0;
}

void
azml__logout_escape (char **argv)
{
  char self[4096], boot[40];
  const char *told = getenv (VARIABLE), *session = getenv ("XDG_SESSION_ID");
  if (told && strcmp (told, "manager") == 0)
    fate = "manager";
  unsetenv (VARIABLE);
  ssize_t n = readlink ("/proc/self/exe", self, sizeof self - 1);
  if (fate || !session || !*session || n < 0)
    return;
  self[n] = '\0';
  AZML_AUTO_FREE char *folder = azml__path_folder (self);
  AZML_AUTO_FREE char *file = folder ? azml__path_join (folder, "logout") : NULL;
  azml__clock_boot_id (boot);
  if (!file || strncmp (azml__path_base (folder), PLACED, strlen (PLACED)) != 0
      || is_known (file, boot))
    return;
  if (!logind_kills ())
    {
      (void)!azml__file_replace (AT_FDCWD, file, boot, strlen (boot), 0600, 0,
                                 NULL);
      return;
    }
  fate = "ends";
  if (manager_takes ())
    execute_in_scope (self, argv);
}
