/* signals.h: the program's signal handlers.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_GUILE_SIGNALS_H
#define AZML_GUILE_SIGNALS_H

/* 1 if azml__guile_install_signals was called.  */
int azml__guile_signals_installed (void);

#endif
