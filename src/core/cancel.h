/* cancel.h: waiting that a cancel token ends.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CORE_CANCEL_H
#define AZML_CORE_CANCEL_H

#include <azml/cancel.h>
#include <poll.h>

#include "core/cleanup.h"

AZML_DEFINE_AUTO (azml_cancel, azml_cancel_unref)

/* poll (FDS, N, TIMEOUT_MS) that also returns when CANCEL is set, and goes on after
   EINTR with what is left of the time (-1: for ever).  N is at most 15.  On success
   store the number of ready descriptors in *RET_READY (0: time is up).
   AZML_E_CANCELLED: CANCEL was set.  AZML_E_OS: poll failed.  */
int azml__cancel_poll (azml_cancel *cancel, struct pollfd *fds, nfds_t n,
                       int timeout_ms, int *ret_ready, azml_error **err);

/* Return AZML_E_CANCELLED and set *ERR if CANCEL is set, else 0.  */
int azml__cancel_check (azml_cancel *cancel, azml_error **err);

#endif
