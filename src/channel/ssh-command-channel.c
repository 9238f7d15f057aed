/* ssh-command-channel.c: a program executed by the ssh command.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   ssh ends with 255 for whatever goes wrong on the way, and so may the program.  What
   ssh writes to its standard error tells one from the other, and what was wrong.  */

#include <config.h>

#include <signal.h>
#include <string.h>

#include "channel/connection-private.h"
#include "channel/ssh-command-channel.h"
#include "channel/ssh-changed.h"
#include "channel/ssh-complaint.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/json.h"

#define TAIL_SIZE 8192                  /* of standard error, to be understood */
#define REPLAY_SIZE ((size_t)256 << 10) /* of input, until the machine answers */
#define END_MS 1000 /* how long ssh may take to end when its output has ended */

typedef struct command_channel
{
  azml__channel base;
  azml__connection *connection;
  azml__channel *inner; /* NULL: between two attempts */
  char **argv;
  const char *address;
  azml__buffer tail;   /* of standard error */
  azml__buffer unread; /* standard error that was read ahead */
  azml__buffer replay; /* input that was written before any output came */
  size_t replayed;     /* of it, to this ssh */
  int heard;           /* output came: it is connected */
  int verbose;         /* this ssh says how far it came */
  int was_busy;        /* an earlier attempt was refused for now */
  int input_ended, judged;
  int attempt;
  int64_t give_up, again; /* when; again is 0 unless it waits */
  azml_error *failure;    /* why it ended, once that is known */
} command_channel;

/* Set *ERR once more to why the channel is of no use; 0 if it is.  */
static int
failure_of (const command_channel *command, azml_error **err)
{
  if (!command->failure)
    return 0;
  AZML_AUTO (json_t) json = azml__error_to_json (command->failure);
  return json ? azml__error_from_json (err, json) : azml__error_no_memory (err);
}

/* ARGV with WORD as its Nth (new; the words are borrowed).  */
static char **
with_word (char **argv, size_t n, const char *word)
{
  size_t count = 0;
  while (argv[count])
    count++;
  char **all = calloc (count + 2, sizeof *all);
  if (!all)
    return NULL;
  memcpy (all, argv, n * sizeof *all);
  all[n] = (char *)word;
  memcpy (all + n + 1, argv + n, (count - n) * sizeof *all);
  return all;
}

static int
start (command_channel *command, azml_error **err)
{
  AZML_AUTO_FREE char **louder = NULL; /* its words are borrowed */
  command->replayed = 0;
  azml__buffer_truncate (&command->tail, 0);
  if (command->verbose
      && !(louder = with_word (command->argv, AZML__SSH_COMMAND_PROGRAM + 1,
                               "-oLogLevel=VERBOSE")))
    return azml__error_no_memory (err);
  return azml__channel_program (louder ? louder : command->argv, &command->inner,
                                err);
}

/* Keep the end of what ssh says.  */
static void
remember (command_channel *command, const char *data, size_t n)
{
  azml__buffer_add (&command->tail, data, n);
  if (command->tail.length > TAIL_SIZE)
    azml__buffer_drop (&command->tail, command->tail.length - TAIL_SIZE);
}

/* Read what ssh still has to say; a ControlMaster that it left behind may hold its
   standard error open.  */
static void
drain (command_channel *command)
{
  char data[4096];
  size_t n;
  int end;
  do
    {
      if (azml__channel_read (command->inner, AZML__CHANNEL_STDERR, data,
                              sizeof data, &n, &end, NULL)
          < 0)
        return;
      remember (command, data, n);
      azml__buffer_add (&command->unread, data, n);
    }
  while (n && !end);
}

/* 1 if it may be tried again after REASON, and is.  From version 10 on ssh does not say,
   unless it is asked to, whether a connection was closed before the server's banner, as by
   one at which too many log in, or behind it: so it is asked, once.  */
static int
try_again (command_channel *command, azml__ssh_reason reason)
{
  int64_t now = azml__clock_boot_ms ();
  int unclear = reason == AZML__SSH_CLOSED && !command->verbose;
  if ((reason != AZML__SSH_BUSY && !unclear) || command->heard
      || command->replay.length > REPLAY_SIZE)
    return 0;
  int pause = azml__ssh_pause_ms (command->attempt);
  if (now + pause > command->give_up)
    return 0;
  command->attempt++;
  command->verbose |= unclear;
  command->was_busy |= !unclear;
  command->again = now + pause;
  azml__channel_free (azml_steal (&command->inner));
  azml__buffer_truncate (&command->unread, 0);
  if (!unclear)
    azml__connection_tell (command->connection,
                           "'%s' refuses new connections; next attempt in %.1f s",
                           command->address, pause / 1000.0);
  return 1;
}

/* 1 if DETAIL is what ssh says when it loses a connection before it is let in; later it
   says so otherwise.  */
static int
is_of_login (const char *detail)
{
  return strncmp (detail, "Connection closed by ", 21) == 0
         || strncmp (detail, "Connection reset by ", 20) == 0
         || (strncmp (detail, "ssh_dispatch_run_fatal: ", 24) == 0
             && strstr (detail, "Broken pipe"));
}

/* The program's output has ended: find out why.  Store 1 in *RET_AGAIN if ssh is going
   to be started again.  */
static int
judge (command_channel *command, int *ret_again, azml_error **err)
{
  int code;
  AZML_AUTO_FREE char *detail = NULL;
  *ret_again = 0;
  if (command->judged || !azml__channel_ended (command->inner, END_MS))
    return 0;
  int rc = azml__channel_status (command->inner, &code, err);
  if (rc < 0)
    return rc;
  if (code == 255)
    {
      drain (command);
      azml__buffer_add_char (&command->tail, '\0');
      azml__ssh_reason reason =
          azml__buffer_ok (&command->tail)
              ? azml__ssh_understand (command->tail.data, &detail)
              : AZML__SSH_LOST;
      if (reason == AZML__SSH_LOST && detail && is_of_login (detail))
        reason = AZML__SSH_CLOSED;
      if (try_again (command, reason))
        {
          *ret_again = 1;
          return 0;
        }
      /* No time is left to ask; a moment ago it was clear.  */
      if (reason == AZML__SSH_CLOSED && command->was_busy && !command->verbose)
        reason = AZML__SSH_BUSY;
      if (reason == AZML__SSH_HOST_CHANGED)
        azml__ssh_fail_changed (&command->failure, command->address,
                                command->tail.data);
      else if (reason != AZML__SSH_NONE)
        azml__ssh_fail (&command->failure, reason, command->address, detail);
    }
  else if (code > 128 && code <= 128 + SIGRTMAX && !command->heard)
    azml__ssh_fail (&command->failure, AZML__SSH_LOST, command->address,
                    "ssh was killed");
  command->judged = 1;
  return failure_of (command, err);
}

static int
command_read (azml__channel *channel, int stream, void *data, size_t n, size_t *ret,
              int *ret_end, azml_error **err)
{
  command_channel *command = (command_channel *)channel;
  int again, rc = failure_of (command, err);
  *ret = 0;
  *ret_end = 0;
  if (rc < 0 || !command->inner)
    return rc;
  if (stream == AZML__CHANNEL_STDERR && command->unread.length)
    {
      *ret = n < command->unread.length ? n : command->unread.length;
      memcpy (data, command->unread.data, *ret);
      azml__buffer_drop (&command->unread, *ret);
      return 0;
    }
  rc = azml__channel_read (command->inner, stream, data, n, ret, ret_end, err);
  if (rc < 0)
    return rc;
  if (stream == AZML__CHANNEL_STDERR)
    {
      remember (command, data, *ret);
      if (command->verbose)
        *ret = azml__ssh_hush (data, *ret);
    }
  else if (*ret && !command->heard)
    {
      command->heard = 1;
      azml__buffer_done (&command->replay);
      command->replayed = 0;
    }
  else if (*ret_end)
    {
      rc = judge (command, &again, err);
      *ret_end = !again;
    }
  return rc;
}

/* Give this ssh what an earlier one got.  */
static int
replay (command_channel *command, azml_error **err)
{
  size_t n;
  while (command->inner && command->replayed < command->replay.length)
    {
      int rc = azml__channel_write (
          command->inner, command->replay.data + command->replayed,
          command->replay.length - command->replayed, &n, err);
      if (rc < 0 || n == 0)
        return rc;
      command->replayed += n;
    }
  return 0;
}

static int
command_write (azml__channel *channel, const void *data, size_t n, size_t *ret,
               azml_error **err)
{
  command_channel *command = (command_channel *)channel;
  int rc = failure_of (command, err);
  *ret = 0;
  if (rc == 0)
    rc = replay (command, err);
  if (rc < 0 || !command->inner || command->replayed < command->replay.length)
    return rc;
  rc = azml__channel_write (command->inner, data, n, ret, err);
  if (rc == AZML_E_UNREACHABLE && !command->heard)
    {
      /* ssh is gone; reading its output tells why.  */
      if (err)
        azml_error_free (azml_steal (err));
      return 0;
    }
  if (rc == 0 && !command->heard && command->replay.length <= REPLAY_SIZE)
    {
      azml__buffer_add (&command->replay, data, *ret);
      command->replayed = command->replay.length;
      if (!azml__buffer_ok (&command->replay))
        return azml__error_no_memory (err);
    }
  return rc;
}

static int
command_end_input (azml__channel *channel, azml_error **err)
{
  command_channel *command = (command_channel *)channel;
  command->input_ended = 1;
  return command->inner && command->replayed == command->replay.length
             ? azml__channel_end_input (command->inner, err)
             : 0;
}

/* Start ssh again once it is time.  */
static int
pause_and_start (command_channel *command, int timeout_ms, azml_cancel *cancel,
                 azml_error **err)
{
  int n;
  int64_t left = command->again - azml__clock_boot_ms ();
  int whole = timeout_ms < 0 || left <= timeout_ms;
  int pause = !whole ? timeout_ms : left > 0 ? (int)left : 0;
  int rc = azml__cancel_poll (cancel, NULL, 0, pause, &n, err);
  if (rc < 0 || !whole)
    return rc;
  command->again = 0;
  return start (command, err);
}

static int
command_wait (azml__channel *channel, int wanted, int timeout_ms,
              azml_cancel *cancel, int *ret_ready, azml_error **err)
{
  command_channel *command = (command_channel *)channel;
  int64_t end = azml__clock_boot_ms () + timeout_ms;
  *ret_ready = 0;
  for (;;)
    {
      int rc = failure_of (command, NULL);
      if (rc < 0)
        {
          *ret_ready = wanted; /* reading says what is wrong */
          return 0;
        }
      int64_t left = end - azml__clock_boot_ms ();
      int ms = timeout_ms < 0 ? -1 : left > 0 ? (int)left : 0;
      if (!command->inner)
        rc = pause_and_start (command, ms, cancel, err);
      if (rc == 0 && command->inner)
        {
          int sending = command->replayed < command->replay.length;
          rc = azml__channel_wait (
              command->inner, sending ? wanted | AZML__CHANNEL_WRITABLE : wanted,
              ms, cancel, ret_ready, err);
          if (rc == 0 && sending && (*ret_ready & AZML__CHANNEL_WRITABLE)
              && replay (command, NULL) < 0)
            *ret_ready = wanted & AZML__CHANNEL_READABLE;
          if (sending)
            *ret_ready &= AZML__CHANNEL_READABLE & wanted;
          if (rc == 0 && command->input_ended
              && command->replayed == command->replay.length)
            rc = azml__channel_end_input (command->inner, err);
        }
      if (rc < 0 || *ret_ready || (timeout_ms >= 0 && ms == 0))
        return rc;
    }
}

static int
command_status (azml__channel *channel, int *ret_exit, azml_error **err)
{
  command_channel *command = (command_channel *)channel;
  int again, rc = failure_of (command, err);
  while (rc == 0 && !command->judged)
    {
      if (!command->inner)
        rc = pause_and_start (command, -1, NULL, err);
      if (rc == 0)
        rc = azml__channel_status (command->inner, ret_exit, err);
      if (rc == 0)
        rc = judge (command, &again, err);
    }
  return rc < 0 ? rc : azml__channel_status (command->inner, ret_exit, err);
}

static void
command_channel_free (azml__channel *channel)
{
  command_channel *command = (command_channel *)channel;
  azml__channel_free (command->inner);
  azml__strings_free (command->argv);
  azml__buffer_done (&command->tail);
  azml__buffer_done (&command->unread);
  azml__buffer_done (&command->replay);
  azml_error_free (command->failure);
  azml__connection_free (command->connection);
  free (command);
}

static const struct azml__channel_ops command_channel_ops = {
  .name = "ssh",
  .read = command_read,
  .write = command_write,
  .end_input = command_end_input,
  .wait = command_wait,
  .status = command_status,
  .free = command_channel_free,
};

int
azml__ssh_command_channel (azml__connection *connection, char **argv,
                           const char *address, int patience_ms,
                           azml__channel **ret, azml_error **err)
{
  command_channel *command = calloc (1, sizeof *command);
  if (!command)
    {
      azml__strings_free (argv);
      return azml__error_no_memory (err);
    }
  command->base.ops = &command_channel_ops;
  command->connection = azml__connection_ref (connection);
  command->argv = argv;
  command->address = address;
  command->give_up = azml__clock_boot_ms () + patience_ms;
  int rc = start (command, err);
  if (rc < 0)
    command_channel_free (&command->base);
  else
    *ret = &command->base;
  return rc;
}
