/* ssh-config.c: what is said of a host, and what its tokens stand for.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "channel/ssh-config.h"

#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <strings.h>

#include "core/buffer.h"
#include "core/json.h"

const char *
azml__ssh_home (void)
{
  const char *home = getenv ("HOME");
  if (home && *home)
    return home;
  const struct passwd *me = getpwuid (getuid ());
  return me ? me->pw_dir : "/";
}

static void
expand_token (const azml__ssh_config *config, char token, azml__buffer *out)
{
  char host[256] = "";
  const struct passwd *me;
  char *const *values = config->values;
  switch (token)
    {
    case '%':
      azml__buffer_add_char (out, '%');
      return;
    case 'h':
      azml__buffer_add_text (out, values[AZML__SSH_HOSTNAME]
                                      ? values[AZML__SSH_HOSTNAME]
                                      : config->name);
      return;
    case 'n':
    case 'k':
      azml__buffer_add_text (out, token == 'k' && values[AZML__SSH_HOST_KEY_ALIAS]
                                      ? values[AZML__SSH_HOST_KEY_ALIAS]
                                      : config->name);
      return;
    case 'p':
      azml__buffer_add_text (out, values[AZML__SSH_PORT] ? values[AZML__SSH_PORT]
                                                         : "22");
      return;
    case 'd':
      azml__buffer_add_text (out, azml__ssh_home ());
      return;
    case 'i':
      azml__buffer_add_format (out, "%u", (unsigned)getuid ());
      return;
    case 'l':
    case 'L':
      (void)gethostname (host, sizeof host - 1);
      azml__buffer_add (out, host,
                        token == 'L' ? strcspn (host, ".") : strlen (host));
      return;
    case 'r':
      if (values[AZML__SSH_USER])
        {
          azml__buffer_add_text (out, values[AZML__SSH_USER]);
          return;
        }
      /* fall through */
    case 'u':
      me = getpwuid (getuid ());
      azml__buffer_add_text (out, me ? me->pw_name : "");
      return;
    default:
      azml__buffer_add_char (out, '%');
      azml__buffer_add_char (out, token);
    }
}

/* ${NAME} at P; return where it ends, NULL if it is none.  */
static const char *
expand_variable (const char *p, azml__buffer *out)
{
  const char *end = strchr (p, '}');
  if (!end)
    return NULL;
  AZML_AUTO_FREE char *name = strndup (p + 2, (size_t)(end - p - 2));
  const char *value = name ? getenv (name) : NULL;
  azml__buffer_add_text (out, value ? value : "");
  return end;
}

char *
azml__ssh_config_tokens (const azml__ssh_config *config, const char *text)
{
  AZML_AUTO_BUFFER out = AZML__BUFFER_INIT;
  for (; *text; text++)
    if (*text == '%' && text[1])
      expand_token (config, *++text, &out);
    else
      azml__buffer_add_char (&out, *text);
  return azml__buffer_steal (&out);
}

char *
azml__ssh_config_expand (const azml__ssh_config *config, const char *text)
{
  AZML_AUTO_BUFFER out = AZML__BUFFER_INIT;
  const char *end;
  if (text[0] == '~' && (text[1] == '/' || !text[1]))
    {
      azml__buffer_add_text (&out, azml__ssh_home ());
      text++;
    }
  for (; *text; text++)
    if (*text == '%' && text[1])
      expand_token (config, *++text, &out);
    else if (text[0] == '$' && text[1] == '{'
             && (end = expand_variable (text, &out)))
      text = end;
    else
      azml__buffer_add_char (&out, *text);
  return azml__buffer_steal (&out);
}

int
azml__ssh_config_yes (const azml__ssh_config *config, azml__ssh_word word,
                      int fallback)
{
  const char *text = config->values[word];
  if (!text)
    return fallback;
  return strcasecmp (text, "yes") == 0 || strcasecmp (text, "true") == 0;
}

int
azml__ssh_config_number (const azml__ssh_config *config, azml__ssh_word word,
                         int fallback)
{
  const char *text = config->values[word];
  char *end;
  long n = text ? strtol (text, &end, 10) : -1;
  return text && n > 0 && n < 1 << 20 && !*end ? (int)n : fallback;
}

int
azml__ssh_seconds (const char *text)
{
  static const char units[] = "smhdw";
  static const long lengths[] = { 1, 60, 3600, 86400, 604800 };
  long sum = 0;
  if (strcasecmp (text, "none") == 0)
    return 0;
  if (!*text)
    return -1;
  while (*text)
    {
      char *end;
      long n = strtol (text, &end, 10);
      if (end == text)
        return -1;
      const char *unit =
          *end ? memchr (units, *end | 0x20, sizeof units - 1) : units;
      if (!unit || n < 0 || n > INT_MAX / 1000 / lengths[unit - units])
        return -1;
      sum += n * lengths[unit - units];
      if (sum > INT_MAX / 1000)
        return -1;
      text = *end ? end + 1 : end;
    }
  return (int)sum;
}

void
azml__ssh_config_free (azml__ssh_config *config)
{
  if (!config)
    return;
  for (size_t i = 0; i < AZML__SSH_WORDS; i++)
    free (config->values[i]);
  azml__strings_free (config->identities);
  azml__strings_free (config->certificates);
  free (config->name);
  free (config);
}
