/* test-runner.c: the parts of the runner, and a run with a snapshot.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "charge/job.h"
#include "charge/status.h"
#include "container/end.h"
#include "core/clock.h"
#include "process/command.h"
#include "process/memory.h"
#include "process/signals.h"
#include "process/tree.h"
#include "run/metrics.h"
#include "runner/accept.h"
#include "runner/keeper.h"
#include "runner/pattern.h"
#include "runner/stop.h"
#include "scratch.h"
#include "snapshot/snapshot.h"
#include "tap.h"

#define ID "abcdefghij01"

static void
test_memory (void)
{
  azml__memory memory = { .kills = -1 };
  ok (azml__memory_parse ("a 1\noom_kill 12\nb 2\n") == 12, "oom_kill is read");
  ok (azml__memory_parse ("a 1\nnot_oom_kill 12\n") == -1,
      "a kernel that has none");
  ok (azml__memory_look (&memory) == 0, "the first look tells no rise");
  memory.kills = 0;
  memory.rose = 2;
  memory.rose_ms = azml__clock_boot_ms ();
  ok (azml__memory_recent (&memory) > 0, "a rise just now counts");
  memory.kills = azml__memory_parse ("");
  memory.rose_ms -= 60000;
  ok (azml__memory_recent (&memory) == 0, "an old one does not");
  ok (azml__memory_is_cause (SIGKILL, 1), "killed, and it rose");
  ok (azml__memory_is_cause (137 << 8, 1), "a shell whose child was killed");
  ok (!azml__memory_is_cause (SIGKILL, 0), "killed by somebody else");
  ok (!azml__memory_is_cause (SIGSEGV, 1), "another signal");
  ok (!azml__memory_is_cause (1 << 8, 1), "another exit code");
}

/* Where the count is for a process with the cgroups GROUPS.  */
static int
counts_in (const char *groups, const char *wanted)
{
  char file[64];
  azml__memory_find (groups, "groups", file, sizeof file);
  return strcmp (file, wanted) == 0;
}

static void
test_memory_groups (void)
{
  ok (azml__folder_make ("groups/user/session/deep", 0700, NULL) == 0
          && azml__folder_make ("groups/memory/job", 0700, NULL) == 0
          && write_text ("groups/user/memory.events", "oom 1\noom_kill 1\n")
          && write_text ("groups/memory/job/memory.oom_control",
                         "under_oom 0\noom_kill 0\n")
          && write_text ("groups/memory/memory.oom_control", "under_oom 0\n"),
      "control groups");
  ok (counts_in ("0::/user/session/deep\n", "groups/user/memory.events"),
      "the nearest that counts");
  ok (counts_in ("9:pids:/x\n4:memory:/job\n0::/\n",
                 "groups/memory/job/memory.oom_control"),
      "of version 1");
  ok (counts_in ("4:memory:/\n0::/", "/proc/vmstat"), "a kernel that counts none");
  ok (counts_in ("", "/proc/vmstat")
          && counts_in ("broken\n1:memory", "/proc/vmstat"),
      "no control groups");
  ok (counts_in ("4:memory:/job/that/has/a/name/of/some/more/than/the/room/of/it\n",
                 "/proc/vmstat"),
      "too long a name");
}

static void
test_words (void)
{
  azml__words words = AZML__WORDS_INIT;
  for (int i = 0; i < 200; i++)
    {
      char name[20];
      snprintf (name, sizeof name, "V%d", i);
      azml__variables_set (&words, name, "x");
    }
  azml__variables_set (&words, "V1", "changed");
  ok (words.count == 200 && !words.words[200], "a name stands once");
  is_string (azml__variables_get (&words, "V1"), "changed",
             "the last value counts");
  ok (!azml__variables_get (&words, "V"), "a name is not its prefix");
  azml__variables_prepend (&words, "P", "/a");
  azml__variables_prepend (&words, "P", "/b");
  azml__variables_append (&words, "P", "/c");
  is_string (azml__variables_get (&words, "P"), "/b:/a:/c",
             "lists, no empty element");
  azml__variables_unset (&words, "P");
  ok (!azml__variables_get (&words, "P"), "unset");
  azml__words_done (&words);
}

/* Exit code and terminal state of a status in "finalizing" with these MEMBERS.  */
static int
code_of (const char *members, const char **state)
{
  AZML_AUTO (json_t) status = json_loads (members, 0, NULL);
  azml__status_end (status);
  *state = azml__state_name (azml__status_state (status));
  return azml__status_exit_code (status);
}

static void
test_status (void)
{
  static const struct
  {
    const char *members;
    const char *state;
    int code;
  } cases[] = {
    { "{\"exit_code\": 0}", "completed", 0 },
    { "{\"exit_code\": 3}", "failed", 3 },
    { "{\"signal\": 11, \"cause\": \"signal\"}", "failed", 139 },
    { "{\"exit_code\": 0, \"cause\": \"time limit\"}", "failed", 124 },
    { "{\"exit_code\": 0, \"cause\": \"stopped\", \"stop\": {\"signal\": \"INT\"}}",
      "canceled", 130 },
    { "{\"signal\": 9, \"cause\": \"stopped\", \"stop\": {\"signal\": \"TERM\"}}",
      "canceled", 143 },
    { "{\"signal\": 9, \"cause\": \"out of memory\"}", "failed", 137 },
    { "{\"exit_code\": 1, \"cause\": \"disk full\"}", "failed", 1 },
    { "{\"cause\": \"not found\"}", "failed", 127 },
    { "{\"cause\": \"not executable\"}", "failed", 126 },
    { "{\"cause\": \"environment\"}", "failed", 125 },
    { "{\"cause\": \"preparation\"}", "failed", 125 },
    { "{\"cause\": \"snapshot\"}", "failed", 125 },
    { "{\"cause\": \"runner killed\"}", "failed", 125 },
    { "{\"cause\": \"copied\"}", "failed", 125 },
    { "{\"cause\": \"machine restarted\"}", "failed", 125 },
    { "{\"cause\": \"internal\"}", "failed", 125 },
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      const char *state;
      int code = code_of (cases[i].members, &state);
      ok (code == cases[i].code && strcmp (state, cases[i].state) == 0,
          "%s is %s, exit code %d", cases[i].members, cases[i].state,
          cases[i].code);
    }
  ok (azml__signal_parse ("SIGTERM") == SIGTERM && azml__signal_parse ("9") == 9
          && !azml__signal_parse ("") && !azml__signal_parse ("NONE")
          && !azml__signal_parse ("-3") && !azml__signal_parse ("9x"),
      "names of signals");
}

static void
test_stop (void)
{
  azml__stop stop = { 0 };
  azml__stop_ask (&stop, SIGTERM, 5, "stop");
  int64_t first = stop.kill_ms;
  ok (stop.signal == SIGTERM && azml__stop_wait (&stop, 100) == 100,
      "a stop waits for its grace period");
  azml__stop_ask (&stop, SIGTERM, 500, "stop");
  ok (stop.kill_ms == first, "a second one does not prolong it");
  azml__stop_ask (&stop, SIGKILL, 500, "stop");
  ok (azml__stop_wait (&stop, 100) == 0 && stop.first_signal == SIGTERM,
      "KILL ends it");
  stop = (azml__stop){ 0 };
  azml__stop_ask (&stop, SIGINT, 0.4, "stop");
  stop.signal = 0;
  azml__stop_escalate (&stop);
  ok (stop.signal == 0, "INT is not followed by TERM at once");
  usleep (250000);
  azml__stop_escalate (&stop);
  ok (stop.signal == SIGTERM, "but at half of the grace period");
  ok (write_text ("stop.json",
                  "{\"signal\": \"HUP\", \"grace\": 1, \"by\": \"x\"}"),
      "stop.json");
  stop = (azml__stop){ 0 };
  azml__stop_look (&stop, AT_FDCWD, 10);
  azml__stop_look (&stop, AT_FDCWD, 10);
  ok (stop.requests == 1 && stop.first_signal == SIGHUP && !strcmp (stop.by, "x"),
      "it is taken once");
  usleep (20000); /* a tick of the clock of files: this one is not replaced */
  ok (write_text ("stop.json", "not JSON"), "a broken stop.json");
  azml__stop_look (&stop, AT_FDCWD, 10);
  ok (stop.requests == 2 && stop.signal == SIGTERM, "is still the wish to stop");
}

static void
test_stop_removed (void)
{
  azml__stop stop = { 0 };
  AZML_AUTO_CLOSE int folder =
      mkdir ("run", 0700) < 0 ? -1 : open ("run", O_RDONLY | O_DIRECTORY);
  azml__stop_look (&stop, folder, 10);
  ok (stop.requests == 0 && rename ("run", "moved") == 0, "a run's folder");
  azml__stop_look (&stop, folder, 10);
  ok (stop.requests == 0, "may be moved");
  ok (rmdir ("moved") == 0, "one that is removed");
  azml__stop_look (&stop, folder, 10);
  ok (stop.requests == 1 && stop.signal == SIGTERM, "ends the run");
  stop = (azml__stop){ 0 };
  azml__stop_look (&stop, folder, 10);
  ok (stop.requests == 0,
      "but not where the file system never told of a name, as some in user space");
}

/* Read the text that is in log now and return the points found (new).  */
static json_t *
points_of (azml__patterns *patterns, const char *text, int end)
{
  json_t *points = NULL;
  int out = open ("log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  int in = open ("log", O_RDONLY | O_CLOEXEC);
  ok (write (out, text, strlen (text)) == (ssize_t)strlen (text), "the log grows");
  azml__patterns_read (patterns, in, end);
  close (in);
  close (out);
  azml__metrics_read (".", NULL, &points, NULL);
  return points;
}

static void
test_patterns (void)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t)
  bad = json_loads ("[{\"name\": \"x\", \"pattern\": \"x\"}]", 0, NULL);
  AZML_AUTO (json_t)
  spec =
      json_loads ("[{\"name\": \"loss\", \"pattern\": \"loss=([^ ]+)\"}]", 0, NULL);
  AZML_AUTO (azml__patterns) patterns = NULL;
  ok (azml__patterns_new (bad, "metrics.jsonl", &patterns, &err) == AZML_E_INVALID,
      "a pattern without a group is refused");
  ok (azml__patterns_new (spec, "metrics.jsonl", &patterns, NULL) == 0, "patterns");
  AZML_AUTO (json_t) first = points_of (patterns, "loss=1 x\nloss=2", 0);
  ok (json_array_size (json_object_get (first, "points")) == 1,
      "a line counts when it has ended");
  AZML_AUTO (json_t) second = points_of (patterns, ".5\nloss=many", 1);
  json_t *points = json_object_get (second, "points");
  ok (json_array_size (points) == 3, "the rest of it comes later");
  ok (json_real_value (json_object_get (json_array_get (points, 1), "value"))
          == 2.5,
      "in one piece");
  is_string (azml__json_string (json_array_get (points, 2), "value"), "many",
             "what is no number is a text");
  char *big = calloc (1, 300001);
  memset (big, 'x', 300000);
  AZML_AUTO (json_t) third = points_of (patterns, big, 0);
  AZML_AUTO (json_t) fourth = points_of (patterns, " loss=9\nloss=8\n", 0);
  free (big);
  ok (json_array_size (json_object_get (fourth, "points")) == 4,
      "of an endless line only the start is looked at");
}

static void
test_tree (void)
{
  azml__pids pids = AZML__PIDS_INIT;
  azml__reaped reaped = { 0 };
  int left = -1;
  azml__tree_adopt ();
  pid_t pid = fork ();
  if (pid == 0)
    {
      if (fork () == 0)
        setsid ();
      for (;;)
        pause ();
    }
  for (int i = 0; i < 30000 && pids.count < 2; i++)
    {
      usleep (2000);
      azml__tree_list (&pids);
    }
  ok (pids.count == 2 && azml__pids_has (&pids, pid), "child and grandchild");
  ok (azml__process_start (pid) > 0 && azml__process_start (0) == 0,
      "when it started");
  ok (azml__tree_kill (&reaped, &left) == 2 && left == 0, "both are killed");
  ok (waitpid (-1, NULL, WNOHANG) < 0 && errno == ECHILD, "and reaped");
  azml__pids_done (&pids);
}

/* Run ID with the job MEMBERS and wait for its end; return its status (new).  */
static json_t *
run_job (const azml__layout *layout, const char *id, json_t *members)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t) job = members;
  AZML_AUTO (json_t) run = json_pack ("{s:i,s:s}", "version", 1, "id", id);
  AZML_AUTO_FREE char *path = azml__path_join (layout->runs, id);
  pid_t keeper = 0;
  int new = 0;
  json_object_set_new (job, "version", json_integer (1));
  json_object_set_new (job, "id", json_string (id));
  int rc = azml__accept (layout, id, run, job, &new, &err);
  ok (rc == 0 && new, "accepted");
  rc = azml__keeper_start (layout, id, &keeper, &err);
  ok (rc == 0, "the keeper holds the lock: %s", azml_error_message (err));
  ok (azml__keeper_start (layout, id, &keeper, NULL) < 0, "there is one keeper");
  waitpid (keeper, NULL, 0);
  int folder = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  json_t *status = azml__status_read (folder, id);
  close (folder);
  return status;
}

/* A file large enough to be linked instead of copied, where that is safe.  */
static int
write_big (const char *path, size_t n)
{
  char *data = calloc (1, n);
  int done = data && write_bytes (path, data, n);
  free (data);
  return done;
}

static void
test_snapshot (void)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (azml__objects) objects = NULL;
  AZML_AUTO (json_t) report = NULL;
  AZML_AUTO_FREE char *here = getcwd (NULL, 0);
  AZML_AUTO_FREE char *root = azml__path_join (here, "root");
  azml__snapshot_options options = { 0 };
  azml__layout layout = { NULL, NULL, NULL };
  ok (azml__layout_find (root, NULL, NULL, &layout, NULL) == 0
          && azml__objects_open (layout.objects, &objects, NULL) == 0,
      "places");
  ok (write_text ("code/train.sh", "echo trained; echo x >new; echo y >>sub/a; "
                                   "mkdir __pycache__; echo z >__pycache__/c.pyc; "
                                   "echo o >outputs/model; chmod u+w big; "
                                   "echo damage >>big\n")
          && write_big ("code/big", (size_t)17 << 20)
          && write_text ("code/sub/a", "a") && write_text ("code/sub/b", "b"),
      "a source folder");
  ok (azml__snapshot_take ("code", objects, &options, &report, &err) == 0,
      "its snapshot");
  const char *digest = azml__json_string (report, "digest");
  AZML_AUTO (json_t)
  status = run_job (
      &layout, ID,
      json_pack ("{s:s,s:[s,s]}", "snapshot", digest, "argv", "sh", "train.sh"));
  is_string (azml__json_string (status, "state"), "completed", "completed");
  ok (azml__json_integer (status, "damaged_objects", 0) == (geteuid () != 0),
      "an object that was changed through a link is found");
  ok (azml__json_integer (status, "left_in_source", -1) == 3,
      "what the job changed or left in source/ is counted, Python's cache is not");
  ok (access ("root/runs/" ID "/outputs/model", F_OK) == 0, "the output");
  AZML_AUTO (json_t)
  lost = run_job (&layout, "abcdefghij02",
                  json_pack ("{s:s,s:[s]}", "snapshot",
                             "0123456789012345678901234567890123456789"
                             "012345678901234567890123",
                             "argv", "true"));
  is_string (azml__json_string (lost, "cause"), "snapshot",
             "a snapshot that is lost");
  ok (azml__status_exit_code (lost) == 125, "has exit code 125");
  ok (json_object_get (lost, "error") != NULL, "and an error that says why");
  azml__layout_done (&layout);
}

/* From now on flock fails in this process as on a file system that has none.  */
static int
forbid_locks (void)
{
  struct sock_filter steps[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_flock, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOLCK),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
  };
  struct sock_fprog program = { sizeof steps / sizeof *steps, steps };
  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
         && prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* Does the container of the run here go on?  With its child ended and reaped.  */
static int
goes_on (void)
{
  azml__charge charge = AZML__CHARGE_INIT;
  azml__container container = { .run.charge = &charge };
  pid_t pid = 0;
  charge.folder = AT_FDCWD;
  int on = azml__container_goes_on (&container, &pid);
  if (on)
    {
      kill (pid, SIGKILL);
      waitpid (pid, NULL, 0);
    }
  return on;
}

static void
test_container (void)
{
  mkdir ("container", 0700);
  ok (!goes_on (), "a container that never began does not go on");
  int fd = open ("container/begun", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ok (!goes_on (), "nor does one whose first process is gone");
  flock (fd, LOCK_EX);
  ok (goes_on (), "one that holds its lock does");
  pid_t pid = fork ();
  int status = -1;
  if (pid == 0)
    _exit (forbid_locks () ? goes_on () : 2);
  waitpid (pid, &status, 0);
  ok (status == 0, "where there are no locks, it is not asked for ever");
  close (fd);
}

int
main (void)
{
  char *scratch = scratch_enter ("runner");
  if (!scratch)
    return 99;
  test_memory ();
  test_memory_groups ();
  test_words ();
  test_status ();
  test_stop ();
  test_stop_removed ();
  test_patterns ();
  test_tree ();
  test_snapshot ();
  test_container ();
  scratch_leave (scratch);
  return done_testing ();
}
