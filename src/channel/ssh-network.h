/* ssh-network.h: the networks that this machine is in.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_SSH_NETWORK_H
#define AZML_CHANNEL_SSH_NETWORK_H

/* 1 if an address of this machine, of an interface that is up, is in one of the networks
   (ADDRESS[/BITS]) in LIST, which commas separate; -1: LIST names something else.  */
int azml__ssh_local_network (const char *list);

#endif
