/* ssh-keyword.h: the keywords of ~/.ssh/config, and what may stand behind them.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_SSH_KEYWORD_H
#define AZML_CHANNEL_SSH_KEYWORD_H

#include "channel/ssh-config.h"

/* Take KEYWORD with what stands in REST, which is cut, unless something is known already;
   one that says nothing to us is passed over.  AZML_E_INVALID: that cannot stand there.  */
int azml__ssh_keyword (azml__ssh_config *config, const char *keyword, char *rest,
                       azml_error **err);

/* Add FILE to those that may hold a key.  */
int azml__ssh_add_identity (azml__ssh_config *config, const char *file,
                            azml_error **err);

/* Make capitals of TEXT small, as in the name of a host; NULL is fine.  Return TEXT.  */
char *azml__ssh_lower (char *text);

#endif
