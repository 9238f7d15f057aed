/* find.c: which run a prefix, an alias, "last" or "last~2" means.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "core/path.h"
#include "core/random.h"
#include "run/layout.h"
#include "run/project.h"

#define SHOWN 5       /* candidates named in a hint */
#define LAST_MOST 999 /* "last~999" */

typedef struct latest
{
  int64_t submitted; /* ms */
  char id[AZML__RANDOM_ID_SIZE];
} latest;

/* What a walk over the runs folder looks for, and what it found.  */
typedef struct search
{
  const char *prefix; /* or NULL */
  const char *alias;  /* or NULL */
  int last;           /* how many runs to go back from the last, and one; 0: none */
  int found;
  char ids[SHOWN][AZML__RANDOM_ID_SIZE];
  latest runs[LAST_MOST + 1]; /* the FOUND latest ones, the last first */
} search;

static void
add (search *s, const char *id)
{
  if (s->found < SHOWN)
    memcpy (s->ids[s->found], id, AZML__RANDOM_ID_SIZE);
  s->found++;
}

/* The value of KEY in run.json of run ID of the open folder RUNS (new), or NULL. */
static char *
run_text (int runs, const char *id, const char *key)
{
  AZML_AUTO (json_t) run = NULL;
  char file[64];
  snprintf (file, sizeof file, "%.12s/run.json", id);
  if (azml__json_read (runs, file, &run, NULL) < 0)
    return NULL;
  return azml__json_get_bytes (json_object_get (run, key), NULL);
}

static void
look_at_alias (search *s, int runs, const char *id)
{
  AZML_AUTO_FREE char *alias = run_text (runs, id, "alias");
  if (alias && strcmp (alias, s->alias) == 0)
    add (s, id);
}

static int
is_later (const latest *a, const latest *b)
{
  return a->submitted != b->submitted ? a->submitted > b->submitted
                                      : strcmp (a->id, b->id) > 0;
}

/* run.json is written once, at submit, so its time of change tells which runs can
   be among the last without reading all of them; two seconds allow for clocks that
   differ.  */
static void
look_at_last (search *s, int runs, const char *id)
{
  struct stat st;
  char file[64];
  latest run;
  snprintf (file, sizeof file, "%.12s/run.json", id);
  if (fstatat (runs, file, &st, 0) < 0
      || (s->found == s->last
          && (int64_t)(st.st_mtime + 2) * 1000 < s->runs[s->found - 1].submitted))
    return;
  AZML_AUTO_FREE char *text = run_text (runs, id, "submitted");
  run.submitted = text ? azml__clock_parse (text) : -1;
  memcpy (run.id, id, sizeof run.id);
  int at = s->found;
  while (at > 0 && is_later (&run, &s->runs[at - 1]))
    at--;
  if (at == s->last)
    return;
  if (s->found < s->last)
    s->found++;
  memmove (&s->runs[at + 1], &s->runs[at],
           (size_t)(s->found - 1 - at) * sizeof run);
  s->runs[at] = run;
}

static int
walk (const azml__project *project, search *s, azml_error **err)
{
  AZML_AUTO (DIR) dir = opendir (project->runs);
  if (!dir)
    return errno == ENOENT
               ? 0
               : azml__error_os (err, errno, "open the folder '%s'", project->runs);
  struct dirent *entry;
  while ((entry = readdir (dir)))
    {
      const char *id = entry->d_name;
      if (!azml__run_id_is_valid (id))
        continue;
      if (s->last)
        look_at_last (s, dirfd (dir), id);
      else if (s->alias)
        look_at_alias (s, dirfd (dir), id);
      else if (strncmp (id, s->prefix, strlen (s->prefix)) == 0)
        add (s, id);
    }
  return 0;
}

static int
ambiguous (const search *s, const char *prefix, azml_error **err)
{
  AZML_AUTO_BUFFER list = AZML__BUFFER_INIT;
  for (int i = 0; i < s->found && i < SHOWN; i++)
    azml__buffer_add_format (&list, "%s%s", i ? ", " : "", s->ids[i]);
  if (s->found > SHOWN)
    azml__buffer_add_text (&list, ", ...");
  azml__error (err, AZML_E_AMBIGUOUS, "'%s' means %d runs", prefix, s->found);
  azml__error_hint (err, "one of %s", azml__buffer_ok (&list) ? list.data : "them");
  return AZML_E_AMBIGUOUS;
}

/* 1 if TEXT can be the start of an id.  */
static int
is_prefix (const char *text)
{
  size_t n = strspn (text, "abcdefghijklmnopqrstuvwxyz0123456789");
  return n > 0 && n <= AZML__RANDOM_ID_LENGTH && text[n] == '\0';
}

/* How many runs "last" (1), "last~1" (2) and so on ask for; 0: TEXT is none of these. */
static int
count_of_last (const char *text)
{
  if (strncmp (text, "last", 4) != 0)
    return 0;
  if (text[4] == '\0')
    return 1;
  size_t digits = text[4] == '~' ? strspn (text + 5, "0123456789") : 0;
  int back = digits && digits <= 3 && !text[5 + digits] ? atoi (text + 5) : -1;
  return back + 1;
}

/* What was found for PREFIX is none.  */
static int
not_found (const search *s, const char *prefix, azml_error **err)
{
  if (s->last && !s->found)
    azml__error (err, AZML_E_NOT_FOUND, "there is no run in this project yet");
  else if (s->last)
    azml__error (err, AZML_E_NOT_FOUND, "no run '%s': this project has %d", prefix,
                 s->found);
  else
    azml__error (err, AZML_E_NOT_FOUND, "no run '%s' in this project", prefix);
  azml__error_hint (err, "azml-guile history list shows the runs");
  return AZML_E_NOT_FOUND;
}

int
azml__project_find_run (const azml__project *project, const char *prefix,
                        char **ret_id, azml_error **err)
{
  search s = { .last = count_of_last (prefix) };
  if (azml__run_id_is_valid (prefix))
    {
      AZML_AUTO_FREE char *path = azml__path_join (project->runs, prefix);
      if (!path)
        return azml__error_no_memory (err);
      if (access (path, F_OK) == 0)
        {
          *ret_id = strdup (prefix);
          return *ret_id ? 0 : azml__error_no_memory (err);
        }
    }
  s.prefix = !s.last && is_prefix (prefix) ? prefix : NULL;
  s.alias = !s.last && !s.prefix && strchr (prefix, '_') ? prefix : NULL;
  int rc = s.last || s.prefix || s.alias ? walk (project, &s, err) : 0;
  if (rc < 0)
    return rc;
  if (s.last ? s.found < s.last : s.found == 0)
    return not_found (&s, prefix, err);
  if (!s.last && s.found > 1)
    return ambiguous (&s, prefix, err);
  *ret_id = strdup (s.last ? s.runs[s.last - 1].id : s.ids[0]);
  return *ret_id ? 0 : azml__error_no_memory (err);
}
