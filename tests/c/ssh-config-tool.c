/* ssh-config-tool.c: what we read in a configuration of SSH, in the words of ssh -G.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   ssh-config-tool FILE HOST [USER [PORT]]; FILE is - for the usual ones.  */

#include <config.h>

#include <string.h>

#include "channel/ssh-config-read.h"

static const struct
{
  const char *name;
  azml__ssh_word word;
} words[] = {
  { "hostname", AZML__SSH_HOSTNAME },
  { "user", AZML__SSH_USER },
  { "port", AZML__SSH_PORT },
  { "identitiesonly", AZML__SSH_IDENTITIES_ONLY },
  { "proxyjump", AZML__SSH_PROXY_JUMP },
  { "proxycommand", AZML__SSH_PROXY_COMMAND },
  { "userknownhostsfile", AZML__SSH_USER_KNOWN_HOSTS },
  { "stricthostkeychecking", AZML__SSH_STRICT },
  { "hostkeyalias", AZML__SSH_HOST_KEY_ALIAS },
  { "ciphers", AZML__SSH_CIPHERS },
  { "macs", AZML__SSH_MACS },
  { "compression", AZML__SSH_COMPRESSION },
  { "addressfamily", AZML__SSH_ADDRESS_FAMILY },
};

int
main (int argc, char **argv)
{
  azml_error *err = NULL;
  AZML_AUTO (azml__ssh_config) config = NULL;
  if (argc < 3)
    return 2;
  if (azml__ssh_config_read (argv[2], argc > 3 && *argv[3] ? argv[3] : NULL,
                             argc > 4 ? atoi (argv[4]) : 0, NULL,
                             strcmp (argv[1], "-") == 0 ? NULL : argv[1], &config,
                             &err)
      < 0)
    {
      fprintf (stderr, "%s\n", azml_error_message (err));
      azml_error_free (err);
      return 1;
    }
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (config->values[words[i].word])
      printf ("%s %s\n", words[i].name, config->values[words[i].word]);
  const char *timeout = config->values[AZML__SSH_CONNECT_TIMEOUT];
  if (timeout && azml__ssh_seconds (timeout) > 0)
    printf ("connecttimeout %d\n", azml__ssh_seconds (timeout));
  else if (timeout)
    printf ("connecttimeout none\n");
  for (size_t i = 0; i < config->n_certificates; i++)
    printf ("certificatefile %s\n", config->certificates[i]);
  for (size_t i = 0; i < config->n_identities; i++)
    printf ("identityfile %s\n", config->identities[i]);
  return 0;
}
