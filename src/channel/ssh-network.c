/* ssh-network.c: the networks that this machine is in (Match localnetwork).
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "channel/ssh-network.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/cleanup.h"

typedef struct ifaddrs ifaddrs;
AZML_DEFINE_AUTO (ifaddrs, freeifaddrs)

typedef struct network
{
  int family;
  unsigned bits;
  unsigned char address[16];
} network;

/* Read TEXT, ADDRESS[/BITS]; the bits behind BITS are all 0.  */
static int
parse (char *text, network *ret)
{
  char *slash = strchr (text, '/'), *end = NULL;
  if (slash)
    *slash = 0;
  ret->family = strchr (text, ':') ? AF_INET6 : AF_INET;
  unsigned long all = ret->family == AF_INET6 ? 128 : 32;
  unsigned long bits = slash ? strtoul (slash + 1, &end, 10) : all;
  if (inet_pton (ret->family, text, ret->address) != 1
      || (slash && (*end || end == slash + 1)) || bits > all)
    return -1;
  ret->bits = (unsigned)bits;
  for (unsigned long i = bits; i < all; i++)
    if (ret->address[i / 8] & (0x80u >> i % 8))
      return -1;
  return 0;
}

/* 1 if ADDRESS is in WANTED.  */
static int
is_in (const network *wanted, const struct sockaddr *address)
{
  const unsigned char *bytes =
      address->sa_family == AF_INET
          ? (const unsigned char *)&(
                (const struct sockaddr_in *)(const void *)address)
                ->sin_addr
          : (const unsigned char *)&(
                (const struct sockaddr_in6 *)(const void *)address)
                ->sin6_addr;
  unsigned whole = wanted->bits / 8, rest = wanted->bits % 8;
  return address->sa_family == wanted->family
         && memcmp (bytes, wanted->address, whole) == 0
         && (!rest || (bytes[whole] ^ wanted->address[whole]) >> (8 - rest) == 0);
}

static int
have (const ifaddrs *all, const network *wanted)
{
  for (; all; all = all->ifa_next)
    if ((all->ifa_flags & IFF_UP) && all->ifa_addr && is_in (wanted, all->ifa_addr))
      return 1;
  return 0;
}

int
azml__ssh_local_network (const char *list)
{
  int found = 0;
  network wanted;
  AZML_AUTO (ifaddrs) all = NULL;
  AZML_AUTO_FREE char *copy = strdup (list);
  char *rest = copy, *word;
  if (!copy || getifaddrs (&all) < 0)
    return 0;
  while ((word = strsep (&rest, ",")))
    {
      if (parse (word, &wanted) < 0)
        return -1;
      found |= have (all, &wanted);
    }
  return found;
}
