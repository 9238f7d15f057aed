/* test-lease-queue.c: runs that wait for GPUs, with many processes that are killed.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "core/json.h"
#include "leases.h"
#include "lease/report.h"
#include "tap.h"

#define STORM 40

/* What the processes of a storm share.  Who has GPU N locks byte N of FILE, which the
   kernel undoes before it closes the leases of one that is killed: FILE has the lower
   descriptor.  */
typedef struct witness
{
  int file;
  int wrong; /* two at once */
} witness;

static azml__lease_queue *
make_queue (const azml__gpu_request *request, const char *run)
{
  azml__lease_queue *queue = NULL;
  if (azml__lease_queue_new (request, run, NULL, &queue, NULL) < 0)
    abort ();
  azml__lease_queue_set_list (queue, make_list ());
  return queue;
}

/* Try until the request is met, at most LIMIT_MS.  Return 1 if it is.  */
static int
acquire (azml__lease_queue *queue, azml__lease *lease, int limit_ms)
{
  int64_t end = azml__clock_boot_ms () + limit_ms;
  for (;;)
    {
      struct pollfd *fds;
      int timeout, rc = azml__lease_queue_try (queue, lease, NULL);
      if (rc == 1 || rc < 0)
        return rc == 1;
      int64_t left = end - azml__clock_boot_ms ();
      if (left <= 0)
        return 0;
      if (rc == 2)
        {
          azml__lease_queue_set_list (queue, make_list ());
          continue;
        }
      nfds_t n = azml__lease_queue_watch (queue, &fds, &timeout);
      poll (fds, n, timeout < left ? timeout : (int)left);
    }
}

static void
test_order (void)
{
  azml__gpu_request one = { .count = 1, .foreign = -1 },
                    two = { .count = 2, .foreign = -1, .model = (char *)"A100" },
                    l4 = { .count = 1, .foreign = -1, .model = (char *)"L4" },
                    a100 = { .count = 1, .foreign = -1, .model = (char *)"A100" };
  azml__lease first = { 0 }, lease = { 0 };
  AZML_AUTO (azml__lease_queue) holder = make_queue (&a100, "abcdefghij01");
  AZML_AUTO (azml__lease_queue) older = make_queue (&two, "abcdefghij02");
  AZML_AUTO (azml__lease_queue) younger = make_queue (&a100, "abcdefghij03");
  AZML_AUTO (azml__lease_queue) other = make_queue (&l4, "abcdefghij04");
  AZML_AUTO (azml__lease_queue) any = make_queue (&one, "abcdefghij05");
  ok (azml__lease_queue_try (holder, &first, NULL) == 1, "one A100 is taken");
  ok (azml__lease_queue_try (older, &lease, NULL) == 0, "who needs both waits");
  ok (azml__lease_queue_try (younger, &lease, NULL) == 0
          && azml__lease_queue_ahead (younger) == 1
          && azml__lease_queue_view (younger, 1) == AZML__LEASE_RESERVED,
      "the other A100 is reserved for him");
  AZML_AUTO (json_t) report = azml__lease_report (younger);
  is_string (azml__json_string (
                 json_array_get (json_object_get (report, "gpus"), 1), "run"),
             "abcdefghij02", "which is said");
  ok (azml__lease_queue_try (any, &lease, NULL) == 1
          && strcmp (lease.uuids[0], uuids[2]) == 0,
      "one overtakes for what the older could not use");
  ok (azml__lease_queue_try (other, &first, NULL) == 0, "then it is taken");
  azml__lease_release (&lease);
  ok (acquire (other, &lease, 60000), "and free again");
  azml__lease_release (&lease);
  azml__lease_queue_free (azml_steal (&holder));
  ok (count_leases () == 1, "a queue that goes takes no lease along");
  azml__lease_release (&first);
  ok (azml__lease_queue_try (younger, &lease, NULL) == 0,
      "both are free: the younger one still leaves them");
  ok (azml__lease_queue_try (older, &lease, NULL) == 1 && lease.count == 2,
      "the older one has both");
  azml__lease_release (&lease);
  ok (acquire (younger, &lease, 60000), "now it is his turn");
  azml__lease_release (&lease);
}

static void
test_foreign (void)
{
  azml__gpu_request two = { .count = 2, .foreign = -1, .model = (char *)"A100" },
                    one = { .count = 1, .foreign = -1, .model = (char *)"A100" };
  azml__gpu_process process = { .pid = 1, .compute = 1 };
  AZML_AUTO (azml__gpu_list) list = make_list ();
  azml__gpu *gpu = &list->gpus[0];
  azml__lease lease = { 0 };
  ok (!azml__lease_is_occupied (&one, list, gpu), "nobody is on it");
  gpu->memory_used = (int64_t)4 << 30;
  ok (!azml__lease_is_occupied (&one, list, gpu),
      "a desktop's memory is nobody's where processes are listed");
  list->pids_visible = 0;
  ok (azml__lease_is_occupied (&one, list, gpu),
      "where they cannot be seen memory decides");
  gpu->memory_used = (int64_t)300 << 20;
  ok (!azml__lease_is_occupied (&one, list, gpu), "unless it is little");
  list->pids_visible = 1;
  process.memory = 1 << 20;
  gpu->processes = &process;
  gpu->n_processes = 1;
  ok (azml__lease_is_occupied (&one, list, gpu), "somebody computes");
  one.foreign = (int64_t)2 << 30;
  ok (!azml__lease_is_occupied (&one, list, gpu), "enough is free beside him");
  one.foreign = (int64_t)20 << 30;
  ok (azml__lease_is_occupied (&one, list, gpu), "not enough is");
  one.foreign = -1;
  /* A run that cannot go on because of him reserves nothing.  */
  AZML_AUTO (azml__lease_queue) older = make_queue (&two, "abcdefghij01");
  AZML_AUTO (azml__lease_queue) younger = make_queue (&one, "abcdefghij02");
  azml__gpu_list *occupied = make_list ();
  occupied->gpus[0].processes = calloc (1, sizeof process);
  occupied->gpus[0].processes[0] = process;
  occupied->gpus[0].n_processes = 1;
  azml__lease_queue_set_list (older, occupied);
  ok (azml__lease_queue_try (older, &lease, NULL) == 0
          && azml__lease_queue_view (older, 0) == AZML__LEASE_OCCUPIED,
      "an occupied GPU is passed over");
  ok (azml__lease_queue_try (younger, &lease, NULL) == 1,
      "and who waits for it stands in nobody's way");
  azml__lease_release (&lease);
  gpu->processes = NULL;
  gpu->n_processes = 0;
}

static void
test_instances (void)
{
  azml__gpu_request one = { .count = 1, .foreign = -1, .model = (char *)"L4" },
                    whole = { .count = 1, .foreign = -1, .model = (char *)"A100" };
  AZML_AUTO (azml__lease_queue) holder = make_queue (&whole, "abcdefghij01");
  AZML_AUTO (azml__lease_queue) part = make_queue (&one, "abcdefghij02");
  azml__lease first = { 0 }, lease = { 0 };
  azml__gpu_list *list = make_list ();
  list->gpus[0].mig = 1;
  list->gpus[2].parent = 0;
  azml__lease_queue_set_list (part, list);
  ok (azml__lease_queue_try (holder, &first, NULL) == 1, "a whole GPU is taken");
  ok (azml__lease_queue_try (part, &lease, NULL) == 0,
      "then none of its instances is");
  azml__lease_release (&first);
  ok (azml__lease_queue_try (part, &lease, NULL) == 1, "afterwards one is");
  azml__lease_release (&lease);
}

static void
nap (int ms)
{
  struct timespec pause = { 0, ms * 1000000L };
  nanosleep (&pause, NULL);
}

static int
lock (int file, int byte, short type)
{
  struct flock what = {
    .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1
  };
  return fcntl (file, F_SETLK, &what);
}

/* One of many: wait, hold, say so, give back.  */
static _Noreturn void
stormer (witness *w, int number)
{
  azml__gpu_request request = { .count = 1 + number % 2, .foreign = -1 };
  azml__lease lease = { 0 };
  if (getuid () == 0 && number % 4)
    {
      if (setgroups (0, NULL) < 0 || setgid (60000 + (gid_t)(number % 4)) < 0
          || setuid (60000 + (uid_t)(number % 4)) < 0)
        _exit (3);
    }
  azml__lease_queue *queue = make_queue (&request, "abcdefghij01");
  if (!acquire (queue, &lease, 60000))
    _exit (2);
  azml__lease_queue_free (queue);
  for (size_t i = 0; i < lease.count; i++)
    for (int j = 0; j < GPUS; j++)
      if (strcmp (lease.uuids[i], uuids[j]) == 0 && lock (w->file, j, F_WRLCK) < 0)
        __atomic_add_fetch (&w->wrong, 1, __ATOMIC_SEQ_CST);
  nap (3);
  for (int j = 0; j < GPUS; j++)
    lock (w->file, j, F_UNLCK);
  azml__lease_release (&lease);
  _exit (0);
}

static void
test_storm (void)
{
  witness *w = mmap (NULL, sizeof *w, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pid_t pids[STORM];
  w->file = memfd_create ("witness", MFD_CLOEXEC);
  int starved = 0, finished = 0, killed = 0;
  for (int i = 0; i < STORM; i++)
    if ((pids[i] = fork ()) == 0)
      stormer (w, i);
  /* Those who hold and those who wait, at any moment.  */
  for (int i = 0; i < STORM; i += 3, nap (2))
    kill (pids[i], SIGKILL);
  for (int i = 0; i < STORM; i++)
    {
      int status;
      waitpid (pids[i], &status, 0);
      starved += WIFEXITED (status) && WEXITSTATUS (status) != 0;
      finished += WIFEXITED (status) && WEXITSTATUS (status) == 0;
      killed += WIFSIGNALED (status);
    }
  ok (w->wrong == 0, "at no moment two had one GPU");
  ok (!starved && finished + killed == STORM && finished >= STORM / 2,
      "all that were not killed (%d) had their turn", killed);
  ok (count_leases () == 0, "all is free in the end");
  close (w->file);
  munmap (w, sizeof *w);
}

/* A waiting run whose process is stopped keeps its place, and not for ever; a holder that
   is stopped does not hinder asking.  */
static void
test_stopped (void)
{
  azml__gpu_request two = { .count = 2, .foreign = -1, .model = (char *)"A100" };
  azml__lease lease = { 0 };
  int status, ready[2];
  char byte;
  if (pipe (ready) < 0)
    abort ();
  pid_t pid = fork ();
  if (pid == 0)
    {
      azml__lease_queue *queue = make_queue (&two, "abcdefghij01");
      if (azml__lease_queue_try (queue, &lease, NULL) != 1
          || write (ready[1], "", 1) != 1)
        _exit (1);
      pause ();
      _exit (0);
    }
  ok (read (ready[0], &byte, 1) == 1, "a process holds two");
  kill (pid, SIGSTOP);
  AZML_AUTO_LEASE_TABLE table = { 0 };
  azml__lease_table_read (&table, NULL);
  AZML_AUTO (json_t) json = azml__lease_table_to_json (&table);
  json_t *one;
  size_t i;
  int told = 0;
  json_array_foreach (json_object_get (json, "leases"), i, one) told +=
      azml__json_integer (one, "pid", 0) == pid
      && strcmp (azml__json_string (one, "run"), "abcdefghij01") == 0;
  ok (told == 2, "a holder that is stopped is told all the same");
  AZML_AUTO (azml__lease_queue) queue = make_queue (&two, "abcdefghij02");
  ok (azml__lease_queue_try (queue, &lease, NULL) == 0, "another one waits");
  struct pollfd *fds;
  int timeout;
  nfds_t n = azml__lease_queue_watch (queue, &fds, &timeout);
  ok (n == 2 && timeout >= 1000, "and watches both leases, without haste");
  kill (pid, SIGKILL);
  ok (poll (fds, n, 60000) > 0, "the death of the holder wakes it");
  waitpid (pid, &status, 0);
  ok (acquire (queue, &lease, 60000), "it has both");
  azml__lease_release (&lease);
  close (ready[0]);
  close (ready[1]);
}

/* The last GPU is handed over: TEXT is told at its end, @ being its UUID, # the time.  Return what the one who waits
   makes of that at once, in *RET_LIST what he knows then.  */
static int
hand_over (const char *text, azml__gpu_list **ret_list)
{
  azml__gpu_request l4 = { .count = 1, .foreign = -1, .model = (char *)"L4" };
  azml__lease first = { 0 }, lease = { 0 };
  AZML_AUTO (azml__lease_queue) holder = make_queue (&l4, "abcdefghij01");
  AZML_AUTO (azml__lease_queue) waiter = make_queue (&l4, "abcdefghij02");
  azml__gpu_list *list = make_list ();
  azml__gpu *gpu = &list->gpus[2];
  if (azml__lease_queue_try (holder, &first, NULL) != 1)
    return -1;
  /* When he came the other one was at work.  */
  gpu->processes = calloc (1, sizeof *gpu->processes);
  gpu->processes[0] = (azml__gpu_process){ .compute = 1, .name = strdup ("train") };
  gpu->n_processes = 1;
  gpu->memory_used = (int64_t)9 << 30;
  gpu->utilisation = 99;
  azml__lease_queue_set_list (waiter, list);
  if (azml__lease_queue_try (waiter, &lease, NULL) != 0)
    return -2;
  struct timespec pause = { 1, 20000000L }; /* the list gets too old to decide */
  nanosleep (&pause, NULL);
  char told[1000] = "", number[24];
  snprintf (number, sizeof number, "%lld", (long long)azml__clock_boot_ms ());
  for (; *text; text++)
    if (*text == '@' || *text == '#')
      strcat (told, *text == '@' ? uuids[2] : number);
    else
      strncat (told, text, 1);
  azml__lease_tell (&first, told);
  azml__lease_release (&first);
  int rc = azml__lease_queue_try (waiter, &lease, NULL);
  azml__lease_release (&lease);
  *ret_list = azml__lease_queue_steal_list (waiter);
  return rc;
}

static void
test_handover (void)
{
  static const struct
  {
    const char *text, *name;
  } useless[] = {
    { "", "nothing is told" },
    { "free @ 1 4194304\n", "what is told is older than what is known" },
    { "free @ 9# 4194304\n", "what is told is of the future" },
    { "free @ #\n", "half a note" },
    { "free @ # 4194304 x\n", "a note with something behind it" },
    { "free @ # 4194304", "a note that does not end" },
    { "free X@ # 4194304\n", "a note about another GPU" },
    { "free @ # -2\n", "memory that cannot be" },
  };
  AZML_AUTO (azml__gpu_list) list = NULL;
  ok (hand_over ("what?\nfree GPU-0 1 1\nfree @ # 4194304\n", &list) == 1,
      "what the one before was told is enough for who takes the GPU next");
  ok (list && list->gpus[2].n_processes == 0 && list->gpus[2].memory_used == 4194304
          && list->gpus[2].utilisation == -1,
      "who knows what was in use before him");
  for (size_t i = 0; i < sizeof useless / sizeof *useless; i++)
    {
      azml__gpu_list_free (azml_steal (&list));
      ok (hand_over (useless[i].text, &list) == 2, "%s: he asks himself",
          useless[i].name);
    }
}

int
main (void)
{
  make_uuids ();
  test_handover ();
  test_order ();
  test_foreign ();
  test_instances ();
  test_stopped ();
  test_storm ();
  return done_testing ();
}
