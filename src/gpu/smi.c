/* smi.c: finding and asking nvidia-smi.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "gpu/smi.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/clock.h"
#include "core/path.h"
#include "environment/step.h"

#define OUTPUT_LIMIT ((size_t)16 << 20)
#define MOMENT_MS 200

/* Where it is, although PATH does not say so: under WSL, where the driver is mounted into
   containers, NixOS.  */
#define ELSEWHERE                                                                  \
  "/usr/bin:/usr/lib/wsl/lib:/usr/local/nvidia/bin:/run/current-system/sw/bin"

char *
azml__smi_find (void)
{
  const char *named = getenv ("AZML_NVIDIA_SMI");
  if (named)
    return *named ? azml__path_program (named, NULL) : NULL;
  char *path = azml__path_program ("nvidia-smi", NULL);
  return path ? path : azml__path_program ("nvidia-smi", ELSEWHERE);
}

/* The first nvidia-smi in the folders of SEARCH that is a file (new), NULL if none is.  */
static char *
find_file (const char *search)
{
  for (const char *p = search;; p++)
    {
      struct stat st;
      size_t n = strcspn (p, ":");
      AZML_AUTO_FREE char *path =
          n ? azml__path_format ("%.*s/nvidia-smi", (int)n, p) : NULL;
      if (path && stat (path, &st) == 0 && S_ISREG (st.st_mode))
        return azml_steal (&path);
      p += n;
      if (!*p)
        return NULL;
    }
}

char *
azml__smi_find_forbidden (void)
{
  struct stat st;
  const char *named = getenv ("AZML_NVIDIA_SMI"), *search = getenv ("PATH");
  if (named)
    return *named && stat (named, &st) == 0 && S_ISREG (st.st_mode) ? strdup (named)
                                                                    : NULL;
  char *path = search ? find_file (search) : NULL;
  return path ? path : find_file (ELSEWHERE);
}

/* FNV-1a of what decides where to look.  */
static uint64_t
place_of (void)
{
  const char *const names[] = { "AZML_NVIDIA_SMI", "PATH" };
  uint64_t hash = 14695981039346656037U;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    {
      const char *value = getenv (names[i]);
      for (const char *p = value ? value : "\1"; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 1099511628211U;
      hash = (hash ^ 0xff) * 1099511628211U;
    }
  return hash;
}

int
azml__smi_is_missing (void)
{
  static _Thread_local struct
  {
    uint64_t place;
    int64_t until_ms;
  } missing;
  int64_t now = azml__clock_boot_ms ();
  uint64_t place = place_of ();
  if (now < missing.until_ms && place == missing.place)
    return 1;
  AZML_AUTO_FREE char *path = azml__smi_find ();
  if (!path)
    path = azml__smi_find_forbidden ();
  missing.place = place;
  missing.until_ms = path ? 0 : now + MOMENT_MS;
  return !path;
}

int
azml__smi_patience (int usual_ms)
{
  const char *text = getenv ("AZML_NVIDIA_SMI_TIMEOUT");
  double seconds = text ? strtod (text, NULL) : 0;
  return seconds >= 0.001 && seconds <= 3600 ? (int)(seconds * 1000) : usual_ms;
}

/* Keep what comes, up to a limit that eight GPUs with thousands of processes do not
   reach.  */
static void
keep (const char *bytes, size_t n, void *data)
{
  azml__buffer *output = data;
  if (output->length + n <= OUTPUT_LIMIT)
    azml__buffer_add (output, bytes, n);
  else
    output->failed = 1;
}

int
azml__smi_ask (const char *path, const char *const *arguments, int timeout_ms,
               azml_cancel *cancel, azml__buffer *output, int *ret_code,
               azml_error **err)
{
  const char *argv[2 + AZML__SMI_ARGUMENTS] = { path };
  int status = 0;
  azml__step step = { .argv = (char *const *)argv,
                      .folder = "/",
                      .inherit_fd = -1,
                      .timeout_ms = timeout_ms,
                      .hasty = 1,
                      .cancel = cancel,
                      .output = keep,
                      .data = output };
  for (int i = 0; i < AZML__SMI_ARGUMENTS && arguments[i]; i++)
    argv[1 + i] = arguments[i];
  int rc = azml__step_run (&step, &status, err);
  if (rc < 0)
    return rc;
  if (output->failed)
    return azml__error (err, AZML_E_TOO_LARGE, "'%s' prints too much", path);
  /* What nvidia-smi says comes on standard output; so it is all one.  */
  *ret_code = WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
  return 0;
}
