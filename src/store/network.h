/* network.h: is a folder on another machine?
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_STORE_NETWORK_H
#define AZML_STORE_NETWORK_H

/* 1 if the file system of PATH is, or may be, shared over a network, where memory
   mapped by two machines is not the same memory.  */
int azml__network_is (const char *path);

#endif
