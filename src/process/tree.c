/* tree.c: the processes below this one.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "process/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "core/cleanup.h"
#include "core/clock.h"

#define SPARED 2
static pid_t spared[SPARED];

/* What serves this process and hangs in the kernel, in a driver, is not waited for.  */
#define SPARED_MS 300
#define KILL_MS 10000 /* how long to try with what does not die */

void
azml__pids_done (azml__pids *pids)
{
  free (pids->pids);
  *pids = (azml__pids)AZML__PIDS_INIT;
}

int
azml__pids_add (azml__pids *pids, pid_t pid)
{
  if (pids->count == pids->size)
    {
      size_t size = pids->size ? 2 * pids->size : 16;
      pid_t *grown = realloc (pids->pids, size * sizeof *grown);
      if (!grown)
        return -1;
      pids->pids = grown;
      pids->size = size;
    }
  pids->pids[pids->count++] = pid;
  return 0;
}

static int
compare (const void *a, const void *b)
{
  pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;
  return (x > y) - (x < y);
}

void
azml__pids_sort (azml__pids *pids)
{
  if (pids->count > 1)
    qsort (pids->pids, pids->count, sizeof *pids->pids, compare);
}

int
azml__pids_has (const azml__pids *pids, pid_t pid)
{
  return pids->count
         && bsearch (&pid, pids->pids, pids->count, sizeof *pids->pids, compare)
                != NULL;
}

void
azml__tree_spare (pid_t pid)
{
  for (int i = 0; i < SPARED; i++)
    if (!spared[i])
      {
        spared[i] = pid;
        return;
      }
}

int
azml__tree_is_spared (pid_t pid)
{
  for (int i = 0; i < SPARED; i++)
    if (pid && spared[i] == pid)
      return 1;
  return 0;
}

/* Forget the spared child PID, which has ended.  Return 0 if it is none.  */
static int
forget_spared (pid_t pid)
{
  for (int i = 0; i < SPARED; i++)
    if (spared[i] == pid)
      {
        spared[i] = 0;
        return 1;
      }
  return 0;
}

void
azml__tree_end_spared (pid_t pid)
{
  int64_t end = azml__clock_boot_ms () + SPARED_MS;
  struct timespec pause = { 0, 1000000L };
  pid_t got;
  if (!azml__tree_is_spared (pid))
    return;
  kill (pid, SIGKILL);
  while ((got = waitpid (pid, NULL, WNOHANG)) == 0 || (got < 0 && errno == EINTR))
    {
      if (azml__clock_boot_ms () > end)
        return;
      nanosleep (&pause, NULL);
    }
  forget_spared (pid);
}

static void
remove_spared (azml__pids *pids)
{
  size_t kept = 0;
  for (size_t i = 0; i < pids->count; i++)
    if (!azml__tree_is_spared (pids->pids[i]))
      pids->pids[kept++] = pids->pids[i];
  pids->count = kept;
}

void
azml__tree_adopt (void)
{
  prctl (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/* Read the small file NAME into TEXT.  Return its length, 0 if it cannot be read.
 */
static size_t
read_small (const char *name, char *text, size_t size)
{
  AZML_AUTO_CLOSE int fd = open (name, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? 0 : read (fd, text, size - 1);
  text[n > 0 ? n : 0] = '\0';
  return n > 0 ? (size_t)n : 0;
}

/* Fields of /proc/PID/stat behind the name, which may hold blanks and parentheses.
 */
static const char *
read_stat (pid_t pid, char *text, size_t size)
{
  char name[40];
  snprintf (name, sizeof name, "/proc/%d/stat", (int)pid);
  const char *end = read_small (name, text, size) ? strrchr (text, ')') : NULL;
  return end ? end + 1 : NULL;
}

uint64_t
azml__process_start (pid_t pid)
{
  char text[1024];
  unsigned long long start = 0;
  const char *p = read_stat (pid, text, sizeof text);
  if (!p
      || sscanf (
             p,
             " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
             "%*d %*d %llu",
             &start)
             != 1)
    return 0;
  return start;
}

pid_t
azml__process_parent (pid_t pid)
{
  char text[1024];
  int parent = 0;
  const char *p = read_stat (pid, text, sizeof text);
  return p && sscanf (p, " %*c %d", &parent) == 1 ? (pid_t)parent : 0;
}

int
azml__process_is_dead (pid_t pid)
{
  char text[1024], state = 'X';
  const char *p = read_stat (pid, text, sizeof text);
  return !p || sscanf (p, " %c", &state) != 1 || strchr ("ZXx", state) != NULL;
}

/* Append the children of one thread.  Return -1 if the kernel does not tell.  */
static int
add_children (const char *name, azml__pids *pids)
{
  char text[4096];
  AZML_AUTO_CLOSE int fd = open (name, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  int number = 0;
  for (ssize_t n; (n = read (fd, text, sizeof text)) > 0;)
    for (ssize_t i = 0; i < n; i++)
      {
        if (text[i] >= '0' && text[i] <= '9')
          number = number * 10 + (text[i] - '0');
        else if (number)
          {
            azml__pids_add (pids, number);
            number = 0;
          }
      }
  if (number)
    azml__pids_add (pids, number);
  return 0;
}

static void
add_children_of (pid_t pid, azml__pids *pids)
{
  char name[64];
  snprintf (name, sizeof name, "/proc/%d/task", (int)pid);
  AZML_AUTO (DIR) dir = opendir (name);
  struct dirent *entry;
  while (dir && (entry = readdir (dir)))
    if (entry->d_name[0] != '.')
      {
        snprintf (name, sizeof name, "/proc/%d/task/%.12s/children", (int)pid,
                  entry->d_name);
        add_children (name, pids);
      }
}

typedef struct kinship
{
  pid_t pid, parent;
} kinship;

/* Where the kernel lists no children: look at every process's parent.  */
static void
list_by_parents (azml__pids *pids)
{
  AZML_AUTO (DIR) proc = opendir ("/proc");
  AZML_AUTO_FREE kinship *links = NULL;
  size_t count = 0, size = 0;
  char text[1024];
  struct dirent *entry;
  while (proc && (entry = readdir (proc)))
    {
      pid_t pid = entry->d_name[0] <= '9' ? atoi (entry->d_name) : 0;
      const char *p = pid > 1 ? read_stat (pid, text, sizeof text) : NULL;
      int parent = 0;
      if (!p || sscanf (p, " %*c %d", &parent) != 1)
        continue;
      if (count == size)
        {
          size = size ? 2 * size : 256;
          kinship *grown = realloc (links, size * sizeof *grown);
          if (!grown)
            return;
          links = grown;
        }
      links[count++] = (kinship){ pid, parent };
    }
  size_t done = pids->count;
  for (pid_t parent = getpid ();; parent = pids->pids[done++])
    {
      for (size_t i = 0; i < count; i++)
        if (links[i].parent == parent)
          azml__pids_add (pids, links[i].pid);
      if (done >= pids->count)
        return;
    }
}

void
azml__tree_list (azml__pids *pids)
{
  char name[64];
  pid_t self = getpid ();
  pids->count = 0;
  snprintf (name, sizeof name, "/proc/%d/task/%d/children", (int)self, (int)self);
  if (add_children (name, pids) < 0)
    list_by_parents (pids);
  else
    for (size_t i = 0; i < pids->count; i++)
      add_children_of (pids->pids[i], pids);
  remove_spared (pids);
  azml__pids_sort (pids);
}

/* 1 if there are others than those that are spared.  */
static int
has_children (void)
{
  AZML_AUTO_PIDS pids = AZML__PIDS_INIT;
  int any = 0;
  for (int i = 0; i < SPARED; i++)
    any |= spared[i] != 0;
  if (!any)
    return 1;
  azml__tree_list (&pids);
  return pids.count > 0;
}

void
azml__tree_signal (int number)
{
  AZML_AUTO_PIDS pids = AZML__PIDS_INIT;
  azml__tree_list (&pids);
  for (size_t i = 0; i < pids.count; i++)
    kill (pids.pids[i], number);
}

int
azml__tree_reap (azml__reaped *reaped)
{
  for (;;)
    {
      struct rusage used;
      int status;
      pid_t pid = wait4 (-1, &status, WNOHANG, &used);
      if (pid == 0 || (pid < 0 && errno != EINTR))
        return pid == 0 && has_children ();
      if (pid < 0 || forget_spared (pid))
        continue;
      if (reaped->usage)
        azml__usage_add (reaped->usage, &used);
      if (pid == reaped->watched)
        {
          reaped->ended = 1;
          reaped->status = status;
        }
      else if (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL)
        reaped->killed++;
    }
}

/* Send SIGSTOP to all that LIST finds until it finds nobody new.  */
static void
stop_all (void (*list) (azml__pids *, void *), void *data, azml__pids *pids)
{
  AZML_AUTO_PIDS before = AZML__PIDS_INIT;
  for (int round = 0; round < 1000; round++)
    {
      int fresh = 0;
      pids->count = 0;
      list (pids, data);
      for (size_t i = 0; i < pids->count; i++)
        if (!azml__pids_has (&before, pids->pids[i]))
          {
            kill (pids->pids[i], SIGSTOP);
            fresh++;
          }
      if (!fresh)
        return;
      azml__pids swap = before;
      before = *pids;
      *pids = swap;
    }
}

/* Kill PIDS; return how many of them may be killed by us.  */
static int
kill_all (const azml__pids *pids)
{
  int n = 0;
  for (size_t i = 0; i < pids->count; i++)
    n += kill (pids->pids[i], SIGKILL) == 0 || errno == ESRCH;
  return n;
}

static void
list_tree (azml__pids *pids, void *data)
{
  (void)data;
  azml__tree_list (pids);
}

/* Sleep longer from round to round: 0.1 ms to 50 ms.  */
static void
pause_round (int round)
{
  struct timespec pause = { 0, round < 10 ? 100000L << round : 50000000L };
  nanosleep (&pause, NULL);
}

int
azml__tree_kill (azml__reaped *reaped, int *ret_left)
{
  AZML_AUTO_PIDS pids = AZML__PIDS_INIT;
  int64_t end = azml__clock_boot_ms () + KILL_MS;
  int killed = 0;
  *ret_left = 0;
  for (int round = 0; azml__tree_reap (reaped); round++)
    {
      stop_all (list_tree, NULL, &pids);
      int ours = kill_all (&pids);
      if (ours > killed)
        killed = ours;
      *ret_left = (int)pids.count;
      if ((pids.count && !ours && round > 20) || azml__clock_boot_ms () > end)
        return killed;
      pause_round (round);
    }
  *ret_left = 0;
  return killed;
}

int
azml__processes_kill (void (*list) (azml__pids *, void *), void *data)
{
  AZML_AUTO_PIDS pids = AZML__PIDS_INIT;
  int64_t end = azml__clock_boot_ms () + KILL_MS;
  int killed = 0;
  for (int round = 0;; round++)
    {
      stop_all (list, data, &pids);
      if (!pids.count || azml__clock_boot_ms () > end)
        return killed;
      int ours = kill_all (&pids);
      if (ours > killed)
        killed = ours;
      pause_round (round);
    }
}
