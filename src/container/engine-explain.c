/* engine-explain.c: what an engine prints when it fails, in one line.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "container/engine-explain.h"

#include <string.h>
#include <strings.h>

#include "core/path.h"
#include "environment/tail.h"

#define OWN_ERROR "azml: error: " /* see image-script.c */
#define PIP_BEGINS "azml: pip install\n"

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

/* The name of what pip was at when it failed (new), or NULL: the last of the packages that
   TEXT names before the first line that is an error.  */
static char *
find_package (const char *text)
{
  static const char *const starts[] = { "Collecting ", "Processing ",
                                        "Building wheel for " };
  const char *name = NULL, *line = strstr (text, PIP_BEGINS);
  for (; line && *line; line += strcspn (line, "\n"), line += *line == '\n')
    {
      line += strspn (line, " ");
      if (strncasecmp (line, "error:", 6) == 0)
        break;
      for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (strncmp (line, starts[i], strlen (starts[i])) == 0)
          name = line + strlen (starts[i]);
    }
  if (!name || !line || !*line)
    return NULL;
  /* Of a file the name, as far as the version.  */
  size_t n = strcspn (name, " \r\n");
  for (const char *p = name; p < name + n; p++)
    if (*p == '/')
      {
        n -= (size_t)(p + 1 - name);
        name = p + 1;
      }
  return strndup (name, n);
}

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
  AZML_AUTO_FREE char *package = message ? NULL : find_package (text);
  if (package && (line = azml__path_format ("'%s' cannot be installed", package)))
    message = line;
  azml__tail_add (&tail, text, strlen (text));
  AZML_AUTO_FREE char *lines = azml__tail_lines (&tail);
  if (package && !hint)
    hint = azml__tail_hint (&tail);
  azml__tail_done (&tail);
  int rc = azml__error (err, code, "%s%s%s", what, message ? ": " : "",
                        message ? message : "");
  azml__error_lines (err, lines ? lines : "");
  if (hint)
    azml__error_hint (err, "%s", hint);
  return rc;
}
