/* run.c: stop and list: runs as a whole.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "core/file.h"
#include "core/foreign.h"
#include "core/json.h"
#include "core/random.h"
#include "process/signals.h"
#include "run/replay.h"
#include "runner/settle.h"
#include "runner/stop.h"
#include "serve/private.h"

#define LIST_PART 100 /* runs in one frame */

int
azml__request_run_id (const json_t *args, const char **ret, azml_error **err)
{
  const char *id = azml__json_string (args, "id");
  if (!id || !azml__run_id_is_valid (id))
    return azml__error (err, AZML_E_INVALID, "'%.40s' is not a run id",
                        id ? id : "");
  *ret = id;
  return 0;
}

int
azml__read_state (const azml__layout *layout, const char *id, azml__state *ret,
                  azml_error **err)
{
  AZML_AUTO_FREE char *path = NULL;
  AZML_AUTO (json_t) status = NULL;
  int rc = azml__layout_run (layout, id, &path, err);
  AZML_AUTO_CLOSE int folder = -1;
  if (rc == 0)
    rc = azml__folder_open (path, &folder, err);
  if (rc < 0)
    return rc;
  int state = azml__run_status (folder, &status, NULL) == 0
                  ? azml__state_parse (azml__json_string (status, "state"))
                  : -1;
  *ret = state < 0 ? AZML__STATE_QUEUED : (azml__state)state;
  return 0;
}

int
azml__serve_stop (azml__request *request, const json_t *args, azml_error **err)
{
  const char *id = "", *state = "queued", *by = azml__json_string (args, "by");
  const char *name = azml__json_string (args, "signal");
  double grace = 10;
  int rc = azml__request_run_id (args, &id, err);
  if (rc < 0)
    return rc;
  int signal = name ? azml__signal_parse (name) : SIGTERM;
  if (signal <= 0)
    return azml__error (err, AZML_E_INVALID, "stop: '%.40s' is not a signal", name);
  const json_t *number = json_object_get (args, "grace");
  if (number && (azml__json_get_number (number, &grace) < 0 || !(grace >= 0)))
    return azml__error (err, AZML_E_INVALID,
                        "stop: \"grace\" is not a time in seconds");
  if (azml__serve_withdraw (request->serve, id))
    return azml__request_reply (request, json_pack ("{s:s}", "state", "canceled"),
                                err);
  rc = azml__stop_run (&request->serve->layout, id, signal, grace, by ? by : "stop",
                       &state, err);
  if (rc < 0)
    return rc;
  return azml__request_reply (request, json_pack ("{s:s}", "state", state), err);
}

int
azml__list_run (const azml__layout *layout, const char *id, int settle,
                json_t **ret, azml_error **err)
{
  AZML_AUTO_FREE char *path = NULL;
  AZML_AUTO_CLOSE int folder = -1;
  AZML_AUTO (json_t) run = NULL;
  AZML_AUTO (json_t) status = NULL;
  int settled, rc = azml__layout_run (layout, id, &path, err);
  if (rc == 0)
    rc = azml__folder_open (path, &folder, err);
  if (rc < 0)
    return rc;
  azml__json_read (folder, "run.json", &run, NULL);
  azml__run_status (folder, &status, NULL);
  int state = azml__state_parse (azml__json_string (status, "state"));
  if (settle && (state < 0 || !azml__state_is_terminal ((azml__state)state))
      && azml__settle (layout, id, &settled, NULL) == 0 && settled)
    {
      json_decref (azml_steal (&status));
      azml__run_status (folder, &status, NULL);
    }
  *ret = json_pack ("{s:s, s:O*, s:O*}", "id", id, "run", run, "status", status);
  return *ret ? 0 : azml__error_no_memory (err);
}

static int
compare_ids (const void *a, const void *b)
{
  return memcmp (a, b, AZML__RANDOM_ID_SIZE);
}

int
azml__list_ids (const azml__layout *layout, json_t **ret, azml_error **err)
{
  AZML_AUTO (json_t) ids = json_array ();
  AZML_AUTO (DIR) dir = opendir (layout->runs);
  AZML_AUTO_BUFFER found = AZML__BUFFER_INIT;
  struct dirent *entry;
  if (!dir && errno != ENOENT)
    return azml__error_os (err, errno, "open the folder '%s'", layout->runs);
  while (dir && (entry = readdir (dir)))
    if (azml__run_id_is_valid (entry->d_name))
      azml__buffer_add (&found, entry->d_name, AZML__RANDOM_ID_SIZE);
  if (!ids || !azml__buffer_ok (&found))
    return azml__error_no_memory (err);
  size_t n = found.length / AZML__RANDOM_ID_SIZE;
  if (n)
    qsort (found.data, n, AZML__RANDOM_ID_SIZE, compare_ids);
  for (size_t i = 0; i < n; i++)
    json_array_append_new (ids,
                           json_string (found.data + i * AZML__RANDOM_ID_SIZE));
  *ret = azml_steal (&ids);
  return 0;
}

int
azml__serve_remove (azml__request *request, const json_t *args, azml_error **err)
{
  const azml__layout *layout = &request->serve->layout;
  AZML_AUTO_FREE char *path = NULL;
  AZML_AUTO_CLOSE int runs = -1;
  azml__state state = AZML__STATE_QUEUED;
  char aside[AZML__ASIDE_SIZE];
  const char *id = "";
  int rc = azml__request_run_id (args, &id, err);
  if (rc == 0)
    rc = azml__read_state (layout, id, &state, err);
  if (rc == 0 && !azml__state_is_terminal (state))
    rc = azml__error (err, AZML_E_BUSY, "run '%s' has not ended", id);
  if (rc == 0)
    rc = azml__folder_open (layout->runs, &runs, err);
  if (rc == 0)
    rc = azml__layout_run (layout, id, &path, err);
  if (rc == 0)
    rc = azml__foreign_check (path, err);
  if (rc < 0)
    return rc;
  /* It loses its name first, so that half a run is never seen.  */
  azml__run_aside (id, aside);
  if (renameat (runs, id, runs, aside) < 0)
    return azml__error_os (err, errno, "remove run '%s'", id);
  rc = azml__file_remove_tree (runs, aside, err);
  return rc < 0 ? rc
                : azml__request_reply (request, json_pack ("{s:s}", "id", id), err);
}

/* A list that goes on: a part of the ids at a time, so that a hundred thousand runs do
   not stand in the way of others.  */
typedef struct list
{
  json_t *ids, *args;
  size_t next;
  size_t settled; /* up to there those that take long to end were ended */
} list;

static void
list_free (azml__request *request)
{
  list *l = request->state;
  json_decref (l->ids);
  json_decref (l->args);
  if (request->fds[0] >= 0)
    close (request->fds[0]);
  free (l);
}

/* 1 if runs of which nobody is in charge are to be ended first.  */
static int
settles (const list *l)
{
  return !json_is_false (json_object_get (l->args, "settle"));
}

/* Add run ID to PART if it is asked for; one that is not there (any more) is left
   out.  */
static void
list_add (const azml__layout *layout, const list *l, const char *id, json_t *part)
{
  const char *project = azml__json_string (l->args, "project");
  json_t *run = NULL;
  if (!id
      || azml__list_run (layout, id,
                         settles (l) && !azml__settle_is_slow (layout, id), &run,
                         NULL)
             < 0)
    return;
  const char *of = azml__json_string (json_object_get (run, "run"), "project");
  if (project && (!of || strcmp (of, project) != 0))
    json_decref (run);
  else
    json_array_append_new (part, run);
}

/* End those of the next part that take long to end, once.  Return 1 while that goes on.  */
static int
list_settle (azml__request *request)
{
  list *l = request->state;
  const azml__layout *layout = &request->serve->layout;
  size_t n = json_array_size (l->ids);
  AZML_AUTO (json_t) slow = json_array ();
  for (; l->settled < n && l->settled < l->next + LIST_PART; l->settled++)
    {
      json_t *id = json_array_get (l->ids, l->settled);
      if (settles (l) && json_is_string (id)
          && azml__settle_is_slow (layout, json_string_value (id)))
        json_array_append (slow, id);
    }
  return json_array_size (slow) && azml__serve_settle (request, slow, NULL) == 0;
}

static int
list_work (azml__request *request, azml_error **err)
{
  list *l = request->state;
  size_t n = json_array_size (l->ids);
  if (azml__serve_settles (request, NULL) > 0 || list_settle (request))
    return 0;
  json_t *part = json_array ();
  for (int i = 0; i < LIST_PART && l->next < n; i++)
    list_add (&request->serve->layout, l,
              json_string_value (json_array_get (l->ids, l->next++)), part);
  json_t *message = json_pack ("{s:o}", "runs", part);
  return l->next < n ? azml__request_event (request, message, err)
                     : azml__request_reply (request, message, err);
}

static const azml__request_ops list_ops = { .work = list_work, .free = list_free };

int
azml__serve_list (azml__request *request, const json_t *args, azml_error **err)
{
  json_t *ids = json_object_get (args, "ids");
  list *l = calloc (1, sizeof *l);
  if (!l)
    return azml__error_no_memory (err);
  request->state = l;
  request->ops = &list_ops;
  request->awake = 1;
  l->args = json_incref ((json_t *)args);
  if (json_is_array (ids))
    l->ids = json_incref (ids);
  return json_is_array (ids)
             ? 0
             : azml__list_ids (&request->serve->layout, &l->ids, err);
}
