/* connection.c: one program on another machine.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "channel/connection.h"

#include "core/json.h"
#include "guile/binding.h"

struct call
{
  json_t *description;
  const char *line, *input;
  size_t n;
  azml__buffer output, complaint;
  int status;
  azml_error *err;
  int rc;
};

static void *
run_work (void *data)
{
  struct call *c = data;
  azml_cancel *cancel = azml__guile_cancel ();
  AZML_AUTO (azml__connection) connection = NULL;
  c->rc = azml__connection_open (c->description, cancel, &connection, &c->err);
  if (c->rc == 0)
    c->rc = azml__connection_run (connection, c->line, c->input, c->n, cancel,
                                  &c->output, &c->complaint, &c->status, &c->err);
  return NULL;
}

/* Have the machine that CHANNEL (an object) leads to execute LINE with the input INPUT.
   Return (STATUS OUTPUT COMPLAINT), the last two strings.  */
static SCM
connection_run (SCM channel, SCM line, SCM input)
{
  static const char who[] = "%connection-run";
  struct call c = { .line = azml__guile_to_text (line, who, 2) };
  c.input = azml__guile_to_bytes (input, &c.n, who, 3);
  azml__guile_check_json (channel, who, 1);
  c.description = azml__guile_to_json (channel);
  azml__guile_blocking (run_work, &c);
  scm_remember_upto_here_2 (line, input);
  json_decref (c.description);
  if (c.rc < 0)
    {
      azml__buffer_done (&c.output);
      azml__buffer_done (&c.complaint);
      azml__guile_throw (who, c.err);
    }
  char *output = azml__buffer_steal (&c.output);
  char *complaint = azml__buffer_steal (&c.complaint);
  SCM said = azml__guile_take_text (output);
  return scm_list_3 (scm_from_int (c.status), said,
                     azml__guile_take_text (complaint));
}

void
azml__guile_init_connection (void)
{
  azml__guile_define ("%connection-run", 3, 0, connection_run);
}
