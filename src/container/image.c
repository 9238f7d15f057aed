/* image.c: the image of a container, and what the engine tells of it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "container/image.h"

#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "container/ask.h"
#include "container/engine-explain.h"
#include "container/engine-socket.h"
#include "core/file.h"
#include "core/path.h"

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

void
azml__image_objects (azml__buffer *text, json_t *list)
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
inspect (azml__container *container, char *const *words, azml__buffer *text,
         json_t *list, azml_error **err)
{
  int status = 0;
  azml__buffer_truncate (text, 0);
  json_array_clear (list);
  int rc = azml__container_ask (container, words, ASK_SECONDS, text, &status, err);
  if (rc == 0)
    azml__image_objects (text, list);
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
azml__image_inspect (azml__container *container, const char *const *images,
                     json_t **ret, azml_error **err)
{
  azml__engine *engine = &container->engine;
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
  int rc = words.failed || !list
               ? azml__error_no_memory (err)
               : inspect (container, words.words, &text, list, err);
  if (rc == 0 && text.length && azml__engine_is_denied (text.data) && !engine->sudo)
    {
      AZML_AUTO_FREE char *sudo = azml__path_program (
          "sudo", azml__variables_get (&engine->variables, "PATH"));
      if (sudo)
        {
          azml__engine_raise (engine);
          rc = inspect (container, words.words, &text, list, err);
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
azml__image_look_at_disk (const azml__container *container)
{
  char *words[] = { (char *)"info", (char *)"--format={{.DockerRootDir}}", NULL };
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  struct statvfs fs;
  int status = 0;
  if (container->engine.podman
      || azml__container_ask (container, words, ASK_SECONDS, &text, &status, NULL)
             < 0
      || !text.data || text.data[0] != '/')
    return;
  text.data[strcspn (text.data, "\n")] = '\0';
  if (statvfs (text.data, &fs) < 0)
    return;
  unsigned long long left = (unsigned long long)fs.f_bavail * fs.f_frsize;
  if (left < LITTLE)
    azml__charge_event (container->run.charge,
                        json_pack ("{s:s, s:s, s:I, s:s}", "event", "image", "what",
                                   "little room", "bytes", (json_int_t)left, "path",
                                   text.data));
}

const char *
azml__image_label (const json_t *facts, const char *name)
{
  const json_t *config = json_object_get (facts, "Config");
  return azml__json_string (json_object_get (config, "Labels"), name);
}

/* One package a line.  */
static void
write_lock (const azml__container *container, const char *packages)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__buffer_add_text (&text, packages);
  azml__buffer_add_char (&text, '\n');
  for (size_t i = 0; azml__buffer_ok (&text) && i < text.length; i++)
    if (text.data[i] == ' ')
      text.data[i] = '\n';
  if (azml__buffer_ok (&text))
    azml__file_replace (container->run.charge->folder, "environment.lock",
                        text.data, text.length, 0600, 0, NULL);
}

void
azml__image_report (const azml__container *container, int built, double seconds)
{
  const json_t *facts = container->facts;
  const char *packages = azml__image_label (facts, AZML__LABEL_PACKAGES);
  const char *python = azml__image_label (facts, AZML__LABEL_PYTHON);
  const char *digest = json_string_value (
      json_array_get (json_object_get (facts, "RepoDigests"), 0));
  json_object_set_new (container->run.status, "container",
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
  json_object_set_new (container->run.status, "environment", report);
  if (packages && *packages)
    write_lock (container, packages);
}
