/* list.c: azml-runner list: the runs of this machine, for people and scripts.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "charge/status.h"
#include "core/json.h"
#include "core/path.h"
#include "serve/verb.h"

static const char *
text_of (const json_t *object, const char *key)
{
  const char *text = azml__json_string (object, key);
  return text ? text : "-";
}

static int
print_run (const azml__layout *layout, const char *id, int json)
{
  AZML_AUTO_FREE char *path = azml__path_join (layout->runs, id);
  AZML_AUTO_CLOSE int folder =
      path ? open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  AZML_AUTO (json_t) run = NULL;
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  if (folder < 0)
    return 0;
  azml__json_read (folder, "run.json", &run, NULL);
  AZML_AUTO (json_t) status = azml__status_read (folder, id);
  if (!json)
    return printf ("%s  %-10s  %-18s  %-24s  %s\n", id, text_of (status, "state"),
                   text_of (status, "cause"), text_of (run, "submitted"),
                   text_of (run, "experiment"));
  AZML_AUTO (json_t)
  line = json_pack ("{s:s,s:O*,s:O}", "id", id, "run", run, "status", status);
  if (azml__json_append (&text, line, NULL) < 0 || !azml__buffer_ok (&text))
    return 0;
  return printf ("%s\n", text.data);
}

static int
compare (const void *a, const void *b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

int
azml__verb_list (const azml__verb_line *line, const azml__layout *layout)
{
  AZML_AUTO (DIR) dir = opendir (layout->runs);
  AZML_AUTO_STRINGS ids = NULL;
  size_t count = 0;
  struct dirent *entry;
  while (dir && (entry = readdir (dir)))
    {
      if (!azml__run_id_is_valid (entry->d_name))
        continue;
      char **grown = realloc (ids, (count + 2) * sizeof *ids);
      if (!grown)
        break;
      ids = grown;
      ids[count] = strdup (entry->d_name);
      ids[++count] = NULL;
    }
  if (count)
    qsort (ids, count, sizeof *ids, compare);
  for (size_t i = 0; i < count && ids[i]; i++)
    print_run (layout, ids[i], line->json);
  return fflush (stdout) == 0 ? 0 : 1;
}
