/* ssh-match.h: Match lines of ~/.ssh/config.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_SSH_MATCH_H
#define AZML_CHANNEL_SSH_MATCH_H

#include "channel/ssh-config.h"

/* What is known of the host so far.  FINAL: the files are read for the second time.  */
typedef struct azml__ssh_match
{
  azml__ssh_config *config;
  int final, final_seen;
} azml__ssh_match;

/* Store in *RET whether the CRITERIA of a Match line, which are cut into words, apply.
   AZML_E_INVALID: there is no such criterion, or one lacks its value.  */
int azml__ssh_match_line (azml__ssh_match *match, char *criteria, int *ret,
                          azml_error **err);

#endif
