/* ssh-changed.c: a host key that has changed, as the ssh command tells it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   ssh shows the fingerprint of the new key and names the line that has the old one; whoever
   compares wants to see both.  */

#include <config.h>

#include "channel/ssh-changed.h"

#include <fcntl.h>
#include <string.h>

#include "channel/ssh-complaint.h"
#include "core/base64.h"
#include "core/file.h"
#include "core/path.h"
#include "digest/sha256.h"

#define FILE_LIMIT ((size_t)16 << 20)

/* The rest of the line behind MARK in TEXT (new), NULL: it is not there.  Blanks and line
   ends at the start of it are skipped.  */
static char *
behind (const char *text, const char *mark)
{
  const char *found = strstr (text, mark);
  if (!found)
    return NULL;
  found += strlen (mark);
  found += strspn (found, " \r\n");
  return strndup (found, strcspn (found, "\r\n"));
}

/* The fingerprint of the key in LINE of known_hosts (new), NULL: there is none.  */
static char *
fingerprint (char *line)
{
  azml__digest digest;
  AZML_AUTO_BUFFER key = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER print = AZML__BUFFER_INIT;
  char *save, *word = strtok_r (line, " \t\r", &save);
  if (word && *word == '@')
    word = strtok_r (NULL, " \t\r", &save);
  for (int i = 0; i < 2 && word; i++) /* behind the names and the kind */
    word = strtok_r (NULL, " \t\r", &save);
  if (!word || azml__base64_decode (&key, word) < 0 || !azml__buffer_ok (&key))
    return NULL;
  azml__sha256_bytes (key.data, key.length, &digest);
  azml__buffer_add_text (&print, "SHA256:");
  azml__base64_encode (&print, digest.bytes, sizeof digest.bytes);
  char *text = azml__buffer_steal (&print);
  if (text)
    text[strcspn (text, "=")] = 0;
  return text;
}

/* The fingerprint of the key at PLACE, FILE:LINE, which is cut (new).  */
static char *
known_print (char *place)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  char *colon = strrchr (place, ':');
  if (!colon)
    return NULL;
  *colon = 0;
  long n = strtol (colon + 1, NULL, 10);
  if (azml__file_read (AT_FDCWD, place, FILE_LIMIT, &text, NULL) < 0)
    return NULL;
  char *rest = text.data, *line = NULL;
  while (n-- > 0 && rest)
    line = strsep (&rest, "\n");
  return n < 0 && line ? fingerprint (line) : NULL;
}

int
azml__ssh_fail_changed (azml_error **err, const char *address, const char *text)
{
  const char *offending = strstr (text, "Offending ");
  AZML_AUTO_FREE char *print = behind (text, "sent by the remote host is");
  AZML_AUTO_FREE char *place = behind (offending ? offending : "", " key in ");
  AZML_AUTO_FREE char *cut = place ? strdup (place) : NULL;
  AZML_AUTO_FREE char *known = cut ? known_print (cut) : NULL;
  AZML_AUTO_FREE char *command = behind (text, "remove with:");
  AZML_AUTO_FREE char *detail = NULL;
  if (print && *print)
    print[strlen (print) - 1] = 0; /* a full stop */
  if (print && place)
    detail = azml__path_format ("it is %s, known is %s%sin %s", print,
                                known ? known : "", known ? " " : "one ", place);
  else if (place)
    detail = azml__path_format ("known is one in %s", place);
  int rc = azml__ssh_fail (err, AZML__SSH_HOST_CHANGED, address, detail);
  if (place && command && strncmp (command, "ssh-keygen", 10) == 0)
    azml__error_hint (err,
                      "somebody may be in between; if the machine was installed "
                      "anew, remove the line at %s: %s",
                      place, command);
  return rc;
}
