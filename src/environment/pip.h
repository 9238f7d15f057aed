/* pip.h: what the user has configured for pip.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_ENVIRONMENT_PIP_H
#define AZML_ENVIRONMENT_PIP_H

/* The setting KEY ("index-url") of `pip install` (new), several values separated by one
   blank; NULL if there is none.  From $PIP_KEY, else from the last configuration file
   that has it: /etc/pip.conf, ~/.pip/pip.conf, ~/.config/pip/pip.conf,
   $PIP_CONFIG_FILE.  */
char *azml__pip_setting (const char *key);

#endif
