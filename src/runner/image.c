/* image.c: the image of a container, here before a run wants it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <dirent.h>
#include <string.h>
#include <strings.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>

#include "core/file.h"
#include "core/path.h"
#include "environment/spec.h"
#include "process/signals.h"
#include "runner/image-collect.h"
#include "runner/image.h"

#define ASK_SECONDS 20 /* a daemon that takes longer for a mere question hangs */
#define LITTLE ((unsigned long long)2 << 30)

/* The length of the JSON at TEXT, which begins a line: that line, as docker prints it, or all
   up to the line with the bracket that ends it, as podman does.  */
static size_t
length_of_json (const char *text)
{
  const char close = *text == '[' ? ']' : '}';
  size_t n = strcspn (text, "\n");
  if (n > 1 && text[n - 1] == close)
    return n;
  for (const char *p = text + n; *p; p += strcspn (p, "\n"))
    if (*++p == close)
      return (size_t)(p + 1 - text);
  return n;
}

static void
add_facts (json_t *list, json_t *value)
{
  if (json_is_array (value))
    json_array_extend (list, value);
  else
    json_array_append (list, value);
}

/* The JSON objects of TEXT, in LIST; the rest, which is for people, stays.  */
static void
take_objects (azml__buffer *text, json_t *list)
{
  AZML_AUTO_BUFFER rest = AZML__BUFFER_INIT;
  for (char *line = text->data, *next; line && *line; line = next)
    {
      AZML_AUTO (json_t) value = NULL;
      int json = *line == '{' || *line == '[';
      size_t n = json ? length_of_json (line) : strcspn (line, "\n");
      next = line + n + (line[n] == '\n');
      if (json && azml__json_parse (line, n, "answer", &value, NULL) == 0)
        add_facts (list, value);
      else
        azml__buffer_add (&rest, line, (size_t)(next - line));
    }
  azml__buffer_done (text);
  *text = rest;
  rest = (azml__buffer)AZML__BUFFER_INIT;
}

static int
is_absence (const char *text)
{
  return strstr (text, "No such image") || strstr (text, "no such image")
         || strstr (text, "image not known");
}

static int
inspect (azml__runner *runner, char *const *words, azml__buffer *text, json_t *list,
         azml_error **err)
{
  int status = 0;
  azml__buffer_truncate (text, 0);
  json_array_clear (list);
  int rc = azml__engine_ask (runner, &runner->container->engine, words, ASK_SECONDS,
                             text, &status, err);
  if (rc == 0)
    take_objects (text, list);
  return rc;
}

/* Ask the daemon, without its command.  1 if it has answered for all of IMAGES.  */
static int
ask_daemon (const azml__engine *engine, const char *const *images, json_t *list)
{
  for (; *images; images++)
    {
      json_t *facts = NULL;
      int known = azml__engine_image (engine, *images, &facts);
      if (known < 0)
        return 0;
      if (known)
        json_array_append_new (list, facts);
    }
  return 1;
}

int
azml__image_inspect (azml__runner *runner, const char *const *images, json_t **ret,
                     azml_error **err)
{
  azml__engine *engine = &runner->container->engine;
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  AZML_AUTO (json_t) list = json_array ();
  azml__words words = AZML__WORDS_INIT;
  if (list && ask_daemon (engine, images, list))
    {
      *ret = azml_steal (&list);
      return 0;
    }
  azml__words_add (&words, "image");
  azml__words_add (&words, "inspect");
  azml__words_add (&words, "--format={{json .}}");
  azml__words_add (&words, "--");
  azml__words_add_all (&words, (char *const *)images);
  int rc = words.failed || !list ? azml__error_no_memory (err)
                                 : inspect (runner, words.words, &text, list, err);
  if (rc == 0 && text.length && azml__engine_is_denied (text.data) && !engine->sudo)
    {
      AZML_AUTO_FREE char *sudo = azml__path_program (
          "sudo", azml__variables_get (&engine->variables, "PATH"));
      if (sudo)
        {
          azml__engine_raise (engine);
          rc = inspect (runner, words.words, &text, list, err);
        }
    }
  azml__words_done (&words);
  if (rc < 0)
    return rc;
  if (text.length && !is_absence (text.data))
    return azml__engine_explain ("ask for the image", text.data, err);
  *ret = azml_steal (&list);
  return 0;
}

void
azml__image_look_at_disk (azml__runner *runner)
{
  char *words[] = { (char *)"info", (char *)"--format={{.DockerRootDir}}", NULL };
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  struct statvfs fs;
  int status = 0;
  if (runner->container->engine.podman
      || azml__engine_ask (runner, &runner->container->engine, words, ASK_SECONDS,
                           &text, &status, NULL)
             < 0
      || !text.data || text.data[0] != '/')
    return;
  text.data[strcspn (text.data, "\n")] = '\0';
  if (statvfs (text.data, &fs) < 0)
    return;
  unsigned long long left = (unsigned long long)fs.f_bavail * fs.f_frsize;
  if (left < LITTLE)
    azml__charge_event (runner->charge,
                        json_pack ("{s:s, s:s, s:I, s:s}", "event", "image", "what",
                                   "little room", "bytes", (json_int_t)left, "path",
                                   text.data));
}

static int
pull (azml__runner *runner, azml_error **err)
{
  azml__container *container = runner->container;
  char *words[] = { (char *)"pull", (char *)"--", container->base, NULL };
  AZML_AUTO_FREE char *what = azml__path_format ("pull '%s'", container->base);
  azml__charge_event (runner->charge,
                      json_pack ("{s:s, s:s, s:o}", "event", "image", "what",
                                 "pulling", "image",
                                 azml__json_text (container->base)));
  azml__runner_save (runner);
  azml__image_look_at_disk (runner);
  container->fetched = 1;
  return azml__engine_work (runner, &container->engine, words, what ? what : "pull",
                            err);
}

/* The name of the kernel's architecture in the words of images.  */
static const char *
architecture (void)
{
  static struct utsname name;
  static const char *const names[][2] = { { "x86_64", "amd64" },
                                          { "aarch64", "arm64" },
                                          { "armv7l", "arm" },
                                          { "i686", "386" } };
  uname (&name);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp (name.machine, names[i][0]) == 0)
      return names[i][1];
  return name.machine;
}

/* 1 if an emulator of other architectures is set up.  */
static int
has_emulator (void)
{
  AZML_AUTO (DIR) dir = opendir ("/proc/sys/fs/binfmt_misc");
  struct dirent *entry;
  while (dir && (entry = readdir (dir)))
    if (strncmp (entry->d_name, "qemu-", 5) == 0
        || strncasecmp (entry->d_name, "fex", 3) == 0
        || strncmp (entry->d_name, "box64", 5) == 0
        || strncmp (entry->d_name, "rosetta", 7) == 0)
      return 1;
  return 0;
}

/* One that can run nowhere but under an emulator is a likely mistake; where there is an
   emulator it works.  */
static int
check (const azml__container *container, azml_error **err)
{
  const char *made = azml__json_string (container->facts, "Architecture");
  const char *here = architecture ();
  if (!made || !*made || strcmp (made, here) == 0 || has_emulator ())
    return 0;
  int rc = azml__error (err, AZML_E_UNSUPPORTED,
                        "the image '%s' is made for %s, this machine is %s",
                        container->base, made, here);
  azml__error_hint (err, "pull it with '--platform linux/%s', or name another",
                    here);
  return rc;
}

const char *
azml__image_label (const json_t *facts, const char *name)
{
  const json_t *config = json_object_get (facts, "Config");
  return azml__json_string (json_object_get (config, "Labels"), name);
}

/* The hash of the job's environment, NULL if nothing is to be installed.  That of the base
   is not in it, but beside it, in a label: so one question finds both.  */
static int
find_hash (azml__runner *runner, azml_error **err)
{
  AZML_AUTO (json_t) spec = NULL;
  AZML_AUTO_FREE char *platform = azml__spec_platform ();
  AZML_AUTO_FREE char *python = NULL;
  int rc = azml__spec_normalise (runner->job.environment, &spec, err);
  if (rc < 0 || !azml__spec_is_built (spec))
    return rc;
  const char *version = azml__json_string (spec, "python");
  python =
      azml__path_format ("%s %s", version ? version : "", runner->container->base);
  if (!platform || !python)
    return azml__error_no_memory (err);
  json_decref (runner->job.environment);
  runner->job.environment = json_incref (spec);
  return azml__spec_hash (spec, "image", python, platform, &runner->container->hash,
                          err);
}

/* Which of FOUND is the one that was asked for, which that of the environment?  Borrowed;
   NULL: it is not there.  */
static void
tell_apart (const azml__container *container, const json_t *found,
            json_t **ret_base, json_t **ret_built)
{
  *ret_base = *ret_built = NULL;
  for (size_t i = 0; i < json_array_size (found); i++)
    {
      json_t *facts = json_array_get (found, i);
      const char *hash = azml__image_label (facts, AZML__LABEL_ENVIRONMENT);
      if (container->hash && hash && strcmp (hash, container->hash) == 0)
        *ret_built = facts;
      else
        *ret_base = facts;
    }
}

static int
ensure_base (azml__runner *runner, json_t **found, azml_error **err)
{
  azml__container *container = runner->container;
  const char *const names[] = { container->base, NULL };
  int rc = pull (runner, err);
  json_decref (azml_steal (found));
  if (rc == 0)
    rc = azml__image_inspect (runner, names, found, err);
  if (rc == 0 && json_array_size (*found) == 0)
    rc = azml__error (err, AZML_E_NOT_FOUND, "there is no image '%s'",
                      container->base);
  return rc;
}

int
azml__image_ensure (azml__runner *runner, const char **ret_cause, azml_error **err)
{
  azml__container *container = runner->container;
  AZML_AUTO (json_t) found = NULL;
  AZML_AUTO (json_t) built = NULL;
  json_t *base;
  int rc = find_hash (runner, err);
  if (rc < 0)
    return rc;
  AZML_AUTO_FREE char *tag =
      container->hash ? azml__path_format (AZML__IMAGE_NAME "%s", container->hash)
                      : NULL;
  const char *const names[] = { container->base, tag, NULL };
  while (container->hash
         && !azml__image_hold (runner->charge->root, container->hash,
                               &container->used))
    {
      if (azml__runner_is_ending (runner))
        return azml__error (err, AZML_E_CANCELLED, "the run is to end");
      azml__signals_wait (100);
    }
  rc = azml__image_inspect (runner, names, &found, err);
  if (rc < 0)
    return rc;
  tell_apart (container, found, &base, &built);
  json_incref (built);
  if (!base && !built)
    rc = ensure_base (runner, &found, err);
  if (rc < 0)
    return rc;
  if (!base && !built)
    base = json_array_get (found, 0);
  container->facts = json_incref (base);
  container->image = strdup (container->base);
  rc = !container->image ? azml__error_no_memory (err)
       : base            ? check (container, err)
                         : 0;
  if (rc < 0 || !container->hash)
    {
      azml__image_report (runner, 0, 0);
      return rc;
    }
  *ret_cause = "environment";
  return azml__image_environment (runner, built, err);
}

/* One package a line.  */
static void
write_lock (const azml__runner *runner, const char *packages)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__buffer_add_text (&text, packages);
  azml__buffer_add_char (&text, '\n');
  for (size_t i = 0; azml__buffer_ok (&text) && i < text.length; i++)
    if (text.data[i] == ' ')
      text.data[i] = '\n';
  if (azml__buffer_ok (&text))
    azml__file_replace (runner->charge->folder, "environment.lock", text.data,
                        text.length, 0600, 0, NULL);
}

void
azml__image_report (azml__runner *runner, int built, double seconds)
{
  const azml__container *container = runner->container;
  const json_t *facts = container->facts;
  const char *packages = azml__image_label (facts, AZML__LABEL_PACKAGES);
  const char *python = azml__image_label (facts, AZML__LABEL_PYTHON);
  const char *digest = json_string_value (
      json_array_get (json_object_get (facts, "RepoDigests"), 0));
  json_object_set_new (runner->status, "container",
                       json_pack ("{s:s, s:o, s:o, s:s*, s:s*}", "engine",
                                  container->engine.podman ? "podman" : "docker",
                                  "image", azml__json_text (container->image),
                                  "base", azml__json_text (container->base), "id",
                                  azml__json_string (facts, "Id"), "digest",
                                  digest));
  if (!container->hash)
    return;
  json_t *report = json_pack ("{s:s, s:s, s:s, s:b, s:s*}", "hash", container->hash,
                              "builder", "image", "path", container->image, "built",
                              built, "python", python && *python ? python : NULL);
  if (built)
    json_object_set_new (report, "seconds", json_real (seconds));
  json_object_set_new (runner->status, "environment", report);
  if (packages && *packages)
    write_lock (runner, packages);
}
