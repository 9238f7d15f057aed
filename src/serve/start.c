/* start.c: start: a run gets its directory and a keeper.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The answer waits for the disk, others do not: the keeper calls fsync while its runner
   is at work, and reports here.  */

#include <config.h>

#include <fcntl.h>
#include <string.h>

#include "core/file.h"
#include "core/json.h"
#include "core/random.h"
#include "gpu/request.h"
#include "gpu/smi.h"
#include "runner/accept.h"
#include "runner/fault.h"
#include "runner/keeper.h"
#include "serve/private.h"

#define KEEPER_DIED "the keeper of the run died at once"

typedef struct start
{
  char id[AZML__RANDOM_ID_SIZE];
  int folder;      /* the run directory */
  azml__sync sync; /* of a new run */
  json_t *run, *job;
  int places;    /* how many are to be at work at a time, 0: any number */
  int go;        /* of one that waits for a place, else -1 */
  unsigned turn; /* of those that do, this one's */
  azml__keeper_news news;
} start;

/* Whoever waits for a place never gets it: nothing stays.  */
static void
withdraw (azml__request *request)
{
  start *s = request->state;
  close (azml__steal_fd (&s->go));
  /* Once the keeper has the lock it makes nothing more.  */
  while (!s->news.locked && !s->news.over
         && azml__keeper_report (request->fds[0], &s->news, NULL) == 0)
    continue;
  azml__accept_withdraw (&request->serve->layout, s->id);
}

static void
start_free (azml__request *request)
{
  start *s = request->state;
  if (s->go >= 0)
    withdraw (request);
  if (request->fds[0] >= 0)
    close (azml__steal_fd (&request->fds[0]));
  if (s->folder >= 0)
    close (s->folder);
  json_decref (s->run);
  json_decref (s->job);
  free (s);
}

/* The run is there, in STATE; make sure that it stays.  */
static int
answer (azml__request *request, azml__state state, azml_error **err)
{
  start *s = request->state;
  int rc = s->news.synced ? 0 : azml__accept_sync (s->folder, err);
  return rc < 0
             ? rc
             : azml__request_reply (request,
                                    json_pack ("{s:s, s:s}", "id", s->id, "state",
                                               azml__state_name (state)),
                                    err);
}

static const azml__request_ops start_ops;

/* Those that follow the run have waited for the answer.  */
void
azml__serve_wake (const azml__serve_state *serve)
{
  for (azml__request *request = serve->requests; request; request = request->next)
    if (request->ops != &start_ops)
      request->awake = 1;
}

/* The keeper of a run that waits for its place has something to report.  */
static int
wait_work (azml__request *request, azml_error **err)
{
  start *s = request->state;
  int rc = azml__keeper_report (request->fds[0], &s->news, err);
  request->awake = 0;
  if (rc == 0 && s->news.over)
    rc = azml__error (err, AZML_E_FAILED, KEEPER_DIED);
  if (rc < 0)
    {
      withdraw (request);
      azml__serve_wake (request->serve);
    }
  return rc;
}

/* The keeper has something to report.  */
static int
start_work (azml__request *request, azml_error **err)
{
  start *s = request->state;
  AZML_AUTO (azml_error) failure = NULL;
  if (s->go >= 0)
    return wait_work (request, err);
  int rc = azml__keeper_report (request->fds[0], &s->news, &failure);
  int taken = !s->news.locked && (rc == AZML_E_BUSY || rc == AZML_E_EXISTS);
  request->awake = 0;
  if (rc < 0 || s->news.over || s->news.synced)
    azml__serve_wake (request->serve);
  if (rc < 0 && !taken)
    {
      azml__error_move (err, &failure);
      return rc;
    }
  /* Another session was faster; or the keeper was killed when it was in charge.  */
  if (taken || s->news.over || s->news.synced)
    return answer (request, AZML__STATE_QUEUED, err);
  return 0;
}

static const azml__request_ops start_ops = { .work = start_work,
                                             .free = start_free };

int
azml__serve_is_starting (const azml__serve_state *serve, const char *id)
{
  for (const azml__request *request = serve->requests; request;
       request = request->next)
    if (request->ops == &start_ops && !request->answered
        && strcmp (((const start *)request->state)->id, id) == 0)
      return 1;
  return 0;
}

void
azml__serve_end_starts (azml__serve_state *serve)
{
  for (azml__request *request = serve->requests; request; request = request->next)
    while (request->ops == &start_ops && !request->answered)
      {
        AZML_AUTO (azml_error) failure = NULL;
        const start *s = request->state;
        if (s->go >= 0)
          azml__serve_withdraw (serve, s->id);
        else if (start_work (request, &failure) < 0)
          azml__request_fail (request, failure, 0);
      }
}

/* Put a keeper in charge of the run.  */
static int
take_charge (azml__request *request, const azml__keeper_order *order,
             azml_error **err)
{
  start *s = request->state;
  azml__keeper keeper;
  int rc = azml__keeper_begin (&request->serve->layout, s->id, order, &keeper, err);
  if (rc < 0)
    return rc;
  request->fds[0] = keeper.report;
  s->go = keeper.go;
  rc = azml__serve_adopt (request->serve, keeper.pid, s->id, err);
  if (rc == 0 && s->places && !order->waits)
    azml__serve_take_place (request->serve, s->id);
  return rc;
}

/* The run may be there already; who accepted it may have died right then.  */
static int
start_again (azml__request *request, azml_error **err)
{
  start *s = request->state;
  AZML_AUTO_FREE char *path = NULL;
  azml__state state;
  int rc = azml__read_state (&request->serve->layout, s->id, &state, err);
  if (rc == 0)
    rc = azml__layout_run (&request->serve->layout, s->id, &path, err);
  if (rc == 0)
    rc = azml__folder_open (path, &s->folder, err);
  if (rc < 0)
    return rc;
  const azml__keeper_order order = { .run = s->run, .job = s->job };
  return state == AZML__STATE_QUEUED ? take_charge (request, &order, err)
                                     : answer (request, state, err);
}

/* The first of those that wait for a place, NULL: none.  */
static azml__request *
find_waiting (const azml__serve_state *serve)
{
  azml__request *first = NULL;
  for (azml__request *request = serve->requests; request; request = request->next)
    {
      const start *s = request->state;
      if (request->ops == &start_ops && !request->answered && s->go >= 0
          && (!first || s->turn < ((const start *)first->state)->turn))
        first = request;
    }
  return first;
}

/* 1 if a run may begin now where PLACES are shared out.  */
static int
is_place (const azml__serve_state *serve, int places)
{
  return azml__serve_places_taken (serve) < places;
}

/* Another session gave a run this name while this one waited: it is that run.  */
static int
join_other (azml__request *request, azml_error **err)
{
  start *s = request->state;
  withdraw (request);
  close (azml__steal_fd (&request->fds[0]));
  close (azml__steal_fd (&s->folder));
  s->news = (azml__keeper_news){ .length = 0 };
  return start_again (request, err);
}

/* 1 if the keeper of the run that waits has died, be its last report read or not: it holds
   the other end until it may begin.  */
static int
keeper_is_gone (const azml__request *request)
{
  struct pollfd report = { .fd = request->fds[0] };
  return poll (&report, 1, 0) > 0;
}

/* Give the run that waits its name and its place.  */
static int
begin_waiting (azml__request *request, azml_error **err)
{
  start *s = request->state;
  AZML_AUTO (azml_error) failure = NULL;
  int rc = keeper_is_gone (request)
               ? azml__error (&failure, AZML_E_FAILED, KEEPER_DIED)
               : azml__accept_name (&request->serve->layout, s->id, &failure);
  if (rc == AZML_E_EXISTS)
    return join_other (request, err);
  if (rc < 0)
    {
      withdraw (request);
      azml__error_move (err, &failure);
      return rc;
    }
  azml__fault_point ("named");
  azml__serve_take_place (request->serve, s->id);
  azml__keeper_go (azml__steal_fd (&s->go));
  return s->news.synced ? answer (request, AZML__STATE_QUEUED, err) : 0;
}

void
azml__serve_fill_places (azml__serve_state *serve)
{
  azml__request *request;
  int begun = 0;
  while ((request = find_waiting (serve))
         && ((const start *)request->state)->news.locked
         && is_place (serve, ((const start *)request->state)->places))
    {
      AZML_AUTO (azml_error) failure = NULL;
      if (begin_waiting (request, &failure) < 0)
        azml__request_fail (request, failure, 0);
      begun = 1;
    }
  if (begun)
    azml__serve_wake (serve);
}

int
azml__serve_withdraw (azml__serve_state *serve, const char *id)
{
  for (azml__request *request = serve->requests; request; request = request->next)
    {
      AZML_AUTO (azml_error) failure = NULL;
      start *s = request->state;
      if (request->ops != &start_ops || request->answered || s->go < 0
          || strcmp (s->id, id) != 0)
        continue;
      withdraw (request);
      azml__error (&failure, AZML_E_CANCELLED,
                   "the run was stopped before it had a place");
      azml__request_fail (request, failure, 0);
      azml__serve_wake (serve);
      return 1;
    }
  return 0;
}

/* Refuse a JOB that wants GPUs which this machine can never give.  Inside of a Slurm
   allocation it is Slurm that decides.  */
static int
check_gpus (const json_t *job, azml_error **err)
{
  AZML_AUTO (azml__gpu_request) request = NULL;
  AZML_AUTO (azml__gpu_list) list = NULL;
  int rc = azml__gpu_request_read (json_object_get (job, "gpus"), &request, err);
  /* The runner, who is forked from us, knows it then.  */
  if (request && request->optional)
    (void)azml__smi_is_missing ();
  if (rc < 0 || !request || request->count == 0 || request->optional
      || getenv ("SLURM_JOB_ID"))
    return rc;
  rc = azml__gpu_list_read (0, &list, err);
  return rc < 0 ? rc : azml__gpu_request_check (request, list, err);
}

static int
start_new (azml__request *request, azml_error **err)
{
  azml__serve_state *serve = request->serve;
  start *s = request->state;
  const char *snapshot = azml__json_string (s->job, "snapshot");
  AZML_AUTO (json_t) status = NULL;
  azml__keeper_order order = { .run = s->run, .job = s->job, .sync = s->sync };
  int fresh = 0;
  order.waits = s->places && (find_waiting (serve) || !is_place (serve, s->places));
  int rc = snapshot ? azml__serve_snapshot_check (serve, snapshot, err) : 0;
  request->missing = rc == AZML_E_NOT_FOUND;
  if (rc == 0)
    rc = check_gpus (s->job, err);
  if (rc == 0)
    rc = (order.waits ? azml__accept_make : azml__accept_begin) (
        &serve->layout, s->id, s->run, NULL, &fresh, &s->folder, &status, err);
  if (rc < 0)
    return rc;
  if (!fresh)
    return start_again (request, err);
  order.status = status;
  s->turn = ++serve->turns;
  return take_charge (request, &order, err);
}

int
azml__serve_start (azml__request *request, const json_t *args, azml_error **err)
{
  json_t *run = json_object_get (args, "run"), *job = json_object_get (args, "job");
  const char *id = "";
  azml__state state;
  int rc = azml__request_run_id (args, &id, err);
  if (rc < 0)
    return rc;
  if (!json_is_object (run) || !json_is_object (job))
    return azml__error (err, AZML_E_INVALID, "start: no \"run\" or no \"job\"");
  start *s = calloc (1, sizeof *s);
  if (!s)
    return azml__error_no_memory (err);
  s->folder = s->go = -1;
  s->run = json_incref (run);
  s->job = json_incref (job);
  s->places = (int)azml__json_integer (args, "places", 0);
  s->sync = json_is_true (json_object_get (args, "together")) ? AZML__SYNC_TOGETHER
                                                              : AZML__SYNC_NOW;
  strcpy (s->id, id);
  request->state = s;
  request->ops = &start_ops;
  /* A repeated start is the same run, whatever became of its snapshot.  */
  return azml__read_state (&request->serve->layout, id, &state, NULL) < 0
             ? start_new (request, err)
             : start_again (request, err);
}
