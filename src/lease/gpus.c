/* gpus.c: the GPUs of this machine, and who uses them.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "lease/gpus.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/json.h"
#include "run/layout.h"

#define ENVIRON_LIMIT ((size_t)4 << 20)
#define PASSWD_LIMIT ((size_t)4 << 20)

int
azml__gpus_variable_of (pid_t pid, const char *name, char *value, size_t size)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  char file[40];
  size_t n = strlen (name);
  snprintf (file, sizeof file, "/proc/%d/environ", (int)pid);
  if (pid <= 0 || azml__file_read (AT_FDCWD, file, ENVIRON_LIMIT, &text, NULL) < 0)
    return 0;
  for (const char *p = text.data, *end = p + text.length; p && p < end;
       p += strnlen (p, (size_t)(end - p)) + 1)
    if (strncmp (p, name, n) == 0 && p[n] == '=')
      {
        snprintf (value, size, "%s", p + n + 1);
        return 1;
      }
  return 0;
}

int
azml__gpus_run_of (pid_t pid, char *id, size_t size)
{
  return azml__gpus_variable_of (pid, "AZML_RUN_ID", id, size)
         && azml__run_id_is_valid (id);
}

/* The user database is read as a file: a static program has no other way.  */
void
azml__gpus_user (uid_t uid, char *text, size_t size)
{
  AZML_AUTO_BUFFER passwd = AZML__BUFFER_INIT;
  snprintf (text, size, "%lu", (unsigned long)uid);
  if (azml__file_read (AT_FDCWD, "/etc/passwd", PASSWD_LIMIT, &passwd, NULL) < 0)
    return;
  for (char *line = passwd.data, *next; line && *line; line = next)
    {
      char user[64];
      unsigned long number;
      char *end = strchr (line, '\n');
      next = end ? end + 1 : line + strlen (line);
      if (end)
        *end = '\0';
      if (sscanf (line, "%63[^:]:%*[^:]:%lu:", user, &number) == 2
          && number == (unsigned long)uid)
        {
          snprintf (text, size, "%s", user);
          return;
        }
    }
}

void
azml__gpus_add_owner (json_t *process)
{
  char file[40], id[64], user[64];
  struct stat st;
  pid_t pid = (pid_t)azml__json_integer (process, "pid", 0);
  snprintf (file, sizeof file, "/proc/%d", (int)pid);
  if (pid <= 0 || stat (file, &st) < 0)
    return;
  azml__gpus_user (st.st_uid, user, sizeof user);
  json_object_set_new (process, "user", azml__json_text (user));
  if (azml__gpus_run_of (pid, id, sizeof id))
    json_object_set_new (process, "run", json_string (id));
}

json_t *
azml__gpus_describe (const azml__gpu_list *list)
{
  AZML_AUTO (json_t) driver = azml__gpu_list_to_json (list);
  json_t *gpus = json_object_get (driver, "gpus"), *gpu, *process;
  size_t i, k;
  json_array_foreach (gpus, i, gpu)
  {
    /* Pids of another name space are not to be looked up here.  */
    if (list->pids_visible)
      json_array_foreach (json_object_get (gpu, "processes"), k, process)
          azml__gpus_add_owner (process);
  }
  json_t *answer = json_pack ("{s:O}", "gpus", gpus);
  json_object_del (driver, "gpus");
  if (answer)
    json_object_set (answer, "gpu_driver", driver);
  return answer;
}
