/* path.c: file names as bytes.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "core/path.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cleanup.h"

char *
azml__path_format (const char *format, ...)
{
  char *text;
  va_list ap;
  va_start (ap, format);
  int n = vasprintf (&text, format, ap);
  va_end (ap);
  return n < 0 ? NULL : text;
}

char *
azml__path_join (const char *a, const char *b)
{
  if (b[0] == '/' || a[0] == '\0')
    return strdup (b);
  size_t n = strlen (a);
  return azml__path_format (a[n - 1] == '/' ? "%s%s" : "%s/%s", a, b);
}

char *
azml__path_join3 (const char *a, const char *b, const char *c)
{
  AZML_AUTO_FREE char *ab = azml__path_join (a, b);
  return ab ? azml__path_join (ab, c) : NULL;
}

const char *
azml__path_base (const char *path)
{
  const char *slash = strrchr (path, '/');
  return slash ? slash + 1 : path;
}

char *
azml__path_folder (const char *path)
{
  const char *slash = strrchr (path, '/');
  if (!slash)
    return strdup (".");
  return strndup (path, slash == path ? 1 : (size_t)(slash - path));
}

int
azml__path_is_inside (const char *path)
{
  if (!*path || *path == '/')
    return 0;
  for (;;)
    {
      size_t n = strcspn (path, "/");
      if (n == 0 || (n == 1 && path[0] == '.')
          || (n == 2 && path[0] == '.' && path[1] == '.'))
        return 0;
      if (!path[n])
        return 1;
      path += n + 1;
    }
}

static int
is_program (const char *path)
{
  struct stat st;
  return stat (path, &st) == 0 && S_ISREG (st.st_mode) && access (path, X_OK) == 0;
}

char *
azml__path_program (const char *name, const char *search)
{
  if (strchr (name, '/'))
    return is_program (name) ? strdup (name) : NULL;
  if (!search)
    search = getenv ("PATH");
  if (!search)
    search = "/usr/local/bin:/usr/bin:/bin";
  for (const char *p = search;; p++)
    {
      size_t n = strcspn (p, ":");
      AZML_AUTO_FREE char *path =
          n ? azml__path_format ("%.*s/%s", (int)n, p, name) : strdup (name);
      if (path && is_program (path))
        return azml_steal (&path);
      p += n;
      if (!*p)
        return NULL;
    }
}
