/* ssh-host-key.c: is it the machine that we mean?
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Asked before anything secret is sent.  known_hosts is read by ourselves, because the
   line to remove must be named; libssh says whether a line is about a host.  */

#include <config.h>

#include <fcntl.h>
#include <string.h>
#include <strings.h>

#include "channel/ssh-host-key.h"
#include "channel/ssh-word.h"
#include "core/file.h"
#include "core/path.h"

#define FILE_LIMIT ((size_t)16 << 20)
#define USER_FILES "~/.ssh/known_hosts ~/.ssh/known_hosts2"
#define GLOBAL_FILES "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"

/* What a line says of its key.  */
enum mark
{
  PLAIN,
  REVOKED,
  AUTHORITY /* it signs the certificates of hosts, which libssh does not know */
};

/* Called for each key that is known of a host.  Return 1 to end the search.  */
typedef int
visitor (void *data, ssh_key key, enum mark mark, const char *file, int line);

/* The name under which the host of CONFIG is known (new).  */
static char *
known_name (const azml__ssh_config *config)
{
  const char *alias = config->values[AZML__SSH_HOST_KEY_ALIAS];
  const char *host = config->values[AZML__SSH_HOSTNAME];
  const char *port = config->values[AZML__SSH_PORT];
  if (alias)
    return strdup (alias);
  char *name = strcmp (port, "22") == 0 ? strdup (host)
                                        : azml__path_format ("[%s]:%s", host, port);
  for (char *p = name; p && *p; p++)
    if (*p >= 'A' && *p <= 'Z')
      *p = (char)(*p - 'A' + 'a');
  return name;
}

/* Visit the key of LINE if it is about NAME.  */
static int
visit_line (char *line, const char *name, visitor *visit, void *data,
            const char *file, int number)
{
  struct ssh_knownhosts_entry *entry = NULL;
  enum mark mark = PLAIN;
  line += strspn (line, " \t");
  if (*line == '@')
    {
      mark = strncmp (line, "@revoked", 8) == 0 ? REVOKED : AUTHORITY;
      line += strcspn (line, " \t");
      line += strspn (line, " \t");
    }
  if (!*line || *line == '#'
      || ssh_known_hosts_parse_line (name, line, &entry) != SSH_OK || !entry)
    return 0;
  int done = visit (data, entry->publickey, mark, file, number);
  ssh_knownhosts_entry_free (entry);
  return done;
}

static int
visit_file (const char *file, const char *name, visitor *visit, void *data)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  int number = 0, done = 0;
  char *line;
  if (azml__file_read (AT_FDCWD, file, FILE_LIMIT, &text, NULL) < 0)
    return 0;
  char *rest = text.data;
  while (!done && rest && (line = strsep (&rest, "\n")))
    {
      line[strcspn (line, "\r")] = 0;
      done = visit_line (line, name, visit, data, file, ++number);
    }
  return done;
}

/* Visit the keys under NAME.  */
static void
visit_name (const azml__ssh_config *config, const char *name, visitor *visit,
            void *data)
{
  static const azml__ssh_word words[] = { AZML__SSH_USER_KNOWN_HOSTS,
                                          AZML__SSH_GLOBAL_KNOWN_HOSTS };
  static const char *const usual[] = { USER_FILES, GLOBAL_FILES };
  for (int i = 0, done = 0; name && i < 2; i++)
    {
      const char *list = config->values[words[i]];
      AZML_AUTO_FREE char *copy = strdup (list ? list : usual[i]);
      char *rest = copy, *word;
      while (!done && rest && (word = azml__ssh_next_word (&rest)))
        {
          AZML_AUTO_FREE char *file = azml__ssh_config_expand (config, word);
          done = file && strcasecmp (file, "none") != 0
                 && visit_file (file, name, visit, data);
        }
    }
}

static void
visit_known (const azml__ssh_config *config, visitor *visit, void *data)
{
  AZML_AUTO_FREE char *name = known_name (config);
  visit_name (config, name, visit, data);
}

/* The same under the name without its port, which ssh takes, too, where nothing is known of
   the name with it.  */
static void
visit_portless (const azml__ssh_config *config, visitor *visit, void *data)
{
  if (!config->values[AZML__SSH_HOST_KEY_ALIAS]
      && strcmp (config->values[AZML__SSH_PORT], "22") != 0)
    visit_name (config, config->values[AZML__SSH_HOSTNAME], visit, data);
}

/* The name of KEY's kind as it stands in files.  Borrowed.  */
static const char *
kind_of (ssh_key key)
{
  const char *ecdsa = ssh_pki_key_ecdsa_name (key);
  return ecdsa && strncmp (ecdsa, "ecdsa", 5) == 0
             ? ecdsa
             : ssh_key_type_to_char (ssh_key_type (key));
}

#define KINDS                                                                      \
  "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,"       \
  "rsa-sha2-512,rsa-sha2-256"

static int
add_kind (void *data, ssh_key key, enum mark mark, const char *file, int line)
{
  azml__buffer *kinds = data;
  const char *kind = kind_of (key);
  (void)file;
  (void)line;
  if (mark != PLAIN || !kind)
    return 0;
  azml__buffer_add_text (
      kinds, strcmp (kind, "ssh-rsa") == 0 ? "rsa-sha2-512,rsa-sha2-256" : kind);
  azml__buffer_add_char (kinds, ',');
  return 0;
}

char *
azml__ssh_known_kinds (const azml__ssh_config *config)
{
  AZML_AUTO_BUFFER kinds = AZML__BUFFER_INIT;
  visit_known (config, add_kind, &kinds);
  if (!kinds.length)
    visit_portless (config, add_kind, &kinds);
  if (!kinds.length)
    return NULL;
  azml__buffer_add_text (&kinds, KINDS);
  return azml__buffer_steal (&kinds);
}

/* What is known of the host whose key is KEY.  */
struct search
{
  ssh_key key;
  int known, revoked;
  char *other; /* the fingerprint of another key (new) */
  char *file;  /* that has it (new) */
  int line;
  int other_kind;  /* it is of another kind */
  char *authority; /* FILE:LINE of the first authority for its certificate (new) */
};

/* KEY's fingerprint with its kind (new).  */
static char *
fingerprint (ssh_key key)
{
  unsigned char *hash = NULL;
  size_t n;
  char *text = NULL;
  if (ssh_get_publickey_hash (key, SSH_PUBLICKEY_HASH_SHA256, &hash, &n) < 0)
    return NULL;
  char *print = ssh_get_fingerprint_hash (SSH_PUBLICKEY_HASH_SHA256, hash, n);
  ssh_clean_pubkey_hash (&hash);
  if (print && asprintf (&text, "%s %s", kind_of (key), print) < 0)
    text = NULL;
  ssh_string_free_char (print);
  return text;
}

/* Is it known, or revoked, whatever else is known?  */
static int
recognize (void *data, ssh_key key, enum mark mark, const char *file, int line)
{
  struct search *search = data;
  (void)file;
  (void)line;
  if (mark != AUTHORITY && ssh_key_cmp (key, search->key, SSH_KEY_CMP_PUBLIC) == 0)
    *(mark == REVOKED ? &search->revoked : &search->known) = 1;
  return search->revoked;
}

static int
compare (void *data, ssh_key key, enum mark mark, const char *file, int line)
{
  struct search *search = data;
  int same = ssh_key_cmp (key, search->key, SSH_KEY_CMP_PUBLIC) == 0;
  int other_kind = ssh_key_type (key) != ssh_key_type (search->key);
  if (mark == AUTHORITY)
    {
      if (!search->authority)
        search->authority = azml__path_format ("%s:%d", file, line);
    }
  else if (same && mark == REVOKED)
    search->revoked = 1;
  else if (same)
    search->known = 1;
  else if (mark == PLAIN && (!search->other || (search->other_kind && !other_kind)))
    {
      free (search->other);
      free (search->file);
      search->other = fingerprint (key);
      search->file = strdup (file);
      search->line = line;
      search->other_kind = other_kind;
    }
  return search->revoked;
}

/* Write the key into the first of the user's files.  */
static int
remember (const azml__ssh_config *config, ssh_key key, azml_error **err)
{
  const char *list = config->values[AZML__SSH_USER_KNOWN_HOSTS];
  AZML_AUTO_FREE char *copy = strdup (list ? list : USER_FILES);
  AZML_AUTO_FREE char *name = known_name (config);
  char *rest = copy, *word = copy ? azml__ssh_next_word (&rest) : NULL;
  char *base64 = NULL, last = '\n';
  AZML_AUTO_FREE char *file = word ? azml__ssh_config_expand (config, word) : NULL;
  AZML_AUTO_FREE char *folder = file ? azml__path_folder (file) : NULL;
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  if (file && strcasecmp (file, "none") == 0)
    return 0;
  if (!folder || !name || ssh_pki_export_pubkey_base64 (key, &base64) < 0)
    return azml__error_no_memory (err);
  int rc = azml__folder_make (folder, 0700, err);
  AZML_AUTO_CLOSE int fd =
      rc < 0 ? -1 : open (file, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  struct stat st;
  if (fd >= 0 && fstat (fd, &st) == 0 && st.st_size > 0)
    (void)!pread (fd, &last, 1, st.st_size - 1);
  azml__buffer_add_format (&text, "%s%s %s %s\n", last == '\n' ? "" : "\n", name,
                           kind_of (key), base64);
  ssh_string_free_char (base64);
  if (!azml__buffer_ok (&text))
    return azml__error_no_memory (err);
  /* a file that cannot be written (/dev/null, a read-only home) remembers nothing */
  if (fd >= 0)
    (void)!azml__file_write (fd, text.data, text.length, NULL);
  return 0;
}

/* Show the key and ask.  */
static int
ask (azml__ssh *ssh, const struct search *search, const char *print,
     const azml__ssh_how *how, azml_error **err)
{
  const char *name = ssh->config->name;
  AZML_AUTO_FREE char *known = known_name (ssh->config);
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  const char *bare = strchr (print, ' ');
  azml__buffer_add_format (&text, "The host key of '%s' (%s) is not known:\n  %s\n",
                           name, known ? known : name, print);
  if (search->authority)
    azml__buffer_add_format (&text,
                             "(The authority at %s may have signed it, which the "
                             "ssh command would see.)\n",
                             search->authority);
  if (!azml__buffer_ok (&text))
    return azml__error_no_memory (err);
  azml__terminal_say (text.data);
  for (int i = 0; i < 3; i++)
    {
      AZML_AUTO_SECRET answer = NULL;
      int rc =
          azml__terminal_ask ("Is it right, so that it is remembered? (yes, no, "
                              "or its fingerprint) ",
                              1, how->cancel, &answer, err);
      if (rc < 0)
        return rc;
      if (strcasecmp (answer, "yes") == 0
          || (bare && strcmp (answer, bare + 1) == 0))
        return 0;
      if (strcasecmp (answer, "no") == 0)
        break;
    }
  return azml__ssh_fail (err, AZML__SSH_HOST_UNKNOWN, name, "it was not confirmed");
}

static int
refuse_changed (azml__ssh *ssh, const struct search *search, const char *print,
                azml_error **err)
{
  AZML_AUTO_FREE char *detail = NULL;
  AZML_AUTO_FREE char *known = known_name (ssh->config);
  if (asprintf (&detail, "it is %s, known is %s in %s:%d", print, search->other,
                search->file, search->line)
      < 0)
    detail = NULL;
  int rc = azml__ssh_fail (err, AZML__SSH_HOST_CHANGED, ssh->config->name, detail);
  azml__error_hint (
      err,
      "somebody may be in between; if the machine was installed anew, "
      "remove line %d of %s: ssh-keygen -f '%s' -R '%s'",
      search->line, search->file, search->file, known ? known : "");
  return rc;
}

/* Where an authority vouches for hosts, it is the certificate that counts.  */
static int
refuse_unknown (azml__ssh *ssh, const struct search *search, const char *print,
                azml_error **err)
{
  AZML_AUTO_FREE char *detail = NULL;
  if (!search->authority)
    return azml__ssh_fail (err, AZML__SSH_HOST_UNKNOWN, ssh->config->name, print);
  detail = azml__path_format (
      "%s; whether the authority at %s has signed it is not seen by libssh", print,
      search->authority);
  int rc = azml__ssh_fail (err, AZML__SSH_HOST_UNKNOWN, ssh->config->name, detail);
  azml__error_hint (err, AZML__SSH_BEYOND_HINT);
  return rc;
}

/* The key is not known: what is wished for such a case?  */
static int
meet (azml__ssh *ssh, const struct search *search, const char *print,
      const azml__ssh_how *how, azml_error **err)
{
  const char *wish = how->host_keys ? how->host_keys
                     : ssh->config->values[AZML__SSH_STRICT]
                         ? ssh->config->values[AZML__SSH_STRICT]
                         : "ask";
  int accept = strcasecmp (wish, "accept-new") == 0 || strcasecmp (wish, "no") == 0
               || strcasecmp (wish, "false") == 0 || strcasecmp (wish, "off") == 0;
  int strict = strcasecmp (wish, "strict") == 0 || strcasecmp (wish, "yes") == 0
               || strcasecmp (wish, "true") == 0;
  int rc = 0;
  if (!accept)
    {
      if (strict || !azml__terminal_present ())
        return refuse_unknown (ssh, search, print, err);
      rc = ask (ssh, search, print, how, err);
    }
  return rc < 0 ? rc : remember (ssh->config, search->key, err);
}

int
azml__ssh_verify (azml__ssh *ssh, const azml__ssh_how *how, azml_error **err)
{
  struct search search = { 0 };
  int rc;
  if (ssh_get_server_publickey (ssh->session, &search.key) < 0)
    return azml__ssh_fail (err, AZML__SSH_HOST_UNKNOWN, ssh->config->name,
                           "the server shows none");
  AZML_AUTO_FREE char *print = fingerprint (search.key);
  visit_known (ssh->config, compare, &search);
  if (!search.known && !search.revoked && !search.other)
    visit_portless (ssh->config, recognize, &search);
  if (!print)
    rc = azml__error_no_memory (err);
  else if (search.revoked)
    rc = azml__ssh_fail (err, AZML__SSH_HOST_REVOKED, ssh->config->name, print);
  else if (search.known)
    rc = 0;
  else if (search.other)
    rc = refuse_changed (ssh, &search, print, err);
  else
    rc = meet (ssh, &search, print, how, err);
  free (search.other);
  free (search.file);
  free (search.authority);
  ssh_key_free (search.key);
  return rc;
}
