/* engine.c: the command of a container engine, docker or podman.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Contexts, credentials and BuildKit are matters of that command; there is no client of
   our own.  */

#include <config.h>

#include "container/engine.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/json.h"
#include "core/path.h"

void
azml__engine_done (azml__engine *engine)
{
  azml__words_done (&engine->words);
  azml__words_done (&engine->variables);
}

int
azml__engine_patience (int usual)
{
  const char *text = getenv ("AZML_ENGINE_TIMEOUT");
  double seconds = text ? strtod (text, NULL) : 0;
  return seconds >= 1 && seconds <= 3600 ? (int)seconds : usual;
}

char *
azml__engine_context (const azml__words *variables)
{
  const char *context = azml__variables_get (variables, "DOCKER_CONTEXT");
  const char *folder = azml__variables_get (variables, "DOCKER_CONFIG");
  const char *home = azml__variables_get (variables, "HOME");
  if (context && *context)
    return strdup (context);
  AZML_AUTO_FREE char *file = folder && *folder
                                  ? azml__path_join (folder, "config.json")
                              : home ? azml__path_join (home, ".docker/config.json")
                                     : NULL;
  AZML_AUTO (json_t) config = NULL;
  if (file)
    azml__json_read (AT_FDCWD, file, &config, NULL);
  context = azml__json_string (config, "currentContext");
  return context ? strdup (context) : NULL;
}

/* 1 if the daemon that docker talks to is this user's own: its socket says whose it is.
   What another context leads to only the daemon can say; that of Docker's own set-up is
   such a context, too, and named "rootless".  */
static int
is_rootless (const azml__words *variables)
{
  struct stat st;
  const char *host = azml__variables_get (variables, "DOCKER_HOST");
  if (geteuid () == 0)
    return 0;
  if (host && *host)
    return strncmp (host, "unix://", 7) == 0 && stat (host + 7, &st) == 0
           && st.st_uid == geteuid ();
  AZML_AUTO_FREE char *context = azml__engine_context (variables);
  return context && strcmp (context, "rootless") == 0;
}

/* 1 if PROGRAM, which is named docker, is Podman's: a link to it, or the few lines of the package
   podman-docker.  */
static int
is_disguise (const char *program)
{
  AZML_AUTO_FREE char *real = realpath (program, NULL);
  AZML_AUTO_CLOSE int fd = open (program, O_RDONLY | O_CLOEXEC);
  char head[1024] = "";
  ssize_t n = fd >= 0 ? read (fd, head, sizeof head - 1) : 0;
  head[n > 0 ? n : 0] = '\0';
  return (real && strcmp (azml__path_base (real), "podman") == 0)
         || (strncmp (head, "#!", 2) == 0 && strstr (head, "podman"));
}

/* Podman under Docker's name is taken for what it is: it wants other words, and prints a line
   of its own under that one.  */
int
azml__engine_find (azml__engine *engine, const char *name, azml_error **err)
{
  static const char *const names[] = { "docker", "podman" };
  const azml__words *variables = &engine->variables;
  azml__variables_inherit (&engine->variables);
  if (!azml__variables_get (variables, "PATH"))
    azml__variables_set (&engine->variables, "PATH",
                         "/usr/local/bin:/usr/bin:/bin");
  const char *search = azml__variables_get (variables, "PATH");
  for (size_t i = 0; i < 2; i++)
    {
      if (name && strcmp (name, names[i]) != 0)
        continue;
      AZML_AUTO_FREE char *program = azml__path_program (names[i], search);
      AZML_AUTO_FREE char *podman = azml__path_program (names[1], search);
      if (!program)
        continue;
      if (i == 0 && podman && is_disguise (program))
        i = 1;
      azml__words_add (&engine->words, names[i]);
      engine->podman = i == 1;
      engine->rootless = !engine->podman && is_rootless (variables);
      return engine->words.failed ? azml__error_no_memory (err) : 0;
    }
  int rc = azml__error (err, AZML_E_NOT_FOUND, "there is no command '%s'",
                        name ? name : names[0]);
  azml__error_hint (err, "install Docker or Podman on the machine that runs");
  return rc;
}

/* sudo gives the command another HOME and none of our variables.  */
void
azml__engine_raise (azml__engine *engine)
{
  const azml__words *variables = &engine->variables;
  const char *host = azml__variables_get (variables, "DOCKER_HOST");
  const char *config = azml__variables_get (variables, "DOCKER_CONFIG");
  const char *home = azml__variables_get (variables, "HOME");
  struct stat st;
  azml__words words = AZML__WORDS_INIT;
  azml__words_add (&words, "sudo");
  azml__words_add (&words, "-n");
  azml__words_add_all (&words, engine->words.words);
  AZML_AUTO_FREE char *folder = config && *config ? strdup (config)
                                : home ? azml__path_join (home, ".docker")
                                       : NULL;
  if (folder && stat (folder, &st) == 0 && !engine->podman)
    {
      azml__words_add (&words, "--config");
      azml__words_add (&words, folder);
    }
  if (host && *host && !engine->podman)
    {
      azml__words_add (&words, "--host");
      azml__words_add (&words, host);
    }
  azml__words_done (&engine->words);
  engine->words = words;
  engine->sudo = 1;
}
