/* image-collect.c: images and containers of ours that nobody needs, and the builds' cache.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   ROOT/images/HASH.used is locked, shared, by runs that use the image of an environment,
   and its time is that of the last use.  The images of other users of the same engine have
   none here, and are left alone.  The volume with the cache of pip and conda has such a file,
   too, under its own name.  */

#include <config.h>

#include "container/image-collect.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "container/image.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/path.h"
#include "environment/step.h"
#include "run/layout.h"

#define ASK_MS 20000
#define REMOVE_MS 120000

typedef struct collection
{
  const char *root;
  const azml__environment_policy *policy;
  azml__engine engine;
  json_t *removed;
} collection;

static void
collection_done (collection *self)
{
  azml__engine_done (&self->engine);
}

static int
open_used (const char *root, const char *hash, int flags)
{
  AZML_AUTO_FREE char *name = azml__path_format ("%s/images/%s.used", root, hash);
  if (!name || strchr (hash, '/'))
    return -1;
  return open (name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
}

int
azml__image_hold (const char *root, const char *hash, int *ret_fd)
{
  AZML_AUTO_FREE char *folder = azml__path_join (root, "images");
  *ret_fd = -1;
  if (!folder || azml__folder_make (folder, 0700, NULL) < 0)
    return 1;
  AZML_AUTO_CLOSE int fd = open_used (root, hash, O_CREAT);
  if (fd < 0)
    return 1;
  if (flock (fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK)
    return 0;
  futimens (fd, NULL);
  *ret_fd = azml__steal_fd (&fd);
  return 1;
}

/* Execute the engine with WORDS and FURTHER ones; its lines that are JSON objects, or all
   of them as strings, come in *RET (new).  Returns its exit code, or -1.  */
static int
ask (const collection *self, const char *const *words, const json_t *further,
     int timeout_ms, json_t **ret)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__words argv = AZML__WORDS_INIT;
  json_t *lines = json_array ();
  int status = 0;
  azml__words_add_all (&argv, self->engine.words.words);
  azml__words_add_all (&argv, (char *const *)words);
  for (size_t i = 0; i < json_array_size (further); i++)
    azml__words_add (&argv, json_string_value (json_array_get (further, i)));
  azml__step step = { .argv = argv.words,
                      .environ = self->engine.variables.words,
                      .folder = "/",
                      .only_output = 1,
                      .inherit_fd = -1,
                      .timeout_ms = timeout_ms,
                      .output = azml__step_keep,
                      .data = &text };
  int rc = argv.failed ? -1 : azml__step_run (&step, &status, NULL);
  azml__words_done (&argv);
  if (rc == 0)
    azml__image_objects (&text, lines);
  for (char *line = text.data, *next; rc == 0 && line && *line; line = next)
    {
      size_t n = strcspn (line, "\n");
      next = line + n + (line[n] == '\n');
      json_array_append_new (lines, json_stringn (line, n));
    }
  *ret = lines;
  return rc == 0 && WIFEXITED (status) ? WEXITSTATUS (status) : -1;
}

/* What the engine says of the objects of KIND that have LABEL (new, perhaps empty).  */
static json_t *
list_objects (const collection *self, const char *kind, const char *label)
{
  AZML_AUTO_FREE char *filter = azml__path_format ("--filter=label=%s", label);
  AZML_AUTO (json_t) ids = NULL;
  AZML_AUTO (json_t) objects = NULL;
  const char *const list[] = { kind,         "ls",   "--all", "--quiet",
                               "--no-trunc", filter, NULL };
  const char *const inspect[] = { kind, "inspect", "--format={{json .}}", NULL };
  if (!filter || ask (self, list, NULL, ASK_MS, &ids) != 0
      || !json_array_size (ids))
    return json_array ();
  ask (self, inspect, ids, ASK_MS, &objects);
  return azml_steal (&objects);
}

static const char *
label_of (const json_t *object, const char *name)
{
  return azml__json_string (
      json_object_get (json_object_get (object, "Config"), "Labels"), name);
}

/* Remove OBJECT with WORDS, unless that is only to be told; note it.  */
static void
remove_object (collection *self, const char *const *words, const char *what,
               const char *name, const json_t *object, json_int_t used_ms)
{
  AZML_AUTO (json_t) id = json_pack ("[O]", json_object_get (object, "Id"));
  AZML_AUTO (json_t) said = NULL;
  char used[AZML__CLOCK_TEXT_SIZE];
  if (!id
      || (!self->policy->dry_run && ask (self, words, id, REMOVE_MS, &said) != 0))
    return;
  json_t *entry =
      json_pack ("{s:s, s:o, s:I}", "what", what, "name", azml__json_text (name),
                 "bytes", azml__json_integer (object, "Size", 0));
  if (entry && used_ms)
    json_object_set_new (entry, "used",
                         json_string (azml__clock_format (used_ms, used)));
  json_array_append_new (self->removed, entry);
}

/* 1 if the run in FOLDER goes on, or may: that its directory cannot be read is no
   sign of its end.  */
static int
goes_on (const char *folder)
{
  AZML_AUTO_CLOSE int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return errno != ENOENT && errno != ENOTDIR;
  return azml__run_is_alive (fd);
}

static void
collect_containers (collection *self)
{
  static const char *const words[] = { "rm", "--force", "--volumes", NULL };
  AZML_AUTO_FREE char *label =
      azml__path_format ("azml.user=%lu", (unsigned long)getuid ());
  AZML_AUTO (json_t)
  list = label ? list_objects (self, "container", label) : NULL;
  for (size_t i = 0; i < json_array_size (list); i++)
    {
      const json_t *object = json_array_get (list, i);
      const char *name = azml__json_string (object, "Name");
      const char *folder = label_of (object, "azml.directory");
      if (name && folder && !goes_on (folder))
        remove_object (self, words, "container", name + (*name == '/'), object, 0);
    }
}

/* Keep others from what HASH.used is of, as long as the descriptor returned (new) is open, -1
   if somebody uses it; when that was last comes in *RET_MS, and in *RET_OLD whether it is so
   long ago that it is to be removed.  */
static int
keep_unused (const collection *self, const char *hash, json_int_t *ret_ms,
             int *ret_old)
{
  struct stat st;
  AZML_AUTO_CLOSE int fd = open_used (self->root, hash, 0);
  if (fd < 0 || fstat (fd, &st) < 0 || flock (fd, LOCK_EX | LOCK_NB) < 0)
    return -1;
  *ret_ms = (json_int_t)st.st_mtim.tv_sec * 1000;
  double age = (double)(azml__clock_utc_ms () - *ret_ms) / 1e3;
  *ret_old = self->policy->unused >= 0 && age >= self->policy->unused;
  return azml__steal_fd (&fd);
}

/* An image that has lost its name was made anew, from another base.  */
static void
collect_image (collection *self, const json_t *object)
{
  static const char *const words[] = { "image", "rm", NULL };
  const char *hash = label_of (object, AZML__LABEL_ENVIRONMENT);
  int named = json_array_size (json_object_get (object, "RepoTags")) > 0, old = 0;
  json_int_t used = 0;
  AZML_AUTO_CLOSE int fd = hash ? keep_unused (self, hash, &used, &old) : -1;
  if (fd < 0 || (named && !old))
    return;
  AZML_AUTO_FREE char *name = azml__path_format (AZML__IMAGE_NAME "%s", hash);
  if (name)
    remove_object (self, words, "image", name, object, used);
}

/* The engine itself keeps a volume that a container has, whoever builds in that.  */
static void
collect_cache (collection *self)
{
  static const char *const inspect[] = { "volume", "inspect", AZML__IMAGE_CACHE,
                                         NULL };
  static const char *const words[] = { "volume", "rm", NULL };
  AZML_AUTO (json_t) said = NULL;
  AZML_AUTO (json_t) object = json_pack ("{s:s}", "Id", AZML__IMAGE_CACHE);
  json_int_t used = 0;
  int old = 0;
  AZML_AUTO_CLOSE int fd = keep_unused (self, AZML__IMAGE_CACHE, &used, &old);
  if (fd >= 0 && old && ask (self, inspect, NULL, ASK_MS, &said) == 0)
    remove_object (self, words, "volume", AZML__IMAGE_CACHE, object, used);
}

/* 1 if this user has images of Podman, which would make room for some if it were asked.  */
static int
has_podman (const azml__words *variables)
{
  const char *data = azml__variables_get (variables, "XDG_DATA_HOME");
  const char *home = azml__variables_get (variables, "HOME");
  AZML_AUTO_FREE char *place =
      geteuid () == 0 ? strdup ("/var/lib/containers/storage")
      : data && *data ? azml__path_join (data, "containers/storage")
      : home          ? azml__path_join (home, ".local/share/containers/storage")
                      : NULL;
  return place && access (place, F_OK) == 0;
}

/* The engine NAME, through sudo if this user may use it only so; 0: there is none that
   answers.  */
static int
find_engine (collection *self, const char *name)
{
  static const char *const words[] = { "version", NULL };
  AZML_AUTO (json_t) said = NULL;
  AZML_AUTO (json_t) again = NULL;
  if (azml__engine_find (&self->engine, name, NULL) < 0
      || (self->engine.podman && !has_podman (&self->engine.variables)))
    return 0;
  if (ask (self, words, NULL, ASK_MS, &said) == 0)
    return 1;
  AZML_AUTO_FREE char *sudo = azml__path_program (
      "sudo", azml__variables_get (&self->engine.variables, "PATH"));
  if (!sudo || self->engine.podman)
    return 0;
  azml__engine_raise (&self->engine);
  return ask (self, words, NULL, ASK_MS, &again) == 0;
}

static int
collect (collection *self, azml_error **err)
{
  collect_containers (self);
  AZML_AUTO (json_t)
  images = list_objects (self, "image", AZML__LABEL_ENVIRONMENT);
  if (!images)
    return azml__error_no_memory (err);
  for (size_t i = 0; i < json_array_size (images); i++)
    collect_image (self, json_array_get (images, i));
  collect_cache (self);
  return 0;
}

int
azml__image_collect (const char *root, const azml__environment_policy *policy,
                     json_t *removed, azml_error **err)
{
  static const char *const engines[] = { "docker", "podman" };
  int rc = 0, last = 0;
  for (size_t i = 0; i < sizeof engines / sizeof *engines && rc == 0 && !last; i++)
    {
      AZML_CLEANUP (collection_done)
      collection self = { .root = root, .policy = policy, .removed = removed };
      self.engine = (azml__engine)AZML__ENGINE_INIT;
      if (find_engine (&self, engines[i]))
        rc = collect (&self, err);
      last = self.engine.podman; /* under Docker's name, too */
    }
  return rc;
}
