/* ssh-session.c: a libssh session: wait until it can go on.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "channel/ssh-session.h"

#include "core/cancel.h"
#include "core/clock.h"

int
azml__ssh_turn (azml__ssh *ssh, int64_t end, azml_cancel *cancel, azml_error **err)
{
  int ready;
  int64_t left = end - azml__clock_boot_ms ();
  struct pollfd fd = { .fd = ssh->fd, .events = POLLIN };
  if (ssh_get_poll_flags (ssh->session) & SSH_WRITE_PENDING)
    fd.events |= POLLOUT;
  if (left <= 0)
    return azml__error (err, AZML_E_TIMEOUT, "no answer in time");
  return azml__cancel_poll (cancel, &fd, 1, left < 1000 ? (int)left : 1000, &ready,
                            err);
}
