/* ssh-complaint.c: why there is no connection, in words that say what to do.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "channel/ssh-complaint.h"

#include <string.h>

#include "core/clock.h"

#define PAUSE_MS 250 /* after the first attempt; 8 s at most */

static const struct
{
  azml__ssh_reason reason;
  int code;
  const char *message, *hint;
} complaints[] = {
  { AZML__SSH_UNRESOLVED, AZML_E_UNREACHABLE, "the name has no address",
    "check the address, and that the network is up" },
  { AZML__SSH_REFUSED, AZML_E_UNREACHABLE, "connection refused",
    "no SSH server listens there: check address and port, and that sshd runs" },
  { AZML__SSH_NO_ROUTE, AZML_E_UNREACHABLE, "no way there",
    "check the network, a VPN, or whether a jump host is needed (ProxyJump)" },
  { AZML__SSH_TIMEOUT, AZML_E_UNREACHABLE, "no connection in time",
    "the machine is off, or a firewall is in the way; ConnectTimeout says how long "
    "to wait" },
  { AZML__SSH_SILENT, AZML_E_UNREACHABLE,
    "connected, but the SSH server says nothing in time",
    "the machine is overloaded, or it is no SSH server: check the port" },
  { AZML__SSH_CLOSED, AZML_E_UNREACHABLE,
    "the machine closed the connection before login",
    "its sshd refuses this address, or is broken: look into its log" },
  { AZML__SSH_GARBAGE, AZML_E_UNREACHABLE, "what answers is no SSH server",
    "check address and port" },
  { AZML__SSH_BUSY, AZML_E_UNREACHABLE, "the machine refuses new connections",
    "too many are logging in (MaxStartups of its sshd): try again later" },
  { AZML__SSH_NO_COMMON_ALGORITHM, AZML_E_UNREACHABLE,
    "no algorithm that both ends have",
    "the server is too old or too new: see Ciphers, KexAlgorithms and "
    "HostKeyAlgorithms in ssh_config(5)" },
  { AZML__SSH_PROXY, AZML_E_UNREACHABLE,
    "the way there (ProxyJump or ProxyCommand) ended",
    "log in to the jump host by hand, or execute the command, to see why" },
  { AZML__SSH_HOST_UNKNOWN, AZML_E_HOST_KEY, "the host key is not known",
    "compare it with what the administrator says and connect once from a terminal, "
    "or say accept-new for the target" },
  { AZML__SSH_HOST_CHANGED, AZML_E_HOST_KEY, "the host key has changed",
    "somebody may be in between; if the machine was installed anew, remove the old "
    "key" },
  { AZML__SSH_HOST_REVOKED, AZML_E_HOST_KEY, "the host key is revoked",
    "this key must not be used any more: ask the administrator" },
  { AZML__SSH_AUTH, AZML_E_AUTH, "login refused",
    "check user name and key (ssh-add -l, IdentityFile), or log in with a password "
    "from a terminal" },
  { AZML__SSH_AUTH_TOO_MANY, AZML_E_AUTH, "login refused after too many attempts",
    "name the right key: IdentityFile with IdentitiesOnly yes; each wrong password "
    "counts, too" },
  { AZML__SSH_NO_CHANNEL, AZML_E_UNREACHABLE, "the machine opens no session",
    "its sshd allows no more on one connection (MaxSessions), or none at all" },
  { AZML__SSH_CONFIG, AZML_E_INVALID, "a configuration file of SSH is wrong",
    "correct the line that it names" },
  { AZML__SSH_LOST, AZML_E_UNREACHABLE, "the connection is lost",
    "check the network; what runs there goes on" },
};

int
azml__ssh_fail (azml_error **err, azml__ssh_reason reason, const char *address,
                const char *detail)
{
  for (size_t i = 0; i < sizeof complaints / sizeof *complaints; i++)
    if (complaints[i].reason == reason)
      {
        int rc = azml__error_set (err, complaints[i].code, AZML_DOMAIN_SSH,
                                  (int)reason, "'%s': %s%s%s%s", address,
                                  complaints[i].message, detail ? " (" : "",
                                  detail ? detail : "", detail ? ")" : "");
        azml__error_hint (err, "%s", complaints[i].hint);
        return rc;
      }
  return azml__error_set (err, AZML_E_UNREACHABLE, AZML_DOMAIN_SSH, 0,
                          "'%s': no connection%s%s%s", address, detail ? " (" : "",
                          detail ? detail : "", detail ? ")" : "");
}

int
azml__ssh_pause_ms (int attempt)
{
  int pause = PAUSE_MS << (attempt < 5 ? attempt : 5);
  return pause * 3 / 4 + (int)(azml__clock_boot_us () % (pause / 2));
}

/* What OpenSSH writes, the more exact earlier; ALSO must be there too.  */
static const struct
{
  const char *text, *also;
  azml__ssh_reason reason;
} phrases[] = {
  { "REMOTE HOST IDENTIFICATION HAS CHANGED", NULL, AZML__SSH_HOST_CHANGED },
  { "REVOKED HOST KEY", NULL, AZML__SSH_HOST_REVOKED },
  { "Host key verification failed", NULL, AZML__SSH_HOST_UNKNOWN },
  { "stdio forwarding failed", NULL, AZML__SSH_PROXY },
  { "UNKNOWN port 65535", NULL, AZML__SSH_PROXY },
  { "Could not resolve hostname", NULL, AZML__SSH_UNRESOLVED },
  { "Connection refused", "connect to host", AZML__SSH_REFUSED },
  { "No route to host", "connect to host", AZML__SSH_NO_ROUTE },
  { "Network is unreachable", "connect to host", AZML__SSH_NO_ROUTE },
  { "during banner exchange", NULL, AZML__SSH_SILENT },
  { "timed out", "connect to host", AZML__SSH_TIMEOUT },
  { "invalid format", "banner exchange", AZML__SSH_GARBAGE },
  { "banner line contains invalid characters", NULL, AZML__SSH_GARBAGE },
  { "_exchange_identification: ", NULL, AZML__SSH_BUSY },
  { "Unable to negotiate", NULL, AZML__SSH_NO_COMMON_ALGORITHM },
  { "Too many authentication failures", NULL, AZML__SSH_AUTH_TOO_MANY },
  { "Permission denied (", NULL, AZML__SSH_AUTH },
  { "open failed", NULL, AZML__SSH_NO_CHANNEL },
  { "Bad configuration option", NULL, AZML__SSH_CONFIG },
  { "bad configuration options", NULL, AZML__SSH_CONFIG },
  { "Bad owner or permissions on", NULL, AZML__SSH_CONFIG },
  { "closed by remote host", NULL, AZML__SSH_LOST },
  { "Connection reset by", NULL, AZML__SSH_LOST },
  { "Connection closed by", NULL, AZML__SSH_LOST },
  { "client_loop: ", NULL, AZML__SSH_LOST },
  { "Read from remote host", NULL, AZML__SSH_LOST },
  { "mux_client_read_packet", NULL, AZML__SSH_LOST },
  { "not responding", NULL, AZML__SSH_LOST },
  { "packet_write_", NULL, AZML__SSH_LOST },
  { "ssh_dispatch_run_fatal", NULL, AZML__SSH_LOST },
  { "Disconnected from", NULL, AZML__SSH_LOST },
};

/* The line of TEXT that P points into (new), without its end.  */
static char *
line_of (const char *text, const char *p)
{
  while (p > text && p[-1] != '\n')
    p--;
  return strndup (p, strcspn (p, "\r\n"));
}

azml__ssh_reason
azml__ssh_understand (const char *text, char **ret_detail)
{
  *ret_detail = NULL;
  for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
    {
      const char *found = strstr (text, phrases[i].text);
      if (!found || (phrases[i].also && !strstr (text, phrases[i].also)))
        continue;
      azml__ssh_reason reason = phrases[i].reason;
      if (reason == AZML__SSH_HOST_CHANGED)
        {
          const char *offending = strstr (text, "Offending ");
          found = offending ? offending : found;
        }
      /* The last line only counts those before it, which say where.  */
      const char *place =
          reason == AZML__SSH_CONFIG ? strstr (text, " line ") : NULL;
      found = place && place < found ? place : found;
      *ret_detail = line_of (text, found);
      return reason;
    }
  return AZML__SSH_NONE;
}

size_t
azml__ssh_hush (char *text, size_t n)
{
  static const char *const idle[] = { "Authenticated to ", "Transferred: sent ",
                                      "Bytes per second: sent " };
  size_t left = 0;
  for (size_t i = 0, length; i < n; i += length)
    {
      const char *end = memchr (text + i, '\n', n - i);
      int drop = 0;
      length = end ? (size_t)(end + 1 - text) - i : n - i;
      for (size_t k = 0; k < sizeof idle / sizeof *idle; k++)
        drop |= length >= strlen (idle[k])
                && memcmp (text + i, idle[k], strlen (idle[k])) == 0;
      if (drop)
        continue;
      memmove (text + left, text + i, length);
      left += length;
    }
  return left;
}
