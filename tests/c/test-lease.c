/* test-lease.c: leases, their names, who holds them.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "leases.h"
#include "runner/lease-words.h"
#include "tap.h"

static void
test_names (void)
{
  char text[AZML__LEASE_NAME_SIZE];
  azml__lease_name name = { .kind = AZML__LEASE_HELD,
                            .since = 0x1234567890,
                            .uid = 4294967294u,
                            .pid = 4194303,
                            .run = "abcdefghij01",
                            .user = "somebody-with-a-long-name.x" },
                   back;
  strcpy (name.uuid, "MIG-GPU-5c89852c-d268-c3f3-1b07-005d5ae1dc3f/7/0");
  ok (azml__lease_name_format (&name, text, NULL) == 0 && strlen (text) <= 107,
      "the longest name has room");
  ok (azml__lease_name_parse (text, &back) == 0
          && strcmp (back.uuid, name.uuid) == 0 && back.uid == name.uid
          && back.pid == name.pid && back.since == name.since
          && strncmp (back.user, name.user, strlen (back.user)) == 0,
      "and is read back, the user cut: '%s'", back.user);
  name.kind = AZML__LEASE_WAIT;
  name.count = 8;
  ok (azml__lease_name_format (&name, text, NULL) == 0
          && azml__lease_name_parse (text, &back) == 0 && back.count == 8
          && strcmp (back.run, name.run) == 0,
      "a run that waits");
  strcpy (name.uuid, "GPU 1\n");
  name.kind = AZML__LEASE_GPU;
  ok (azml__lease_name_format (&name, text, NULL) == AZML_E_INVALID,
      "no blank in a UUID");
  static const char *const wrong[] = {
    "azml/gpu/",     "azml/gpu/a b c d",
    "azml/held/",    "azml/held/zz/1/2/r/u/GPU-1",
    "azml/wait/1/2", "azml/wait/1/2/3/abcdefghij012345/1/u",
    "azml/other/1",  "azml/want/1/2/"
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    ok (azml__lease_name_parse (wrong[i], &back) < 0, "not ours: %s", wrong[i]);
}

static void
test_table (void)
{
  AZML_AUTO_LEASE_TABLE table = { 0 };
  char text[] =
      "Num       RefCount Protocol Flags    Type St Inode Path\n"
      "0: 2 0 00010000 0001 01 1 @azml/gpu/GPU-aaaa\n"
      "0: 3 0 00000000 0001 03 2 @azml/gpu/GPU-bbbb\n"
      "0: 2 0 00010000 0001 01 3 @azml/held/5/0/7/abcdefghij01/root/GPU-aaaa\n"
      "0: 2 0 00010000 0001 01 4 @azml/wait/9/1/2/abcdefghij02/1/me\n"
      "0: 2 0 00010000 0001 01 5 @azml/wait/8/1/3/abcdefghij03/1/me\n"
      "0: 2 0 00010000 0001 01 6 /run/x @azml/gpu/no\n"
      "0: 2 0 00010000 0001 01 7\n"
      "0: 2 0 00010000 0001 01 8 @azml/want/9/2/GPU-aaaa";
  size_t n;
  ok (azml__lease_table_parse (&table, text, NULL) == 0, "a table is read");
  const azml__lease_unit *unit = azml__lease_table_unit (&table, "GPU-aaaa");
  ok (unit && unit->leased && unit->holder && unit->holder->pid == 7,
      "a lease and its holder");
  ok (!azml__lease_table_unit (&table, "GPU-bbbb"), "a connection is no lease");
  const azml__lease_entry *waits =
      azml__lease_table_kind (&table, AZML__LEASE_WAIT, &n);
  ok (n == 2 && waits[0].name.since == 8 && waits[1].name.since == 9,
      "who waits, the oldest first");
}

static void
test_lease (void)
{
  const char *all[GPUS] = { uuids[0], uuids[1], uuids[2] };
  azml__lease lease = { 0 }, other = { 0 };
  size_t busy = 9;
  int fd = -1;
  pid_t pid = 0;
  char text[80];
  ok (azml__lease_take (&lease, all, 2, "abcdefghij01", NULL, &busy, NULL) == 0,
      "two GPUs are taken");
  ok (azml__lease_take (&other, all + 1, 2, "abcdefghij02", NULL, &busy, NULL)
              == AZML_E_BUSY
          && busy == 0 && count_leases () == 2,
      "not again, and nothing is kept then");
  snprintf (text, sizeof text, "azml/gpu/%s", uuids[0]);
  ok (azml__lease_connect (text, &fd, &pid, NULL, NULL) == 0 && pid == getpid (),
      "the kernel tells who holds one");
  struct pollfd one = { .fd = fd };
  ok (poll (&one, 1, 0) == 0, "nothing happens while he does");
  azml__lease_admit (&lease);
  ok (lease.n_watchers == 1 && poll (&one, 1, 0) == 0, "who waits is let in");
  azml__lease_release (&lease);
  ok (poll (&one, 1, 60000) == 1 && (one.revents & POLLHUP), "and told of the end");
  close (fd);
  ok (count_leases () == 0, "all is free");
  ok (azml__lease_connect (text, &fd, NULL, NULL, NULL) == AZML_E_NOT_FOUND,
      "nobody is there");
}

/* The keeper's part: a process that knows nothing of the lease holds it.  */
static void
test_keep (void)
{
  azml__lease_keep keep = AZML__LEASE_KEEP_INIT;
  const char *all[] = { uuids[0] };
  azml__lease lease = { 0 };
  size_t busy;
  int status;
  ok (azml__lease_keep_make (&keep, NULL) == 0, "a pair of sockets");
  pid_t runner = fork ();
  if (runner == 0)
    {
      azml__lease_take (&lease, all, 1, "abcdefghij01", &keep, &busy, NULL);
      raise (SIGKILL);
    }
  waitpid (runner, &status, 0);
  ok (count_leases () == 1, "the runner is killed, the keeper holds the lease");
  azml__lease_keep_done (&keep);
  ok (count_leases () == 0, "until it goes");
  ok (azml__lease_keep_make (&keep, NULL) == 0
          && azml__lease_take (&lease, all, 1, "abcdefghij01", &keep, &busy, NULL)
                 == 0,
      "taken, and kept");
  azml__lease_release (&lease);
  ok (count_leases () == 0, "giving back takes it from the keeper, too");
  azml__lease_keep_done (&keep);
}

/* The job inherits it, nothing else does.  */
static void
test_inherit (void)
{
  const char *all[] = { uuids[0] };
  azml__lease lease = { 0 };
  size_t busy;
  int status;
  pid_t jobs[2];
  azml__lease_take (&lease, all, 1, "abcdefghij01", NULL, &busy, NULL);
  for (int i = 0; i < 2; i++)
    {
      azml__lease_inherit (&lease, i);
      jobs[i] = vfork ();
      if (jobs[i] == 0)
        {
          execlp ("sleep", "sleep", "60", (char *)NULL);
          _exit (127);
        }
    }
  azml__lease_inherit (&lease, 0);
  azml__lease_release (&lease);
  ok (count_leases () == 1, "the job holds the lease when all others are gone");
  kill (jobs[1], SIGKILL);
  waitpid (jobs[1], &status, 0);
  ok (count_leases () == 0, "and nothing else that was started");
  kill (jobs[0], SIGKILL);
  waitpid (jobs[0], &status, 0);
}

static void
is_words (const char *visible, char *const *template, const char *want,
          const char *name)
{
  azml__words words = AZML__WORDS_INIT;
  char text[200] = "";
  azml__lease_words_add (&words, template, visible);
  for (size_t i = 0; i < words.count; i++)
    {
      strcat (text, i ? " " : "");
      strcat (text, words.words[i]);
    }
  is_string (text, want, name);
  azml__words_done (&words);
}

static void
test_words (void)
{
  char *all[] = { (char *)"--gpus", (char *)"\"device=@uuids@\"", NULL };
  char *each[] = { (char *)"--device", (char *)"nvidia.com/gpu=@uuid@", NULL };
  is_words ("GPU-1,GPU-2", all, "--gpus \"device=GPU-1,GPU-2\"", "all in one word");
  is_words ("GPU-1,GPU-2", each,
            "--device nvidia.com/gpu=GPU-1 --device nvidia.com/gpu=GPU-2",
            "words for each");
  is_words ("", all, "", "no GPU, no words");
  is_words ("GPU-1", NULL, "", "nothing said");
}

int
main (void)
{
  make_uuids ();
  test_names ();
  test_table ();
  test_lease ();
  test_keep ();
  test_inherit ();
  test_words ();
  return done_testing ();
}
