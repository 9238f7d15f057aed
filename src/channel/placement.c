/* placement.c: the channel to a runner that may have to be placed first.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   What the client writes goes to the program that looks for the runner at once, and is
   kept until that has answered: a runner that is there has it already, one that was
   placed gets it then.  */

#include <config.h>

#include "channel/placement.h"

#include <string.h>

#include "channel/kit.h"
#include "core/random.h"

#define KEPT_LIMIT ((size_t)4 << 20)  /* of what is written before an answer */
#define NOISE_LIMIT ((size_t)1 << 20) /* of what a login shell prints */

typedef enum step
{
  STEP_LOOKING, /* for a runner; the client's bytes go there */
  STEP_OFFERED, /* the other side makes room */
  STEP_SENDING, /* `upload`: the program */
  STEP_PACKING, /* the program was sent, and is tried */
  STEP_PYTHON,  /* `upload`: the package, then the greeting is waited for */
  STEP_SERVING
} step;

typedef struct placed_channel
{
  azml__channel base;
  azml__connection *connection;
  azml__channel *inner;
  azml__kit_content kit;
  char *root;
  step step;
  azml__buffer heard;         /* not understood yet; then not read yet */
  azml__buffer kept;          /* what the client wrote */
  size_t sent;                /* of kept, to inner */
  const azml__buffer *upload; /* of the kit, or NULL */
  size_t uploaded;
  int inner_ended, end_input;
  int doubted; /* the runner that was there did not answer */
} placed_channel;

/* Write what is left of DATA behind *DONE.  Somebody who does not read any more says
   why on the other stream.  */
static int
push (placed_channel *placed, const azml__buffer *data, size_t *done,
      azml_error **err)
{
  while (*done < data->length)
    {
      size_t n = 0;
      AZML_AUTO (azml_error) failure = NULL;
      int rc = azml__channel_write (placed->inner, data->data + *done,
                                    data->length - *done, &n, &failure);
      if (rc == AZML_E_UNREACHABLE && placed->step != STEP_SERVING)
        return 0;
      if (rc < 0)
        return azml__error (err, rc, "%s", azml_error_message (failure));
      if (n == 0)
        return 0;
      *done += n;
    }
  return 0;
}

static int
execute (placed_channel *placed, char *line, azml_error **err)
{
  AZML_AUTO_FREE char *taken = line;
  azml__channel_free (azml_steal (&placed->inner));
  placed->inner_ended = 0;
  return azml__connection_execute (placed->connection, taken, &placed->inner, err);
}

/* There is no runner on the machine that says it is MACHINE.  */
static int
begin_to_place (placed_channel *placed, const char *machine, azml_error **err)
{
  char token[AZML__RANDOM_ID_LENGTH + 1];
  char *line;
  int rc = azml__kit_check_machine (machine,
                                    azml__kit_machine (&placed->kit.runner), err);
  if (rc == 0)
    rc = azml__random_id (token, err);
  if (rc == 0)
    rc = azml__kit_place_line (placed->root, placed->kit.digest,
                               placed->kit.runner.length, token, &line, err);
  if (rc == 0)
    rc = execute (placed, line, err);
  if (rc < 0)
    return rc;
  placed->step = STEP_OFFERED;
  placed->sent = 0;
  azml__buffer_truncate (&placed->heard, 0);
  return 0;
}

static void
begin_upload (placed_channel *placed, step next, const azml__buffer *what)
{
  placed->step = next;
  placed->upload = what;
  placed->uploaded = 0;
}

/* Act on WORD, the lines START to END of what was heard.  */
static int
obey (placed_channel *placed, azml__kit_word word, size_t start, size_t end,
      const char *rest, azml_error **err)
{
  switch (word)
    {
    case AZML__KIT_SERVES:
      azml__buffer_drop (&placed->heard, start);
      placed->step = STEP_SERVING;
      placed->upload = NULL;
      return 0;
    case AZML__KIT_FAIL:
      return azml__kit_fail (rest ? rest : "", err);
    case AZML__KIT_ASK:
      if (placed->step == STEP_LOOKING)
        return begin_to_place (placed, rest ? rest : "", err);
      break;
    case AZML__KIT_SEND:
      if (placed->step == STEP_OFFERED)
        begin_upload (placed, STEP_SENDING, &placed->kit.runner);
      break;
    case AZML__KIT_PYTHON:
      if (placed->step == STEP_PACKING || placed->step == STEP_SENDING)
        begin_upload (placed, STEP_PYTHON, &placed->kit.python);
      break;
    case AZML__KIT_NOTHING:
      break;
    }
  azml__buffer_drop (&placed->heard, end);
  return 0;
}

/* Something stands where the runner should, which is executed and does not greet: part of
   a file, say, on a disk that was full or that somebody tidied up.  A runner that had
   greeted would have read; this one has not, so it is placed once more.  */
static int
doubt (placed_channel *placed, azml_error **err)
{
  char *line;
  int rc = azml__kit_ask_line (&line, err);
  if (rc < 0)
    return rc;
  placed->doubted = 1;
  azml__buffer_truncate (&placed->heard, 0);
  return execute (placed, line, err);
}

/* The program ended without an answer.  What it said is for the client to read.  */
static int
judge_end (placed_channel *placed, azml_error **err)
{
  int code = 0;
  int rc = azml__channel_status (placed->inner, &code, err);
  if (rc < 0)
    return rc;
  if (placed->step == STEP_LOOKING && !placed->doubted)
    return doubt (placed, err);
  if (placed->step == STEP_LOOKING && code == 127)
    {
      rc = azml__error (err, AZML_E_UNSUPPORTED, "the machine has no /bin/sh");
      azml__error_hint (err, "azml-guile needs a POSIX shell there");
      return rc;
    }
  if (placed->step != STEP_LOOKING)
    return azml__error (err, AZML_E_UNREACHABLE,
                        "the connection ended while azml-runner was placed");
  return 0;
}

/* Read what came, and act on it.  *RET_MORE: something came.  */
static int
listen_once (placed_channel *placed, int *ret_more, azml_error **err)
{
  size_t n = 0, start, end;
  AZML_AUTO_FREE char *rest = NULL;
  *ret_more = 0;
  char *room = azml__buffer_room (&placed->heard, 65536);
  if (!room)
    return azml__error_no_memory (err);
  int rc = azml__channel_read (placed->inner, AZML__CHANNEL_STDOUT, room, 65536, &n,
                               &placed->inner_ended, err);
  if (rc < 0)
    return rc;
  placed->heard.length += n;
  *ret_more = n > 0;
  azml__kit_word word = azml__kit_parse (&placed->heard, &start, &end, &rest);
  if (word != AZML__KIT_NOTHING)
    {
      *ret_more = 1;
      return obey (placed, word, start, end, rest, err);
    }
  if (placed->inner_ended)
    return judge_end (placed, err);
  if (placed->heard.length > NOISE_LIMIT)
    return azml__error (
        err, AZML_E_PROTOCOL,
        "not a shell: it printed more than a megabyte and no answer");
  return 0;
}

/* Go on as far as that is possible without waiting.  */
static int
advance (placed_channel *placed, azml_error **err)
{
  int rc = 0;
  for (int more = 1; rc == 0 && more && placed->step != STEP_SERVING;)
    {
      if (placed->step == STEP_LOOKING)
        rc = push (placed, &placed->kept, &placed->sent, err);
      else if (placed->upload)
        rc = push (placed, placed->upload, &placed->uploaded, err);
      if (rc == 0 && placed->step == STEP_SENDING
          && placed->uploaded == placed->upload->length)
        placed->step = STEP_PACKING;
      if (rc == 0)
        rc = listen_once (placed, &more, err);
      if (placed->inner_ended && placed->step == STEP_LOOKING)
        more = 0;
    }
  if (rc == 0 && placed->step == STEP_SERVING)
    {
      rc = push (placed, &placed->kept, &placed->sent, err);
      if (rc == 0 && placed->sent == placed->kept.length)
        {
          azml__buffer_truncate (&placed->kept, 0);
          placed->sent = 0;
          if (placed->end_input)
            rc = azml__channel_end_input (placed->inner, err);
        }
    }
  return rc;
}

static int
placed_read (azml__channel *channel, int stream, void *data, size_t n, size_t *ret,
             int *ret_end, azml_error **err)
{
  placed_channel *placed = (placed_channel *)channel;
  *ret = 0;
  *ret_end = 0;
  if (stream == AZML__CHANNEL_STDERR)
    {
      int rc =
          azml__channel_read (placed->inner, stream, data, n, ret, ret_end, err);
      *ret_end = *ret_end && placed->step == STEP_SERVING;
      return rc;
    }
  int rc = placed->step == STEP_SERVING ? 0 : advance (placed, err);
  if (rc < 0 || (placed->step != STEP_SERVING && !placed->inner_ended))
    return rc;
  if (!placed->heard.length)
    return azml__channel_read (placed->inner, stream, data, n, ret, ret_end, err);
  *ret = n < placed->heard.length ? n : placed->heard.length;
  memcpy (data, placed->heard.data, *ret);
  azml__buffer_drop (&placed->heard, *ret);
  return 0;
}

static int
placed_write (azml__channel *channel, const void *data, size_t n, size_t *ret,
              azml_error **err)
{
  placed_channel *placed = (placed_channel *)channel;
  *ret = 0;
  if (placed->step == STEP_SERVING && placed->kept.length)
    {
      int rc = advance (placed, err);
      if (rc < 0 || placed->kept.length)
        return rc;
    }
  if (placed->step == STEP_SERVING)
    return azml__channel_write (placed->inner, data, n, ret, err);
  if (placed->kept.length + n > KEPT_LIMIT)
    n = KEPT_LIMIT - placed->kept.length;
  azml__buffer_add (&placed->kept, data, n);
  if (!azml__buffer_ok (&placed->kept))
    return azml__error_no_memory (err);
  *ret = n;
  return placed->step == STEP_LOOKING
             ? push (placed, &placed->kept, &placed->sent, err)
             : 0;
}

static int
placed_end_input (azml__channel *channel, azml_error **err)
{
  placed_channel *placed = (placed_channel *)channel;
  if (placed->step == STEP_SERVING && !placed->kept.length)
    return azml__channel_end_input (placed->inner, err);
  placed->end_input = 1;
  return 0;
}

static int
placed_wait (azml__channel *channel, int wanted, int timeout_ms,
             azml_cancel *cancel, int *ret_ready, azml_error **err)
{
  placed_channel *placed = (placed_channel *)channel;
  int unsent = placed->sent < placed->kept.length;
  if (placed->step == STEP_SERVING && !unsent && !placed->heard.length)
    return azml__channel_wait (placed->inner, wanted, timeout_ms, cancel, ret_ready,
                               err);
  if (placed->step == STEP_SERVING && placed->heard.length
      && (wanted & AZML__CHANNEL_READABLE))
    {
      *ret_ready = AZML__CHANNEL_READABLE;
      return 0;
    }
  int sending = placed->step == STEP_LOOKING || placed->step == STEP_SERVING
                    ? unsent
                    : placed->upload && placed->uploaded < placed->upload->length;
  int ready, rc = azml__channel_wait (placed->inner,
                                      AZML__CHANNEL_READABLE
                                          | (sending ? AZML__CHANNEL_WRITABLE : 0),
                                      timeout_ms, cancel, &ready, err);
  if (rc < 0)
    return rc;
  if (ready)
    rc = advance (placed, err);
  /* The client reads what went wrong, and takes what was sent for a sign of life.  */
  *ret_ready = ready;
  return rc;
}

static int
placed_status (azml__channel *channel, int *ret_exit, azml_error **err)
{
  return azml__channel_status (((placed_channel *)channel)->inner, ret_exit, err);
}

static void
placed_free (azml__channel *channel)
{
  placed_channel *placed = (placed_channel *)channel;
  azml__channel_free (placed->inner);
  azml__connection_free (placed->connection);
  azml__kit_done (&placed->kit);
  azml__buffer_done (&placed->heard);
  azml__buffer_done (&placed->kept);
  free (placed->root);
  free (placed);
}

static const struct azml__channel_ops placed_ops = {
  .name = "placed",
  .read = placed_read,
  .write = placed_write,
  .end_input = placed_end_input,
  .wait = placed_wait,
  .status = placed_status,
  .free = placed_free,
};

int
azml__placement_execute (azml__connection *connection, const azml__kit *kit,
                         const char *root, azml__channel **ret, azml_error **err)
{
  char *line;
  placed_channel *placed = calloc (1, sizeof *placed);
  if (!placed)
    return azml__error_no_memory (err);
  placed->base.ops = &placed_ops;
  placed->connection = azml__connection_ref (connection);
  AZML_AUTO (azml__channel) made = &placed->base;
  if (root && !(placed->root = strdup (root)))
    return azml__error_no_memory (err);
  int rc = azml__kit_read (kit, &placed->kit, err);
  if (rc == 0)
    rc = azml__kit_find_line (root, placed->kit.digest, &line, err);
  if (rc == 0)
    rc = execute (placed, line, err);
  if (rc == 0)
    *ret = azml_steal (&made);
  return rc;
}
