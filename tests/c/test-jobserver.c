/* test-jobserver.c: what is read of MAKEFLAGS, and tokens of a FIFO.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   tests/cli/test-make-jobs.sh has real makes.  */

#include <config.h>

#include "core/jobserver.h"

#include "scratch.h"
#include "tap.h"

static void
test_strip (const char *flags, const char *want, const char *name)
{
  char *got = azml__jobserver_strip (flags);
  is_string (got, want, name);
  free (got);
}

int
main (void)
{
  char *folder = scratch_enter ("jobserver"), flags[4200], token = 0;
  test_strip ("", NULL, "no flags stay");
  test_strip ("ks -j4 -- LR=1", NULL, "so do flags without a jobserver");
  test_strip ("ks -j4 --jobserver-auth=fifo:/tmp/x -- LR=1", NULL,
              "and with a FIFO");
  test_strip ("ks -j4 --jobserver-auth=3,4 --no-print-directory",
              "ks --no-print-directory", "a pipe and the number of jobs go");
  test_strip ("-j --jobserver-fds=3,4 -l2", " -l2", "of older makes, too");
  test_strip (" -j2 --jobserver-auth=3,4 --jobserver-auth=-2,-2 -- J=-j4 -j4",
              " -- J=-j4 -j4", "variables stay");

  ok (azml__jobserver_join (NULL) == 0 && azml__jobserver_join ("") == 0
          && azml__jobserver_join ("-j4 --jobserver-auth=") == 0
          && azml__jobserver_join ("-j4 --jobserver-auth=x,y") == 0
          && azml__jobserver_join ("-j4 --jobserver-auth=900,901") == 0
          && azml__jobserver_join ("-j4 --jobserver-auth=fifo:/dev/null") == 0
          && azml__jobserver_join ("-j4 --jobserver-auth=fifo:no-such") == 0,
      "what is no jobserver is none");
  ok (azml__jobserver_hold (7) == 7, "and limits nothing");

  snprintf (flags, sizeof flags,
            "-j3 --jobserver-auth=fifo:%s/fifo --no-keep-going",
            folder ? folder : "");
  int fifo = mkfifo ("fifo", 0600) == 0 ? open ("fifo", O_RDWR | O_NONBLOCK) : -1;
  ok (fifo >= 0 && write (fifo, "ab", 2) == 2, "a FIFO with two tokens");
  ok (azml__jobserver_join (flags) == 1, "is a jobserver");
  ok (azml__jobserver_hold (1) == 1, "one is had");
  ok (azml__jobserver_hold (5) == 2, "and the other, but no more");
  ok (read (fifo, &token, 1) == -1, "so none is left");
  ok (azml__jobserver_hold (1) == 1 && read (fifo, &token, 1) == 1 && token == 'b',
      "what is given back is the token that was taken");
  ok (azml__jobserver_hold (0) == 0 && read (fifo, &token, 1) == 1 && token == 'a',
      "and the other");
  close (fifo);
  scratch_leave (folder);
  return done_testing ();
}
