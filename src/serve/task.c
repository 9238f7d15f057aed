/* task.c: operations that take their time, in a child process.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Building an environment takes minutes, asking a dozen Pythons for their version
   seconds; the others must not wait for that.  The child has two pipes to us: what is
   printed, and lines of JSON, {"event": ...} each and at last {"reply"} or {"fail"}.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/json.h"
#include "process/close.h"
#include "serve/private.h"

#define TASK_STREAM 1

typedef struct task
{
  pid_t pid;
  azml__buffer lines;
  json_t *result; /* {"reply"} or {"fail"} */
} task;

static void
task_free (azml__request *request)
{
  task *t = request->state;
  if (t->pid && !t->result)
    kill (t->pid, SIGTERM);
  for (int i = 0; i < 2; i++)
    if (request->fds[i] >= 0)
      close (request->fds[i]);
  azml__buffer_done (&t->lines);
  json_decref (t->result);
  free (t);
}

/* In the child.  */

static azml_cancel *task_cancel;

static void
on_signal (int signal)
{
  (void)signal;
  azml_cancel_set (task_cancel);
}

static void
say (int fd, const char *key, json_t *value)
{
  AZML_AUTO (json_t) line = json_pack ("{s:o}", key, value);
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  if (!line || azml__json_append (&text, line, NULL) < 0)
    return;
  azml__buffer_add_char (&text, '\n');
  if (azml__buffer_ok (&text))
    (void)!azml__file_write (fd, text.data, text.length, NULL);
}

void
azml__task_event (const azml__task *self, json_t *event)
{
  say (self->lines, "event", event);
}

static _Noreturn void
task_main (azml__task *self, azml__task_fn fn, const json_t *args)
{
  AZML_AUTO (azml_error) err = NULL;
  struct sigaction action = { .sa_handler = on_signal };
  json_t *reply = NULL;
  /* Not the locks of runs, nor what those that wait for a place wait for: it may be that we
     are still at work when the parent has died.  */
  azml__close_others (self->log, self->lines);
  int null = open ("/dev/null", O_RDWR | O_CLOEXEC);
  setsid ();
  signal (SIGPIPE, SIG_DFL);
  if (azml_cancel_new (&task_cancel, &err) == 0)
    sigaction (SIGTERM, &action, NULL);
  self->cancel = task_cancel;
  /* The client must see our end, not the child's.  */
  if (null < 0 || dup2 (null, STDIN_FILENO) < 0 || dup2 (null, STDOUT_FILENO) < 0)
    _exit (1);
  if (fn (self, args, &reply, &err) < 0)
    say (self->lines, "fail", azml__error_to_json (err));
  else
    say (self->lines, "reply", reply);
  _exit (0);
}

/* In the parent.  */

/* Read what descriptor INDEX has into BUFFER; close it at its end.  */
static int
read_pipe (azml__request *request, int index, azml__buffer *buffer,
           azml_error **err)
{
  int *fd = &request->fds[index];
  if (*fd < 0)
    return 0;
  char *room = azml__buffer_room (buffer, 65536);
  if (!room)
    return azml__error_no_memory (err);
  ssize_t n = read (*fd, room, 65536);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return 0;
  if (n <= 0)
    close (azml__steal_fd (fd));
  else
    buffer->length += (size_t)n;
  return buffer->length > AZML__FRAME_LIMIT ? azml__error (
             err, AZML_E_TOO_LARGE, "an answer of %zu bytes", buffer->length)
                                            : 0;
}

static int
take_line (azml__request *request, const char *line, size_t n, azml_error **err)
{
  task *t = request->state;
  AZML_AUTO (json_t) json = NULL;
  int rc = azml__json_parse (line, n, "answer", &json, err);
  json_t *event = json_object_get (json, "event");
  if (rc == 0 && event)
    return azml__request_event (request, json_incref (event), err);
  if (rc == 0 && !t->result)
    t->result = azml_steal (&json);
  return rc;
}

static int
end_task (azml__request *request, azml_error **err)
{
  task *t = request->state;
  json_t *reply = json_object_get (t->result, "reply");
  if (reply)
    return azml__request_reply (request, json_incref (reply), err);
  return t->result
             ? azml__error_from_json (err, json_object_get (t->result, "fail"))
             : azml__error (err, AZML_E_FAILED,
                            "the process that worked on it was killed");
}

static int
task_work (azml__request *request, azml_error **err)
{
  task *t = request->state;
  AZML_AUTO_BUFFER log = AZML__BUFFER_INIT;
  size_t from = t->lines.length;
  request->awake = 0;
  int rc = read_pipe (request, 0, &log, err);
  if (rc == 0 && log.length)
    rc = azml__request_data (request, TASK_STREAM, log.data, log.length, err);
  if (rc == 0)
    rc = read_pipe (request, 1, &t->lines, err);
  for (char *end;
       rc == 0 && t->lines.length > from
       && (end = memchr (t->lines.data + from, '\n', t->lines.length - from));
       from = 0)
    {
      size_t n = (size_t)(end - t->lines.data);
      rc = take_line (request, t->lines.data, n, err);
      azml__buffer_drop (&t->lines, n + 1);
    }
  return rc < 0 || request->fds[0] >= 0 || request->fds[1] >= 0
             ? rc
             : end_task (request, err);
}

/* The client does not want it any more; the fail will say so.  */
static int
task_close (azml__request *request, azml_error **err)
{
  task *t = request->state;
  (void)err;
  kill (t->pid, SIGTERM);
  return 0;
}

static const azml__request_ops task_ops = { .close = task_close,
                                            .work = task_work,
                                            .free = task_free };

/* A pipe whose end for the child is in *RET_END; ours goes to FD.  */
static int
make_pipe (int *fd, int *ret_end, azml_error **err)
{
  int pair[2];
  if (pipe2 (pair, O_CLOEXEC) < 0)
    return azml__error_os (err, errno, "make a pipe");
  (void)fcntl (pair[0], F_SETFL, O_NONBLOCK);
  *fd = pair[0];
  *ret_end = pair[1];
  return 0;
}

int
azml__serve_task (azml__request *request, azml__task_fn fn, const json_t *args,
                  azml_error **err)
{
  AZML_AUTO_CLOSE int log = -1;
  AZML_AUTO_CLOSE int lines = -1;
  task *t = calloc (1, sizeof *t);
  if (!t)
    return azml__error_no_memory (err);
  request->state = t;
  request->ops = &task_ops;
  int rc = make_pipe (&request->fds[0], &log, err);
  if (rc == 0)
    rc = make_pipe (&request->fds[1], &lines, err);
  if (rc < 0)
    return rc;
  azml__task self = { .layout = &request->serve->layout,
                      .log = log,
                      .lines = lines };
  pid_t pid = fork ();
  if (pid == 0)
    task_main (&self, fn, args);
  if (pid < 0)
    return azml__error_os (err, errno, "make a process");
  t->pid = pid;
  return azml__serve_adopt (request->serve, pid, "", err);
}
