/* logout.h: systems that end a user's processes at logout.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_RUNNER_LOGOUT_H
#define AZML_RUNNER_LOGOUT_H

/* Where logind ends all processes of a session (KillUserProcesses) and this is one that
   a placed runner got, execute this program again as ARGV in a scope of the user's own
   systemd, which lives on if the user may linger.  Returns if there is nothing to do
   or it cannot be done.  */
void azml__logout_escape (char **argv);

/* What happens at logout: "manager", the user's systemd has us; "ends", the system ends us
   and our runs; NULL, nothing that we know of.  */
const char *azml__logout_fate (void);

#endif
