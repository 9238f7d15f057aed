/* session.h: the type of the handles of sessions.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_GUILE_SESSION_H
#define AZML_GUILE_SESSION_H

#include "guile/binding.h"

extern const azml__guile_type azml__guile_session_type;

#endif
