/* compute.c: NAME.compute, a compute target of Workbench.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <string.h>

#include "config/file.h"
#include "config/problem.h"
#include "core/json.h"

static const char *const types[] = { "local",        "localdocker",    "docker",
                                     "remotedocker", "virtualmachine", "remote",
                                     "cluster",      "batchai",        NULL };
static const char *const modes[] = { "cluster", "client", NULL };

static const char retired[] = "Batch AI was shut down; a Slurm target queues runs";

const azml__key azml__compute_keys[] = {
  { "type", AZML__KEY_CHOICE, types, NULL, NULL },
  { "address", AZML__KEY_TEXT, NULL, NULL, NULL },
  { "username", AZML__KEY_TEXT, NULL, NULL, NULL },
  { "password", AZML__KEY_SECRET, NULL, NULL, NULL },
  { "privateKey", AZML__KEY_SECRET, NULL, NULL, NULL },
  { "baseDockerImage", AZML__KEY_TEXT, NULL, NULL, NULL },
  { "sharedVolumes", AZML__KEY_BOOLEAN, NULL, NULL, NULL },
  { "nvidiaDocker", AZML__KEY_BOOLEAN, NULL, NULL, NULL },
  { "nativeSharedDirectory", AZML__KEY_TEXT, NULL, NULL, NULL },
  { "pythonLocation", AZML__KEY_TEXT, NULL, NULL, NULL },
  { "sparkSubmitLocation", AZML__KEY_TEXT, NULL, NULL, NULL },
  { "userManagedEnvironment", AZML__KEY_BOOLEAN, NULL, NULL, NULL },
  { "yarnDeployMode", AZML__KEY_CHOICE, modes, NULL, NULL },
  { "cluster", AZML__KEY_BOOLEAN, NULL, NULL, NULL },
  { "native", AZML__KEY_BOOLEAN, NULL, NULL, NULL },
  { "subscriptionId", AZML__KEY_TEXT, NULL, NULL, retired },
  { "resourceGroup", AZML__KEY_TEXT, NULL, NULL, retired },
  { "clusterName", AZML__KEY_TEXT, NULL, NULL, retired },
  { "workspaceName", AZML__KEY_TEXT, NULL, NULL, retired },
  { 0 }
};

/* What a key is for; for other types it means nothing.  */
static const struct
{
  const char *key, *types;
} uses[] = {
  { "address", "remote remotedocker cluster" },
  { "username", "remote remotedocker cluster" },
  { "baseDockerImage", "docker remotedocker" },
  { "sharedVolumes", "docker remotedocker" },
  { "nvidiaDocker", "docker remotedocker" },
  { "nativeSharedDirectory", "local docker remote remotedocker" },
  { "pythonLocation", "local remote" },
  { "sparkSubmitLocation", "local remote cluster" },
  { "userManagedEnvironment", "local docker remote remotedocker cluster" },
  { "yarnDeployMode", "cluster" },
};

static int
is_listed (const char *list, const char *word)
{
  size_t n = strlen (word);
  for (const char *p = strstr (list, word); p; p = strstr (p + 1, word))
    if ((p == list || p[-1] == ' ') && (!p[n] || p[n] == ' '))
      return 1;
  return 0;
}

/* The type under the one name that it has here; NULL: not known.  */
static const char *
canonical_type (azml__reader *reader)
{
  const char *type = azml__reader_text (reader, "type", NULL);
  json_t *cluster = json_object_get (reader->values, "cluster");
  json_t *native = json_object_get (reader->values, "native");
  if (!type && (cluster || native))
    return json_is_true (cluster)  ? "cluster"
           : json_is_true (native) ? "remote"
                                   : "remotedocker";
  if (!type)
    return NULL;
  return strcmp (type, "localdocker") == 0      ? "docker"
         : strcmp (type, "virtualmachine") == 0 ? "remotedocker"
                                                : type;
}

static void
no_type (azml__reader *reader)
{
  /* A type that is there and wrong was said already.  */
  if (azml__yaml_ref (reader->document->root, "type"))
    return;
  azml__problem_add (reader->document, "error",
                     azml__reader_offset (reader, "type"),
                     "add 'type: local', docker, remote, remotedocker or cluster",
                     "the target has no 'type'");
}

static void
need_value (azml__reader *reader, const char *key)
{
  const azml__yaml *node = azml__yaml_ref (reader->document->root, key);
  if (json_object_get (reader->values, key) || (node && !azml__yaml_is_null (node)))
    return;
  azml__problem_add (reader->document, "warning", azml__reader_offset (reader, key),
                     NULL, node ? "'%s' is empty" : "the target has no '%s'", key);
  azml__problem_hint (reader->document,
                      "azml-guile computetarget update NAME %s=...", key);
}

/* "host:22" is two things.  */
static void
split_address (azml__reader *reader)
{
  const char *address = azml__reader_text (reader, "address", "");
  const char *colon = strrchr (address, ':');
  char *end;
  if (!colon || colon == address || strchr (address, ':') != colon || !colon[1])
    return;
  long port = strtol (colon + 1, &end, 10);
  if (*end || port < 1 || port > 65535)
    return;
  json_object_set_new (reader->values, "port", json_integer (port));
  json_object_set_new (reader->values, "address",
                       json_stringn (address, (size_t)(colon - address)));
}

static void
set_defaults (azml__reader *reader, const char *type)
{
  int docker = is_listed ("docker remotedocker", type);
  if (is_listed ("local remote", type))
    azml__reader_default (reader, "pythonLocation", "python");
  if (is_listed ("local remote cluster", type))
    azml__reader_default (reader, "sparkSubmitLocation", "spark-submit");
  if (strcmp (type, "cluster") == 0)
    azml__reader_default (reader, "yarnDeployMode", "cluster");
  else
    azml__reader_default (reader, "nativeSharedDirectory", "~/.azureml/share/");
  if (docker && !json_object_get (reader->values, "nvidiaDocker"))
    json_object_set_new (reader->values, "nvidiaDocker", json_false ());
  if (docker && !json_object_get (reader->values, "baseDockerImage"))
    azml__problem_add (reader->document, "warning",
                       azml__reader_offset (reader, "baseDockerImage"),
                       "for instance baseDockerImage: python:3.11-slim",
                       "no 'baseDockerImage': the product's own image, which was"
                       " used then, is gone");
}

/* The keys of 2017-04 beside the one that took their place.  */
static void
say_old (azml__reader *reader)
{
  static const char *const old[] = { "cluster", "native" };
  for (size_t i = 0; i < sizeof old / sizeof *old; i++)
    if (json_object_get (reader->values, old[i])
        && azml__reader_text (reader, "type", NULL))
      azml__problem_add (reader->document, "note",
                         azml__reader_offset (reader, old[i]), NULL,
                         "'%s' is ignored: 'type' says what the target is", old[i]);
}

void
azml__compute_finish (azml__reader *reader)
{
  azml__document *d = reader->document;
  const char *type = canonical_type (reader);
  if (!type)
    {
      no_type (reader);
      return;
    }
  if (strcmp (type, "batchai") == 0)
    {
      azml__problem_add (d, "error", azml__reader_offset (reader, "type"),
                         "declare a target of type remote, or slurm", "%s",
                         retired);
      return;
    }
  for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
    if (json_object_get (reader->values, uses[i].key)
        && !is_listed (uses[i].types, type))
      azml__problem_add (d, "note", azml__reader_offset (reader, uses[i].key), NULL,
                         "'%s' is ignored: a target of type %s has no use for it",
                         uses[i].key, type);
  say_old (reader);
  if (json_is_false (json_object_get (reader->values, "sharedVolumes"))
      && is_listed ("docker remotedocker", type))
    azml__problem_add (d, "note", azml__reader_offset (reader, "sharedVolumes"),
                       "leave it out where the engine can mount the run's folder",
                       "'sharedVolumes: false' copies all files into the container,"
                       " and back when the run has ended, which takes longer");
  split_address (reader);
  if (is_listed ("remote remotedocker cluster", type))
    {
      need_value (reader, "address");
      need_value (reader, "username");
    }
  set_defaults (reader, type);
  json_object_set_new (reader->values, "type", json_string (type));
}
