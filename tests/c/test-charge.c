/* test-charge.c: what a run of a moment need not look up: who was in charge, when its
   processes began, which signals were changed, whether there is a GPU.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <signal.h>
#include <sys/wait.h>

#include "charge/charge.h"
#include "charge/status.h"
#include "gpu/smi.h"
#include "process/signals.h"
#include "process/start.h"
#include "process/tree.h"
#include "runner/accept.h"
#include "runner/lease-run.h"
#include "scratch.h"
#include "tap.h"

#define ID "abcdefghij01"

/* Fork a process that waits; *RET_BEFORE is the tick before.  */
static pid_t
fork_one (uint64_t *ret_before)
{
  *ret_before = azml__process_now ();
  pid_t pid = fork ();
  if (pid == 0)
    for (;;)
      pause ();
  return pid;
}

static void
end_one (pid_t pid)
{
  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
}

static void
test_start (void)
{
  uint64_t before;
  int same = 0, wrong = 0;
  pid_t pid = fork_one (&before);
  uint64_t start = azml__process_start (pid);
  ok (start >= before && start <= azml__process_now (),
      "a process starts in a tick of our clock");
  ok (azml__process_start_between (pid, before, before + 1) == start,
      "where it may be one of two, the kernel is asked");
  ok (azml__process_start_between (pid, 7, 7) == start,
      "so it is as long as nothing is known of its clock");
  end_one (pid);
  for (int i = 0; i < 100; i++)
    {
      pid = fork_one (&before);
      uint64_t after = azml__process_now ();
      azml__process_start_learn (pid, before);
      same += before == after;
      wrong += azml__process_start_between (pid, before, after)
               != azml__process_start (pid);
      end_one (pid);
    }
  ok (same > 0 && wrong == 0,
      "a hundred processes: %d began within a tick, %d wrong", same, wrong);
  ok (azml__process_start_between (getpid (), 7, 7) == 7,
      "then /proc is not read any more");
  ok (azml__process_start_between (getpid (), 7, 8)
          == azml__process_start (getpid ()),
      "but where the tick changed meanwhile");
}

/* The signals that the kernel says are ignored or caught in a child that has reset
   all.  */
static unsigned long long
left_after_reset (void)
{
  int ends[2];
  unsigned long long left = 0;
  if (pipe (ends) < 0)
    return 1;
  pid_t pid = fork ();
  if (pid == 0)
    {
      struct sigaction action;
      azml__signals_reset ();
      for (int i = 1; i < 32; i++)
        if (sigaction (i, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
          left |= 1ULL << i;
      _exit (write (ends[1], &left, sizeof left) != sizeof left);
    }
  if (read (ends[0], &left, sizeof left) != sizeof left)
    left = 1;
  waitpid (pid, NULL, 0);
  close (ends[0]);
  close (ends[1]);
  return left;
}

static void
test_signals (void)
{
  sigset_t saved;
  sigprocmask (SIG_SETMASK, NULL, &saved);
  signal (SIGQUIT, SIG_IGN);
  signal (SIGTSTP, SIG_IGN);
  ok (left_after_reset () == 0,
      "a command gets its signals as they are by default");
  azml__signals_learn ();
  ok (left_after_reset () == 0, "also those that were ignored when we began");
  azml__signals_install (NULL);
  ok (left_after_reset () == 0, "and those that keeper and runner changed");
  signal (SIGWINCH, SIG_IGN);
  ok (left_after_reset () == 1ULL << SIGWINCH, "others are not looked at again");
  signal (SIGWINCH, SIG_DFL);
  signal (SIGQUIT, SIG_DFL);
  signal (SIGTSTP, SIG_DFL);
  signal (SIGCHLD, SIG_DFL);
  sigprocmask (SIG_SETMASK, &saved, NULL);
}

static void
test_lock (void)
{
  azml__layout layout = { (char *)"root", (char *)"root/runs", (char *)"root/o" };
  azml__charge one = AZML__CHARGE_INIT, two = AZML__CHARGE_INIT;
  AZML_AUTO (json_t) run = json_pack ("{s:i,s:s}", "version", 1, "id", ID);
  AZML_AUTO (json_t) status = NULL;
  AZML_AUTO (json_t) read = NULL;
  AZML_AUTO_CLOSE int folder = -1;
  int new = 0, first = -1;
  ok (azml__accept_begin (&layout, ID, run, NULL, &new, &folder, &status, NULL) == 0
          && new &&folder >= 0,
      "accepted, the folder of the runs is made");
  read = azml__status_read (folder, ID);
  ok (json_equal (json_object_get (status, "boot_id"),
                  json_object_get (read, "boot_id"))
          && azml__status_state (status) == AZML__STATE_QUEUED
          && azml__status_state (read) == AZML__STATE_QUEUED,
      "its status is that which is read from its events");
  ok (azml__charge_open (&one, &layout, ID, NULL) == 0
          && azml__charge_lock (&one, 0, &first, NULL) == 0 && first == 1,
      "who locks it first is the first");
  ok (azml__charge_open (&two, &layout, ID, NULL) == 0
          && azml__charge_lock (&two, 0, &first, NULL) == AZML_E_BUSY && first == 0,
      "who comes meanwhile is not");
  azml__charge_done (&one);
  close (azml__steal_fd (&two.alive));
  ok (azml__charge_lock (&two, 0, &first, NULL) == 0 && first == 0,
      "nor is who comes after that");
  azml__charge_done (&two);
}

static int
is_vain (const char *text)
{
  AZML_AUTO (json_t) job = json_loads (text, 0, NULL);
  return azml__lease_is_vain (job);
}

static void
test_lease (void)
{
  setenv ("AZML_NVIDIA_SMI", "", 1);
  ok (azml__smi_is_missing (), "there is no nvidia-smi");
  ok (is_vain ("{\"gpus\": {\"optional\": true}}"),
      "a run that goes without leases nothing");
  ok (!is_vain ("{\"gpus\": {\"count\": 1}}"), "one that needs a GPU waits for it");
  ok (!is_vain (
          "{\"gpus\": {\"optional\": true}, \"wrapper\": {\"container\": {}}}"),
      "what a container sees is looked at");
  ok (is_vain ("{}") && is_vain ("{\"gpus\": null}"), "who does not ask gets none");
  ok (!azml__lease_is_vain (NULL), "a job that is not known may ask");
  write_text ("nvidia-smi", "#!/bin/sh\n");
  chmod ("nvidia-smi", 0755);
  setenv ("AZML_NVIDIA_SMI", "./nvidia-smi", 1);
  ok (!azml__smi_is_missing (), "another place is looked at, at once");
  ok (!is_vain ("{\"gpus\": {\"optional\": true}}"),
      "where there is one, it counts");
  unlink ("nvidia-smi");
  ok (azml__smi_is_missing (), "that there is one is not remembered");
  int kept = 0;
  /* On a busy machine the moment may be over before it is looked at.  */
  for (int i = 0; i < 50 && !kept; i++)
    {
      unlink ("nvidia-smi");
      (void)!azml__smi_is_missing ();
      write_text ("nvidia-smi", "#!/bin/sh\n");
      chmod ("nvidia-smi", 0755);
      kept = azml__smi_is_missing ();
    }
  ok (kept, "that there is none is, for a moment");
  for (int i = 0; i < 3000 && azml__smi_is_missing (); i++)
    usleep (20000);
  ok (!azml__smi_is_missing (), "which is over soon");
}

int
main (void)
{
  char *scratch = scratch_enter ("charge");
  if (!scratch)
    return 99;
  test_start ();
  test_signals ();
  test_lock ();
  test_lease ();
  scratch_leave (scratch);
  return done_testing ();
}
