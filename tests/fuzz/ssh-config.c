/* ssh-config.c: fuzz the reading of ~/.ssh/config.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Without Include and Match exec, which read other files and execute commands.  */

#define _GNU_SOURCE 1

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "channel/ssh-config-read.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n)
{
  AZML_AUTO (azml__ssh_config) config = NULL;
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO_FREE char *text = strndup ((const char *)data, n);
  AZML_AUTO_CLOSE int fd = memfd_create ("config", MFD_CLOEXEC);
  char file[32];
  if (!text || fd < 0 || strcasestr (text, "include") || strcasestr (text, "exec")
      || write (fd, data, n) != (ssize_t)n)
    return 0;
  snprintf (file, sizeof file, "/proc/self/fd/%d", fd);
  int rc = azml__ssh_config_read ("gpu1.example.org", NULL, 0, NULL, file, &config,
                                  &err);
  if (rc == 0
          ? !config->values[AZML__SSH_HOSTNAME] || !config->values[AZML__SSH_PORT]
                || !config->values[AZML__SSH_USER]
          : !err || !*azml_error_message (err))
    abort ();
  if (rc == 0)
    for (int i = 0; i < AZML__SSH_WORDS; i++)
      {
        (void)azml__ssh_config_yes (config, (azml__ssh_word)i, 0);
        (void)azml__ssh_config_number (config, (azml__ssh_word)i, 0);
        if (config->values[i])
          (void)azml__ssh_seconds (config->values[i]);
      }
  return 0;
}
