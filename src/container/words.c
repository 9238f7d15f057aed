/* words.c: the words of `docker run`.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "container/words.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "charge/share.h"
#include "container/engine-restart.h"
#include "container/gpus.h"
#include "container/mount.h"
#include "core/buffer.h"
#include "core/file.h"
#include "core/path.h"
#include "lease/gpus.h"

#define GROUPS 64

/* Who the processes inside are: this user, so that the outputs are this user's.  */
static void
add_user (const azml__container *container, azml__words *words)
{
  gid_t groups[GROUPS];
  if (container->engine.rootless)
    {
      azml__words_add (words, "--user=0:0");
      return;
    }
  if (container->engine.podman && geteuid () != 0)
    azml__words_add (words, "--userns=keep-id");
  azml__words_format (words, "--user=%lu:%lu", (unsigned long)getuid (),
                      (unsigned long)getgid ());
  int n = container->engine.podman ? 0 : getgroups (GROUPS, groups);
  for (int i = 0; i < n; i++)
    if (groups[i] != getgid ())
      azml__words_format (words, "--group-add=%lu", (unsigned long)groups[i]);
}

void
azml__container_labels (const azml__container *container, azml__words *words)
{
  azml__words_format (words, "--label=azml.run=%s", container->run.charge->id);
  azml__words_format (words, "--label=azml.user=%lu", (unsigned long)getuid ());
  azml__words_format (words, "--label=azml.directory=%s",
                      container->run.charge->path);
}

/* This program and the package for scripts.  */
static int
add_tools (const azml__container *container, azml__words *words, azml_error **err)
{
  struct stat st;
  char self[4096];
  char **package = container->run.job->python_path;
  ssize_t n = readlink ("/proc/self/exe", self, sizeof self - 1);
  if (n <= 0)
    return azml__error_os (err, errno, "find this program");
  self[n] = '\0';
  AZML_AUTO_FREE char *folder = azml__path_folder (self);
  azml__mount_add (words, self, AZML__CONTAINER_RUNNER, 1);
  if (!folder || !package)
    return 0;
  AZML_AUTO_FREE char *path = azml__path_join (folder, *package);
  if (path && stat (path, &st) == 0)
    azml__mount_add (words, path, AZML__CONTAINER_PYTHON, 1);
  return 0;
}

static void
add_inputs (const azml__container *container, azml__words *words)
{
  for (size_t i = 0; i < json_array_size (container->run.job->inputs); i++)
    {
      AZML_AUTO_FREE char *path = azml__json_get_bytes (
          json_object_get (json_array_get (container->run.job->inputs, i), "path"),
          NULL);
      if (path)
        azml__mount_add (words, path, path, 1);
    }
}

static void
add_share (const azml__container *container, azml__words *words)
{
  AZML_AUTO_FREE char *path =
      azml__share_folder (container->run.charge, container->run.job);
  if (path)
    azml__mount_add (words, path, AZML__CONTAINER_SHARE, 0);
}

static int
add_mounts (const azml__container *container, azml__words *words, azml_error **err)
{
  const char *const names[] = { "passwd", "group" };
  const char *path = container->run.charge->path;
  azml__mount_add (words, path, path, 0);
  /* Root's entry is right in every image.  */
  for (size_t i = 0; i < 2 && !container->engine.rootless && getuid (); i++)
    {
      AZML_AUTO_FREE char *from = azml__path_join3 (path, "container", names[i]);
      AZML_AUTO_FREE char *to = azml__path_join ("/etc", names[i]);
      if (from && to)
        azml__mount_add (words, from, to, 1);
    }
  add_inputs (container, words);
  add_share (container, words);
  return add_tools (container, words, err);
}

static void
add_settings (const azml__container *container, azml__words *words)
{
  static const struct
  {
    const char *key;
    const char *option;
  } settings[] = { { "shm_size", "--shm-size" }, { "ipc", "--ipc" },
                   { "network", "--network" },   { "memory", "--memory" },
                   { "cpus", "--cpus" },         { "runtime", "--runtime" } };
  json_t *options = json_object_get (container->spec, "options");
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
    {
      const char *value = azml__json_string (container->spec, settings[i].key);
      if (value)
        azml__words_format (words, "%s=%s", settings[i].option, value);
    }
  /* Labels of files keep a container from its mounts under SELinux.  */
  if (access ("/sys/fs/selinux/enforce", F_OK) == 0)
    azml__words_add (words, "--security-opt=label=disable");
  for (size_t i = 0; i < json_array_size (options); i++)
    {
      AZML_AUTO_FREE char *word =
          azml__json_get_bytes (json_array_get (options, i), NULL);
      if (word)
        azml__words_add (words, word);
    }
}

int
azml__container_words (azml__container *container, const azml__gpu_list *machine,
                       azml__words *words, azml_error **err)
{
  azml__words_add_all (words, container->engine.words.words);
  azml__words_add (words, container->copied ? "create" : "run");
  /* Else azml__container_remove does it.  */
  if (container->copied)
    azml__words_add (words, "--interactive");
  else if (!azml__engine_forgets (container))
    azml__words_add (words, "--rm");
  else
    container->stays = 1;
  azml__words_add (words, "--pull=never");
  azml__words_format (words, "--name=%s", container->name);
  azml__container_labels (container, words);
  azml__words_add (words, "--log-driver=none");
  /* That of the image need not be one that this user may enter.  */
  azml__words_add (words, "--workdir=/");
  add_user (container, words);
  int rc = container->copied ? 0 : add_mounts (container, words, err);
  if (rc < 0)
    return rc;
  add_settings (container, words);
  rc = azml__container_gpus (container, machine, words, err);
  if (rc < 0)
    return rc;
  azml__words_add (words, "--entrypoint=" AZML__CONTAINER_RUNNER);
  azml__words_add (words, container->image);
  azml__words_add (words, "inner");
  azml__words_add (words, container->run.charge->path);
  return words->failed ? azml__error_no_memory (err) : 0;
}

/* Without an entry of their own for this user `getpass`, and what asks for a home, die.  */
int
azml__container_accounts (const azml__container *container, azml_error **err)
{
  AZML_AUTO_BUFFER passwd = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER group = AZML__BUFFER_INIT;
  char user[64];
  unsigned long uid = getuid (), gid = getgid ();
  int folder = container->run.charge->folder;
  if (uid == 0 || container->engine.rootless)
    return 0;
  azml__gpus_user (getuid (), user, sizeof user);
  azml__buffer_add_format (&passwd,
                           "root:x:0:0:root:/root:/bin/sh\n"
                           "%s:x:%lu:%lu::%s/home:/bin/sh\n"
                           "nobody:x:65534:65534:nobody:/nonexistent:/bin/sh\n",
                           user, uid, gid, container->run.charge->path);
  azml__buffer_add_format (&group, "root:x:0:\n%s:x:%lu:\nnogroup:x:65534:\n", user,
                           gid);
  if (!azml__buffer_ok (&passwd) || !azml__buffer_ok (&group))
    return azml__error_no_memory (err);
  int rc = azml__file_replace (folder, "container/passwd", passwd.data,
                               passwd.length, 0644, 0, err);
  return rc < 0 ? rc
                : azml__file_replace (folder, "container/group", group.data,
                                      group.length, 0644, 0, err);
}
