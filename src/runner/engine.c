/* engine.c: the command of a container engine, docker or podman.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Contexts, credentials and BuildKit are matters of that command; there is no client of
   our own.  */

#include <config.h>

#include "runner/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "environment/tail.h"
#include "runner/runner.h"
#include "runner/signals.h"
#include "runner/tree.h"

#define OUTPUT_LIMIT ((size_t)16 << 20)
#define OWN_ERROR "azml: error: "
#define TAIL ((off_t)64 << 10)

void
azml__engine_done (azml__engine *engine)
{
  azml__words_done (&engine->words);
  azml__words_done (&engine->variables);
}

/* 1 if the daemon that docker talks to is this user's own: its socket says whose it is.
   What another context leads to only the daemon can say; that of Docker's own set-up is
   such a context, too, and named "rootless".  */
static int
is_rootless (const azml__words *variables)
{
  struct stat st;
  const char *host = azml__variables_get (variables, "DOCKER_HOST");
  const char *context = azml__variables_get (variables, "DOCKER_CONTEXT");
  const char *folder = azml__variables_get (variables, "DOCKER_CONFIG");
  const char *home = azml__variables_get (variables, "HOME");
  if (geteuid () == 0)
    return 0;
  if (host && *host)
    return strncmp (host, "unix://", 7) == 0 && stat (host + 7, &st) == 0
           && st.st_uid == geteuid ();
  if (context && *context)
    return strcmp (context, "rootless") == 0;
  AZML_AUTO_FREE char *file = folder && *folder
                                  ? azml__path_join (folder, "config.json")
                              : home ? azml__path_join (home, ".docker/config.json")
                                     : NULL;
  AZML_AUTO (json_t) config = NULL;
  if (file)
    azml__json_read (AT_FDCWD, file, &config, NULL);
  context = azml__json_string (config, "currentContext");
  return context && strcmp (context, "rootless") == 0;
}

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
      if (!program)
        continue;
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

/* Start ENGINE WORDS with its output to OUTPUT.  */
static int
start (const azml__runner *runner, const azml__engine *engine, char *const *words,
       int output, pid_t *ret_pid, azml_error **err)
{
  azml__command command = AZML__COMMAND_INIT;
  command.variables = engine->variables; /* borrowed */
  command.user_umask = 077;
  command.folder = runner->charge->path;
  command.output = output;
  azml__words_add_all (&command.argv, engine->words.words);
  azml__words_add_all (&command.argv, words);
  int rc = azml__command_start (&command, ret_pid, err);
  azml__words_done (&command.argv);
  return rc;
}

static void
read_all (int fd, off_t offset, azml__buffer *output)
{
  struct stat st;
  size_t got = 0;
  if (fstat (fd, &st) < 0 || st.st_size <= offset)
    return;
  size_t n = (size_t)(st.st_size - offset);
  if (n > OUTPUT_LIMIT)
    n = OUTPUT_LIMIT;
  char *room = azml__buffer_room (output, n);
  if (room && azml__file_pread (fd, room, n, offset, &got, NULL) == 0)
    {
      output->length += got;
      output->data[output->length] = '\0';
    }
}

/* How many seconds to wait for what usually takes less than USUAL.  */
static int
patience (int usual)
{
  const char *text = getenv ("AZML_ENGINE_TIMEOUT");
  double seconds = text ? strtod (text, NULL) : 0;
  return seconds >= 1 && seconds <= 3600 ? (int)seconds : usual;
}

int
azml__engine_ask (azml__runner *runner, const azml__engine *engine,
                  char *const *words, int seconds, azml__buffer *output,
                  int *ret_status, azml_error **err)
{
  pid_t pid = 0;
  AZML_AUTO_CLOSE int fd = memfd_create ("engine", MFD_CLOEXEC);
  if (fd < 0)
    return azml__error_os (err, errno, "make a file in memory");
  int rc = start (runner, engine, words, fd, &pid, err);
  if (rc < 0)
    return rc;
  azml__reaped reaped = { .watched = pid };
  seconds = patience (seconds);
  int64_t until = azml__clock_boot_ms () + seconds * 1000;
  for (;;)
    {
      azml__tree_reap (&reaped);
      int64_t left = until - azml__clock_boot_ms ();
      if (reaped.ended)
        break;
      if (azml__runner_is_ending (runner))
        rc = azml__error (err, AZML_E_CANCELLED, "the run is to end");
      else if (left <= 0)
        {
          rc = azml__error (
              err, AZML_E_TIMEOUT,
              "the daemon does not answer: '%s %s' took more than %d s",
              engine->words.words[0], words[0], seconds);
          azml__error_hint (err, "see whether 'docker ps' answers on that machine");
        }
      if (rc < 0)
        {
          kill (-pid, SIGKILL);
          return rc;
        }
      azml__signals_wait ((int)left);
    }
  read_all (fd, 0, output);
  *ret_status = reaped.status;
  return 0;
}

off_t
azml__prepare_log_size (int folder)
{
  struct stat st;
  return fstatat (folder, "prepare.log", &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_size
                                                                        : 0;
}

void
azml__prepare_log_read (int folder, off_t offset, azml__buffer *output)
{
  AZML_AUTO_CLOSE int fd =
      openat (folder, "prepare.log", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  off_t size = azml__prepare_log_size (folder);
  if (fd >= 0)
    read_all (fd, size - offset > TAIL ? size - TAIL : offset, output);
}

int
azml__engine_work (azml__runner *runner, const azml__engine *engine,
                   char *const *words, const char *what, azml_error **err)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  pid_t pid = 0;
  int status = 0, folder = runner->charge->folder;
  off_t before = azml__prepare_log_size (folder);
  AZML_AUTO_CLOSE int log =
      openat (folder, "prepare.log",
              O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (log < 0)
    return azml__error_os (err, errno, "open 'prepare.log'");
  int rc = start (runner, engine, words, log, &pid, err);
  if (rc < 0)
    return rc;
  if (!azml__runner_watch (runner, pid, &status))
    return azml__error (err, AZML_E_CANCELLED, "the run is to end");
  if (status == 0)
    return 0;
  azml__prepare_log_read (folder, before, &text);
  return azml__engine_explain (what, text.data ? text.data : "", err);
}

int
azml__engine_is_denied (const char *text)
{
  return strstr (text, "permission denied")
         && (strstr (text, "docker.sock") || strstr (text, "connect to the"));
}

static const struct
{
  const char *needle;
  azml_code code;
  const char *message;
  const char *hint;
} known[] = {
  { "bind source path does not exist", AZML_E_UNSUPPORTED,
    "the Docker daemon is on another machine: it does not see the run's directory",
    "use a target of type 'remotedocker' with that machine's address, or 'docker "
    "context "
    "use default'" },
  { "azml: the package index cannot be reached", AZML_E_UNREACHABLE,
    "the container does not reach the package index",
    "see its network: (network \"host\") in the target, or http_proxy and "
    "PIP_INDEX_URL on that machine" },
  { "No matching distribution found", AZML_E_NOT_FOUND, "pip finds no such package",
    "check its name and version" },
  { "exec: \"/bin/sh\"", AZML_E_UNSUPPORTED,
    "the image has no shell, which installing packages needs",
    "name another base image" },
  { "is too new. Maximum supported", AZML_E_UNSUPPORTED,
    "the Docker daemon is too old for the docker command", "upgrade the daemon" },
  { "client version", AZML_E_UNSUPPORTED,
    "the Docker daemon and the docker command do not understand each other",
    "install both in versions that fit" },
  { "Cannot connect to the Docker daemon", AZML_E_UNREACHABLE,
    "the Docker daemon does not answer",
    "start it ('sudo systemctl start docker'), or see DOCKER_HOST and 'docker "
    "context ls'" },
  { "a password is required", AZML_E_DENIED,
    "this user may not use Docker, and sudo wants a password",
    "either 'sudo usermod -aG docker $USER' and log in again, or let sudo run "
    "docker "
    "without a password" },
  { "no space left on device", AZML_E_NO_SPACE,
    "the disk of the Docker daemon is full",
    "'docker system df' shows what fills it, 'azml-guile env gc' removes images of "
    "ours" },
  { "pull access denied", AZML_E_DENIED,
    "the image does not exist, or the registry refuses it",
    "check its name; for a private one 'docker login' on the machine that runs" },
  { "unauthorized", AZML_E_DENIED, "the registry refuses",
    "'docker login' on the machine that runs" },
  { "no basic auth credentials", AZML_E_DENIED, "the registry refuses",
    "'docker login' on the machine that runs" },
  { "name unknown", AZML_E_NOT_FOUND, "the registry has no such image",
    "check its name" },
  { "manifest unknown", AZML_E_NOT_FOUND, "the registry has no such image",
    "check the tag" },
  { "no matching manifest", AZML_E_UNSUPPORTED,
    "the image is not made for this machine's architecture", NULL },
  { "exec format error", AZML_E_UNSUPPORTED,
    "the image is made for another architecture than this machine's", NULL },
  { "invalid reference format", AZML_E_INVALID, "the image has no valid name",
    NULL },
  { "could not select device driver", AZML_E_UNSUPPORTED,
    "Docker cannot give GPUs to containers on that machine",
    "install the NVIDIA Container Toolkit there, then 'sudo nvidia-ctk runtime "
    "configure' "
    "and restart Docker" },
  { "unresolvable CDI devices", AZML_E_UNSUPPORTED,
    "the engine knows no such GPU by CDI",
    "on that machine 'sudo nvidia-ctk cdi generate "
    "--output=/etc/cdi/nvidia.yaml'" },
  { "NVIDIA Container Runtime Hook directly", AZML_E_UNSUPPORTED,
    "this set-up of NVIDIA's toolkit wants its own runtime",
    "say (gpu-access 'runtime) in the target" },
  { "unsatisfied condition: cuda", AZML_E_UNSUPPORTED,
    "the driver of that machine is too old for the image's CUDA",
    "take an image with an older CUDA, or update the driver" },
  { "driver not loaded", AZML_E_UNSUPPORTED,
    "the driver of the GPU is not loaded on that machine", NULL },
  { "Unknown runtime specified", AZML_E_UNSUPPORTED,
    "Docker has no such runtime on that machine",
    "install the NVIDIA Container Toolkit there" },
  { "no such host", AZML_E_UNREACHABLE, "the registry cannot be reached", NULL },
  { "dial tcp", AZML_E_UNREACHABLE, "the registry cannot be reached", NULL },
  { "Is the docker daemon running", AZML_E_UNREACHABLE,
    "the Docker daemon does not answer", "start it" },
};

int
azml__engine_explain (const char *what, const char *text, azml_error **err)
{
  azml__tail tail = { AZML__BUFFER_INIT };
  const char *message = NULL, *hint = NULL;
  azml_code code = AZML_E_FAILED;
  if (azml__engine_is_denied (text))
    {
      code = AZML_E_DENIED;
      message = "this user may not use Docker";
      hint = "either 'sudo usermod -aG docker $USER' and log in again, or let sudo "
             "run "
             "docker without a password";
    }
  for (size_t i = 0; !message && i < sizeof known / sizeof *known; i++)
    if (strcasestr (text, known[i].needle))
      {
        code = known[i].code;
        message = known[i].message;
        hint = known[i].hint;
      }
  /* What the script that installs says of itself, see image-script.c.  */
  const char *own = strstr (text, OWN_ERROR);
  AZML_AUTO_FREE char *line = NULL;
  if (own && !message)
    {
      own += strlen (OWN_ERROR);
      line = strndup (own, strcspn (own, "\r\n"));
      code = AZML_E_UNSUPPORTED;
      message = line;
    }
  azml__tail_add (&tail, text, strlen (text));
  AZML_AUTO_FREE char *lines = azml__tail_lines (&tail);
  azml__tail_done (&tail);
  int rc = azml__error (err, code, "%s%s%s", what, message ? ": " : "",
                        message ? message : "");
  azml__error_lines (err, lines ? lines : "");
  if (hint)
    azml__error_hint (err, "%s", hint);
  return rc;
}
