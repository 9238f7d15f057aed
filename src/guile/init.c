/* init.c: the extension's one entry.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "guile/binding.h"

static void (*const nouns[]) (void) = {
  azml__guile_init_interrupt, azml__guile_init_error,
  azml__guile_init_cancel,    azml__guile_init_blocking,
  azml__guile_init_signals,   azml__guile_init_handle,
  azml__guile_init_string,    azml__guile_init_json,
  azml__guile_init_clock,     azml__guile_init_config,
  azml__guile_init_file,      azml__guile_init_project,
  azml__guile_init_store,     azml__guile_init_metrics,
  azml__guile_init_snapshot,  azml__guile_init_paths,
  azml__guile_init_session,   azml__guile_init_connection,
  azml__guile_init_gpu,       azml__guile_init_mirror,
  azml__guile_init_receive,   azml__guile_init_put,
  azml__guile_init_jobserver, azml__guile_init_secret,
  azml__guile_init_git,
};

void
azml_guile_init (void)
{
  for (size_t i = 0; i < sizeof nouns / sizeof *nouns; i++)
    nouns[i]();
}
