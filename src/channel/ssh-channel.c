/* ssh-channel.c: a program executed over a libssh session.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Input is written as
   soon as the request to execute is on its way, so that a program's first words need
   no round trip of their own.  */

#include <config.h>

#include "channel/ssh-channel.h"

#include <libssh/callbacks.h>
#include <signal.h>
#include <string.h>

#include "channel/ssh-stream.h"
#include "core/cancel.h"
#include "core/clock.h"

#define FAREWELL_MS 500 /* for the last words of a channel */
#define REOPEN_MS 50 /* before the second attempt to open one, then twice as long */
#define REOPEN_TRIES 7
#define LEAST_READ 2048 /* of a turn while much comes */

typedef struct ssh_stream_channel
{
  azml__channel base;
  azml__connection *connection;
  azml__ssh *ssh;
  ssh_channel channel;
  struct ssh_channel_callbacks_struct callbacks;
  char *text;
  enum
  {
    OPENING,
    REQUESTING,
    RUNNING,
    BROKEN
  } state;
  int tries;         /* to open it, that the server refused */
  int64_t reopen_at; /* when to try again; 0: now is no pause */
  int input_ended;   /* asked for */
  int eof_sent;
  int exit_code;               /* -1: not known */
  azml__ssh_stream streams[2]; /* of output, of errors */
  azml_error *failure;         /* why it is BROKEN */
} ssh_stream_channel;

static const struct
{
  const char *name;
  int number;
} signals[] = {
  { "ABRT", SIGABRT }, { "ALRM", SIGALRM }, { "FPE", SIGFPE },
  { "HUP", SIGHUP },   { "ILL", SIGILL },   { "INT", SIGINT },
  { "KILL", SIGKILL }, { "PIPE", SIGPIPE }, { "QUIT", SIGQUIT },
  { "SEGV", SIGSEGV }, { "TERM", SIGTERM }, { "USR1", SIGUSR1 },
  { "USR2", SIGUSR2 },
};

/* Called by libssh.  Return how much of DATA was taken.  */
static int
take_data (ssh_session session, ssh_channel channel, void *data, uint32_t n,
           int is_stderr, void *user)
{
  ssh_stream_channel *c = user;
  (void)session;
  (void)channel;
  return azml__ssh_stream_take (&c->streams[is_stderr != 0], data, n);
}

static void
take_exit (ssh_session session, ssh_channel channel, int code, void *user)
{
  (void)session;
  (void)channel;
  ((ssh_stream_channel *)user)->exit_code = code & 255;
}

static void
take_signal (ssh_session session, ssh_channel channel, const char *name, int core,
             const char *text, const char *language, void *user)
{
  ssh_stream_channel *c = user;
  (void)session;
  (void)channel;
  (void)core;
  (void)text;
  (void)language;
  c->exit_code = 128 + SIGKILL;
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
    if (strcmp (signals[i].name, name) == 0)
      c->exit_code = 128 + signals[i].number;
}

/* Set *ERR once more to why the channel is of no use; 0 if it is.  */
static int
failure_of (const ssh_stream_channel *c, azml_error **err)
{
  if (c->state != BROKEN)
    return 0;
  AZML_AUTO (json_t) json = azml__error_to_json (c->failure);
  return json ? azml__error_from_json (err, json) : azml__error_no_memory (err);
}

static void
break_off (ssh_stream_channel *c, azml__ssh_reason reason)
{
  const char *said = ssh_get_error (c->ssh->session);
  if (c->state == BROKEN)
    return;
  /* what is known of the end is not lost with the connection */
  if (c->exit_code >= 0)
    return;
  c->state = BROKEN;
  azml__ssh_fail (&c->failure, reason, c->ssh->config->name,
                  said && *said ? said : NULL);
}

/* A new libssh channel for C.  Return 0 when out of memory.  */
static int
make_channel (ssh_stream_channel *c)
{
  if (c->channel)
    {
      ssh_remove_channel_callbacks (c->channel, &c->callbacks);
      ssh_channel_free (c->channel);
    }
  c->channel = ssh_channel_new (c->ssh->session);
  return c->channel
         && ssh_add_channel_callbacks (c->channel, &c->callbacks) == SSH_OK;
}

/* A machine that allows one session (MaxSessions) counts the one before until its
   program is gone, which may be after we have heard its end.  Return 1 if it is worth
   another attempt.  */
static int
try_later (ssh_stream_channel *c)
{
  if (!c->ssh->opened || c->tries >= REOPEN_TRIES
      || !ssh_is_connected (c->ssh->session))
    return 0;
  c->reopen_at = azml__clock_boot_ms () + (REOPEN_MS << c->tries++);
  return make_channel (c);
}

/* Do what the state of the connection allows now.  */
static void
advance (ssh_stream_channel *c)
{
  if (c->reopen_at && azml__clock_boot_ms () >= c->reopen_at)
    c->reopen_at = 0;
  if (c->state == OPENING && !c->reopen_at)
    {
      int rc = ssh_channel_open_session (c->channel);
      if (rc == SSH_OK)
        {
          c->state = REQUESTING;
          c->ssh->opened = 1;
        }
      else if (rc != SSH_AGAIN && !try_later (c))
        break_off (c, ssh_is_connected (c->ssh->session) ? AZML__SSH_NO_CHANNEL
                                                         : AZML__SSH_LOST);
    }
  if (c->state == REQUESTING)
    {
      int rc = ssh_channel_request_exec (c->channel, c->text);
      if (rc == SSH_OK)
        c->state = RUNNING;
      else if (rc != SSH_AGAIN)
        break_off (c, ssh_is_connected (c->ssh->session) ? AZML__SSH_NO_CHANNEL
                                                         : AZML__SSH_LOST);
    }
  if (c->input_ended && !c->eof_sent
      && (c->state == REQUESTING || c->state == RUNNING))
    c->eof_sent = ssh_channel_send_eof (c->channel) != SSH_AGAIN;
}

/* Let libssh read and write what is possible now.  Return 0 if there was nothing.  */
static int
pump (ssh_stream_channel *c)
{
  if (c->state == BROKEN)
    return 0;
  int rc = ssh_event_dopoll (c->ssh->event, 0);
  advance (c);
  if (ssh_is_connected (c->ssh->session)
      && !(ssh_get_status (c->ssh->session) & SSH_CLOSED_ERROR))
    return rc == SSH_OK;
  break_off (c, AZML__SSH_LOST);
  return 0;
}

/* 1 if nothing more will come.  */
static int
ended (const ssh_stream_channel *c)
{
  return c->state != OPENING
         && (ssh_channel_is_eof (c->channel) || ssh_channel_is_closed (c->channel)
             || !ssh_is_connected (c->ssh->session));
}

static int
ssh_read (azml__channel *channel, int number, void *data, size_t n, size_t *ret,
          int *ret_end, azml_error **err)
{
  ssh_stream_channel *c = (ssh_stream_channel *)channel;
  azml__ssh_stream *s = &c->streams[number == AZML__CHANNEL_STDERR];
  *ret_end = 0;
  *ret = azml__ssh_stream_give (s, c->channel, number == AZML__CHANNEL_STDERR, data,
                                n);
  if (*ret == n)
    return 0;
  /* Straight to the reader, as long as anything comes, whatever it is: libssh reads 4 KiB
     at a time, and a packet has 32.  But no longer than it takes to fill DATA: a server
     that goes on sending what is for nobody must not keep us here.  */
  s->into = (char *)data + *ret;
  s->room = n - *ret;
  s->n = 0;
  for (size_t turns = n / LEAST_READ + 1; turns && s->n < s->room && pump (c);
       turns--)
    continue;
  s->into = NULL;
  *ret += s->n;
  if (*ret || azml__ssh_stream_waiting (s) || s->held)
    return 0;
  int rc = failure_of (c, err);
  *ret_end = rc == 0 && ended (c);
  return rc;
}

static int
ssh_write (azml__channel *channel, const void *data, size_t n, size_t *ret,
           azml_error **err)
{
  ssh_stream_channel *c = (ssh_stream_channel *)channel;
  *ret = 0;
  if (c->state == OPENING)
    pump (c);
  int rc = failure_of (c, err);
  if (rc < 0 || c->state == OPENING)
    return rc;
  if (ssh_channel_is_closed (c->channel))
    return azml__error (err, AZML_E_UNREACHABLE,
                        "the program does not read any more");
  if (ssh_get_poll_flags (c->ssh->session) & SSH_WRITE_PENDING)
    {
      (void)pump (c);
      if (ssh_get_poll_flags (c->ssh->session) & SSH_WRITE_PENDING)
        return failure_of (c, err);
    }
  if (n > (1 << 20))
    n = 1 << 20;
  int done = ssh_channel_write (c->channel, data, (uint32_t)n);
  if (done > 0)
    *ret = (size_t)done;
  else if (done < 0 && done != SSH_AGAIN)
    {
      break_off (c, AZML__SSH_LOST);
      return failure_of (c, err);
    }
  return 0;
}

static int
ssh_end_input (azml__channel *channel, azml_error **err)
{
  ssh_stream_channel *c = (ssh_stream_channel *)channel;
  (void)err;
  c->input_ended = 1;
  advance (c);
  return 0;
}

static int
ready_now (const ssh_stream_channel *c, int wanted)
{
  int ready = 0;
  if (c->state == BROKEN)
    return wanted;
  for (int i = 0; i < 2; i++)
    if (azml__ssh_stream_waiting (&c->streams[i]) || c->streams[i].held)
      ready |= AZML__CHANNEL_READABLE;
  if (ended (c))
    ready |= AZML__CHANNEL_READABLE;
  if ((c->state == REQUESTING || c->state == RUNNING)
      && !(ssh_get_poll_flags (c->ssh->session) & SSH_WRITE_PENDING)
      && (ssh_channel_window_size (c->channel)
          || ssh_channel_is_closed (c->channel)))
    ready |= AZML__CHANNEL_WRITABLE;
  return ready & wanted;
}

/* Wait for the connection, for MS (-1: for ever) or until it is time to open C again. */
static int
wait_for_socket (ssh_stream_channel *c, int ms, azml_cancel *cancel,
                 azml_error **err)
{
  int n;
  struct pollfd fd = { .fd = c->ssh->fd, .events = POLLIN };
  if (ssh_get_poll_flags (c->ssh->session) & SSH_WRITE_PENDING)
    fd.events |= POLLOUT;
  if (c->reopen_at)
    {
      int64_t pause = c->reopen_at - azml__clock_boot_ms ();
      pause = pause > 0 ? pause : 0;
      ms = ms < 0 || pause < ms ? (int)pause : ms;
    }
  return azml__cancel_poll (cancel, &fd, 1, ms, &n, err);
}

static int
ssh_wait (azml__channel *channel, int wanted, int timeout_ms, azml_cancel *cancel,
          int *ret_ready, azml_error **err)
{
  ssh_stream_channel *c = (ssh_stream_channel *)channel;
  int64_t end = azml__clock_boot_ms () + timeout_ms;
  for (;;)
    {
      int rc = azml__cancel_check (cancel, err);
      if (rc < 0)
        return rc;
      pump (c);
      *ret_ready = ready_now (c, wanted);
      int64_t left = end - azml__clock_boot_ms ();
      if (*ret_ready || (timeout_ms >= 0 && left <= 0))
        return 0;
      rc = wait_for_socket (c, timeout_ms < 0 ? -1 : (int)left, cancel, err);
      if (rc < 0)
        return rc;
    }
}

/* The exit status comes after the end of the output.  */
static int
ssh_status (azml__channel *channel, int *ret_exit, azml_error **err)
{
  ssh_stream_channel *c = (ssh_stream_channel *)channel;
  while (c->exit_code < 0)
    {
      int rc = failure_of (c, err);
      if (rc < 0)
        return rc;
      pump (c);
      if (c->exit_code >= 0 || c->state == BROKEN)
        continue;
      if (c->state == RUNNING && ssh_channel_is_closed (c->channel))
        {
          c->exit_code = 255; /* the server told none */
          break;
        }
      for (int i = 0; i < 2; i++)
        {
          /* output that nobody reads must not keep the program from ending */
          azml__ssh_stream *s = &c->streams[i];
          if (s->held || azml__ssh_stream_waiting (s) > AZML__SSH_KEEP_LIMIT / 2)
            {
              char rest[65536];
              while (azml__ssh_stream_give (s, c->channel, i, rest, sizeof rest)
                     == sizeof rest)
                continue;
            }
        }
      rc = wait_for_socket (c, 1000, NULL, err);
      if (rc < 0)
        return rc;
    }
  *ret_exit = c->exit_code;
  return 0;
}

static void
ssh_free_channel (azml__channel *channel)
{
  ssh_stream_channel *c = (ssh_stream_channel *)channel;
  if (c->channel)
    {
      ssh_remove_channel_callbacks (c->channel, &c->callbacks);
      ssh_channel_free (c->channel);
      if (c->state != BROKEN)
        (void)ssh_blocking_flush (c->ssh->session, FAREWELL_MS);
    }
  for (int i = 0; i < 2; i++)
    azml__buffer_done (&c->streams[i].kept);
  azml_error_free (c->failure);
  free (c->text);
  azml__connection_free (c->connection);
  free (c);
}

static const struct azml__channel_ops ssh_ops = {
  .name = "ssh",
  .read = ssh_read,
  .write = ssh_write,
  .end_input = ssh_end_input,
  .wait = ssh_wait,
  .status = ssh_status,
  .free = ssh_free_channel,
};

int
azml__ssh_channel_open (azml__connection *connection, azml__ssh *ssh,
                        const char *text, azml__channel **ret, azml_error **err)
{
  ssh_stream_channel *c = calloc (1, sizeof *c);
  if (!c)
    return azml__error_no_memory (err);
  c->base.ops = &ssh_ops;
  c->connection = azml__connection_ref (connection);
  c->ssh = ssh;
  c->exit_code = -1;
  c->text = strdup (text);
  c->callbacks.userdata = c;
  c->callbacks.channel_data_function = take_data;
  c->callbacks.channel_exit_status_function = take_exit;
  c->callbacks.channel_exit_signal_function = take_signal;
  ssh_callbacks_init (&c->callbacks);
  if (!c->text || !make_channel (c))
    {
      ssh_free_channel (&c->base);
      return azml__error_no_memory (err);
    }
  advance (c);
  *ret = &c->base;
  return 0;
}
